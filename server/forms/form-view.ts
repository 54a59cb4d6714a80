/** A form as the screen gets it. */
import type { QuestionnaireResponse } from 'fhir/r4'
import type { AdaptiveView, FormSummary, FormView } from '#domain/contract/form.ts'
import { mayAskNext } from '#domain/dtr/adaptive/adaptive-next.ts'
import type { ExpressionEvaluator } from '#domain/dtr/expression/expression.ts'
import { EMPTY_META } from '#domain/dtr/form/open-form.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import type { FormFigures } from '../store/schema.ts'
import { determinationsOf } from './decide-determination.ts'
import { MAIN_FORM, NEW_WORK, type EhrLink, type FormPackage } from './form-record.ts'
import { openRow } from './open-row.ts'
import { workOf } from './save-form.ts'

/** What a view holds besides the row itself. */
export type FormSurroundings = Pick<
  FormView,
  'dtrVersion' | 'forms' | 'editors' | 'delegation' | 'askedBy' | 'lookingUp'
>

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
  if (adaptive === null || row.package === null) return null
  return {
    state: adaptive.state,
    mayNext: row.status === 'in-progress' && mayAskNext(openRow(evaluator, row)),
    step: adaptive.step,
    failure: adaptive.failure,
    itemIssues: [...adaptive.itemIssues],
    determinations: determinationsOf(row, adaptive),
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
