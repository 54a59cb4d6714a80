/**
 * What an answer of the payer changes in a case. Answers may come late, twice, or in the wrong order: one that is older
 * than what is known changes nothing, and the same one twice gives the same case.
 */
import type { CaseState, CaseView, LineView } from '../contract/case.ts'
import type { PasInformationRequest, PasLine, PasResponse } from '../pas/pas-response.ts'
import { isEarlier } from '../time.ts'
import { isDecided, stateAfterAnswer } from './case-state.ts'
import { rejectionView } from './rejection.ts'

/** What a line takes over from the answer. */
export interface LineChange {
  readonly sequence: number
  readonly status: LineView['status']
  readonly authorizationNumber: string | null
  readonly allowed: LineView['allowed']
  readonly reviewActionCode: string | null
  readonly trackingNumber: string | null
  readonly validFrom: string | null
  readonly validTo: string | null
  readonly issuedOn: string | null
  readonly reasons: LineView['reasons']
  readonly notes: LineView['notes']
}

export interface AnswerChange {
  readonly state: CaseState
  readonly lines: readonly LineChange[]
  readonly requests: CaseView['requests']
  readonly errors: CaseView['errors']
  /** Nothing more is expected from the payer. */
  readonly decided: boolean
  /** What the timeline calls it. */
  readonly event: 'pended' | 'asked' | 'decided' | 'rejected' | 'unknown'
}

/** Whether an answer is older than the last one applied; unknown times never make an answer stale. */
export function isStale(response: Pick<PasResponse, 'createdAt'>, lastCreatedAt: string | null): boolean {
  return response.createdAt !== null && lastCreatedAt !== null && isEarlier(response.createdAt, lastCreatedAt)
}

/**
 * The change an answer makes.
 * @param asked the case's lines as they were asked for
 * @param known requests for information already on the case: one that was answered stays answered
 */
export function applyAnswer(
  asked: readonly Pick<LineView, 'sequence' | 'asked'>[],
  known: CaseView['requests'],
  response: PasResponse,
): AnswerChange {
  const rejected = response.rollUp === 'error'
  const lines = rejected
    ? []
    : asked.map((line) =>
        lineChange(
          line,
          response.lines.find((answer) => answer.sequence === line.sequence),
        ),
      )
  const state = stateAfterAnswer({ lines: lines.map((line) => line.status), rejected })
  const requests = mergeRequests(known, response.requests, state)
  return {
    state,
    lines,
    requests,
    errors: response.errors.map(rejectionView),
    decided: isDecided(state),
    event: rejected
      ? 'rejected'
      : state === 'pended'
        ? requests.some((request) => !request.answered)
          ? 'asked'
          : 'pended'
        : state === 'unknown'
          ? 'unknown'
          : 'decided',
  }
}

function lineChange(line: Pick<LineView, 'sequence' | 'asked'>, answer: PasLine | undefined): LineChange {
  return {
    sequence: line.sequence,
    status: answer?.status ?? 'unknown',
    authorizationNumber: answer?.authorizationNumber ?? null,
    allowed: answer === undefined ? null : allowedOf(line, answer),
    reviewActionCode: answer?.reviewActionCode ?? null,
    trackingNumber: answer?.trackingNumber ?? null,
    validFrom: answer?.validity?.start ?? null,
    validTo: answer?.validity?.end ?? null,
    issuedOn: answer?.issuedOn ?? null,
    reasons: (answer?.reasons ?? []).map((reason) => ({ code: reason.code, text: reason.text })),
    notes: [...(answer?.notes ?? [])],
  }
}

/** An approved line is allowed as asked, a denied one not at all; in between only what the payer says counts. */
function allowedOf(line: Pick<LineView, 'asked'>, answer: PasLine): LineView['allowed'] {
  if (answer.allowed !== null)
    return { value: answer.allowed.value, unit: answer.allowed.unit ?? line.asked?.unit ?? '' }
  if (answer.status === 'approved') return line.asked
  if (answer.status === 'denied' && line.asked !== null) return { value: '0', unit: line.asked.unit }
  return null
}

function mergeRequests(
  known: CaseView['requests'],
  asked: readonly PasInformationRequest[],
  state: CaseState,
): CaseView['requests'] {
  const fresh = asked.map((request) => ({
    id: request.id,
    lineSequence: request.lineSequence,
    codes: request.codes.map((code) => ({ system: code.system ?? '', code: code.code, text: code.text })),
    dueAt: request.dueAt,
    answered: known.find((old) => old.id === request.id)?.answered ?? false,
  }))
  const kept = known.filter((old) => !fresh.some((request) => request.id === old.id))
  const all = [...kept, ...fresh]
  // A decision closes what was asked before it.
  return isDecided(state) ? all.map((request) => ({ ...request, answered: true })) : all
}
