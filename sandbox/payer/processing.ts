/**
 * What happens to a request inside the payer: it is taken in once or again, decided by the policy, pended, sent back or
 * left lying; and decided later, by time or by a person.
 */
import { createHash } from 'node:crypto'
import { addDuration, dateIn, millisecondsBetween } from '../../src/domain/time.ts'
import { buildResponseBundle, readLineDecisions } from './claim-response.ts'
import { decideByPolicy, pendAll, QUESTIONNAIRE_LOINC } from './decide.ts'
import { notify } from './deliveries.ts'
import type { PayerRequest } from './ledger.ts'
import { findMember } from './members.ts'
import { checkMember } from './member-check.ts'
import { parsePasRequest, type PasRequest } from './pas-request.ts'
import type { Payer } from './payer.ts'
import type { ResponseFrame } from './response-lines.ts'
import { showcaseVerdict, showEverything } from './showcase.ts'
import { checkPrior, isReplaced, withCancellations } from './updates.ts'
import { REVIEW_ACTIONS, type LineVerdict, type Verdict } from './verdict.ts'

export type Intake =
  | { readonly kind: 'conflict' }
  /** Taken in; `answer` is what to say now, null where nothing will be said. */
  | { readonly kind: 'taken'; readonly request: PayerRequest }

const DEFAULT_PEND_MS = 6000

/**
 * Takes a request in. Where the payer deduplicates, the same identifiers with the same body are the same request, and with
 * another body a conflict; where it does not, every arrival is processed.
 */
export function takeIn(payer: Payer, request: PasRequest, body: string): Intake {
  const { ledger, options } = payer
  const bodyHash = createHash('sha256').update(body).digest('hex')
  const known = options.deduplicates
    ? ledger
        .requests()
        .find(
          (one) => one.bundleIdentifier === request.bundleIdentifier && one.claimIdentifier === request.claimIdentifier,
        )
    : undefined
  if (known !== undefined && known.bodyHash !== bodyHash) return { kind: 'conflict' }
  if (known !== undefined) {
    ledger.receiveAgain(known.id, payer.now())
    return { kind: 'taken', request: ledger.request(known.id) ?? known }
  }
  const memberId = request.memberId.value ?? ''
  const { behavior } = findMember(memberId)
  const received = ledger.receive({
    id: payer.newId(),
    serial: ledger.requests().length + 1,
    receivedAt: payer.now(),
    version: request.version,
    bundleIdentifier: request.bundleIdentifier,
    claimIdentifier: request.claimIdentifier,
    memberId,
    behavior,
    bodyHash,
    // 2.0.1 has no place for the sender in the request: it is the one that the client is bound to.
    senderId: request.senderId ?? (request.version === '2.0.1' ? (options.client.senderIds[0] ?? null) : null),
    bundle: request.bundle,
    received: 1,
    state: 'silent',
    answer: null,
    earlier: null,
    lines: [],
    answeredAt: null,
    dueAt: null,
  })
  return { kind: 'taken', request: behavior === 'silent' ? received : answerAtOnce(payer, request, received) }
}

function answerAtOnce(payer: Payer, request: PasRequest, received: PayerRequest): PayerRequest {
  const fault = checkMember(request, received.behavior) ?? checkPrior(request, payer.ledger)
  if (fault !== undefined) return saveVerdict(payer, request, received, { kind: 'rejected', fault }, null)
  if (received.behavior === 'out-of-order')
    return saveVerdict(payer, request, received, { kind: 'pended', lines: pendAll(request), needs: [] }, null)
  if (received.behavior === 'pend') {
    const dueAt = addDuration(payer.now(), { milliseconds: payer.options.pendMs ?? DEFAULT_PEND_MS })
    const pended = saveVerdict(payer, request, received, { kind: 'pended', lines: pendAll(request), needs: [] }, dueAt)
    schedule(payer, pended)
    return pended
  }
  return saveVerdict(payer, request, received, verdictOf(payer, request, received), null)
}

function verdictOf(payer: Payer, request: PasRequest, { behavior, memberId }: PayerRequest): Verdict {
  if (behavior === 'showcase') return showcaseVerdict(request)
  if (behavior === 'ask-form')
    return { kind: 'pended', lines: pendAll(request), needs: [{ loinc: QUESTIONNAIRE_LOINC, text: 'Questionnaire' }] }
  if (behavior === 'codes') return { kind: 'decided', byHuman: true, lines: countThroughCodes(request, memberId) }
  return decideByPolicy(request, payer.questionnaire, today(payer))
}

/** Line after line the next X12 306 code, from the one that the member number's last digit counts. */
function countThroughCodes({ claim }: PasRequest, memberId: string): LineVerdict[] {
  const from = Number(memberId.at(-1)) - 1
  return (claim.item ?? []).map(({ sequence, quantity }, index) => {
    const action = REVIEW_ACTIONS[(from + index) % REVIEW_ACTIONS.length] ?? 'A1'
    const allowed = action === 'A2' || action === 'A6' ? { allowed: Math.floor((quantity?.value ?? 0) / 2) } : {}
    const notes = action === 'CT' ? ['Call utilization management about this line.'] : []
    return { sequence, action, ...allowed, reasons: [], notes }
  })
}

