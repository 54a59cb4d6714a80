/**
 * The must-support lists of the public PAS test kit (pas.md §11.4), by profile under the names that its tests have, in both
 * versions: facts of the published packages, against which `must-support-lists.test.ts` holds them.
 */
import {
  CLAIM_RESPONSE,
  COMMUNICATION_REQUEST,
  INQUIRY_RESPONSE,
  TASK,
} from '../../../src/app/testing/must-support-elements.ts'
import type { PasVersion } from '../../../src/domain/pas/pas-response.ts'
import { CLAIM_INQUIRY_ELEMENTS, CLAIM_UPDATE_ELEMENTS } from './claim-must-support.ts'

const ids = (type: string, names: string): readonly string[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `${type}.${name}`)

/** 2.2.1; the Claims and what a payer says stand with those who read them. */
const OTHERS_2_2_1 = {
  coverage: ids(
    'Coverage',
    `identifier identifier:memberid identifier:memberid.type status type subscriber subscriberId beneficiary
    relationship relationship.coding:X12Code period payor class class:group class:group.value class:group.name
    class:plan class:plan.value class:plan.name`,
  ),
  encounter: ids(
    'Encounter',
    `meta meta.lastUpdated extension:patientStatus extension:nursingHomeResidentialStatus
    extension:nursingHomeResidentialStatus.value[x] identifier identifier.system identifier.value status class
    type subject participant participant.type participant.period participant.individual period reasonCode
    reasonReference hospitalization hospitalization.admitSource hospitalization.dischargeDisposition location
    location.location serviceProvider`,
  ),
  insurer: ids(
    'Organization',
    `identifier identifier:NPI identifier:TIN identifier:PI active type name telecom telecom.system telecom.value
    address address.line address.city address.state address.postalCode address.country`,
  ),
  requestor: ids(
    'Organization',
    `identifier identifier:NPI identifier:TIN identifier:PI active type name telecom telecom.system telecom.value
    address address.line address.city address.state address.postalCode address.country contact contact.name
    contact.telecom`,
  ),
  beneficiary: ids(
    'Patient',
    `identifier identifier.system identifier.value name name.family name.given name.prefix name.suffix
    telecom.system telecom.value telecom.use gender birthDate address address.line address.city address.district
    address.state address.postalCode address.country multipleBirthInteger communication.language`,
  ),
  subscriber: ids(
    'Patient',
    `identifier identifier.system identifier.value name name.family name.given name.prefix name.suffix
    telecom.system telecom.value telecom.use gender birthDate address address.line address.city address.district
    address.state address.postalCode address.country communication.language`,
  ),
  practitioner: ids(
    'Practitioner',
    `identifier identifier:NPI name name.family telecom telecom.system telecom.value address address.line
    address.city address.state address.postalCode address.country`,
  ),
  practitioner_role: ids(
    'PractitionerRole',
    `practitioner organization code specialty location telecom telecom.system telecom.value endpoint`,
  ),
  device_request: ids('DeviceRequest', `extension:coverage intent code[x] subject occurrence[x]`),
  medication_request: ids(
    'MedicationRequest',
    `extension:coverage status intent category category:us-core reportedBoolean reportedReference medication[x] subject encounter
    authoredOn requester dosageInstruction dosageInstruction.text dosageInstruction.timing
    dosageInstruction.doseAndRate dosageInstruction.doseAndRate.doseQuantity dispenseRequest
    dispenseRequest.numberOfRepeatsAllowed dispenseRequest.quantity`,
  ),
  nutrition_order: ids(
    'NutritionOrder',
    `extension:coverage intent patient oralDiet oralDiet.type enteralFormula enteralFormula.baseFormulaType`,
  ),
  service_request: ids(
    'ServiceRequest',
    `extension:serviceCodeEnd extension:coverage intent code quantity[x] subject occurrence[x]`,
  ),
  pas_request_bundle: ids(
    'Bundle',
    `identifier timestamp entry entry.fullUrl entry.resource entry:Claim entry:Claim.fullUrl entry:Claim.resource`,
  ),
  pas_response_bundle: ids(
    'Bundle',
    `identifier timestamp entry entry.fullUrl entry.resource entry:ClaimResponse entry:ClaimResponse.fullUrl
    entry:ClaimResponse.resource`,
  ),
  pas_inquiry_request_bundle: ids(
    'Bundle',
    `identifier timestamp entry entry.fullUrl entry.resource entry:Claim entry:Claim.fullUrl entry:Claim.resource`,
  ),
  pas_inquiry_response_bundle: ids(
    'Bundle',
    `timestamp entry entry.fullUrl entry.resource entry:ClaimResponse entry:ClaimResponse.fullUrl
    entry:ClaimResponse.resource`,
  ),
} as const

