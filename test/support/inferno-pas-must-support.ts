/**
 * What the public PAS test kit (v2.2.1) wants to see in a client's requests (`spec/pas.md` §11.4): the must-support elements
 * of the Claim Update and of the inquiry, by element id; and whether Claims show them.
 */
import type { Claim } from 'fhir/r4'
import { EXT, SYSTEM } from '../../src/domain/fhir/canonical.ts'

const MEMBER = ['', '.extension:careTeamClaimScope', '.sequence', '.provider', '.role', '.qualification']
const DATED = ['', '.sequence', '.category', '.timing[x]', '.timingPeriod.start', '.timingPeriod.end']
const under = (path: string, tails: readonly string[]): string[] => tails.map((tail) => `Claim.${path}${tail}`)
const words = (text: string): string[] => text.trim().split(/\s+/)

const ROOT = words(`
  Claim.extension:administrationReferenceNumber Claim.extension:authorizationNumber Claim.extension:certificationType
  Claim.extension:conditionCode Claim.extension:homeHealthCareInformation Claim.extension:levelOfServiceType
  Claim.extension:transmissionIdentifiers Claim.identifier Claim.identifier.extension:jurisdiction
  Claim.identifier.extension:subDepartment Claim.identifier.system Claim.identifier.value Claim.status Claim.use
  Claim.patient Claim.insurer Claim.provider`)
const TEAM = [
  ...under('careTeam', MEMBER),
  ...under('careTeam:OverallClaimMember', [...MEMBER, '.extension:careTeamClaimScope.value[x]']),
  ...under('careTeam:ItemClaimMember', [...MEMBER, '.extension:careTeamClaimScope.value[x]']),
]
const DATES = [
  ...under('supportingInfo', ['', '.sequence', '.category']),
  ...under('supportingInfo:PatientEvent', DATED),
  ...under('supportingInfo:AdmissionDates', DATED),
  ...under('supportingInfo:DischargeDates', ['', '.sequence', '.category', '.timing[x]']),
]
const REST = [
  ...under('diagnosis', ['', '.sequence', '.diagnosis[x]', '.type']),
  ...under('insurance', ['', '.sequence', '.coverage']),
  ...under('accident', ['', '.date', '.type', '.location[x]']),
  ...under('item', [
    '',
    ...words(`.sequence .careTeamSequence .diagnosisSequence .informationSequence .category .productOrService .modifier
      .serviced[x] .servicedDate .servicedPeriod .location[x] .quantity .revenue .extension:administrationReferenceNumber
      .extension:authorizationNumber .extension:certificationType .extension:itemTraceNumber
      .extension:productOrServiceCodeEnd .extension:requestType`),
  ]),
]

/** The 112 of the Claim Update. */
export const CLAIM_UPDATE_ELEMENTS: readonly string[] = [
  ...ROOT,
  'Claim.extension:encounter',
  ...under('related', ['', '.claim', '.relationship.coding.code']),
  ...TEAM,
  ...DATES,
  ...under('supportingInfo', ['.extension:infoChanged', '.modifierExtension:infoCancelledFlag']),
  ...under('supportingInfo:AdditionalInformation', [
    '',
    '.sequence',
    '.category',
    '.extension:documentInformation',
    '.value[x]',
  ]),
  ...under('supportingInfo:MessageText', ['', '.sequence', '.category', '.value[x]']),
  'Claim.diagnosis.extension:recordedDate',
  ...REST,
  ...under(
    'item',
    words(`.unitPrice .modifierExtension:infoCancelledFlag .extension:epsdtIndicator .extension:infoChanged
      .extension:nursingHomeLevelOfCare .extension:nursingHomeResidentialStatus
      .extension:nursingHomeResidentialStatus.value[x] .extension:requestedService .extension:revenueUnitRateLimit`),
  ),
]

/** The 92 of the inquiry. */
export const CLAIM_INQUIRY_ELEMENTS: readonly string[] = [
  ...ROOT,
  'Claim.billablePeriod',
  ...TEAM,
  ...DATES,
  ...REST,
  ...under(
    'item',
    words(`.extension:certIssueDate .extension:certExpirationDate .extension:certEffectiveDate
      .extension:reviewActionCode`),
  ),
]

