/** What must be true when a scenario has come to rest. */
import type { Scenario } from '../scenarios.ts'
import type { CaseView, OpenCase } from './journey.ts'
import { pollUntil } from './poll.ts'

const REST_MS = 60_000
const WRITE_BACK_MS = 20_000
/** States that only a decision brings about: an answer of our own never counts as the payer's. */
const DECIDED: ReadonlySet<string> = new Set(['approved', 'partly-approved', 'denied', 'pended'])
/** X12 901: how a payer names a fault. Precert's own checks use other words. */
const PAYER_FAULT = /^[0-9A-Z]{2}$/

/** Waits for the scenario's final state, said by the payer, and for the summary in the chart. */
export async function awaitOutcome(scenario: Pick<Scenario, 'finalState'>, open: OpenCase): Promise<CaseView> {
  const isFinal = (view: CaseView): boolean => view.state === scenario.finalState && isByPayer(view)
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

/** Whether the state is the payer's word, where it must be. */
function isByPayer({ state, decisionSource, errors }: CaseView): boolean {
  if (state === 'rejected') return errors.length > 0 && errors.every(({ code }) => PAYER_FAULT.test(code))
  return !DECIDED.has(state) || decisionSource === 'payer'
}

/** A case in few words. */
export function describe(view: CaseView): string {
  const lines = view.lines.map((line) => `${line.sequence} ${line.status}`).join(', ')
  const errors = view.errors.map((error) => error.code).join(', ')
  return `${view.state} (${view.decisionSource ?? 'nobody'}; ${lines}${errors === '' ? '' : `; errors ${errors}`})`
}
