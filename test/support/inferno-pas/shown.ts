/** Whether resources show an element of a profile, by its id there: slices by what tells them apart. */
import type { Bundle, Claim, ClaimResponse, FhirResource, Reference } from 'fhir/r4'
import { EXT, SYSTEM } from '../../../src/domain/fhir/canonical.ts'
import { resolveInBundle } from '../../../src/domain/fhir/reference.ts'
import type { Listed } from './must-support.ts'

const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition'

/** Slices of `extension` and `modifierExtension` that are not named as we name their extension. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  DataAbsentReason: EXT.dataAbsentReason,
  authorizedItemDetail: EXT.itemAuthorizedDetail,
  authorizedProvider: EXT.itemAuthorizedProvider,
  birthsex: `${US_CORE}/us-core-birthsex`,
  certEffectiveDate: EXT.itemCertificationEffectiveDate,
  certExpirationDate: EXT.itemCertificationExpirationDate,
  certIssueDate: EXT.itemCertificationIssueDate,
  coverage: EXT.coverageInformation,
  encounter: EXT.claimEncounter,
  ethnicity: `${US_CORE}/us-core-ethnicity`,
  followupAction: EXT.errorFollowupAction,
  infoCancelledFlag: EXT.infoCancelled,
  jurisdiction: EXT.identifierJurisdiction,
  levelOfServiceType: EXT.levelOfService,
  paLineNumber: EXT.serviceLineNumber,
  preAuthIssueDate: EXT.itemPreAuthIssueDate,
  preAuthPeriod: EXT.itemPreAuthPeriod,
  previousAuthorizationNumber: EXT.authorizationNumber,
  providerType: EXT.authorizedProviderType,
  race: `${US_CORE}/us-core-race`,
  recordedDate: EXT.diagnosisRecordedDate,
  requestedServiceDate: EXT.itemRequestedServiceDate,
  revenue: EXT.revenueCode,
  serviceCodeEnd: EXT.productOrServiceCodeEnd,
  subDepartment: EXT.identifierSubDepartment,
}

type Node = Readonly<Record<string, unknown>>
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null
const listOf = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value]

function isCoded(concept: unknown, system: string | RegExp, code?: string): boolean {
  const codings = listOf((concept as Node | undefined)?.['coding']).filter(isNode)
  return codings.some(
    (coding) =>
      (typeof system === 'string' ? coding['system'] === system : system.test(String(coding['system']))) &&
      (code === undefined || coding['code'] === code),
  )
}

const MEDICATION_CATEGORY = 'http://terminology.hl7.org/CodeSystem/medicationrequest-category'
const categorized =
  (code: string) =>
  ({ category }: Node): boolean =>
    isCoded(category, SYSTEM.pasTemp, code)
const scoped =
  (isOverall: boolean) =>
  ({ extension }: Node): boolean =>
    listOf(extension)
      .filter(isNode)
      .some(({ url, valueBoolean }) => url === EXT.careTeamClaimScope && valueBoolean === isOverall)
const inputOf =
  (code: string) =>
  ({ type }: Node): boolean =>
    isCoded(type, SYSTEM.pasTemp, code)
const holding =
  (type: string) =>
  ({ resource }: Node): boolean =>
    (resource as Node | undefined)?.['resourceType'] === type
const inSystem =
  (system: string | RegExp) =>
  (node: Node): boolean =>
    isCoded({ coding: [node] }, system)

/** What tells a slice apart, by the name of its list and its own. */
const SLICES: Readonly<Record<string, (value: Node) => boolean>> = {
  'careTeam:OverallClaimMember': scoped(true),
  'careTeam:ItemClaimMember': scoped(false),
  'category:us-core': (value) => isCoded(value, MEDICATION_CATEGORY),
  'class:group': ({ type }) => isCoded(type, SYSTEM.coverageClass, 'group'),
  'class:plan': ({ type }) => isCoded(type, SYSTEM.coverageClass, 'plan'),
  // As the kit counts: any list of X12 (pas.md §11.1, 7).
  'coding:X12Code': inSystem(/x12[.]org/),
  'entry:Claim': holding('Claim'),
  'entry:ClaimResponse': holding('ClaimResponse'),
  'identifier:NPI': inSystem(SYSTEM.npi),
  'identifier:PI': ({ type }) => isCoded(type, SYSTEM.carinIdentifierType, 'payerid'),
  'identifier:TIN': inSystem(SYSTEM.employerId),
  'identifier:memberid': ({ type }) => isCoded(type, SYSTEM.identifierType, 'MB'),
  'input:AttachmentsNeeded': inputOf('attachments-needed'),
  'input:PayerURL': inputOf('payer-url'),
  'input:QuestionnaireContext': inputOf('questionnaire-context'),
  'supportingInfo:AdditionalInformation': categorized('additionalInformation'),
  'supportingInfo:AdmissionDates': categorized('admissionDates'),
  'supportingInfo:DischargeDates': categorized('dischargeDates'),
  'supportingInfo:MessageText': categorized('freeFormMessage'),
  'supportingInfo:PatientEvent': categorized('patientEvent'),
}

