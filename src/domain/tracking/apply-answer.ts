/**
 * What an answer of the payer changes in a case. Answers may come late, twice, or in the wrong order: one that is older
 * than what is known changes nothing, and the same one twice gives the same case.
 */
import type { CaseState, CaseView, InformationRequest, LineView } from '../contract/case.ts'
import type { PasInformationRequest, PasLine, PasResponse } from '../pas/pas-response.ts'
import { isEarlier } from '../time.ts'
import { isDecided, stateAfterAnswer } from './case-state.ts'
import { rejectionView } from './rejection.ts'

/** What a line takes over from the answer. */
export interface LineChange {
  readonly sequence: number
  readonly status: LineView['status']
  /**
   * The answer's; where it says none, the one that is known: an answer that repeats no number takes none away. A denial
   * does: nothing is authorized any more.
   */
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
  /** Those that change; a line that a partial answer leaves out is none of them. */
  readonly lines: readonly LineChange[]
  readonly requests: readonly InformationRequest[]
  readonly errors: CaseView['errors']
  readonly answer: CaseView['answer']
  /** Nothing more is expected from the payer. */
  readonly decided: boolean
  /** What the timeline calls it. */
  readonly event: 'pended' | 'asked' | 'decided' | 'rejected' | 'unknown'
}

type KnownLine = Pick<LineView, 'sequence' | 'asked' | 'authorizationNumber' | 'status'>

/** The last answer of the payer that was applied. */
export interface KnownAnswer {
  readonly createdAt: string | null
  /** It decided every line. */
  readonly decided: boolean
}

/**
 * Whether an answer is older than the last one applied. Where their times do not tell (none, a day alone, the same one), a
 * request that is decided was pended before: only a pend that is certainly later counts (pas.md §6.2, interim notifications).
 */
export function isStale({ createdAt, rollUp }: Pick<PasResponse, 'createdAt' | 'rollUp'>, known: KnownAnswer): boolean {
  if (createdAt !== null && known.createdAt !== null) {
    if (isEarlier(createdAt, known.createdAt)) return true
    if (isEarlier(known.createdAt, createdAt)) return false
  }
  return known.decided && rollUp === 'pended'
}

/**
 * The change an answer makes.
 * @param asked the case's lines as they were asked for, with the numbers that are known
 * @param known requests for information already on the case: one that was answered stays answered
 */
export function applyAnswer(
  asked: readonly KnownLine[],
  known: readonly InformationRequest[],
  response: PasResponse,
): AnswerChange {
  const rejected = response.rollUp === 'error'
  const kept = rejected || !response.partial ? [] : asked.filter((line) => staysAsKnown(line, response))
  const lines = rejected
    ? []
    : asked
        .filter((line) => !kept.includes(line))
        .map((line) =>
          lineChange(
            line,
            response.lines.find((answer) => answer.sequence === line.sequence),
          ),
        )
  const state = stateAfterAnswer({ lines: [...lines, ...kept].map((line) => line.status), rejected })
  const requests = mergeRequests(known, response.requests, state)
  return {
    state,
    lines,
    requests,
    errors: response.errors.map(rejectionView),
    answer: [...response.details],
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

/**
 * A partial answer speaks of what an update changed (pas.md §13): a line that it leaves out keeps its earlier decision. A line
 * that was changed or added has none (status `none`), and is unknown where the answer leaves it out.
 */
function staysAsKnown({ sequence, status }: KnownLine, { lines }: PasResponse): boolean {
  return status !== 'none' && lines.every((line) => line.sequence !== sequence || line.missing)
}

function lineChange(line: KnownLine, answer: PasLine | undefined): LineChange {
  return {
    sequence: line.sequence,
    status: answer?.status ?? 'unknown',
    authorizationNumber: answer?.authorizationNumber ?? (answer?.status === 'denied' ? null : line.authorizationNumber),
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

const toRequest = (request: PasInformationRequest): InformationRequest => ({
  id: request.id,
  lineSequence: request.lineSequence,
  codes: request.codes.map((code) => ({ system: code.system ?? '', code: code.code, text: code.text })),
  dueAt: request.dueAt,
  facts: [...request.facts],
  tracking: request.tracking,
  asksForForm: request.questionnaireContexts.length > 0,
  payerUrl: request.payerUrl,
  contexts: [...request.questionnaireContexts],
  formId: null,
  answered: false,
  answer: null,
})

/** The same one, as it is known: cases of before name it by the payer's number alone. */
function findKnown(
  known: readonly InformationRequest[],
  { id, tracking, lineSequence, codes }: InformationRequest,
): InformationRequest | undefined {
  const isSame = (old: InformationRequest): boolean =>
    old.id === tracking?.value &&
    old.lineSequence === lineSequence &&
    codes.length === old.codes.length &&
    codes.every(({ code }) => old.codes.some((one) => one.code === code))
  return known.find((old) => old.id === id) ?? known.find(isSame)
}

/** What is repeated keeps what we did for it, and what only an earlier delivery said: a deadline is never taken back so. */
const repeated = (fresh: InformationRequest, old: InformationRequest): InformationRequest => ({
  ...fresh,
  id: old.id,
  dueAt: fresh.dueAt ?? old.dueAt,
  tracking: fresh.tracking ?? old.tracking,
  asksForForm: fresh.asksForForm || old.asksForForm,
  payerUrl: fresh.payerUrl ?? old.payerUrl,
  contexts: fresh.contexts.length > 0 ? fresh.contexts : old.contexts,
  formId: old.formId,
  answered: old.answered,
  answer: old.answer,
})

function mergeRequests(
  known: readonly InformationRequest[],
  asked: readonly PasInformationRequest[],
  state: CaseState,
): readonly InformationRequest[] {
  const isClosed = isDecided(state)
  const fresh = asked.map(toRequest).map((request) => ({ request, old: findKnown(known, request) }))
  const kept = known.filter((one) => fresh.every(({ old }) => old !== one))
  // A decision closes what was asked before it; what comes with it is new.
  return [
    ...kept.map((one) => (isClosed ? { ...one, answered: true } : one)),
    ...fresh.map(({ request, old }) => {
      if (old === undefined) return request
      return isClosed ? { ...repeated(request, old), answered: true } : repeated(request, old)
    }),
  ]
}
