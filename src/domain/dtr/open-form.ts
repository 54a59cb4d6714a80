/**
 * Opens a form: questionnaire, saved response and its meta in, settled state out. Answers stay as they were saved; what is
 * computed from them is brought up to date by the first edit that touches it (SDC: a filled answer is not replaced silently).
 */
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta } from '../contract/form.ts'
import { message } from '../result.ts'
import type { ChartAccess, ExpressionEvaluator } from './expression.ts'
import { FormDraft } from './form-draft.ts'
import { buildFormModel, indexDependencies } from './form-model.ts'
import type { FormIssue, FormState } from './form-state.ts'
import { plant, type Tree } from './form-tree.ts'
import { settle } from './settle.ts'

export const EMPTY_META: FormMeta = { origins: {}, lookups: {}, cleared: [] }

export interface OpenFormInput {
  readonly questionnaire: Questionnaire
  readonly response: QuestionnaireResponse
  readonly meta: FormMeta
  /** today() in the tenant's zone. */
  readonly today: string
  /** now() with offset; midnight of `today` where it is not given. */
  readonly now?: string
  /** null while `fhirpath-evaluator.ts` is still loading: hand it to `attachEvaluator` then. */
  readonly evaluator: ExpressionEvaluator | null
  /** Only where the chart can be read (the server). A browser leaves it out and passes what the server sent, if anything. */
  readonly chart?: ChartAccess
}

/** A place without a chart, which knows the given values alone (`FormView.chart`). */
export function chartElsewhere(values: Readonly<Record<string, readonly unknown[]>> = {}): ChartAccess {
  return { value: (key) => values[key], search: () => null }
}

/** Opens a form. Nothing fails: what is wrong with the questionnaire stands among `issues(state)`. */
export function openForm(input: OpenFormInput): FormState {
  const model = buildFormModel(input.questionnaire)
  const tree: Tree = { items: new Map(), carried: new Map() }
  const roots = plant(tree, model.roots, null, input.response.item ?? [], input.meta)
  const formIssues = model.duplicates.map((linkId): FormIssue => ({
    itemKey: null,
    kind: 'engine',
    severity: 'warning',
    message: message('form.issue.duplicate-link-id', { linkId }),
  }))
  const now = input.now ?? `${input.today}T00:00:00Z`
  const state: FormState = {
    model,
    dependencies: indexDependencies(model, input.evaluator),
    base: input.response,
    roots,
    items: tree.items,
    conditionOff: new Set(),
    carried: tree.carried,
    setting: {
      today: input.today,
      now,
      chart: input.chart ?? chartElsewhere(),
      evaluator: input.evaluator,
      constants: new Map(),
    },
    repetitionContexts: new Map(),
    faults: new Map(),
    formIssues,
  }
  return settled(state)
}

/** Gives an open form the evaluator that was loaded meanwhile; conditions and constraints by expression now hold. */
export function attachEvaluator(state: FormState, evaluator: ExpressionEvaluator): FormState {
  const dependencies = indexDependencies(state.model, evaluator)
  return settled({ ...state, dependencies, setting: { ...state.setting, evaluator, constants: new Map() } })
}

function settled(state: FormState): FormState {
  const draft = new FormDraft(state, state.setting.now)
  // A condition by expression is looked at in any case: without an evaluator no index knows what it depends on.
  const conditional = [...state.model.definitions.values()].filter(({ expressions }) => expressions.enableWhen !== null)
  settle(draft, 'all', conditional)
  return draft.finish()
}
