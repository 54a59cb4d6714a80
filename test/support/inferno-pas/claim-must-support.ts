/**
 * What the public PAS test kit (v2.2.1) wants to see in a client's requests (pas.md §11.4): the must-support elements of the
 * Claim Update and of the inquiry, by element id.
 */

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