/** Names of the slices of `extension` and `modifierExtension`. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  administrationReferenceNumber: EXT.administrationReferenceNumber,
  authorizationNumber: EXT.authorizationNumber,
  careTeamClaimScope: EXT.careTeamClaimScope,
  certEffectiveDate: EXT.itemCertificationEffectiveDate,
  certExpirationDate: EXT.itemCertificationExpirationDate,
  certIssueDate: EXT.itemCertificationIssueDate,
  certificationType: EXT.certificationType,
  conditionCode: EXT.conditionCode,
  documentInformation: EXT.documentInformation,
  encounter: EXT.claimEncounter,
  epsdtIndicator: EXT.epsdtIndicator,
  homeHealthCareInformation: EXT.homeHealthCareInformation,
  infoCancelledFlag: EXT.infoCancelled,
  infoChanged: EXT.infoChanged,
  itemTraceNumber: EXT.itemTraceNumber,
  jurisdiction: EXT.identifierJurisdiction,
  levelOfServiceType: EXT.levelOfService,
  nursingHomeLevelOfCare: EXT.nursingHomeLevelOfCare,
  nursingHomeResidentialStatus: EXT.nursingHomeResidentialStatus,
  productOrServiceCodeEnd: EXT.productOrServiceCodeEnd,
  recordedDate: EXT.diagnosisRecordedDate,
  requestType: EXT.requestType,
  requestedService: EXT.requestedService,
  revenueUnitRateLimit: EXT.revenueUnitRateLimit,
  reviewActionCode: EXT.reviewActionCode,
  subDepartment: EXT.identifierSubDepartment,
  transmissionIdentifiers: EXT.transmissionIdentifiers,
}
const CATEGORIES: Readonly<Record<string, string>> = {
  PatientEvent: 'patientEvent',
  AdmissionDates: 'admissionDates',
  DischargeDates: 'dischargeDates',
  AdditionalInformation: 'additionalInformation',
  MessageText: 'freeFormMessage',
}

type Node = Readonly<Record<string, unknown>>
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null
const listOf = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value]
const extensionsOf = (node: Node): Node[] => listOf(node['extension']).filter(isNode)

function isOfSlice(value: unknown, name: string, slice: string): boolean {
  if (!isNode(value)) return false
  if (name === 'extension' || name === 'modifierExtension') {
    const url = EXTENSIONS[slice]
    if (url === undefined) throw new Error(`no extension is called ${slice}`)
    return value['url'] === url
  }
  if (name === 'careTeam') {
    const scope = extensionsOf(value).find(({ url }) => url === EXT.careTeamClaimScope)
    return scope?.['valueBoolean'] === (slice === 'OverallClaimMember')
  }
  const codings = listOf((value['category'] as Node | undefined)?.['coding']).filter(isNode)
  return codings.some(({ system, code }) => system === SYSTEM.pasTemp && code === CATEGORIES[slice])
}

function childrenOf(value: unknown, segment: string): unknown[] {
  if (!isNode(value)) return []
  const [name = '', slice] = segment.split(':')
  const choice = /^(.*)\[x\]$/.exec(name)?.[1]
  const keys = choice === undefined ? [name] : Object.keys(value).filter((key) => key.startsWith(choice))
  const found = keys.flatMap((key) => listOf(value[key]))
  // `timing[x]:timingPeriod` is a type, not a slice of a list.
  if (slice !== undefined && choice !== undefined) return listOf(value[slice])
  return slice === undefined ? found : found.filter((one) => isOfSlice(one, name, slice))
}

/** Whether one of these Claims shows an element. */
export function isShown(claims: readonly Claim[], id: string): boolean {
  return claims.some((claim) => {
    const [, ...segments] = id.split('.')
    return (
      segments.reduce<unknown[]>((at, segment) => at.flatMap((one) => childrenOf(one, segment)), [claim]).length > 0
    )
  })
}
