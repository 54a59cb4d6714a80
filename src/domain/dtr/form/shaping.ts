/**
 * What expressions make of an item besides its answers: its text, whether it is required, its bounds, the options that it
 * offers, which of them can be chosen, candidates from the chart and reference data beside it (SDC). A result that cannot
 * be had leaves the item as it is; one that failed is told as a warning.
 */
import type { Coding, Expression } from 'fhir/r4'
import { message, type Message } from '../../result.ts'
import { isSameAnswer, valueText } from '../item/answer-value.ts'
import { referenceOf } from '../item/coerced-resources.ts'
import { coerceOffered, type AnswerTarget } from '../item/coercion.ts'
import { evaluateIn } from './evaluate-in.ts'
import type { TypedValue } from '../expression/expression.ts'
import type { FormDraft } from './form-draft.ts'
import type { AnswerOption, ContextRow, ItemView } from './form-state.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import type { DynamicProperty } from '../item/item-expressions.ts'
import type { ItemKey } from '../item/item-key.ts'
import type { Limits } from '../item/item-limits.ts'
import { OFFERED_AS } from '../item/item-offers.ts'
import { buildOption, optionsOf } from '../item/item-options.ts'
import { valuesOf } from './finding-values.ts'
import type { Finding } from './scope.ts'

type Change = { -readonly [Name in keyof ItemView]?: ItemView[Name] }

/** No list is longer than a person can look through; more of them are reached by typing. */
const MOST_OFFERED = 200

/** Brings one item up to date. */
export function shape(draft: FormDraft, key: ItemKey, definition: ItemDefinition): void {
  const item = draft.item(key)
  if (item?.enabled !== true) return
  const shaper = new Shaper(draft, item, definition)
  const change = shaper.change()
  draft.setNotes(key, shaper.notes)
  const differs = Object.entries(change).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(item[name as keyof ItemView]),
  )
  if (differs.length > 0) draft.patch(key, Object.fromEntries(differs))
}

class Shaper {
  readonly notes: Message[] = []
  private readonly draft: FormDraft
  private readonly item: ItemView
  private readonly definition: ItemDefinition

  constructor(draft: FormDraft, item: ItemView, definition: ItemDefinition) {
    this.draft = draft
    this.item = item
    this.definition = definition
  }

  change(): Change {
    const change: Change = {}
    for (const { property, expression } of this.definition.expressions.dynamic) {
      const value = this.valueOf(expression)
      if (value !== undefined) this.setProperty(change, property, value)
    }
    this.offerAnswers(change)
    this.toggle(change)
    const { candidates, contexts } = this.definition.expressions
    if (candidates.length > 0) {
      const found = candidates.map((expression) => this.offered(expression, OFFERED_AS.candidates, this.item))
      if (found.some((list) => list !== undefined)) change.candidates = numbered(found.flatMap((list) => list ?? []))
    }
    if (contexts.length > 0) this.addContext(change)
    return change
  }

  /** What an expression gives; undefined where it cannot be had here or now. */
  private find(expression: Expression): Finding | undefined {
    const result = evaluateIn(this.draft, this.item.key, expression)
    if (result?.ok === false && result.error.reason === 'failed') this.notes.push(result.error.message)
    return result?.ok === true ? result.value : undefined
  }

  private valueOf(expression: Expression): { readonly value: unknown } | undefined {
    const found = this.find(expression)
    return found === undefined ? undefined : { value: found.values[0]?.value }
  }

