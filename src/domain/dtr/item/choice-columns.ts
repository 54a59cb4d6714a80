/**
 * Options as a table (SDC choiceColumn): each column is a FHIRPath into the option's value, or the value itself. The column
 * marked `forDisplay` is what the chosen option is called.
 */
import { LANGUAGE, type ExpressionEvaluator } from '../expression/expression.ts'
import type { AnswerOption, ItemView } from '../form/form-state.ts'
import { readAnswerValue, valueText } from './answer-value.ts'
import type { ChoiceColumn } from './item-facts.ts'

export interface ChoiceRow {
  readonly option: AnswerOption
  /** One for each column; empty where the value says nothing of it. */
  readonly cells: readonly string[]
  /** What the option is called: its cell of the display column, else its label. */
  readonly name: string
}

/** The moment for expressions, and what runs them; null while it is still loading. */
export interface ColumnSetting {
  readonly evaluator: ExpressionEvaluator | null
  readonly today: string
  readonly now: string
}

/** The rows of an item's options; null where the form asks for no table. A path that cannot be followed leaves its cells empty. */
export function readChoiceRows(item: Pick<ItemView, 'facts' | 'options'>, setting: ColumnSetting): ChoiceRow[] | null {
  const { choiceColumns } = item.facts
  if (choiceColumns.length === 0 || item.options.length === 0) return null
  const display = choiceColumns.findIndex(({ forDisplay }) => forDisplay)
  return item.options.map((option) => {
    const cells = choiceColumns.map((column) => readCell(column, option, setting))
    const own = cells[display] ?? ''
    return { option, cells, name: own === '' ? option.label : own }
  })
}

const PLAIN_PATH = /^[A-Za-z]\w*(?:\.[A-Za-z]\w*)*$/

function readCell({ path }: ChoiceColumn, option: AnswerOption, { evaluator, today, now }: ColumnSetting): string {
  if (path === null || path === '$this') return option.label
  const value = readAnswerValue(option.answer)?.value
  if (PLAIN_PATH.test(path)) return textAt(value, path.split('.'))
  const compiled = evaluator?.compile({ language: LANGUAGE.fhirpath, expression: path })
  if (compiled?.ok !== true) return ''
  const found = compiled.value.evaluate({ focus: value, names: new Map(), today, now })
  return found.ok ? found.value.values.map((one) => valueText(one.value)).join(', ') : ''
}

/** Names joined by dots, which need no engine. */
function textAt(value: unknown, [name, ...rest]: readonly string[]): string {
  if (value === undefined || value === null) return ''
  if (name === undefined) return valueText(value)
  if (Array.isArray(value))
    return value
      .map((one) => textAt(one, [name, ...rest]))
      .filter((text) => text !== '')
      .join(', ')
  if (typeof value !== 'object') return ''
  return textAt((value as Readonly<Record<string, unknown>>)[name], rest)
}
