/**
 * What kind of service an order asks for, as a 278 sorts it: request category (X12 1525), service type (X12 1365), and whether
 * it is part of an admission. Pure. The kinds are those of the guide's own examples (pas.md §12.3).
 */
import type { CodeableConcept, Coding, Encounter, FhirResource } from 'fhir/r4'
import { SYSTEM } from '../fhir/canonical.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'

export interface ServiceKind {
  /** Admission review, specialty care review, or health services review. */
  readonly requestType: 'AR' | 'SC' | 'HS'
  /** X12 1365. */
  readonly serviceType: string
}

/** X12 1365, as far as an order tells it. */
const SERVICE_TYPE = { medical: '1', surgical: '2', consultation: '3', equipment: '12', homeHealth: '42' } as const
/** SNOMED CT: patient referral, and referral to a specialist. */
const REFERRALS = ['3457005', '103696004']
/** SNOMED CT: home care. */
const HOME_CARE = ['60689008', '385763009']
/** CMS place of service: the patient's home. */
const HOME = '12'
/** The surgery section of CPT. */
const SURGERY_FIRST = 10004
const SURGERY_LAST = 69990
/** v3 ActCode: the patient stays. */
const ADMISSIONS = ['IMP', 'ACUTE', 'NONAC', 'SS', 'OBSENC']

const hasCode = (concepts: readonly CodeableConcept[] | undefined, system: string, codes: readonly string[]): boolean =>
  (concepts ?? []).some(({ coding }) =>
    coding?.some((one) => one.system === system && one.code !== undefined && codes.includes(one.code)),
  )

const isSurgery = (code: Coding | undefined): boolean => {
  const number = Number(code?.code)
  return code?.system === SYSTEM.cpt && number >= SURGERY_FIRST && number <= SURGERY_LAST
}

/** Whether the encounter is one for which the patient is admitted. */
export function isAdmission(encounter: Encounter | undefined): boolean {
  return encounter !== undefined && ADMISSIONS.includes(encounter.class.code ?? '')
}

/** The encounter that an order belongs to, among the resources known; undefined where it names none. */
export function encounterOf(order: FhirResource, known: readonly FhirResource[]): Encounter | undefined {
  if (!('encounter' in order)) return undefined
  const reference = (order.encounter as { reference?: string } | undefined)?.reference
  return known.find(
    (one): one is Encounter => one.resourceType === 'Encounter' && isSameReference(referenceTo(one), reference),
  )
}

/** Sorts an order; `billed` is its code, `place` its place of service. */
export function readServiceKind(
  order: FhirResource,
  known: readonly FhirResource[],
  billed: Coding | undefined,
  place: string | null,
): ServiceKind {
  const category = order.resourceType === 'ServiceRequest' ? order.category : undefined
  const isReferral = hasCode(category, SYSTEM.snomed, REFERRALS)
  const isAtHome =
    hasCode(category, SYSTEM.snomed, HOME_CARE) || (place === HOME && order.resourceType !== 'DeviceRequest')
  const requestType = isAdmission(encounterOf(order, known)) ? 'AR' : isReferral ? 'SC' : 'HS'
  if (order.resourceType === 'DeviceRequest') return { requestType, serviceType: SERVICE_TYPE.equipment }
  if (isReferral) return { requestType, serviceType: SERVICE_TYPE.consultation }
  if (isAtHome) return { requestType, serviceType: SERVICE_TYPE.homeHealth }
  return { requestType, serviceType: isSurgery(billed) ? SERVICE_TYPE.surgical : SERVICE_TYPE.medical }
}
