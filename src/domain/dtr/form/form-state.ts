/**
 * One open form as a value: what a screen reads. Every edit (`form-edit.ts`) gives a new `FormState` that shares all
 * untouched items with the old one, so `readItem(before, key) === readItem(after, key)` says that nothing about that item
 * changed. Nothing here touches the network, the clock or the screen.
 */
import type {
  Attachment,
  Coding,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4'
import type { AnswerOrigin, Lookup } from '../../contract/form.ts'
import type { Message } from '../../result.ts'
import type { ChartAccess, ExpressionEvaluator } from '../expression/expression.ts'
import type { DependencyIndex, FormModel } from './form-model.ts'
import type { ItemFacts } from '../item/item-facts.ts'
import type { FormPart } from '../../contract/form.ts'
import { answerIndexBelow, type ItemKey } from '../item/item-key.ts'
import type { StyledText } from '../item/item-labels.ts'
import type { Limits } from '../item/item-limits.ts'
import { isShownFor } from '../item/usage-mode.ts'
import type { Lock } from './locks.ts'
import type { VariableMemo } from './scope.ts'

export type ItemType =
  | 'group'
  | 'display'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'date'
  | 'dateTime'
  | 'time'
  | 'string'
  | 'text'
  | 'url'
  | 'choice'
  | 'open-choice'
  | 'attachment'
  | 'reference'
  | 'quantity'

/** One answer as FHIR has it, e.g. `{valueCoding: {…}}`; nested items are kept by the form, not in here. */
export type Answer = Omit<QuestionnaireResponseItemAnswer, 'item'>

export interface AnswerOption {
  /** Stable within the item; fit for a DOM id. */
  readonly id: string
  readonly label: string
  readonly answer: Answer
  /** Choosing it clears the others (questionnaire-optionExclusive). */
  readonly exclusive: boolean
  /** The label as the payer would have it drawn: raw markup and style, to be sanitised. */
  readonly styled: StyledText
  readonly prefix: string | null
  /** itemWeight, or ordinalValue in older forms. */
  readonly weight: number | null
  readonly media: Attachment | null
}

/** Reference data that stands beside a question (SDC contextExpression). */
export interface ContextRow {
  readonly label: string
  readonly values: readonly { readonly text: string; readonly reference: string | null }[]
}

/** Who edits and when: becomes the author of the answer (information-origin). */
export interface Edit {
  readonly at: string
  readonly author: { readonly reference: string | null; readonly name: string }
}

export interface FormIssue {
  /** null where the fault is the form's as a whole (a cycle between expressions). */
  readonly itemKey: ItemKey | null
  readonly kind: 'missing' | 'unconfirmed' | 'invalid' | 'constraint' | 'unsigned' | 'engine'
  /** An error blocks completion. */
  readonly severity: 'error' | 'warning'
  readonly message: Message
}

/** Everything a screen needs about one item. The object is the same until something about the item changes. */
export interface ItemView {
  readonly key: ItemKey
  readonly linkId: string
  readonly type: ItemType
  /** text, required, repeats, readOnly, limits and options are as they are now: expressions may change them. */
  readonly text: string
  readonly prefix: string | null
  /** What no answer changes: markup, labels by role, item controls, media, links, file types, references, signatures… */
  readonly facts: ItemFacts
  /** Help (display child with item control `help`), shown on demand; hints (any other display child) stand below the text. */
  readonly help: string | null
  readonly hints: readonly string[]
  readonly supportLink: string | null
  /** questionnaire-itemControl code, e.g. `radio-button`, `drop-down`, `gtable`; null where the form gives none. */
  readonly control: string | null
  readonly parent: ItemKey | null
  /**
   * Keys of child items in form order; each repetition of a repeating group is a child of its own. A question has all of them
   * once for each of its answers, answer by answer (`childrenUnder`), and once while it has none.
   */
  readonly children: readonly ItemKey[]
  readonly depth: number
  /** Own enableWhen and those of all ancestors. A disabled item keeps its answers in memory and leaves the response. */
  readonly enabled: boolean
  /** questionnaire-hidden here or above: never drawn as a question, listed under what will be sent. */
  readonly hidden: boolean
  readonly required: boolean
  readonly readOnly: boolean
  /** Why this person cannot change it now, though the form takes an answer here; null for no such reason. */
  readonly locked: Lock | null
  /** Several answers (question) or several repetitions (group). */
  readonly repeats: boolean
  /** For a repetition of a repeating group: which one, of how many, and what the user may do. */
  readonly repetition: {
    readonly index: number
    readonly count: number
    readonly mayAdd: boolean
    readonly mayRemove: boolean
  } | null
  readonly options: readonly AnswerOption[]
  /** Ids of options that cannot be chosen now (answerOptionsToggleExpression). */
  readonly optionsDisabled: readonly string[]
  /**
   * Whether the options are all there: `wanted` where the codes of `valueSet` are to be expanded elsewhere, with what was
   * typed as filter; `failed` where that was tried.
   */
  readonly expansion: 'given' | 'wanted' | 'failed'
  readonly valueSet: string | null
  /** Answers that the chart offers (candidateExpression): to pick from, besides entering another. */
  readonly candidates: readonly AnswerOption[]
  readonly contextRows: readonly ContextRow[]
  /** open-choice: an answer outside the options is allowed. */
  readonly allowsOther: boolean
  /** Fixed or default unit (questionnaire-unit), and the units to choose from. */
  readonly unit: Coding | null
  readonly unitOptions: readonly Coding[]
  readonly maxLength: number | null
  /** All bounds as they are now. */
  readonly limits: Limits
  readonly placeholder: string | null
  readonly answers: readonly Answer[]
  /** What the user typed that is no valid value of the type; shown again, never sent. */
  readonly rejectedText: string | null
  readonly origin: AnswerOrigin | null
  /** What was looked for: where nothing was found, and where an answer says that nothing is there. */
  readonly lookup: Lookup | null
  /** An automatic answer that a person cleared: population leaves it alone; `revert` brings it back. */
  readonly cleared: boolean
  /** What a person has to do here, if anything. */
  readonly needs: 'answer' | 'confirmation' | 'correction' | null
  readonly issues: readonly FormIssue[]
}

/** The open form. Read it through the functions below; its fields are the engine's own. */
export interface FormState {
  readonly model: FormModel
  readonly dependencies: DependencyIndex
  /** The response as it was opened: everything but its items is carried into what is saved. */
  readonly base: QuestionnaireResponse
  readonly roots: readonly ItemKey[]
  readonly items: ReadonlyMap<ItemKey, ItemView>
  /** Items whose own condition disables them (those below are disabled with them). */
  readonly conditionOff: ReadonlySet<ItemKey>
  /** What response items carried besides link id, text, answers and items (ids, signatures): kept. */
  readonly carried: ReadonlyMap<ItemKey, Carried>
  readonly setting: FormSetting
  /** What each repetition of a populated group stands for (itemPopulationContext); empty for those a person added. */
  readonly repetitionContexts: ReadonlyMap<ItemKey, RepetitionContext>
  /** Conditions that could not be evaluated, by item. */
  readonly faults: ReadonlyMap<ItemKey, Message>
  /** What other expressions of an item could not tell. */
  readonly notes: ReadonlyMap<ItemKey, readonly Message[]>
  /** Link ids changed while no evaluator was there: what depends on them is computed when it comes. */
  readonly uncomputed: ReadonlySet<string>
  /** How far a person came in a form that is answered in order (SDC entryMode); null in any other, or at the start. */
  readonly reached: ItemKey | null
  /** Broken rules that name the items at which they are told (targetConstraint.location), by rule. */
  readonly located: ReadonlyMap<string, readonly FormIssue[]>
  /** Faults of the form itself, e.g. expressions that go in a circle, and its constraints over the whole response. */
  readonly formIssues: readonly FormIssue[]
}

export interface RepetitionContext {
  readonly name: string
  readonly raw: readonly unknown[]
}

export type Carried = Omit<QuestionnaireResponseItem, 'linkId' | 'text' | 'answer' | 'item'>

/** What expressions may use besides the answers. */
export interface FormSetting {
  /** today() and now() in the tenant's zone. */
  readonly today: string
  readonly now: string
  readonly chart: ChartAccess
  /** null until it is loaded: computed values then stay as they came. */
  readonly evaluator: ExpressionEvaluator | null
  /** Parts of the form that somebody else has in hand. */
  readonly foreignParts: ReadonlySet<FormPart>
  /** Cache of form variables that no answer can change. */
  readonly constants: VariableMemo['constant']
}

/** One item, or undefined where the form has none under this key. */
export function readItem(state: FormState, key: ItemKey): ItemView | undefined {
  return state.items.get(key)
}

/** Keys of what stands under one answer of a question; under the first one also where it has none yet. */
export function childrenUnder({ key, children }: ItemView, index: number): readonly ItemKey[] {
  return children.filter((child) => answerIndexBelow(key, child) === index)
}

/** Every item in form order, groups and disabled items too. */
export function listItems(state: Pick<FormState, 'roots' | 'items'>): ItemView[] {
  const list: ItemView[] = []
  const visit = (key: ItemKey): void => {
    const item = state.items.get(key)
    if (item === undefined) return
    list.push(item)
    item.children.forEach(visit)
  }
  state.roots.forEach(visit)
  return list
}

/** Whether an item is a question that a person sees now. */
export function isShownQuestion(item: ItemView): boolean {
  return item.enabled && !item.hidden && item.type !== 'group' && item.type !== 'display' && isShownFor('capture', item)
}

/** Everything that is wrong or open, in form order; faults of the whole form first. */
export function issues(state: FormState): FormIssue[] {
  return [...state.formIssues, ...listItems(state).flatMap((item) => item.issues)]
}

/** The next item in form order after `after` (from the start, where null) that needs a person, going round once. */
export function nextNeed(state: FormState, after: ItemKey | null): ItemKey | null {
  const items = listItems(state)
  const start = items.findIndex(({ key }) => key === after) + 1
  const round = [...items.slice(start), ...items.slice(0, start)]
  return round.find((item) => item.needs !== null)?.key ?? null
}
