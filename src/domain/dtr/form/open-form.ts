/**
 * Opens a form: questionnaire, saved response and its meta in, settled state out. Answers stay as they were saved; what is
 * computed from them is brought up to date by the first edit that touches it (SDC: a filled answer is not replaced silently).
 */
import type { Expression, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta, FormPart } from '../../contract/form.ts'
import { listOf } from '../../fhir/list.ts'
import { err, message, ok, type Message } from '../../result.ts'
import { cqlIdOf } from '../cql/language.ts'
import type { ChartAccess, CompiledExpression, ExpressionEvaluator, TypedValue } from '../expression/expression.ts'
import { FormDraft } from './form-draft.ts'
import { buildFormModel, indexDependencies } from './form-model.ts'
import type { FormIssue, FormState } from './form-state.ts'
import { plantForm, type Tree } from './form-tree.ts'
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
  /** Parts that somebody else has in hand: this person reads them. */
  readonly foreignParts?: readonly FormPart[]
}

/** A place without a chart, which knows the given values alone (`FormView.chart`). */
export function chartElsewhere(values: Readonly<Record<string, readonly unknown[]>> = {}): ChartAccess {
  return {
    value: (key) => values[key],
    search: () => null,
    askFor: () => undefined,
    cql(expression) {
      const known = values[cqlKeyOf(expression)] as readonly TypedValue[] | undefined
      const [failure] = (values[cqlFailureKeyOf(expression)] ?? []) as readonly Message[]
      if (known === undefined)
        return err(
          failure === undefined ? { reason: 'elsewhere' } : { reason: 'failed', message: failure, queries: [] },
        )
      const raw = known.map(({ value }) => value)
      return ok({ values: known, raw, sources: [], computed: true, queries: [], foundBy: null, partial: false })
    },
  }
}

/** Name of a CQL expression's values among those that go to a browser. */
export const cqlKeyOf = (expression: Expression): string => `cql:${cqlIdOf(expression)}`

/** Name under which the reason goes along why a CQL expression has no values. */
export const cqlFailureKeyOf = (expression: Expression): string => `cql-failure:${cqlIdOf(expression)}`

const MOST_NAMED = 10

/** Answers that came with the response and that the form has no place for: they are not sent on, and that is said. */
function tellLeftOut(linkIds: ReadonlySet<string>): Message[] {
  if (linkIds.size === 0) return []
  const named = [...linkIds].slice(0, MOST_NAMED).join(', ')
  return [message('form.issue.left-out', { linkIds: linkIds.size > MOST_NAMED ? `${named}, …` : named })]
}

/** A question that cannot be read, or whose variables mean two things, may be one that has to be answered. */
function severityOf({ key }: Message): FormIssue['severity'] {
  return ['form.issue.no-link-id', 'form.issue.too-deep', 'form.issue.duplicate-variable'].includes(key)
    ? 'error'
    : 'warning'
}

/** Opens a form. Nothing fails: what is wrong with the questionnaire stands among `issues(state)`. */
export function openForm(input: OpenFormInput): FormState {
  const model = buildFormModel(input.questionnaire)
  const leftOut = new Set<string>()
  const tree: Tree = { items: new Map(), carried: new Map(), leftOut }
  const roots = plantForm(tree, model.roots, listOf(input.response.item), input.meta)
  const formIssues = [
    ...model.duplicates.map((linkId) => message('form.issue.duplicate-link-id', { linkId })),
    ...model.faults,
    ...tellLeftOut(leftOut),
  ].map((text): FormIssue => ({ itemKey: null, kind: 'engine', severity: severityOf(text), message: text }))
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
      foreignParts: new Set(input.foreignParts),
      constants: new Map(),
    },
    repetitionContexts: new Map(),
    faults: new Map(),
    notes: new Map(),
    uncomputed: new Set(),
    reached: input.meta.reached ?? null,
    located: new Map(),
    formIssues,
  }
  return settled(state)
}

/**
 * Gives an open form the evaluator that was loaded meanwhile: conditions and constraints by expression now hold, and what
 * depends on edits made in the meantime is computed. `at` is the time of those computed answers.
 */
export function attachEvaluator(
  state: FormState,
  evaluator: ExpressionEvaluator,
  at: string = state.setting.now,
): FormState {
  const dependencies = indexDependencies(state.model, evaluator)
  const setting = { ...state.setting, evaluator, constants: new Map() }
  const opened = settled({ ...state, dependencies, setting, uncomputed: new Set() })
  if (state.uncomputed.size === 0) return opened
  const draft = new FormDraft(opened, at)
  state.uncomputed.forEach((linkId) => draft.touch(linkId))
  settle(draft)
  return draft.finish()
}

/** The computed answers' expressions, to be prepared while nobody waits: opening a form runs none where answers were saved. */
export function compiledCalculations(state: FormState): CompiledExpression[] {
  const { evaluator } = state.setting
  return state.dependencies.all.calculation.flatMap(({ expressions: { calculated } }) => {
    const compiled = evaluator === null || calculated === null ? null : evaluator.compile(calculated)
    return compiled?.ok === true ? [compiled.value] : []
  })
}

function settled(state: FormState): FormState {
  const draft = new FormDraft(state, state.setting.now)
  settle(draft, 'opened')
  return draft.finish()
}
