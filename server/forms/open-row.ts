/** A form as its row keeps it, opened by the engine. */
import type { QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta } from '#domain/contract/form.ts'
import type { ExpressionEvaluator } from '#domain/dtr/expression/expression.ts'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import { chartElsewhere, openForm } from '#domain/dtr/form/open-form.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import type { FormPackage } from './form-record.ts'

/** The row must be filled: before that there is no form. */
export function openRow(evaluator: ExpressionEvaluator, row: FormRow): FormState {
  const { questionnaire, chart } = row.package as FormPackage
  return openForm({
    questionnaire,
    response: row.response as QuestionnaireResponse,
    meta: row.meta as FormMeta,
    today: row.today,
    evaluator,
    chart: chartElsewhere(chart),
  })
}
