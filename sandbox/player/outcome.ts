/** What must be true when a scenario has come to rest. */
import type { Scenario } from '../scenarios.ts'
import type { CaseView, OpenCase } from './journey.ts'
import { pollUntil } from './poll.ts'

const REST_MS = 60_000
const WRITE_BACK_MS = 20_000
/** States in which somebody has decided or sent back: an answer of our own never counts as the payer's. */
const NEEDS_PAYER: ReadonlySet<string> = new Set(['approved', 'partly-approved', 'denied', 'pended', 'rejected'])

/** Waits for the scenario's final state, said by the payer, and for the summary in the chart. */
export async function awaitOutcome(scenario: Pick<Scenario, 'finalState'>, open: OpenCase): Promise<CaseView> {
  const isFinal = (view: CaseView): boolean =>
    view.state === scenario.finalState && (!NEEDS_PAYER.has(view.state) || view.decisionSource === 'payer')
  const rested = await pollUntil(
    async () => {
      const view = await open.read()
      return isFinal(view) ? view : undefined
    },
    REST_MS,
    async () => `It is ${describe(await open.read())}, not ${scenario.finalState} by the payer.`,
  )
  await pollUntil(
    async () => ((await open.read()).documents.some((document) => document.writtenToChart !== null) ? true : undefined),
    WRITE_BACK_MS,
    async () => `The summary was not written to the chart: ${JSON.stringify((await open.read()).documents)}`,
  )
  return rested
}

/** A case in few words. */
export function describe(view: CaseView): string {
  const lines = view.lines.map((line) => `${line.sequence} ${line.status}`).join(', ')
  const errors = view.errors.map((error) => error.code).join(', ')
  return `${view.state} (${view.decisionSource ?? 'nobody'}; ${lines}${errors === '' ? '' : `; errors ${errors}`})`
}