/** 2.0.1. */
const ALL_2_0_1 = {
  claim_update: ids(
    'Claim',
    `extension:levelOfServiceType extension:encounter identifier insurer provider careTeam
    careTeam.extension:careTeamClaimScope careTeam.sequence careTeam.provider careTeam.role careTeam.qualification
    careTeam:OverallClaimMember careTeam:OverallClaimMember.extension:careTeamClaimScope careTeam:ItemClaimMember
    careTeam:ItemClaimMember.extension:careTeamClaimScope supportingInfo supportingInfo.sequence
    supportingInfo.category supportingInfo:PatientEvent supportingInfo:PatientEvent.timing[x]
    supportingInfo:AdmissionDates supportingInfo:AdmissionDates.timing[x] supportingInfo:DischargeDates
    supportingInfo:DischargeDates.timing[x] supportingInfo:AdditionalInformation
    supportingInfo:AdditionalInformation.sequence supportingInfo:AdditionalInformation.category
    supportingInfo:AdditionalInformation.value[x] supportingInfo:MessageText supportingInfo:MessageText.sequence
    supportingInfo:MessageText.category supportingInfo:MessageText.value[x] diagnosis
    diagnosis.extension:recordedDate diagnosis.sequence diagnosis.diagnosis[x] diagnosis.type insurance
    insurance.sequence insurance.coverage accident accident.date accident.type item item.extension:itemTraceNumber
    item.extension:authorizationNumber item.extension:administrationReferenceNumber item.extension:requestType
    item.extension:certificationType item.extension:epsdtIndicator item.extension:nursingHomeResidentialStatus
    item.extension:nursingHomeLevelOfCare item.extension:revenueUnitRateLimit item.extension:requestedService
    item.sequence item.careTeamSequence item.diagnosisSequence item.informationSequence item.revenue item.category
    item.productOrService item.modifier item.serviced[x] item.location[x] item.quantity item.unitPrice`,
  ),
  claim_inquiry: ids(
    'Claim',
    `extension:levelOfServiceType extension:certificationType identifier billablePeriod insurer provider careTeam
    careTeam.extension:careTeamClaimScope careTeam.sequence careTeam.provider careTeam.role careTeam.qualification
    careTeam:OverallClaimMember careTeam:OverallClaimMember.extension:careTeamClaimScope careTeam:ItemClaimMember
    careTeam:ItemClaimMember.extension:careTeamClaimScope supportingInfo supportingInfo.sequence
    supportingInfo.category supportingInfo:PatientEvent supportingInfo:PatientEvent.timing[x]
    supportingInfo:AdmissionDates supportingInfo:AdmissionDates.timing[x] supportingInfo:DischargeDates
    supportingInfo:DischargeDates.timing[x] diagnosis diagnosis.sequence diagnosis.diagnosis[x] diagnosis.type
    insurance insurance.sequence insurance.coverage accident accident.date accident.type item
    item.extension:itemTraceNumber item.extension:authorizationNumber item.extension:administrationReferenceNumber
    item.extension:requestType item.extension:certificationType item.extension:certIssueDate
    item.extension:certExpirationDate item.extension:certEffectiveDate item.extension:reviewActionCode
    item.sequence item.careTeamSequence item.diagnosisSequence item.informationSequence item.revenue
    item.productOrService item.modifier item.serviced[x] item.location[x] item.quantity`,
  ),
  claimresponse: ids(
    'ClaimResponse',
    `identifier status patient created insurer requestor request outcome preAuthPeriod item
    item.extension:itemTraceNumber item.extension:preAuthIssueDate item.extension:preAuthPeriod
    item.extension:previousAuthorizationNumber item.extension:administrationReferenceNumber
    item.extension:requestedServiceDate item.extension:authorizedItemDetail item.extension:authorizedProvider
    item.extension:communicatedDiagnosis item.noteNumber item.adjudication
    item.adjudication.extension:reviewAction communicationRequest error error.extension:followupAction
    error.extension:errorElement error.extension:errorPath error.code`,
  ),
  claiminquiryresponse: ids(
    'ClaimResponse',
    `identifier status patient created insurer requestor request outcome preAuthPeriod item
    item.extension:itemTraceNumber item.extension:preAuthIssueDate item.extension:preAuthPeriod
    item.extension:previousAuthorizationNumber item.extension:administrationReferenceNumber
    item.extension:requestedServiceDate item.extension:authorizedItemDetail item.extension:authorizedProvider
    item.extension:communicatedDiagnosis item.adjudication item.adjudication.extension:reviewAction error
    error.extension:followupAction error.extension:errorElement error.extension:errorPath error.code`,
  ),
  communication_request: ids(
    'CommunicationRequest',
    `identifier category medium payload payload.extension:serviceLineNumber payload.extension:communicatedDiagnosis
    payload.extension:contentModifier payload.content[x] requester recipient sender`,
  ),
  task: ids(
    'Task',
    `identifier status statusReason intent code for requester requester.identifier owner owner.identifier
    reasonCode reasonReference restriction.period input`,
  ),
  coverage: ids(
    'Coverage',
    `identifier status subscriber subscriberId beneficiary relationship relationship.coding:X12Code payor`,
  ),
  encounter: ids(
    'Encounter',
    `extension:patientStatus extension:nursingHomeResidentialStatus identifier identifier.system identifier.value
    status class type subject participant participant.type participant.period participant.individual period
    reasonCode hospitalization hospitalization.admitSource hospitalization.dischargeDisposition location
    location.location`,
  ),
  insurer: ids(
    'Organization',
    `identifier identifier:NPI identifier:TIN active type name telecom address address.line address.city
    address.state address.postalCode address.country`,
  ),
  requestor: ids(
    'Organization',
    `identifier identifier:NPI identifier:TIN active type name telecom address address.line address.city
    address.state address.postalCode address.country contact contact.name contact.telecom`,
  ),
  beneficiary: ids(
    'Patient',
    `extension:race extension:ethnicity extension:birthsex identifier identifier.system identifier.value name
    name.family name.given name.prefix name.suffix telecom telecom.system telecom.value telecom.use gender
    birthDate address address.line address.city address.district address.state address.postalCode address.country
    address.period multipleBirthInteger communication communication.language`,
  ),
  subscriber: ids(
    'Patient',
    `extension:race extension:ethnicity extension:birthsex identifier identifier.system identifier.value name
    name.family name.given name.prefix name.suffix telecom telecom.system telecom.value telecom.use gender
    birthDate address address.line address.city address.district address.state address.postalCode address.country
    address.period communication communication.language`,
  ),
  practitioner: ids('Practitioner', `identifier identifier:NPI name name.family telecom address`),
  practitioner_role: ids('PractitionerRole', `practitioner organization`),
  device_request: ids('DeviceRequest', `extension:coverage code[x] subject occurrence[x]`),
  medication_request: ids(
    'MedicationRequest',
    `extension:coverage status intent reported[x] medication[x] subject encounter authoredOn requester
    dosageInstruction dosageInstruction.text dosageInstruction.timing dispenseRequest dispenseRequest.quantity`,
  ),
  nutrition_order: ids(
    'NutritionOrder',
    `extension:coverage patient oralDiet oralDiet.type enteralFormula enteralFormula.baseFormulaType`,
  ),
  service_request: ids(
    'ServiceRequest',
    `extension:serviceCodeEnd extension:coverage code quantity[x] subject occurrence[x]`,
  ),
  pas_request_bundle: ids('Bundle', `identifier timestamp entry entry.fullUrl entry.resource entry:Claim`),
  pas_response_bundle: ids('Bundle', `timestamp entry entry.fullUrl entry.resource entry:ClaimResponse`),
  pas_inquiry_request_bundle: ids('Bundle', `identifier timestamp entry entry.fullUrl entry.resource entry:Claim`),
  pas_inquiry_response_bundle: ids('Bundle', `timestamp entry entry.fullUrl entry.resource entry:ClaimResponse`),
} as const

