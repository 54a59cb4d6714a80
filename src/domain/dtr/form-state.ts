/**
 * One open form as a value: what a screen reads. Every edit (`form-edit.ts`) gives a new `FormState` that shares all
 * untouched items with the old one, so `readItem(before, key) === readItem(after, key)` says that nothing about that item
 * changed. Nothing here touches the network, the clock or the screen.
 */
import type { Coding, Questionnaire, QuestionnaireResponse, QuestionnaireResponseItemAnswer } from 'fhir/r4'
import type { AnswerOrigin, Lookup } from '../contract/form.ts'
import type { Message } from '../result.ts'
import type { ChartValues, ExpressionEvaluator } from './expression.ts'
import type { FormModel, ItemDefinition } from './form-model.ts'
import type { ItemKey } from './item-key.ts'

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
}

/** Who edits and when: becomes the author of the answer (information-origin). */
export interface Edit {
  readonly at: string
  readonly author: { readonly reference: string | null; readonly name: string }
}

export interface FormIssue {
  /** null where the fault is the form's as a whole (a cycle between expressions). */
  readonly itemKey: ItemKey | null
  readonly kind: 'missing' | 'unconfirmed' | 'invalid' | 'constraint' | 'engine'
  /** An error blocks completion. */
  readonly severity: 'error' | 'warning'
  readonly message: Message
}

/** Everything a screen needs about one item. The object is the same until something about the item changes. */
export interface ItemView {
  readonly key: ItemKey
  readonly linkId: string
  readonly type: ItemType
  readonly text: string
  readonly prefix: string | null
  /** Help (display child with item control `help`), shown on demand; hints (any other display child) stand below the text. */
  readonly help: string | null
  readonly hints: readonly string[]
  readonly supportLink: string | null
  /** questionnaire-itemControl code, e.g. `radio-button`, `drop-down`, `gtable`; null where the form gives none. */
  readonly control: string | null
  readonly parent: ItemKey | null
  /** Keys of child items in form order; each repetition of a repeating group is a child of its own. */
  readonly children: readonly ItemKey[]
  readonly depth: number
  /** Own enableWhen and those of all ancestors. A disabled item keeps its answers in memory and leaves the response. */
  readonly enabled: boolean
  /** questionnaire-hidden here or above: never drawn as a question, listed under what will be sent. */
  readonly hidden: boolean
  readonly required: boolean
  readonly readOnly: boolean
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
  /** open-choice: an answer outside the options is allowed. */
  readonly allowsOther: boolean
  /** Fixed or default unit (questionnaire-unit), and the units to choose from. */
  readonly unit: Coding | null
  readonly unitOptions: readonly Coding[]
  readonly maxLength: number | null
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
  readonly questionnaire: Questionnaire
  readonly model: FormModel
  /** The response as it was opened: everything but its items is carried into what is saved. */
  readonly base: QuestionnaireResponse
  readonly roots: readonly ItemKey[]
  readonly items: ReadonlyMap<ItemKey, ItemView>
  readonly keysByLinkId: ReadonlyMap<string, readonly ItemKey[]>
  readonly today: string
  readonly chart: ChartValues
  readonly evaluator: ExpressionEvaluator | null
  /** Faults of the form itself, e.g. expressions that go in a circle. */
  readonly engineIssues: readonly FormIssue[]
  /** Origins of chart answers that a person cleared, so that `revert` can give them back. */
  readonly suggestions: ReadonlyMap<ItemKey, AnswerOrigin>
}

export interface FormCounts {
  /** Questions that are shown: enabled, not hidden, no group, no display. */
  readonly questions: number
  readonly answered: number
  readonly fromChart: number
  readonly computed: number
  readonly fromPayer: number
  readonly edited: number
  readonly entered: number
  readonly missing: number
  readonly toConfirm: number
  readonly invalid: number
  /** Questions with anything in `needs`: missing + toConfirm + invalid. */
  readonly needsYou: number
}

export interface SectionView extends FormCounts {
  readonly key: ItemKey
  readonly text: string
  readonly enabled: boolean
}

export type { ItemDefinition }
