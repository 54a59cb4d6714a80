/** Rules of the PAS Claim (spec pas.md §2.2 to §2.5), and of the inquiry Claim (§4), element by element. */
import type { Bundle, Claim, ClaimItem, CodeableConcept, FhirResource, Quantity } from 'fhir/r4'
import { EXT, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { readExtension, readExtensions } from '../../src/domain/fhir/extension.ts'
import { areUnique, isFullDate, type Faults } from './faults.ts'
import { findEntry } from './pas-bundle.ts'

const CLAIM = 'Bundle.entry[0].resource'
const CLAIM_TYPES = ['institutional', 'professional', 'oral']
const DIAGNOSIS_SYSTEMS: readonly string[] = [SYSTEM.icd10cm, 'http://terminology.hl7.org/CodeSystem/icd9cm']
const SERVICE_SYSTEMS: readonly string[] = [
  SYSTEM.cpt,
  SYSTEM.hcpcs,
  'http://www.cms.gov/Medicare/Coding/ICD10',
  SYSTEM.ndc,
  SYSTEM.x12ServiceType,
]
const ORDER_TYPES = ['MedicationRequest', 'ServiceRequest', 'DeviceRequest', 'NutritionOrder']
const SUPPORT_TYPES = [
  ...ORDER_TYPES,
  'DocumentReference',
  'QuestionnaireResponse',
  'AllergyIntolerance',
  'Condition',
  'DiagnosticReport',
  'Immunization',
  'Procedure',
  'Observation',
  'Bundle',
]
/** X12 673 units that may go into a 278 request (spec pas.md §2.12): international units, days, units, minutes, hours, months, visits. */
const REQUEST_UNITS = ['F2', 'DA', 'UN', 'MJ', 'HS', 'MO', 'VS']

/** Checks everything that a request Claim and an inquiry Claim share. */
export function checkClaimHeader(bundle: Bundle<FhirResource>, claim: Claim, faults: Faults): void {
  const { need } = faults
  need(claim.status === 'active', `${CLAIM}.status`, 'Must be active.', 'value')
  need(claim.use === 'preauthorization', `${CLAIM}.use`, 'Must be preauthorization.', 'value')
  need(
    hasCode(claim.type, SYSTEM.claimType, CLAIM_TYPES),
    `${CLAIM}.type`,
    'Must be institutional, professional or oral.',
    'code-invalid',
  )
  need(Boolean(claim.created), `${CLAIM}.created`, 'Is required.', 'required')
  need((claim.priority?.coding?.length ?? 0) > 0, `${CLAIM}.priority`, 'Is required.', 'required')
  const identifiers = claim.identifier ?? []
  need(
    identifiers.length >= 1 && identifiers.length <= 2,
    `${CLAIM}.identifier`,
    'One or two are required.',
    'required',
  )
  identifiers.forEach((identifier, index) =>
    need(
      Boolean(identifier.system && identifier.value),
      `${CLAIM}.identifier[${index}]`,
      'system and value are required.',
      'required',
    ),
  )
  checkTarget(bundle, claim.patient?.reference, ['Patient'], `${CLAIM}.patient`, faults)
  checkTarget(bundle, claim.insurer?.reference, ['Organization'], `${CLAIM}.insurer`, faults)
  // Never a bare Practitioner.
  checkTarget(bundle, claim.provider?.reference, ['Organization', 'PractitionerRole'], `${CLAIM}.provider`, faults)
  need((claim.insurance?.length ?? 0) > 0, `${CLAIM}.insurance`, 'Is required.', 'required')
  claim.insurance?.forEach((insurance, index) => {
    const path = `${CLAIM}.insurance[${index}]`
    need(insurance.focal === true, `${path}.focal`, 'Must be true.', 'value')
    need(insurance.sequence > 0, `${path}.sequence`, 'Is required.', 'required')
    checkTarget(bundle, insurance.coverage?.reference, ['Coverage'], `${path}.coverage`, faults)
  })
  checkTransmission(claim, faults)
}

/** Checks a request Claim whole: header, care team, supporting information, diagnoses, items. */
export function checkRequestClaim(bundle: Bundle<FhirResource>, claim: Claim, faults: Faults): void {
  checkClaimHeader(bundle, claim, faults)
  checkRelated(bundle, claim, faults)
  checkCareTeam(bundle, claim, faults)
  checkSupportingInfo(bundle, claim, faults)
  checkDiagnoses(claim, faults)
  const { need } = faults
  need((claim.item?.length ?? 0) > 0, `${CLAIM}.item`, 'At least one item is required.', 'required')
  need(
    areUnique((claim.item ?? []).map((item) => item.sequence)),
    `${CLAIM}.item`,
    'sequence must be unique.',
    'duplicate',
  )
  claim.item?.forEach((item, index) => checkItem(bundle, claim, item, `${CLAIM}.item[${index}]`, faults))
}

function checkTransmission(claim: Claim, { need }: Faults): void {
  const ids = readExtension(claim, EXT.transmissionIdentifiers)
  if (ids === undefined) return
  for (const name of ['applicationSenderCode', 'applicationReceiverCode'])
    need(
      Boolean(readExtension(ids, name)?.valueString),
      `${CLAIM}.extension('${EXT.transmissionIdentifiers}')`,
      `${name} is required.`,
      'required',
    )
}

/** A new request has no `related`; an update has one, `prior`, whose Claim is in the Bundle. */
function checkRelated(bundle: Bundle<FhirResource>, claim: Claim, faults: Faults): void {
  const claims = (bundle.entry ?? []).filter((entry) => entry.resource?.resourceType === 'Claim').length
  const { need } = faults
  if (claim.related === undefined) {
    need(claims === 1, 'Bundle.entry', 'A second Claim belongs to an update only.')
    return
  }
  need(claim.related.length === 1, `${CLAIM}.related`, 'Exactly one is required.')
  const [related] = claim.related
  const isPrior = related?.relationship?.coding?.some((coding) => coding.code === 'prior') === true
  need(isPrior, `${CLAIM}.related[0].relationship`, 'Must be prior.', 'code-invalid')
  checkTarget(bundle, related?.claim?.reference, ['Claim'], `${CLAIM}.related[0].claim`, faults)
}

function checkCareTeam(bundle: Bundle<FhirResource>, claim: Claim, faults: Faults): void {
  const members = claim.careTeam ?? []
  faults.need(
    areUnique(members.map((member) => member.sequence)),
    `${CLAIM}.careTeam`,
    'sequence must be unique.',
    'duplicate',
  )
  members.forEach((member, index) => {
    const path = `${CLAIM}.careTeam[${index}]`
    const scope = readExtension(member, EXT.careTeamClaimScope)?.valueBoolean
    faults.need(scope !== undefined, `${path}.extension`, 'careTeamClaimScope is required.', 'required')
    checkTarget(bundle, member.provider?.reference, ['Organization', 'PractitionerRole'], `${path}.provider`, faults)
  })
}

function checkSupportingInfo(bundle: Bundle<FhirResource>, claim: Claim, faults: Faults): void {
  const { need } = faults
  const all = claim.supportingInfo ?? []
  need(areUnique(all.map((info) => info.sequence)), `${CLAIM}.supportingInfo`, 'sequence must be unique.', 'duplicate')
  all.forEach((info, index) => {
    const path = `${CLAIM}.supportingInfo[${index}]`
    const category = info.category?.coding?.find((coding) => coding.system === SYSTEM.pasTemp)?.code
    const dates = [info.timingDate, info.timingPeriod?.start, info.timingPeriod?.end].filter(
      (date) => date !== undefined,
    )
    const timed = dates.length > 0 && dates.every(isFullDate)
    switch (category) {
      case 'patientEvent':
      case 'admissionDates':
        need(timed, `${path}.timing`, 'Full dates are required.')
        return
      case 'dischargeDates':
        need(timed && info.timingPeriod === undefined, `${path}.timing`, 'A full date is required.')
        return
      case 'additionalInformation': {
        const document = readExtension(info, EXT.documentInformation)
        const reportType = readExtension(document, 'reportTypeCode')?.valueCodeableConcept
        need(
          hasCode(reportType, SYSTEM.x12ReportType),
          `${path}.extension`,
          'documentInformation needs a reportTypeCode.',
          'required',
        )
        need(dates.length === 0, `${path}.timing`, 'Is not allowed here.', 'structure')
        checkTarget(bundle, info.valueReference?.reference, SUPPORT_TYPES, `${path}.value`, faults)
        return
      }
      case 'freeFormMessage':
        need(Boolean(info.valueString), `${path}.value`, 'A string is required.', 'required')
        return
      default:
        need(false, `${path}.category`, 'Is no category of PAS.', 'code-invalid')
    }
  })
}

function checkDiagnoses(claim: Claim, { need }: Faults): void {
  const all = claim.diagnosis ?? []
  need(areUnique(all.map((one) => one.sequence)), `${CLAIM}.diagnosis`, 'sequence must be unique.', 'duplicate')
  all.forEach((diagnosis, index) => {
    const path = `${CLAIM}.diagnosis[${index}].diagnosis`
    need(diagnosis.diagnosisReference === undefined, path, 'Must be a CodeableConcept.', 'structure')
    const coded = diagnosis.diagnosisCodeableConcept?.coding?.some(({ system = '' }) =>
      DIAGNOSIS_SYSTEMS.includes(system),
    )
    need(coded === true, path, 'Needs an ICD-10-CM code.', 'code-invalid')
  })
}

function checkItem(bundle: Bundle<FhirResource>, claim: Claim, item: ClaimItem, path: string, faults: Faults): void {
  const { need } = faults
  need(
    Number.isInteger(item.sequence) && item.sequence > 0,
    `${path}.sequence`,
    'A positive integer is required.',
    'value',
  )
  const coded = (url: string, system: string): boolean =>
    hasCode(readExtension(item, url)?.valueCodeableConcept, system)
  need(coded(EXT.requestType, SYSTEM.x12RequestCategory), `${path}.extension`, 'requestType is required.', 'required')
  need(
    coded(EXT.certificationType, SYSTEM.x12CertificationType),
    `${path}.extension`,
    'certificationType is required.',
    'required',
  )
  need(hasCode(item.category, SYSTEM.x12ServiceType), `${path}.category`, 'An X12 1365 code is required.', 'required')
  need(
    isServiceCode(item.productOrService),
    `${path}.productOrService`,
    'Is not a code that a 278 can carry.',
    'code-invalid',
  )
  const place = item.locationCodeableConcept?.coding?.some((coding) => Boolean(coding.system && coding.code))
  need(place === true, `${path}.location`, 'A place of service code is required.', 'required')
  const dates = [item.servicedDate, item.servicedPeriod?.start, item.servicedPeriod?.end]
  need(
    dates.every((date) => date === undefined || isFullDate(date)),
    `${path}.serviced`,
    'Full dates are required.',
  )
  readExtensions(item, EXT.itemTraceNumber).forEach(({ valueIdentifier }) =>
    need(
      Boolean(valueIdentifier?.system && valueIdentifier.value),
      `${path}.extension`,
      'itemTraceNumber needs system and value.',
      'required',
    ),
  )
  const service = readExtension(item, EXT.requestedService)?.valueReference?.reference
  if (service !== undefined)
    checkTarget(bundle, service, ORDER_TYPES, `${path}.extension('${EXT.requestedService}')`, faults)
  if (item.quantity !== undefined) checkQuantity(item.quantity, `${path}.quantity`, faults)
  checkLinks(claim, item, path, faults)
}

/** PASQuantity (prof-1 to prof-3): a value, a unit or code, X12 673 and never UCUM, and a unit that a 278 request takes. */
export function checkQuantity(quantity: Quantity, path: string, { need }: Faults): void {
  need(
    quantity.value !== undefined && quantity.comparator === undefined,
    path,
    'A value without comparator is required.',
    'required',
  )
  need(Boolean(quantity.unit ?? quantity.code), path, 'A unit or a code is required.', 'required')
  if (quantity.code === undefined) return
  need(quantity.system === SYSTEM.x12QuantityQualifier, `${path}.system`, 'Must be X12 673.', 'code-invalid')
  need(REQUEST_UNITS.includes(quantity.code), `${path}.code`, 'Is not a unit that a request can carry.', 'code-invalid')
}

function checkLinks(claim: Claim, item: ClaimItem, path: string, { need }: Faults): void {
  const links = [
    ['careTeamSequence', item.careTeamSequence, claim.careTeam],
    ['diagnosisSequence', item.diagnosisSequence, claim.diagnosis],
    ['informationSequence', item.informationSequence, claim.supportingInfo],
  ] as const
  for (const [name, used, declared] of links) {
    const known = new Set((declared ?? []).map((one) => one.sequence))
    need(
      (used ?? []).every((sequence) => known.has(sequence)),
      `${path}.${name}`,
      'Names a sequence that does not exist.',
    )
  }
}

/** A code of a list that a 278 can carry, or `not-applicable`, which stands for no code (spec-43). */
function isServiceCode(concept: CodeableConcept | undefined): boolean {
  return (concept?.coding ?? []).some(
    ({ system = '', code }) =>
      (SERVICE_SYSTEMS.includes(system) && Boolean(code)) ||
      (system === SYSTEM.dataAbsentReason && code === 'not-applicable'),
  )
}

/** Whether a concept has a coding of the system, and one of the codes where they are given. */
function hasCode(concept: CodeableConcept | undefined, system: string, codes?: readonly string[]): boolean {
  return (concept?.coding ?? []).some(
    (coding) => coding.system === system && Boolean(coding.code) && (codes?.includes(coding.code ?? '') ?? true),
  )
}

function checkTarget(
  bundle: Bundle<FhirResource>,
  reference: string | undefined,
  types: readonly string[],
  path: string,
  { need }: Faults,
): void {
  if (!need(reference !== undefined, path, 'A reference is required.', 'required') || reference === undefined) return
  const target = findEntry(bundle, reference, bundle.entry?.[0]?.fullUrl)?.resource
  if (target === undefined) return // The closure rule says so already.
  need(
    types.includes(target.resourceType),
    path,
    `Must refer to ${types.join(' or ')}, not to ${target.resourceType}.`,
    'value',
  )
}
