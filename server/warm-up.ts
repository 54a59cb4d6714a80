/**
 * Fills the shipped questionnaires from an empty chart when the server has become ready: FHIRPath takes half a second for
 * the first form of a process, which the first clinician would wait for. Pauses after each item, so that a request waits for
 * one item at most. Nothing is read and nothing is kept.
 */
import type { Questionnaire } from 'fhir/r4'
import type { ExpressionEvaluator } from '#domain/dtr/expression/expression.ts'
import { EMPTY_META } from '#domain/dtr/form/open-form.ts'
import { populate } from '#domain/dtr/population/population.ts'
import type { ReportPort } from './coverage/ports.ts'

const FIRST_AFTER_MS = 300
const NOBODY = { resourceType: 'Patient', id: 'warm-up' }
const ANY_DAY = '2000-01-01'

export interface WarmUpDeps {
  readonly evaluator: ExpressionEvaluator
  readonly readForms: () => readonly Questionnaire[]
  readonly report: ReportPort
}

/** Begins soon; gives the way to stop. */
export function warmUp({ evaluator, readForms, report }: WarmUpDeps): () => Promise<void> {
  const stopped = new AbortController()
  const pause = (): Promise<void> =>
    new Promise((resolve, reject) => setImmediate(() => (stopped.signal.aborted ? reject(new Stopped()) : resolve())))
  const fill = (questionnaire: Questionnaire): Promise<unknown> =>
    populate(
      {
        questionnaire,
        response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
        meta: EMPTY_META,
        today: ANY_DAY,
        evaluator,
        launchContexts: new Map([['patient', [NOBODY]]]),
        scoredCodes: [],
        at: `${ANY_DAY}T00:00:00Z`,
        newEvidenceId: () => '',
        pause,
      },
      (wanted) => {
        const nothing = {
          bundle: { resourceType: 'Bundle', type: 'searchset' },
          found: 0,
          complete: true,
          failure: null,
        }
        return Promise.resolve(wanted.map(({ query }) => ({ query, ...nothing })))
      },
    )
  const run = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FIRST_AFTER_MS)
      stopped.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        resolve()
      })
    })
    if (stopped.signal.aborted) return
    for (const questionnaire of readForms()) await fill(questionnaire)
  }
  const running = run().catch((error: unknown) => {
    // The first form is slower then, no more.
    if (!(error instanceof Stopped)) report('warm-up-failed', {}, error)
  })
  return () => {
    stopped.abort()
    return running
  }
}

class Stopped extends Error {}