  /** An empty result takes the property away; one of another type is told and changes nothing. */
  private setProperty(change: Change, property: DynamicProperty, { value }: { readonly value: unknown }): void {
    const written = this.definition
    const isMissing = value === undefined
    const limits = (): Limits => change.limits ?? this.item.limits
    switch (property) {
      case 'text':
        if (typeof value === 'string') change.text = value
        else if (isMissing) change.text = written.text
        else this.refuse(property)
        return
      case 'required':
      case 'repeats':
      case 'readOnly':
        if (typeof value === 'boolean' || isMissing) change[property] = value === true
        else this.refuse(property)
        return
      case 'minOccurs':
      case 'maxOccurs':
        if (Number.isInteger(value) || isMissing)
          change.limits = { ...limits(), [property]: isMissing ? null : (value as number) }
        else this.refuse(property)
        return
      case 'minValue':
      case 'maxValue':
        change.limits = { ...limits(), [property]: value }
        return
      case 'answerValueSet':
        if (typeof value === 'string') this.useValueSet(change, value)
        else if (isMissing) Object.assign(change, { options: [], valueSet: null, expansion: 'given' })
        else this.refuse(property)
    }
  }

  private refuse(property: string): void {
    this.notes.push(message('form.issue.wrong-result', { property }))
  }

  private useValueSet(change: Change, canonical: string): void {
    if (canonical === this.item.valueSet && this.item.expansion !== 'wanted') return
    const concepts: Coding[] | undefined = this.draft.state.model.conceptsOf(canonical)
    change.valueSet = canonical
    change.options = optionsOf(concepts ?? [])
    change.expansion = concepts === undefined ? 'wanted' : 'given'
  }

  /** SDC answerExpression; a form that lists options as well contradicts itself: the written ones hold. */
  private offerAnswers(change: Change): void {
    const { answers } = this.definition.expressions
    if (answers === null) return
    if (this.definition.options.length > 0 || this.definition.item.answerValueSet !== undefined) {
      this.notes.push(message('form.issue.two-lists'))
      return
    }
    const options = this.offered(answers, OFFERED_AS.options, { ...this.item, options: [], allowsOther: true })
    if (options === undefined) return
    change.options = options
    change.expansion = 'given'
  }

  private offered(expression: Expression, prefix: string, target: AnswerTarget): AnswerOption[] | undefined {
    const found = this.find(expression)
    if (found === undefined) return undefined
    const options: AnswerOption[] = []
    for (const value of valuesOf(found)) {
      const answer = coerceOffered(value, target, this.draft.state.setting.evaluator?.convert)
      if (answer === undefined || options.length >= MOST_OFFERED) continue
      if (!options.some((known) => isSameAnswer(known.answer, answer)))
        options.push(buildOption(answer, `${prefix}${String(options.length)}`))
    }
    return options
  }

  /** An option that no toggle names can be chosen; one that several name needs one of them true. */
  private toggle(change: Change): void {
    const { toggles } = this.definition.expressions
    if (toggles.length === 0) return
    const results = toggles.map(({ options, expression }) => ({ options, value: this.valueOf(expression)?.value }))
    const odd = results.find(({ value }) => value !== undefined && typeof value !== 'boolean')
    if (odd !== undefined) this.refuse('answerOptionsToggleExpression')
    const options = change.options ?? this.item.options
    change.optionsDisabled = options.flatMap(({ id, answer }) => {
      const naming = results.filter((toggle) => toggle.options.some((option) => isSameAnswer(option, answer)))
      return naming.length > 0 && naming.every(({ value }) => value !== true) ? [id] : []
    })
  }

  private addContext(change: Change): void {
    const rows = this.definition.expressions.contexts.map(({ label, expression }): ContextRow | undefined => {
      const found = this.find(expression)
      if (found === undefined) return undefined
      return { label, values: valuesOf(found).slice(0, MOST_OFFERED).map(describeValue) }
    })
    if (rows.some((row) => row !== undefined)) change.contextRows = rows.filter((row) => row !== undefined)
  }
}

/** Candidates of several expressions are one list. */
const numbered = (options: readonly AnswerOption[]): AnswerOption[] =>
  options.map((option, index) => ({ ...option, id: `${OFFERED_AS.candidates}${String(index)}` }))

function describeValue({ value }: TypedValue): ContextRow['values'][number] {
  const reference = referenceOf({ type: '', value }, [])
  const text = reference?.display ?? valueText(value)
  return { text: text === '' ? (reference?.reference ?? '') : text, reference: reference?.reference ?? null }
}