/** How a person at the payer decides: as the policy says, or over it. */
export type Ruling = 'by-policy' | 'as-shown' | 'approve' | 'deny' | 'pend'

/** Decides a request now, whatever its state, and tells the subscribers; undefined where there is no such request. */
export async function decideNow(
  payer: Payer,
  id: string,
  ruling: Ruling,
  byHuman: boolean,
): Promise<PayerRequest | undefined> {
  const stored = payer.ledger.request(id)
  if (stored === undefined) return undefined
  const request = parsePasRequest(JSON.stringify(stored.bundle), 'submit', stored.version)
  if (!request.ok) throw new Error(`The stored request ${id} is not readable`)
  const verdict = rule(payer, request.value, ruling, byHuman)
  const decided = saveVerdict(payer, request.value, stored, verdict, null)
  await notify(payer, decided, payer.behavior.current().notificationCopies)
  return decided
}

function rule(payer: Payer, request: PasRequest, ruling: Ruling, byHuman: boolean): Verdict {
  const everyLine = (line: Omit<LineVerdict, 'sequence'>): LineVerdict[] =>
    (request.claim.item ?? []).map(({ sequence }) => ({ sequence, ...line }))
  switch (ruling) {
    case 'approve':
      return { kind: 'decided', byHuman, lines: everyLine({ action: 'A1', reasons: [], notes: [] }) }
    case 'deny':
      return {
        kind: 'decided',
        byHuman,
        lines: everyLine({
          action: 'A3',
          reasons: [payer.questionnaire.policy.denialReason],
          notes: ['Not certified after review by a person.'],
        }),
      }
    case 'pend':
      return { kind: 'pended', lines: pendAll(request), needs: [] }
    case 'as-shown': {
      const verdict = decideByPolicy(request, payer.questionnaire, today(payer), 'documents-show-the-rest')
      return verdict.kind === 'decided' ? { ...verdict, byHuman } : verdict
    }
    case 'by-policy': {
      const verdict = decideByPolicy(request, payer.questionnaire, today(payer))
      return verdict.kind === 'decided' ? { ...verdict, byHuman } : verdict
    }
  }
}

/** Sends the present answer again to the subscribers, or the one before it; undefined where there is none. */
export async function notifyAgain(
  payer: Payer,
  id: string,
  which: 'present' | 'earlier' = 'present',
): Promise<PayerRequest | undefined> {
  const request = payer.ledger.request(id)
  const answer = which === 'earlier' ? request?.earlier : request?.answer
  if (request === undefined || !answer) return undefined
  await notify(payer, { ...request, answer }, payer.behavior.current().notificationCopies)
  return request
}

/** Tells the decision before it says that the request is pended, then that, and then the decision once more. */
export async function tellOutOfOrder(payer: Payer, id: string, sayPended: () => Promise<void>): Promise<void> {
  await decideNow(payer, id, 'by-policy', false)
  await sayPended()
  await notifyAgain(payer, id, 'earlier')
  await notifyAgain(payer, id)
}

/** After a restart: everything that was pended until some time is decided at that time, or now if it has passed. */
export function resumeSchedule(payer: Payer): void {
  for (const request of payer.ledger.requests())
    if (request.state === 'pended' && request.dueAt !== null) schedule(payer, request)
}

function schedule(payer: Payer, request: PayerRequest): void {
  const wait = Math.max(0, millisecondsBetween(payer.now(), request.dueAt ?? payer.now()))
  void payer.sleep(wait).then(async () => {
    const current = payer.isClosing() ? undefined : payer.ledger.request(request.id)
    const isOpen = current?.state === 'pended' && current.dueAt !== null && !isReplaced(current, payer.ledger)
    if (isOpen) await decideNow(payer, request.id, 'by-policy', false)
  })
}

function saveVerdict(
  payer: Payer,
  request: PasRequest,
  stored: PayerRequest,
  given: Verdict,
  dueAt: string | null,
): PayerRequest {
  const verdict = withCancellations(request, given)
  const frame = buildFrame(payer, stored)
  return payer.ledger.answer(stored.id, {
    state: verdict.kind,
    answer:
      stored.behavior === 'showcase' && verdict.kind === 'pended'
        ? showEverything(buildResponseBundle(request, verdict, frame), request, frame)
        : buildResponseBundle(request, verdict, frame),
    lines: readLineDecisions(request, verdict, frame),
    answeredAt: frame.now,
    dueAt,
  })
}

function today(payer: Payer): string {
  return dateIn(payer.now(), 'America/New_York')
}

function buildFrame(payer: Payer, { id, serial, version }: PayerRequest): ResponseFrame {
  const { receiverId } = payer.options
  return {
    ...payer.frame(version),
    receiverId,
    requestId: id,
    maxMonths: payer.questionnaire.policy.limits.maxInitialMonths,
    authorizationNumber: `${receiverId}-AUTH-${String(serial).padStart(6, '0')}`,
    trackingNumber: writeTrackingNumber(receiverId, serial),
  }
}

/** The payer's own number of a request while it is open; also the context under which its questionnaire may be fetched. */
export function writeTrackingNumber(receiverId: string, serial: number): string {
  return `${receiverId}-REF-${String(serial).padStart(6, '0')}`
}
