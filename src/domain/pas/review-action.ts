/**
 * X12 306 review actions into words: the only place where those codes get a meaning (pas.md §3.3, §3.5).
 * Pure; decides from review actions alone, never from an outcome or a text.
 */
import type { ClaimResponseItemAdjudication, CodeableConcept, Extension } from 'fhir/r4'
import type { LineStatus } from '../contract/line-status.ts'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readExtension, readExtensions } from '../fhir/extension.ts'
import type { PasCode, PasRollUp, ReviewAction } from './pas-response.ts'

/** X12 306 → status of a line. A6 is a modification; a public reference implementation labels it cancelled, wrongly. */
const STATUS_OF = {
  A1: 'approved',
  A2: 'partially-approved',
  A3: 'denied',
  A4: 'pended',
  A6: 'modified',
  C: 'cancelled',
  CT: 'action-needed',
  NA: 'not-required',
} as const satisfies Record<string, LineStatus>

/** The status that an X12 306 code means; a code that is not in the list, or none, is `unknown`. */
export function statusOfReviewAction(code: string | null): LineStatus {
  return code !== null && Object.hasOwn(STATUS_OF, code) ? STATUS_OF[code as keyof typeof STATUS_OF] : 'unknown'
}

/** Every coding of a concept; a concept with a text alone gives one code of that text. */
export function readCodes(concept: CodeableConcept | undefined): PasCode[] {
  const codings = concept?.coding?.filter((coding) => coding.code !== undefined) ?? []
  if (codings.length === 0) return concept?.text === undefined ? [] : [{ system: null, code: '', text: concept.text }]
  return codings.map((coding) => ({
    system: coding.system ?? null,
    code: coding.code ?? '',
    text: coding.display ?? concept?.text ?? null,
  }))
}

/** The coding of this system; else one that names no system (some payers leave it out); else the first. */
export function readCode(concept: CodeableConcept | undefined, system: string): PasCode | null {
  const codes = readCodes(concept)
  return codes.find((code) => code.system === system) ?? codes.find((code) => code.system === null) ?? codes[0] ?? null
}

function readReviewAction(extension: Extension): ReviewAction {
  const coded = readExtension(extension, EXT.reviewActionCode)?.valueCodeableConcept
  const code = readCode(coded, SYSTEM.x12ReviewAction)
  const isReviewAction = code !== null && (code.system === null || code.system === SYSTEM.x12ReviewAction)
  return {
    status: isReviewAction ? statusOfReviewAction(code.code) : 'unknown',
    code: code?.code ?? null,
    authorizationNumber: readExtension(extension, 'number')?.valueString ?? null,
    reasons: readExtensions(extension, 'reasonCode').flatMap((reason) => readCodes(reason.valueCodeableConcept)),
    secondSurgicalOpinion: readExtension(extension, 'secondSurgicalOpinionFlag')?.valueBoolean ?? null,
  }
}

/**
 * The decision among a line's (or the request's) adjudications: the last one that carries a review action code; its
 * number may stand in another of them. Gives null where no adjudication has a review action.
 */
export function readDecision(adjudications: readonly ClaimResponseItemAdjudication[] | undefined): ReviewAction | null {
  const actions = (adjudications ?? []).flatMap((adjudication) =>
    readExtensions(adjudication, EXT.reviewAction).map(readReviewAction),
  )
  const decision = actions.findLast((action) => action.code !== null) ?? actions.at(-1)
  if (decision === undefined) return null
  const numbered = actions.findLast((action) => action.authorizationNumber !== null)
  return { ...decision, authorizationNumber: decision.authorizationNumber ?? numbered?.authorizationNumber ?? null }
}

/**
 * The request's state from its lines, first match wins (pas.md §3.5).
 * @param rejected outcome `error`, or errors without any item
 */
export function rollUp(statuses: readonly LineStatus[], rejected: boolean): PasRollUp {
  if (rejected) return 'error'
  if (statuses.every((status) => status === 'unknown' || status === 'none')) return 'unknown'
  if (statuses.includes('pended')) return 'pended'
  if (statuses.includes('action-needed')) return 'action-needed'
  const live = statuses.filter((status) => status !== 'cancelled')
  if (live.length === 0) return 'cancelled'
  if (live.every((status) => status === 'approved' || status === 'not-required')) return 'approved'
  if (live.every((status) => status === 'denied')) return 'denied'
  const certifiable = live.every((status) => ['approved', 'modified', 'not-required', 'cancelled'].includes(status))
  if (certifiable && live.includes('modified')) return 'modified'
  return 'partial'
}
