/**
 * The next questions of an adaptive form: what was answered goes to the payer with its questionnaire as it came, what comes
 * back takes that one's place, new questions are filled from the chart. The payer completes the form; what it decides then is
 * shown and goes to the orders too (DTR spec-46).
 */
import type { QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta } from '#domain/contract/form.ts'
import { mayAskNext } from '#domain/dtr/adaptive/adaptive-next.ts'
import { listDeterminations, mergeDeterminations } from '#domain/dtr/adaptive/determination.ts'
import { isShownQuestion, type Edit, type FormState } from '#domain/dtr/form/form-state.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { err, type Failure, type Message, type Result } from '#domain/result.ts'
import type { FormPatch } from '../store/repositories/forms.ts'
import type { Tx } from '../store/tx.ts'
import { withValueSets } from './begin-form.ts'
import { openRow } from './open-row.ts'
import { enqueueFormJob } from './form-job.ts'
import { ORDER_JOB } from './order-statements.ts'
import { evidenceRows } from './form-filler.ts'
import type { AdaptiveCourse, FormPackage, FormWork } from './form-record.ts'
import type { FormServiceDeps } from './form-service.ts'
import { keepExchange } from './keep-exchange.ts'
import { readKeptPackage, withContained } from './kept-package.ts'
import { askNextQuestion } from './next-question.ts'
import { authorOf, populateForm } from './populate-form.ts'
import type { Reopened } from './recompute-form.ts'
import { keepChange, workOf, type Kept } from './save-form.ts'

/**
 * Asks once. A refusal stands in the form, with what the payer says of single items. `signal` ends the call to the payer; after
 * that the form stays as it was.
 */
export async function askFurther(
  deps: FormServiceDeps,
  opened: Reopened,
  signal?: AbortSignal,
): Promise<Result<Kept, Failure>> {
  const { launch, row, context, payer } = opened
  const work = workOf(row)
  const { adaptive } = work
  if (adaptive === null) return err({ reason: 'not-adaptive' })
  if (row.status !== 'in-progress') return err({ reason: 'not-allowed-now' })
  const isTakenBack = (): boolean => signal?.aborted === true
  const at = deps.now()
  const before = openRow(deps.evaluator, row)
  if (!mayAskNext(before)) return err({ reason: 'form-incomplete' })
  const keep = (kind: string, exchange: Parameters<typeof keepExchange>[2]) =>
    keepExchange(deps, { tenant: row.tenant, caseId: row.caseId, partner: payer.id, kind }, exchange)
  const asking = { client: deps.payerDtr, payer, keep }
  const sent = { ...(row.response as QuestionnaireResponse), authored: at }
  const next = await askNextQuestion(asking, adaptive.url, sent, signal)
  if (isTakenBack()) return err({ reason: 'cancelled' })
  const edit: Edit = { at, author: authorOf(launch) }
  const unchanged = { launch, row, edit, before, after: before, changed: [], cause: 'populated' as const }
  if (!next.ok) {
    const { failure, itemIssues } = next.error
    return keepChange(deps, { ...unchanged, patch: patchOf(work, failed(adaptive, failure, itemIssues)) })
  }
  const { response, questionnaire: received, completed } = next.value
  const kept = row.package as FormPackage
  const logic = withContained(await readKeptPackage(deps.store, row, kept), received)
  const questionnaire = await withValueSets(asking, logic, received)
  const filled = await populateForm(deps, deps.ehr(launch), {
    launch,
    caseId: row.caseId,
    context,
    questionnaire,
    logic,
    asking,
    start: { response: mergeAnswer(sent, response), meta: row.meta as FormMeta },
    today: row.today,
    onProgress: () => undefined,
  })
  if (isTakenBack()) return err({ reason: 'cancelled' })
  const course: AdaptiveCourse = {
    ...adaptive,
    state: completed ? 'completed' : 'answering',
    step: adaptive.step + 1,
    failure: null,
    itemIssues: [],
  }
  const { state } = filled
  return keepChange(deps, {
    ...unchanged,
    after: state,
    changed: listFilled(before, state),
    patch: {
      ...patchOf(work, course),
      ...(completed ? { status: 'completed' as const } : {}),
      response: completed
        ? { ...filled.kept.populated.response, status: 'completed' as const }
        : filled.kept.populated.response,
      meta: filled.kept.populated.meta,
      package: { ...kept, ...filled.kept, prefill: kept.prefill },
    },
    also: async (tx) => {
      await deps.store.evidence.insert(tx, evidenceRows(row.tenant, row.caseId, filled, at))
      if (completed && listDeterminations(response).length > 0) await noteDetermined(deps, tx, opened, at)
    },
  })
}

function failed(
  adaptive: AdaptiveCourse,
  failure: Message,
  itemIssues: readonly AdaptiveCourse['itemIssues'][number][],
): AdaptiveCourse {
  return { ...adaptive, state: 'failed', failure, itemIssues: [...itemIssues] }
}

const patchOf = (work: FormWork, adaptive: AdaptiveCourse): FormPatch => ({ work: { ...work, adaptive } })

/** The payer's answer under our head: its questions, its answers, its determinations; who the response is about stays ours. */
function mergeAnswer(sent: QuestionnaireResponse, answer: QuestionnaireResponse): QuestionnaireResponse {
  const { item: _item, contained: _contained, ...head } = sent
  const own = (sent.extension ?? []).filter(({ url }) => url !== EXT.coverageInformation)
  return {
    ...head,
    status: 'in-progress',
    extension: [...own, ...mergeDeterminations(listDeterminations(sent), listDeterminations(answer))],
    ...(answer.contained === undefined ? {} : { contained: answer.contained }),
    ...(answer.item === undefined ? {} : { item: answer.item }),
  }
}

/** Questions that were not there before, and that the chart answers. */
function listFilled(before: FormState, after: FormState): string[] {
  return [...after.items.values()]
    .filter((item) => isShownQuestion(item) && item.answers.length > 0 && !before.items.has(item.key))
    .map(({ key }) => key)
}

/** The payer has decided something: the case says so, and its orders in the EHR are told. */
async function noteDetermined(deps: FormServiceDeps, tx: Tx, opened: Reopened, at: string): Promise<void> {
  const { tenant, caseId, formId } = opened.row
  await deps.store.events.append(tx, { tenant, caseId, at, kind: 'form-determined', actor: null, payload: {} })
  await enqueueFormJob(deps, tx, ORDER_JOB, { tenant, caseId, formId }, opened.launch.launchId, at)
}
