/** A form as the screen gets it. */
import type { QuestionnaireResponse } from 'fhir/r4'
import type { AdaptiveView, FormSummary, FormView } from '#domain/contract/form.ts'
import { mayAskNext } from '#domain/dtr/adaptive-next.ts'
import { readDeterminations } from '#domain/dtr/determination.ts'
import type { ExpressionEvaluator } from '#domain/dtr/expression.ts'
import { chartElsewhere, EMPTY_META, openForm } from '#domain/dtr/open-form.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import type { FormFigures } from '../store/schema.ts'
import { MAIN_FORM, NEW_WORK, type EhrLink, type FormPackage } from './form-record.ts'
import { workOf } from './save-form.ts'

/** What a view holds besides the row itself. */
export type FormSurroundings = Pick<FormView, 'forms' | 'editors' | 'delegation'>

/** Before there is a row: the case was just opened. */
export function waitingView(caseId: string, around: FormSurroundings): FormView {
  return {
    caseId,
    formId: MAIN_FORM,
    version: 0,
    status: 'populating',
    progress: null,
    soFar: [],
    failure: null,
    notices: [],
    questionnaire: null,
    response: null,
    meta: EMPTY_META,
    chart: {},
    today: '',
    savedAt: null,
    savedBy: null,
    adaptive: null,
    ehr: copyView(NEW_WORK.ehr),
    conflict: null,
    differences: [],
    ...around,
  }
}

export function viewOf(row: FormRow, evaluator: ExpressionEvaluator, around: FormSurroundings): FormView {
  const kept = row.package as FormPackage | null
  const { notices, ehr, conflict, differences } = workOf(row)
  return {
    ...waitingView(row.caseId, around),
    formId: row.formId,
    version: row.version,
    status: row.status,
    progress: row.progress,
    failure: row.failure,
    notices: [...notices],
    questionnaire: kept === null ? null : { ...kept.questionnaire },
    response: row.response === null ? null : { ...(row.response as QuestionnaireResponse) },
    meta: (row.meta as FormView['meta'] | null) ?? EMPTY_META,
    chart: kept?.chart ?? {},
    today: row.today,
    savedAt: row.savedAt,
    savedBy: row.savedBy,
    adaptive: adaptiveView(row, evaluator),
    ehr: copyView(ehr),
    conflict,
    differences: [...differences],
  }
}

function copyView({ state, reference, savedAt, failure }: EhrLink): FormView['ehr'] {
  return { state, reference, savedAt, failure }
}

function adaptiveView(row: FormRow, evaluator: ExpressionEvaluator): AdaptiveView | null {
  const { adaptive } = workOf(row)
  const kept = row.package as FormPackage | null
  if (adaptive === null || kept === null) return null
  const response = row.response as QuestionnaireResponse
  const state = openForm({
    questionnaire: kept.questionnaire,
    response,
    meta: row.meta as FormView['meta'],
    today: row.today,
    evaluator,
    chart: chartElsewhere(kept.chart),
  })
  return {
    state: adaptive.state,
    mayNext: row.status === 'in-progress' && mayAskNext(state),
    step: adaptive.step,
    failure: adaptive.failure,
    itemIssues: [...adaptive.itemIssues],
    determinations: readDeterminations(response).map((determination) => {
      const flag = adaptive.flags.find(({ assertionId }) => assertionId === determination.assertionId)
      return flag === undefined
        ? determination
        : { ...determination, flagged: { by: flag.by, at: flag.at, reason: flag.reason } }
    }),
  }
}

/** One line of the list of forms. */
export function summaryOf(row: {
  readonly formId: string
  readonly status: FormRow['status']
  readonly summary: FormFigures | null
}): FormSummary {
  const { summary } = row
  return {
    formId: row.formId,
    title: summary?.title ?? null,
    status: row.status,
    answered: summary?.answered ?? null,
    total: summary?.total ?? null,
    needsYou: summary?.needsYou ?? null,
    audience: [...(summary?.audience ?? [])],
    estimatedTime: summary?.estimatedTime ?? null,
    adaptive: summary?.adaptive ?? false,
  }
}
