/** Rules of the PAS Claim (spec pas.md §2.2 to §2.5), and of the inquiry Claim (§4), element by element. */
import type { Bundle, Claim, FhirResource } from 'fhir/r4'
import { EXT, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { readExtension } from '../../src/domain/fhir/extension.ts'
import { areUnique, isFullDate, type Faults } from './faults.ts'
import { checkItem, ORDER_TYPES, type RuledClaim } from './pas-item-rules.ts'
import type { PasVersion } from './pas-version.ts'
import { checkTarget, hasCode } from './rule-parts.ts'

const CLAIM = 'Bundle.entry[0].resource'
const CLAIM_TYPES = ['institutional', 'professional', 'oral']
const DIAGNOSIS_SYSTEMS: readonly string[] = [SYSTEM.icd10cm, 'http://terminology.hl7.org/CodeSystem/icd9cm']
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
/** Checks an inquiry Claim (spec pas.md §4); 2.0.1 wants a line, and no identifier. */
export function checkInquiryClaim(
  bundle: Bundle<FhirResource>,
  claim: Claim,
  version: PasVersion,
  faults: Faults,
): void {
  checkClaimHeader({ bundle, claim, version }, version === '2.0.1' ? [0, 1] : [1, 2], faults)
  if (version === '2.0.1')
    faults.need((claim.item?.length ?? 0) > 0, `${CLAIM}.item`, 'At least one item is required.', 'required')
}

/** Checks everything that a request Claim and an inquiry Claim share; `identifiers`: how few and how many it may have. */
function checkClaimHeader(
  { bundle, claim }: RuledClaim,
  [fewest, most]: readonly [number, number],
  faults: Faults,
): void {
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
    identifiers.length >= fewest && identifiers.length <= most,
    `${CLAIM}.identifier`,
    `Must be there ${fewest} to ${most} times.`,
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
export function checkRequestClaim(
  bundle: Bundle<FhirResource>,
  claim: Claim,
  version: PasVersion,
  faults: Faults,
): void {
  const ruled = { bundle, claim, version }
  checkClaimHeader(ruled, [1, version === '2.0.1' ? 1 : 2], faults)
  if (version === '2.0.1') checkOlderRelated(claim, faults)
  else checkRelated(bundle, claim, faults)
  checkCareTeam(bundle, claim, faults)
  checkSupportingInfo(ruled, faults)
  checkDiagnoses(claim, faults)
  const { need } = faults
  need((claim.item?.length ?? 0) > 0, `${CLAIM}.item`, 'At least one item is required.', 'required')
  need(
    areUnique((claim.item ?? []).map((item) => item.sequence)),
    `${CLAIM}.item`,
    'sequence must be unique.',
    'duplicate',
  )
  claim.item?.forEach((item, index) => checkItem(ruled, item, `${CLAIM}.item[${index}]`, faults))
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

/** 2.0.1 has no second Claim in the Bundle: the one before is named, and replaced. */
function checkOlderRelated(claim: Claim, { need }: Faults): void {
  if (claim.related === undefined) return
  const [related] = claim.related
  need(claim.related.length === 1, `${CLAIM}.related`, 'Exactly one is required.')
  const replaces = related?.relationship?.coding?.some(({ code }) => code === 'replaces') === true
  need(replaces, `${CLAIM}.related[0].relationship`, 'Must be replaces.', 'code-invalid')
  need(
    Boolean(related?.claim?.identifier?.value),
    `${CLAIM}.related[0].claim`,
    'Must name the Claim by its identifier.',
    'required',
  )
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

function checkSupportingInfo({ bundle, claim, version }: RuledClaim, faults: Faults): void {
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
        need(
          timed && (info.timingPeriod === undefined || version === '2.0.1'),
          `${path}.timing`,
          'A full date is required.',
        )
        return
      case 'additionalInformation': {
        const document = readExtension(info, EXT.documentInformation)
        const reportType = readExtension(document, 'reportTypeCode')?.valueCodeableConcept
        need(
          hasCode(reportType, SYSTEM.x12ReportType) || version === '2.0.1',
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