export type Listed = keyof typeof ALL_2_0_1

/** The elements of a profile, by its name in the kit. */
export const MUST_SUPPORT: Readonly<Record<PasVersion, Readonly<Record<Listed, readonly string[]>>>> = {
  '2.2.1': {
    claim_update: CLAIM_UPDATE_ELEMENTS,
    claim_inquiry: CLAIM_INQUIRY_ELEMENTS,
    claimresponse: CLAIM_RESPONSE,
    claiminquiryresponse: INQUIRY_RESPONSE,
    communication_request: COMMUNICATION_REQUEST,
    task: TASK,
    ...OTHERS_2_2_1,
  },
  '2.0.1': ALL_2_0_1,
}

/** How many elements each list of 2.2.1 has by the kit's own count (pas.md §11.3, §11.4). */
export const COUNTS: Readonly<Record<PasVersion, Partial<Record<Listed, number>>>> = {
  '2.2.1': {
    pas_request_bundle: 8,
    pas_response_bundle: 8,
    pas_inquiry_request_bundle: 8,
    pas_inquiry_response_bundle: 7,
    claim_update: 112,
    claim_inquiry: 92,
    claimresponse: 72,
    claiminquiryresponse: 71,
    coverage: 19,
    encounter: 25,
    insurer: 16,
    requestor: 19,
    beneficiary: 22,
    subscriber: 21,
    practitioner: 13,
    practitioner_role: 9,
    communication_request: 11,
    task: 24,
  },
  '2.0.1': { claim_update: 66, claim_inquiry: 55, claimresponse: 28 },
}
