/**
 * What happens to a request inside the payer: it is taken in once or again, decided by the policy, pended, sent back or
 * left lying; and decided later, by time or by a person.
 */
import { createHash } from 'node:crypto'
import { addDuration, dateIn, millisecondsBetween } from '../../src/domain/time.ts'
import { buildResponseBundle, readLineDecisions, type ResponseFrame } from './claim-response.ts'
import { decideByPolicy, pendAll } from './decide.ts'
import { notify } from './deliveries.ts'
import type { PayerRequest } from './ledger.ts'
import { findMember } from './members.ts'
import { checkMember } from './member-check.ts'
import { parsePasRequest, type PasRequest } from './pas-request.ts'
import type { Payer } from './payer.ts'
import type { LineVerdict, Verdict } from './verdict.ts'

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
    bundleIdentifier: request.bundleIdentifier,
    claimIdentifier: request.claimIdentifier,
    memberId,
    behavior,
    bodyHash,
    senderId: request.senderId,
    bundle: request.bundle,
    received: 1,
    state: 'silent',
    answer: null,
    lines: [],
    answeredAt: null,
    dueAt: null,
  })
  return { kind: 'taken', request: behavior === 'silent' ? received : answerAtOnce(payer, request, received) }
}

function answerAtOnce(payer: Payer, request: PasRequest, received: PayerRequest): PayerRequest {
  const fault = checkMember(request, received.behavior)
  if (fault !== undefined) return saveVerdict(payer, request, received, { kind: 'rejected', fault }, null)
  if (received.behavior === 'pend') {
    const dueAt = addDuration(payer.now(), { milliseconds: payer.options.pendMs ?? DEFAULT_PEND_MS })
    const pended = saveVerdict(payer, request, received, { kind: 'pended', lines: pendAll(request), needs: [] }, dueAt)
    schedule(payer, pended)
    return pended
  }
  return saveVerdict(payer, request, received, decideByPolicy(request, payer.questionnaire, today(payer)), null)
}

/** How a person at the payer decides: as the policy says, or over it. */
export type Ruling = 'by-policy' | 'approve' | 'deny' | 'pend'

/** Decides a request now, whatever its state, and tells the subscribers; undefined where there is no such request. */
export async function decideNow(
  payer: Payer,
  id: string,
  ruling: Ruling,
  byHuman: boolean,
): Promise<PayerRequest | undefined> {
  const stored = payer.ledger.request(id)
  if (stored === undefined) return undefined
  const request = parsePasRequest(JSON.stringify(stored.bundle), 'submit')
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
    case 'by-policy': {
      const verdict = decideByPolicy(request, payer.questionnaire, today(payer))
      return verdict.kind === 'decided' ? { ...verdict, byHuman } : verdict
    }
  }
}

/** Sends the present answer again to the subscribers; undefined where there is none. */
export async function notifyAgain(payer: Payer, id: string): Promise<PayerRequest | undefined> {
  const request = payer.ledger.request(id)
  if (request === undefined || request.answer === null) return undefined
  await notify(payer, request, payer.behavior.current().notificationCopies)
  return request
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
    if (current?.state === 'pended' && current.dueAt !== null) await decideNow(payer, request.id, 'by-policy', false)
  })
}

function saveVerdict(
  payer: Payer,
  request: PasRequest,
  stored: PayerRequest,
  verdict: Verdict,
  dueAt: string | null,
): PayerRequest {
  const frame = buildFrame(payer, stored)
  return payer.ledger.answer(stored.id, {
    state: verdict.kind,
    answer: buildResponseBundle(request, verdict, frame),
    lines: readLineDecisions(request, verdict, frame),
    answeredAt: frame.now,
    dueAt,
  })
}

function today(payer: Payer): string {
  return dateIn(payer.now(), 'America/New_York')
}

function buildFrame(payer: Payer, { id, serial }: PayerRequest): ResponseFrame {
  const { receiverId } = payer.options
  return {
    ...payer.frame(),
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
