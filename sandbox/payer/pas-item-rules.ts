/** Rules of a line of the PAS Claim (spec pas.md §2.4), and of its quantity. */
import type { Bundle, Claim, ClaimItem, CodeableConcept, FhirResource, Quantity } from 'fhir/r4'
import { EXT, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { readExtension, readExtensions } from '../../src/domain/fhir/extension.ts'
import { isFullDate, type Faults } from './faults.ts'
import type { PasVersion } from './pas-version.ts'
import { checkTarget, hasCode } from './rule-parts.ts'

const SERVICE_SYSTEMS: readonly string[] = [
  SYSTEM.cpt,
  SYSTEM.hcpcs,
  'http://www.cms.gov/Medicare/Coding/ICD10',
  SYSTEM.ndc,
  SYSTEM.x12ServiceType,
]
export const ORDER_TYPES = ['MedicationRequest', 'ServiceRequest', 'DeviceRequest', 'NutritionOrder']
/** X12 673 units that may go into a 278 request (spec pas.md §2.12): international units, days, units, minutes, hours, months, visits. */
const REQUEST_UNITS = ['F2', 'DA', 'UN', 'MJ', 'HS', 'MO', 'VS']

/** A Claim with its Bundle and the version by whose rules it goes. */
export interface RuledClaim {
  readonly bundle: Bundle<FhirResource>
  readonly claim: Claim
  readonly version: PasVersion
}

/** Checks one line. 2.0.1 leaves its kinds of request and certification, its place and its units open (spec pas.md §13). */
export function checkItem({ bundle, claim, version }: RuledClaim, item: ClaimItem, path: string, faults: Faults): void {
  const isOlder = version === '2.0.1'
  const { need } = faults
  need(
    Number.isInteger(item.sequence) && item.sequence > 0,
    `${path}.sequence`,
    'A positive integer is required.',
    'value',
  )
  const coded = (url: string, system: string): boolean => {
    const extension = readExtension(item, url)
    return extension === undefined ? isOlder : hasCode(extension.valueCodeableConcept, system)
  }
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
  need(place ?? isOlder, `${path}.location`, 'A place of service code is required.', 'required')
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
  if (item.quantity !== undefined && !isOlder) checkQuantity(item.quantity, `${path}.quantity`, faults)
  const revenue = isOlder ? 'https://www.nubc.org/revenue-code' : 'https://www.nubc.org/CodeSystem/RevenueCodes'
  need(item.revenue === undefined || hasCode(item.revenue, revenue), `${path}.revenue`, `Must be of ${revenue}.`)
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
