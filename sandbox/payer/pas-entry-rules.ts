/** Rules of what stands beside the Claim in a PAS Bundle (spec pas.md §2.6 to §2.13), a function for each type. */
import type {
  Bundle,
  Coverage,
  DocumentReference,
  FhirResource,
  Identifier,
  MedicationRequest,
  Organization,
  Patient,
  Practitioner,
  PractitionerRole,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  ServiceRequest,
} from 'fhir/r4'
import { EXT, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { readExtension, readExtensions } from '../../src/domain/fhir/extension.ts'
import { isNpi } from '../../src/domain/fhir/npi.ts'
import { isFullDate, type Faults } from './faults.ts'
import { findEntry, readClaim } from './pas-bundle.ts'
import type { PasVersion } from './pas-version.ts'
import { checkQuantity } from './pas-item-rules.ts'

/** Checks every entry after the Claim by its type; types without PAS rules are left to US Core. */
export function checkEntries(bundle: Bundle<FhirResource>, version: PasVersion, faults: Faults): void {
  const claim = readClaim(bundle)
  const owner = bundle.entry?.[0]?.fullUrl
  const parties = new Set([claim?.insurer, claim?.provider].map((one) => findEntry(bundle, one?.reference, owner)))
  bundle.entry?.slice(1).forEach((entry, index) => {
    const path = `Bundle.entry[${index + 1}].resource`
    if (entry.resource === undefined) return
    checkEntry(entry.resource, path, version, faults)
    if (entry.resource.resourceType === 'Organization' && parties.has(entry)) checkParty(entry.resource, path, faults)
  })
}

function checkEntry(resource: FhirResource, path: string, version: PasVersion, faults: Faults): void {
  switch (resource.resourceType) {
    case 'Coverage':
      return checkCoverage(resource, path, version, faults)
    case 'Patient':
      return checkPatient(resource, path, faults)
    case 'Organization':
      return checkOrganization(resource, path, faults)
    case 'Practitioner':
      return checkPractitioner(resource, path, faults)
    case 'PractitionerRole':
      return checkPractitionerRole(resource, path, version, faults)
    case 'MedicationRequest':
      return checkMedicationRequest(resource, path, faults)
    case 'ServiceRequest':
      return checkServiceRequest(resource, path, version, faults)
    case 'DocumentReference':
      return checkDocument(resource, path, faults)
    case 'QuestionnaireResponse':
      return checkResponse(resource, path, faults)
    default:
  }
}

/**
 * The member id is what the payer finds the member by, in both versions. The invariant self-beneficiary is met by X12 code 18
 * only; FHIR's `self` alone does not count. In 2.0.1 the Coverage is FHIR's own besides.
 */
function checkCoverage(coverage: Coverage, path: string, version: PasVersion, { need }: Faults): void {
  const members = (coverage.identifier ?? []).filter((one) => isMemberId(one))
  need(members.length === 1, `${path}.identifier`, 'Exactly one member id (type MB) is required.', 'required')
  need(
    members.every((one) => Boolean(one.value && one.system)),
    `${path}.identifier`,
    'The member id needs system and value.',
    'required',
  )
  need(coverage.status === 'active', `${path}.status`, 'Must be active.', 'value')
  need(Boolean(coverage.beneficiary?.reference), `${path}.beneficiary`, 'Is required.', 'required')
  if (version === '2.0.1') return
  need((coverage.relationship?.coding?.length ?? 0) > 0, `${path}.relationship`, 'Is required.', 'required')
  need(coverage.payor?.length === 1, `${path}.payor`, 'Exactly one is required.', 'required')
  const isSelf = coverage.relationship?.coding?.some(
    (coding) => coding.system === SYSTEM.x12Relationship && coding.code === '18',
  )
  need(isSelf === true || coverage.subscriber !== undefined, path, 'Needs X12 relationship 18 or a subscriber.')
}

/** Whether an identifier is a member number (v2-0203 MB). */
export function isMemberId(identifier: Identifier): boolean {
  return (
    identifier.type?.coding?.some((coding) => coding.system === SYSTEM.identifierType && coding.code === 'MB') === true
  )
}

function checkPatient(patient: Patient, path: string, faults: Faults): void {
  checkIdentifiers(patient.identifier, path, true, faults)
  faults.need((patient.name?.length ?? 0) > 0, `${path}.name`, 'Is required.', 'required')
  faults.need(Boolean(patient.gender), `${path}.gender`, 'Is required.', 'required')
  faults.need(
    patient.birthDate === undefined || isFullDate(patient.birthDate),
    `${path}.birthDate`,
    'Must be a full date.',
  )
}

function checkOrganization(organization: Organization, path: string, faults: Faults): void {
  checkIdentifiers(organization.identifier, path, false, faults)
  faults.need(Boolean(organization.name), `${path}.name`, 'Is required.', 'required')
}

/** Insurer and requestor: active, and typed by X12 98 where they are typed at all. */
function checkParty(organization: Organization, path: string, faults: Faults): void {
  faults.need(organization.active === true, `${path}.active`, 'Must be true.', 'value')
  const coded = organization.type?.every((type) =>
    type.coding?.some((coding) => coding.system === SYSTEM.x12EntityIdentifier),
  )
  faults.need(coded ?? true, `${path}.type`, 'Must be an X12 98 code.', 'code-invalid')
}

function checkPractitioner(practitioner: Practitioner, path: string, faults: Faults): void {
  checkIdentifiers(practitioner.identifier, path, true, faults)
  faults.need(
    practitioner.name?.some((name) => Boolean(name.family)) === true,
    `${path}.name`,
    'A family name is required.',
    'required',
  )
}

/** Invariant pd-1, which 2.0.1 does not have: there must be a way to reach the role. */
function checkPractitionerRole(role: PractitionerRole, path: string, version: PasVersion, { need }: Faults): void {
  need(Boolean(role.practitioner?.reference), `${path}.practitioner`, 'Is required.', 'required')
  if (version === '2.2.1')
    need((role.telecom?.length ?? 0) + (role.endpoint?.length ?? 0) > 0, path, 'Needs telecom or endpoint.')
}

function checkIdentifiers(
  identifiers: readonly Identifier[] | undefined,
  path: string,
  required: boolean,
  { need }: Faults,
): void {
  if (required) need((identifiers?.length ?? 0) > 0, `${path}.identifier`, 'Is required.', 'required')
  identifiers?.forEach((identifier, index) => {
    const at = `${path}.identifier[${index}]`
    need(Boolean(identifier.system && identifier.value), at, 'system and value are required.', 'required')
    if (identifier.system === SYSTEM.npi)
      need(isNpi(identifier.value ?? ''), `${at}.value`, 'Is not a valid NPI.', 'value')
  })
}

function checkMedicationRequest(order: MedicationRequest, path: string, { need }: Faults): void {
  need(order.status === 'active', `${path}.status`, 'Must be active.', 'value')
  need(order.intent === 'order', `${path}.intent`, 'Must be order.', 'value')
  need(Boolean(order.requester?.reference), `${path}.requester`, 'Is required.', 'required')
  need(
    Boolean(order.medicationCodeableConcept ?? order.medicationReference),
    `${path}.medication`,
    'Is required.',
    'required',
  )
}

function checkServiceRequest(order: ServiceRequest, path: string, version: PasVersion, faults: Faults): void {
  const { need } = faults
  need(order.intent === 'order', `${path}.intent`, 'Must be order.', 'value')
  if (order.quantityQuantity !== undefined && version === '2.2.1')
    checkQuantity(order.quantityQuantity, `${path}.quantity`, faults)
  need(
    (order.quantityRatio ?? order.quantityRange) === undefined,
    `${path}.quantity`,
    'Must be a Quantity.',
    'structure',
  )
  need(
    (order.occurrenceDateTime ?? order.occurrencePeriod) === undefined,
    `${path}.occurrence`,
    'Must be a Timing.',
    'structure',
  )
  const repeat = order.occurrenceTiming?.repeat
  if (order.occurrenceTiming === undefined) return
  const rhythm = repeat?.frequency !== undefined && repeat.period !== undefined && repeat.periodUnit !== undefined
  need(repeat?.count !== undefined || rhythm, `${path}.occurrence`, 'Needs count, or frequency and period.')
}

function checkDocument(document: DocumentReference, path: string, { need }: Faults): void {
  need((document.content?.length ?? 0) > 0, `${path}.content`, 'Is required.', 'required')
  document.content?.forEach(({ attachment }, index) => {
    const at = `${path}.content[${index}].attachment`
    need(Boolean(attachment.data), `${at}.data`, 'The document must be inline.', 'required')
    need(attachment.url === undefined, `${at}.url`, 'Is not allowed.', 'structure')
    need(Boolean(attachment.contentType), `${at}.contentType`, 'Is required.', 'required')
  })
}

/** A DTR response: complete, bound to coverage and purpose, and every answer says where it came from (DTR §6). */
function checkResponse(response: QuestionnaireResponse, path: string, { need }: Faults): void {
  need(
    response.status === 'completed' || response.status === 'amended',
    `${path}.status`,
    'Must be completed.',
    'value',
  )
  need(
    /\|.+/.test(response.questionnaire ?? '') || namesContained(response),
    `${path}.questionnaire`,
    'Must name the version, or the form that it contains.',
    'value',
  )
  need(Boolean(response.subject?.reference), `${path}.subject`, 'Is required.', 'required')
  need(Boolean(response.authored), `${path}.authored`, 'Is required.', 'required')
  // 2.0.1 links the coverage as a context, and has one word for both automatic origins; one response has one version.
  const sources = readExtensions(response, EXT.qrCoverage).length > 0 ? SOURCES_2_2 : SOURCES_2_0_1
  need(
    sources === SOURCES_2_2 ||
      readExtensions(response, EXT.qrContext).some(
        (one) => one.valueReference?.reference?.includes('Coverage/') === true,
      ),
    `${path}.extension`,
    'qr-coverage, or a qr-context with the coverage, is required.',
    'required',
  )
  need(
    readExtensions(response, EXT.intendedUse).length > 0,
    `${path}.extension`,
    'intendedUse is required.',
    'required',
  )
  const walk = (items: readonly QuestionnaireResponseItem[] | undefined, at: string): void =>
    items?.forEach((item, index) => {
      const itemPath = `${at}.item[${index}]`
      item.answer?.forEach((answer, order) => {
        const answerPath = `${itemPath}.answer[${order}]`
        const origins = readExtensions(answer, EXT.informationOrigin)
        need(origins.length === 1, `${answerPath}.extension`, 'Exactly one information-origin is required.', 'required')
        need(
          origins.every((origin) => hasAuthorWhereEdited(origin, sources)),
          `${answerPath}.extension`,
          'author goes with override and manual only.',
        )
        walk(answer.item, answerPath)
      })
      walk(item.item, itemPath)
    })
  walk(response.item, path)
}

const SOURCES_2_2 = ['auto-client', 'auto-server', 'override', 'manual']
const SOURCES_2_0_1 = ['auto', 'override', 'manual']

/** An adaptive response names the questionnaire that it contains. */
function namesContained({ questionnaire, contained }: QuestionnaireResponse): boolean {
  return (
    contained?.some(({ resourceType, id }) => resourceType === 'Questionnaire' && questionnaire === `#${id ?? ''}`) ===
    true
  )
}

/** Invariant dtrx-1. */
function hasAuthorWhereEdited(
  origin: NonNullable<ReturnType<typeof readExtension>>,
  sources: readonly string[],
): boolean {
  const source = readExtension(origin, 'source')?.valueCode ?? ''
  const known = sources.includes(source)
  return known && (readExtension(origin, 'author') !== undefined) === ['override', 'manual'].includes(source)
}
