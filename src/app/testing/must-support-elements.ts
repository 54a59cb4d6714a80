/**
 * The must-support elements of a payer's answer in PAS 2.2.1, by their ids in the profiles (spec pas.md §11.4), and a way to
 * take one of them out of an answer: what is read and shown must then differ, or it was not read and shown.
 */
import { EXT, SYSTEM } from '#domain/fhir/canonical.ts'

const ids = (type: string, names: string): string[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `${type}.${name}`)

/** 72 elements of the ClaimResponse profile. */
export const CLAIM_RESPONSE = ids(
  'ClaimResponse',
  `extension:transmissionIdentifiers extension:claimResponseReviewer extension:authorizedProvider identifier
  identifier.extension:subDepartment identifier.extension:jurisdiction identifier.system identifier.value status patient
  created insurer requestor request request.extension:DataAbsentReason outcome preAuthPeriod
  item item.extension:itemTraceNumber item.extension:preAuthIssueDate item.extension:preAuthPeriod
  item.extension:previousAuthorizationNumber item.extension:administrationReferenceNumber
  item.extension:requestedServiceDate item.extension:authorizedProvider item.extension:authorizedItemDetail
  item.extension:admissionDates item.extension:dischargeDate item.extension:communicatedDiagnosis item.itemSequence
  item.noteNumber item.adjudication item.adjudication.extension:reviewAction
  addItem addItem.extension:itemTraceNumber addItem.extension:preAuthIssueDate addItem.extension:preAuthPeriod
  addItem.extension:previousAuthorizationNumber addItem.extension:administrationReferenceNumber
  addItem.extension:epsdtIndicator addItem.extension:nursingHomeResidentialStatus
  addItem.extension:nursingHomeLevelOfCare addItem.extension:productOrServiceCodeEnd addItem.extension:revenue
  addItem.extension:revenueUnitRateLimit addItem.extension:requestedService addItem.extension:requestType
  addItem.extension:certificationType addItem.extension:admissionDates addItem.extension:dischargeDate
  addItem.itemSequence addItem.provider addItem.provider.extension:providerType addItem.productOrService
  addItem.modifier addItem.serviced[x] addItem.location[x] addItem.quantity addItem.unitPrice addItem.adjudication
  addItem.adjudication.extension:reviewAction
  adjudication adjudication.extension:reviewAction processNote processNote.number processNote.text
  communicationRequest error error.extension:followupAction error.extension:errorElement error.extension:errorPath
  error.code`,
)

/** 71 elements of the inquiry's: it asks for nothing. */
export const INQUIRY_RESPONSE = CLAIM_RESPONSE.filter((id) => id !== 'ClaimResponse.communicationRequest')

export const TASK = ids(
  'Task',
  `identifier status statusReason intent code for requester requester.identifier owner owner.identifier reasonCode
  reasonReference restriction.period input input:PayerURL input:AttachmentsNeeded
  input:AttachmentsNeeded.extension:paLineNumber input:AttachmentsNeeded.extension:contentModifier
  input:AttachmentsNeeded.type input:AttachmentsNeeded.value[x] input:QuestionnaireContext
  input:QuestionnaireContext.extension:paLineNumber input:QuestionnaireContext.type
  input:QuestionnaireContext.value[x]`,
)

export const COMMUNICATION_REQUEST = ids(
  'CommunicationRequest',
  `extension:serviceLineNumber identifier category medium payload payload.extension:communicatedDiagnosis
  payload.extension:contentModifier payload.content[x] requester recipient sender`,
)

/** Slices whose extension is not named after them. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = {
  DataAbsentReason: EXT.dataAbsentReason,
  authorizedItemDetail: EXT.itemAuthorizedDetail,
  authorizedProvider: EXT.itemAuthorizedProvider,
  followupAction: EXT.errorFollowupAction,
  jurisdiction: EXT.identifierJurisdiction,
  paLineNumber: EXT.serviceLineNumber,
  preAuthIssueDate: EXT.itemPreAuthIssueDate,
  preAuthPeriod: EXT.itemPreAuthPeriod,
  previousAuthorizationNumber: EXT.authorizationNumber,
  providerType: EXT.authorizedProviderType,
  requestedServiceDate: EXT.itemRequestedServiceDate,
  revenue: EXT.revenueCode,
  subDepartment: EXT.identifierSubDepartment,
}
const INPUTS: Readonly<Record<string, string>> = {
  PayerURL: 'payer-url',
  AttachmentsNeeded: 'attachments-needed',
  QuestionnaireContext: 'questionnaire-context',
}

type Node = Record<string, unknown>

const listOf = (value: unknown): Node[] => (Array.isArray(value) ? value : [value]) as Node[]

/** The children that a segment such as `input:PayerURL` or `value[x]` names, by their key. */
function matches(node: Node, segment: string): { key: string; keep: (child: Node) => boolean }[] {
  const [name = '', slice] = segment.split(':')
  const keys = name.endsWith('[x]')
    ? Object.keys(node).filter((key) => key.startsWith(name.slice(0, -3)))
    : name in node
      ? [name]
      : []
  const isOther = (child: Node): boolean => {
    if (slice === undefined) return false
    if (name === 'extension') {
      const url = NAMED_OTHERWISE[slice] ?? (EXT as Readonly<Record<string, string>>)[slice]
      return child['url'] !== url
    }
    const { coding } = child['type'] as { coding?: { system?: string; code?: string }[] }
    return coding?.some(({ system, code }) => system === SYSTEM.pasTemp && code === INPUTS[slice]) !== true
  }
  return keys.map((key) => ({ key, keep: isOther }))
}

function strip(node: Node, [segment = '', ...rest]: readonly string[]): Node {
  const copy: Node = { ...node }
  for (const { key, keep } of matches(node, segment)) {
    if (rest.length > 0) {
      const deeper = listOf(node[key]).map((child) => (keep(child) ? child : strip(child, rest)))
      copy[key] = Array.isArray(node[key]) ? deeper : deeper[0]
      continue
    }
    const kept = listOf(node[key]).filter(keep)
    if (kept.length > 0) copy[key] = kept
    else delete copy[key]
  }
  return copy
}

interface Bundled {
  entry?: { resource?: object }[]
}

/** The Bundle without this element, wherever a resource of its type stands. */
export function without<T extends object>(bundle: T, id: string): T {
  const [type = '', ...segments] = id.split('.')
  const { entry } = bundle as Bundled
  return {
    ...bundle,
    entry: entry?.map((one) => {
      const resource = one.resource as Node | undefined
      return resource?.['resourceType'] === type ? { ...one, resource: strip(resource, segments) } : one
    }),
  }
}