function isOfSlice(value: unknown, name: string, slice: string): boolean {
  if (!isNode(value)) return false
  if (name === 'extension' || name === 'modifierExtension') {
    const url = EXTENSIONS[slice] ?? (EXT as Readonly<Record<string, string>>)[slice]
    if (url === undefined) throw new Error(`no extension is called ${slice}`)
    return value['url'] === url
  }
  const isIt = SLICES[`${name}:${slice}`]
  if (isIt === undefined) throw new Error(`no slice is called ${name}:${slice}`)
  return isIt(value)
}

/** The children that a segment names. A primitive may be there by its extensions alone. */
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

/** Whether one of these resources shows an element. */
export function isShown(resources: readonly object[], id: string): boolean {
  const [, ...segments] = id.split('.')
  return resources.some(
    (resource) =>
      segments.reduce<unknown[]>((at, segment) => at.flatMap((one) => childrenOf(one, segment)), [resource]).length > 0,
  )
}

type Message = Bundle<FhirResource>
const TYPES: Partial<Record<Listed, FhirResource['resourceType']>> = {
  communication_request: 'CommunicationRequest',
  coverage: 'Coverage',
  device_request: 'DeviceRequest',
  encounter: 'Encounter',
  medication_request: 'MedicationRequest',
  nutrition_order: 'NutritionOrder',
  practitioner: 'Practitioner',
  practitioner_role: 'PractitionerRole',
  service_request: 'ServiceRequest',
  task: 'Task',
}

/** Which of the Bundle's resources a list is about: parties by the place from which they are referred to, as the kit finds them. */
export function listedIn(bundle: Message, listed: Listed): FhirResource[] {
  if (listed.endsWith('_bundle')) return [bundle]
  const first = bundle.entry?.[0]?.resource as Claim | ClaimResponse | undefined
  const follow = (reference: Reference | undefined): FhirResource[] => {
    const found = resolveInBundle(bundle, reference)
    return found === undefined ? [] : [found]
  }
  switch (listed) {
    case 'claim_update':
    case 'claim_inquiry':
    case 'claimresponse':
    case 'claiminquiryresponse':
      return first === undefined ? [] : [first]
    case 'beneficiary':
      return follow(first?.patient)
    case 'insurer':
      return follow(first?.insurer)
    case 'requestor':
      return follow(first?.resourceType === 'Claim' ? first.provider : first?.requestor)
    case 'subscriber':
      return (bundle.entry ?? []).flatMap(({ resource }) =>
        resource?.resourceType === 'Coverage' ? follow(resource.subscriber) : [],
      )
    default:
      return (bundle.entry ?? []).flatMap(({ resource }) =>
        resource !== undefined && resource.resourceType === TYPES[listed] ? [resource] : [],
      )
  }
}

/** The elements of a list that none of these Bundles shows. */
export function notShown(bundles: readonly Message[], listed: Listed, elements: readonly string[]): string[] {
  const resources = bundles.flatMap((bundle) => listedIn(bundle, listed))
  return elements.filter((id) => !isShown(resources, id))
}
