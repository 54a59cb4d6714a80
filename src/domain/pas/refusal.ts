/**
 * What a 4xx of a payer means for whoever asked (pas.md §7, spec-35: exactly one OperationOutcome). Pure.
 */
import type { OperationOutcome } from 'fhir/r4'
import { buildOperationOutcome } from '../fhir/operation-outcome.ts'

export interface Refusal {
  readonly status: number
  /** The body as JSON; undefined where it is none. */
  readonly json: unknown
}

/** Wrong address, or no right to call it: a payer's server says so before it looks at a request. */
const NEVER_LOOKED: readonly number[] = [401, 403, 404, 405, 410]

/** An OperationOutcome with its issues; undefined for everything else that a payer may send. */
function readOutcome(json: unknown): OperationOutcome | undefined {
  if (typeof json !== 'object' || json === null) return undefined
  const { resourceType, issue } = json as Partial<OperationOutcome>
  return resourceType === 'OperationOutcome' && Array.isArray(issue) && issue.length > 0
    ? (json as OperationOutcome)
    : undefined
}

/**
 * Whether the request never reached the operation: the address or our rights are wrong, which no change of the request mends.
 * With an OperationOutcome it is the payer's own word on the request.
 */
export const isTurnedAway = ({ status, json }: Refusal): boolean =>
  NEVER_LOOKED.includes(status) && readOutcome(json) === undefined

/**
 * Status and body for another system whose request the payer refused. The payer's own words pass unchanged (undefined: its
 * bytes), under a status that does not speak of our endpoint; where it has none that can be passed on, we say that.
 */
export function relayRefusal({ status, json }: Refusal): { status: number; outcome: OperationOutcome | undefined } {
  const passed = NEVER_LOOKED.includes(status) ? 422 : status
  if (readOutcome(json) !== undefined) return { status: passed, outcome: undefined }
  const text = `The payer refused the request with HTTP ${String(status)} and did not say why in FHIR.`
  return {
    status: passed,
    outcome: buildOperationOutcome([{ severity: 'error', code: 'processing', text, expression: 'Bundle' }]),
  }
}
