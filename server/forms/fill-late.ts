/**
 * Fills questions that an answer brought into a saved form and that only the chart can fill (DTR spec-62): beside the
 * requests, on the form as it is when the chart has been read. The screen says meanwhile which questions are looked up; open
 * pages take the result over as a colleague's change.
 */
import type { QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta } from '#domain/contract/form.ts'
import { addPopulated, listAwaitedQuestions, takePopulated } from '#domain/dtr/population/late-population.ts'
import { toMeta, toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import type { FormKey, FormRow } from '../store/repositories/forms.ts'
import { evidenceRows } from './form-filler.ts'
import type { FormPackage } from './form-record.ts'
import type { FormServiceDeps } from './form-service.ts'
import { keepExchange } from './keep-exchange.ts'
import { readKeptPackage, withContained } from './kept-package.ts'
import { openRow } from './open-row.ts'
import { authorOf, populateForm, type PopulatedForm } from './populate-form.ts'
import type { Reopened } from './recompute-form.ts'
import { keepChange, keyOf, workOf } from './save-form.ts'

/** How often the result is put in again because somebody saved meanwhile. */
const MOST_ATTEMPTS = 10

export interface LateFilling {
  /** Begins to look these items up, or adds them to what is looked up next. */
  begin(opened: Reopened, awaited: readonly string[]): void
  /** Questions of a form that are being looked up now, by this process. */
  underWay(key: FormKey): readonly string[]
}

interface Run {
  /** Not begun yet. */
  readonly waiting: Set<string>
  questions: readonly string[]
}

export function createLateFilling(deps: FormServiceDeps): LateFilling {
  const runs = new Map<string, Run>()
  const nameOf = ({ tenant, caseId, formId }: FormKey): string => `${tenant}/${caseId}/${formId}`

  const announce = async ({ row }: Reopened): Promise<void> =>
    deps.store.transaction(async (tx) => {
      const held = await deps.store.cases.find(tx, row.tenant, row.caseId)
      if (held !== undefined) await deps.announce(tx, { tenant: row.tenant, caseId: row.caseId, version: held.version })
    })

  const fillAll = async (opened: Reopened, run: Run): Promise<void> => {
    try {
      while (run.waiting.size > 0) {
        const awaited = [...run.waiting]
        run.waiting.clear()
        await fillOnce(deps, opened, awaited)
      }
    } finally {
      runs.delete(nameOf(opened.row))
      // Whatever came of it: nothing is looked up any more.
      await announce(opened)
    }
  }

  return {
    begin(opened, awaited) {
      if (awaited.length === 0) return
      const name = nameOf(opened.row)
      const known = runs.get(name)
      const run = known ?? { waiting: new Set(), questions: [] }
      awaited.forEach((key) => run.waiting.add(key))
      run.questions = [...new Set([...run.questions, ...questionsOf(deps, opened.row, awaited)])]
      runs.set(name, run)
      if (known === undefined) deps.tasks.run('fill-late', () => fillAll(opened, run))
    },
    underWay: (key) => runs.get(nameOf(key))?.questions ?? [],
  }
}

const questionsOf = ({ evaluator }: FormServiceDeps, row: FormRow, awaited: readonly string[]): string[] =>
  listAwaitedQuestions(openRow(evaluator, row), awaited)

async function find(deps: FormServiceDeps, { row }: Reopened): Promise<FormRow | null> {
  const found = await deps.store.read((tx) => deps.store.forms.find(tx, keyOf(row)))
  return found?.status === 'in-progress' && workOf(found).adaptive?.step === workOf(row).adaptive?.step ? found : null
}

async function fillOnce(deps: FormServiceDeps, opened: Reopened, awaited: readonly string[]): Promise<void> {
  const row = await find(deps, opened)
  if (row === null) return
  const { launch, context, payer } = opened
  const kept = row.package as FormPackage
  const { questionnaire } = kept
  const about = { tenant: row.tenant, caseId: row.caseId, partner: payer.id }
  const filled = await populateForm(deps, deps.ehr(launch), {
    launch,
    caseId: row.caseId,
    context,
    questionnaire,
    logic: withContained(await readKeptPackage(deps.store, row, kept), questionnaire),
    asking: {
      client: deps.payerDtr,
      payer,
      keep: (kind, exchange) => keepExchange(deps, { ...about, kind }, exchange),
    },
    start: { response: row.response as QuestionnaireResponse, meta: row.meta as FormMeta },
    today: row.today,
    onProgress: () => undefined,
  })
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const current = await find(deps, opened)
    if (current === null) return
    const done = await keepFilled(deps, { ...opened, row: current }, row, filled, awaited)
    if (done.ok || done.error.reason !== 'form-changed') return
  }
}

async function keepFilled(
  deps: FormServiceDeps,
  { launch, row }: Reopened,
  start: FormRow,
  filled: PopulatedForm,
  awaited: readonly string[],
) {
  const at = deps.now()
  const kept = row.package as FormPackage
  const edit = { at, author: authorOf(launch) }
  const before = openRow(deps.evaluator, row)
  const late = { start: openRow(deps.evaluator, start), populated: filled.state, awaited }
  const { state, taken } = takePopulated(before, late, at)
  const first = openRow(deps.evaluator, { ...row, ...kept.populated })
  const populated = addPopulated(first, state, at)
  return keepChange(deps, {
    launch,
    row,
    edit,
    before,
    after: state,
    changed: taken,
    cause: 'populated',
    isNews: true,
    patch: {
      savedAt: row.savedAt,
      savedBy: row.savedBy,
      package: {
        ...kept,
        chart: { ...kept.chart, ...filled.kept.chart },
        populated: { response: toResponse(populated, edit), meta: toMeta(populated) },
      },
    },
    also: (tx) => deps.store.evidence.insert(tx, evidenceRows(row.tenant, row.caseId, filled, at)),
  })
}
