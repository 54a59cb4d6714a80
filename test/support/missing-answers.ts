/**
 * A person's part of a form whose chart nobody knows: every required question that the chart left open gets some answer of
 * its type, and what waits for confirmation is confirmed. It uses the form engine, as the browser does.
 */
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormView } from '#domain/contract/form.ts'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import { answer, confirm } from '#domain/dtr/form/form-edit.ts'
import { listItems, type Answer, type FormState, type ItemView } from '#domain/dtr/form/form-state.ts'
import { chartElsewhere, openForm } from '#domain/dtr/form/open-form.ts'
import { toMeta, toResponse } from '#domain/dtr/response/questionnaire-response.ts'

const MOST_TURNS = 60

export interface FilledByPerson {
  readonly version: number
  readonly response: QuestionnaireResponse
  readonly meta: FormView['meta']
  /** Items that a person had to answer. */
  readonly answered: readonly string[]
}

/** The form as it is to be saved. Throws where a required question can be given no answer. */
export function answerWhatIsMissing(view: FormView, person: string, now: string): FilledByPerson {
  const edit = { at: now, author: { reference: null, name: person } }
  let state = openForm({
    questionnaire: view.questionnaire as unknown as Questionnaire,
    response: view.response as unknown as QuestionnaireResponse,
    meta: view.meta,
    today: view.today,
    now,
    evaluator: createEvaluator(),
    chart: chartElsewhere(view.chart),
  })
  const answered: string[] = []
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const open = [...listItems(state)].find((item) => item.enabled && item.needs !== null)
    if (open === undefined)
      return { version: view.version, response: toResponse(state, edit), meta: toMeta(state), answered }
    state = settle(state, open, view.today, edit)
    if (open.needs !== 'confirmation') answered.push(open.key)
  }
  throw new Error(`After ${MOST_TURNS} answers the form still needs somebody: ${answered.slice(-5).join(', ')}`)
}

function settle(state: FormState, item: ItemView, today: string, edit: Parameters<typeof confirm>[2]): FormState {
  return item.needs === 'confirmation'
    ? confirm(state, item.key, edit)
    : answer(state, item.key, [someAnswer(item, today)], edit)
}

function someAnswer(item: ItemView, today: string): Answer {
  const [option] = item.options
  if (option !== undefined) return option.answer
  switch (item.type) {
    case 'boolean':
      return { valueBoolean: false }
    case 'integer':
      return { valueInteger: 5 }
    case 'decimal':
      return { valueDecimal: 5 }
    case 'date':
      return { valueDate: today }
    case 'quantity': {
      const unit = item.unit
      return {
        valueQuantity: {
          value: 70,
          ...(unit?.display === undefined || unit.display === null ? {} : { unit: unit.display }),
          ...(unit?.system === undefined || unit.system === null ? {} : { system: unit.system }),
          ...(unit?.code === undefined || unit.code === null ? {} : { code: unit.code }),
        },
      }
    }
    default:
      return { valueString: 'Known to the person who answers' }
  }
}
