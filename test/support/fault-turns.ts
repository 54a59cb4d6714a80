/**
 * Requests that are struck at a random moment between the click and the answer: by what the caller does to Precert or to its
 * database, while the payer may drop its answer, too. What came of each is told by the payer's own count.
 */
import type { CaseView } from '#domain/contract/case.ts'
import { signAndSend } from '../../sandbox/player/journey.ts'
import { pollUntil } from '../../sandbox/player/poll.ts'
import type { Case, FaultStage, PayerId } from './fault-stage.ts'

const OHIO = 'caresource-oh'
const GEORGIA = 'caresource-ga'
/** The answer of an idle server comes well within this. */
const MOST_MS = 700
const PAYER_MS = 250
const SETTLED_MS = 180_000
const REACHED_MS = 90_000

export interface Strike {
  readonly payer: PayerId
  /** When it struck, after the click. */
  readonly atMs: number
  readonly state: CaseView['state']
  readonly step: string | null
  readonly processed: number
  readonly received: number
}

export interface Strikes {
  readonly turns: number
  readonly strike: () => Promise<void>
  readonly random: () => number
  /** Of how many turns one meets a payer that processes and then drops the connection; 0: none. */
  readonly dropsOneOf: number
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Reads until the server answers: after a strike it may need a moment. */
const readWhenUp = (opened: Case): Promise<CaseView> =>
  pollUntil(
    () => opened.read().catch(() => undefined),
    REACHED_MS,
    () => Promise.resolve('The case cannot be read'),
  )

/** Decided, or unknown with nothing left that would happen by itself: a person decides. */
const isSettled = ({ state, unknown }: CaseView): boolean =>
  state === 'approved' || (state === 'unknown' && unknown?.nextAt === null)

async function strikeOnce(stage: FaultStage, opened: Case, how: Strikes, payer: PayerId, drops: boolean) {
  await stage.misbehave(payer, { delayMs: PAYER_MS, services: ['pas'], ...(drops ? DROPPING : WELL) })
  const atMs = Math.round(how.random() * MOST_MS)
  const submissionId = crypto.randomUUID()
  const clicked = signAndSend(opened, submissionId).catch(() => 'the answer was lost')
  await pause(atMs)
  await how.strike()
  await clicked
  const struckAt = performance.now()
  // Where the click was lost the person sees the case still ready, and clicks again: the same submission.
  for (let view = await readWhenUp(opened); ['draft', 'ready'].includes(view.state); view = await readWhenUp(opened)) {
    if (performance.now() - struckAt > REACHED_MS) break
    await signAndSend(opened, submissionId).catch(() => pause(200))
  }
  return atMs
}

const DROPPING = { mode: 'drop-after-processing', times: 1 }
const WELL = { mode: 'none', times: null }

/** Runs so many turns, one after the other, and says what came of each. */
export async function runStrikes(stage: FaultStage, how: Strikes): Promise<readonly Strike[]> {
  const turns: { opened: Case; payer: PayerId; atMs: number }[] = []
  for (let turn = 0; turn < how.turns; turn++) {
    const payer = turn % 3 === 2 ? GEORGIA : OHIO
    await stage.misbehave(payer, { delayMs: 0, ...WELL })
    const opened = await stage.openReady(
      payer === OHIO
        ? { patientId: 'maya-okafor', withHook: false }
        : { patientId: 'ines-moreau', withHook: false, payerId: GEORGIA },
    )
    const drops = how.dropsOneOf > 0 && turn % how.dropsOneOf === how.dropsOneOf - 1
    turns.push({ opened, payer, atMs: await strikeOnce(stage, opened, how, payer, drops) })
    await stage.misbehave(payer, WELL)
  }
  const strikes: Strike[] = []
  for (const { opened, payer, atMs } of turns) {
    const view = await settledView(opened)
    const counts = await stage.countArrivals(payer, view.traceNumber)
    strikes.push({
      payer,
      atMs,
      state: view.state,
      step: view.unknown?.step ?? null,
      ...counts,
    })
  }
  return strikes
}

/** As it stands in the end; where it does not come to an end, as it stands when the time is over. */
async function settledView(opened: Case): Promise<CaseView> {
  const until = performance.now() + SETTLED_MS
  for (;;) {
    const view = await readWhenUp(opened)
    if (isSettled(view) || performance.now() > until) return view
    await pause(250)
  }
}

/** What must hold of every strike: processed once, and decided or with a person. */
export const isSound = ({ state, processed }: Strike): boolean =>
  (state === 'approved' && processed === 1) || (state === 'unknown' && processed <= 1)
