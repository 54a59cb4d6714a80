/**
 * Which coverage applies. A choice that the data does not make is a value (`several`), never a guess: the wrong payer
 * costs days (requirement 40).
 */
import type { CodeableConcept, Coverage } from 'fhir/r4'
import { SYSTEM } from '../fhir/canonical.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import type { Order } from './order.ts'

/** Coverage.type codes of people who pay themselves: no payer is asked (crd.md §1.1). */
const SELF_PAY = new Set(['pay', 'SELFPAY'])

/** Compares a FHIR date of any precision with a full date: 2026 begins on and ends with every day of 2026. */
function startsAfter(start: string, date: string): boolean {
  return start.slice(0, 10) > date.slice(0, Math.min(start.length, 10))
}
function endsBefore(end: string, date: string): boolean {
  return end.slice(0, 10) < date.slice(0, Math.min(end.length, 10))
}

/** Whether a Coverage is in force on a full date: status active and the date within its period, partial dates included. */
export function isActiveCoverage(coverage: Coverage, on: string): boolean {
  if (coverage.status !== 'active') return false
  const { start, end } = coverage.period ?? {}
  return (start === undefined || !startsAfter(start, on)) && (end === undefined || !endsBefore(end, on))
}

function isSelfPay(coverage: Coverage): boolean {
  return coverage.type?.coding?.some((coding) => SELF_PAY.has(coding.code ?? '')) ?? false
}

/** The coverages that a payer could be asked about on a date: active, not self-pay, in chart order. */
export function listActiveCoverages(coverages: readonly Coverage[], on: string): Coverage[] {
  return coverages.filter((coverage) => isActiveCoverage(coverage, on) && !isSelfPay(coverage))
}

export type CoverageSelection =
  | { readonly kind: 'one'; readonly coverage: Coverage }
  | { readonly kind: 'none' }
  | { readonly kind: 'several'; readonly coverages: readonly Coverage[] }

/** References in `insurance` of an order; only MedicationRequest, ServiceRequest and DeviceRequest have it. */
function insuranceOf(order: Order): string[] {
  if (!('insurance' in order)) return []
  return (order.insurance ?? []).flatMap((reference) => reference.reference ?? [])
}

/**
 * The likely primary coverage of one order (CRD 2.2 dev-31: per order): what a person chose, else what the order itself
 * names, else the only active one, else the one whose Coverage.order alone is lowest.
 */
export function selectCoverage(order: Order, active: readonly Coverage[], chosen: string | null): CoverageSelection {
  const byChoice = active.find((coverage) => chosen !== null && isSameReference(referenceTo(coverage), chosen))
  if (byChoice !== undefined) return { kind: 'one', coverage: byChoice }
  const insurance = insuranceOf(order)
  const named = active.filter((coverage) => insurance.some((name) => isSameReference(referenceTo(coverage), name)))
  const candidates = named.length > 0 ? named : active
  const [first] = candidates
  if (first === undefined) return { kind: 'none' }
  if (candidates.length === 1) return { kind: 'one', coverage: first }
  const ranked = candidates.filter((coverage) => coverage.order !== undefined)
  const lowest = Math.min(...ranked.map((coverage) => coverage.order ?? Infinity))
  const primary = ranked.filter((coverage) => coverage.order === lowest)
  const [only] = primary
  return only !== undefined && primary.length === 1
    ? { kind: 'one', coverage: only }
    : { kind: 'several', coverages: candidates }
}

function hasCode(concept: CodeableConcept | undefined, system: string, code: string): boolean {
  return concept?.coding?.some((coding) => coding.system === system && coding.code === code) ?? false
}

/** The plan a Coverage names (Coverage.class of type `plan`): its value and printed name, or null. */
export function readPlan(coverage: Coverage): { value: string; name: string | null } | null {
  const plan = coverage.class?.find((entry) => hasCode(entry.type, SYSTEM.coverageClass, 'plan'))
  return plan === undefined ? null : { value: plan.value, name: plan.name ?? null }
}

/** The member id: the identifier of type MB, else the subscriber id (US Core Coverage us-core-15), else null. */
export function readMemberId(coverage: Coverage): string | null {
  const member = coverage.identifier?.find((identifier) => hasCode(identifier.type, SYSTEM.identifierType, 'MB'))
  return member?.value ?? coverage.subscriberId ?? null
}
