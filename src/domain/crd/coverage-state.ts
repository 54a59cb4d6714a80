/**
 * What a payer's statements mean for one order (crd.md §3.1, interpretation). Silence is `no-answer`; what cannot be
 * concluded is `unknown`; neither is ever "no authorization needed".
 */
import type { Coding } from 'fhir/r4'
import type { CoverageState } from '../contract/launch.ts'
import type { Order } from '../context/order.ts'
import { readOrderDate } from '../context/order.ts'
import { isSameReference } from '../fhir/reference.ts'
import type { CoverageDetail, CoverageInformation } from './coverage-information.ts'

const DOCUMENTATION = ['clinical', 'admin', 'patient']

/** The state that one repetition amounts to. */
export function readCoverageState(information: CoverageInformation): CoverageState {
  const { covered, paNeeded } = information
  const isTechnical = information.reasons.some(({ coding }) => coding?.some(({ code }) => code === 'technical'))
  if (covered === 'indeterminate' || covered === null || (isTechnical && paNeeded === null)) return 'unknown'
  if (covered === 'not-covered') return 'not-covered'
  switch (paNeeded) {
    case 'auth-needed':
      return 'auth-needed'
    case 'satisfied':
      return 'satisfied'
    case 'performpa':
      return 'performer-auth'
    case 'indeterminate':
      return 'unknown'
    default:
      return readWithoutAuthorization(information)
  }
}

/** No authorization was asked for: what else is? Only `covered` and `no-auth` together leave nothing to do. */
function readWithoutAuthorization({ covered, paNeeded, docNeeded, infoNeeded }: CoverageInformation): CoverageState {
  if (docNeeded.some((code) => DOCUMENTATION.includes(code))) return 'documentation-needed'
  if (paNeeded === 'conditional' || covered === 'conditional' || docNeeded.includes('conditional'))
    return 'information-needed'
  if (infoNeeded.length > 0 && paNeeded !== 'no-auth') return 'information-needed'
  return paNeeded === 'no-auth' && !docNeeded.includes('indeterminate') ? 'no-auth-needed' : 'unknown'
}

/** What scoping elements are held against. */
export interface OrderScope {
  readonly order: Order
  readonly codings: readonly Coding[]
  /** References of all orders on the table, for `dependency`. */
  readonly orderReferences: readonly string[]
  readonly coverageReference: string | null
  readonly today: string
}

/** CPT modifiers are post-coordinated: `77067-26` is within `77067`. */
function isWithinCode(stated: Coding, ordered: readonly Coding[]): boolean {
  return ordered.some(
    ({ system, code }) =>
      (stated.system === undefined || system === undefined || stated.system === system) &&
      stated.code !== undefined &&
      code !== undefined &&
      (code === stated.code || code.startsWith(`${stated.code}-`) || code.startsWith(`${stated.code}:`)),
  )
}

function quantityOf(order: Order): { value: number; unit: string | undefined } | null {
  const quantity =
    order.resourceType === 'ServiceRequest'
      ? order.quantityQuantity
      : order.resourceType === 'MedicationRequest'
        ? order.dispenseRequest?.quantity
        : undefined
  return quantity?.value === undefined ? null : { value: quantity.value, unit: quantity.code ?? quantity.unit }
}

function startOf(order: Order): string | null {
  if (order.resourceType === 'ServiceRequest' || order.resourceType === 'DeviceRequest')
    return order.occurrenceDateTime ?? order.occurrencePeriod?.start ?? readOrderDate(order)
  if (order.resourceType === 'MedicationRequest')
    return order.dispenseRequest?.validityPeriod?.start ?? readOrderDate(order)
  return readOrderDate(order)
}

/** A limitation holds unless the order plainly lies outside it; where the two cannot be compared it does not exclude. */
function isWithinLimitation(detail: CoverageDetail, order: Order): boolean {
  const { value } = detail
  if (detail.category !== 'cat-limitation' || value === null) return true
  if (detail.code === 'allowed-quantity' && value.kind === 'quantity') {
    const ordered = quantityOf(order)
    const comparable =
      ordered !== null && value.value !== null && (ordered.unit === value.code || ordered.unit === value.unit)
    return !comparable || ordered.value <= (value.value ?? Infinity)
  }
  if (detail.code === 'allowed-period' && value.kind === 'period') {
    const start = startOf(order)?.slice(0, 10) ?? null
    if (start === null) return true
    return (
      (value.start === null || value.start.slice(0, 10) <= start) &&
      (value.end === null || start <= value.end.slice(0, 10))
    )
  }
  return true
}

function isInScope(information: CoverageInformation, scope: OrderScope): boolean {
  return (
    (information.billingCodes.length === 0 ||
      scope.codings.length === 0 ||
      information.billingCodes.some((code) => isWithinCode(code, scope.codings))) &&
    information.details.every((detail) => isWithinLimitation(detail, scope.order)) &&
    information.dependencies.every((dependency) =>
      scope.orderReferences.some((reference) => isSameReference(reference, dependency)),
    )
  )
}

export type ApplicableStatement =
  | { readonly kind: 'applies'; readonly information: CoverageInformation }
  /** Every statement in scope has passed its expiry date: ask again. */
  | { readonly kind: 'expired'; readonly information: CoverageInformation }
  | { readonly kind: 'out-of-scope' }
  | { readonly kind: 'silent' }

/** The first repetition whose scope holds; expired ones only where nothing newer does; none draws no conclusion. */
export function selectStatement(statements: readonly CoverageInformation[], scope: OrderScope): ApplicableStatement {
  const { coverageReference, today } = scope
  const ours = statements.filter(
    ({ coverage }) => coverage === null || coverageReference === null || isSameReference(coverage, coverageReference),
  )
  if (ours.length === 0) return { kind: 'silent' }
  const inScope = ours.filter((information) => isInScope(information, scope))
  const current = inScope.find(({ expiryDate }) => expiryDate === null || expiryDate >= today)
  if (current !== undefined) return { kind: 'applies', information: current }
  const [expired] = inScope
  return expired === undefined ? { kind: 'out-of-scope' } : { kind: 'expired', information: expired }
}

/** What stands behind a group: the state that asks most of somebody. */
const URGENCY: readonly CoverageState[] = [
  'auth-needed',
  'documentation-needed',
  'information-needed',
  'performer-auth',
  'asking',
  'no-answer',
  'unknown',
  'not-covered',
  'satisfied',
  'no-auth-needed',
]

/** One state for orders that are authorized together. */
export function combineStates(states: readonly CoverageState[]): CoverageState {
  return URGENCY.find((state) => states.includes(state)) ?? 'unknown'
}
