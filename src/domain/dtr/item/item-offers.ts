/**
 * What SDC's candidateExpression, contextExpression and answerExpression gave where the chart could be read, kept beside the
 * response: a browser has no chart to ask again.
 */
import type { ItemOffers } from '../../contract/form.ts'
import type { Answer, AnswerOption, ItemView } from '../form/form-state.ts'
import type { ItemDefinition } from './item-definition.ts'
import { buildOption } from './item-options.ts'

/** Ids of offered answers begin with it, so that they are the same wherever the list was made. */
export const OFFERED_AS = { options: 'e', candidates: 'c' } as const

type Offered = Pick<ItemView, 'options' | 'candidates' | 'contextRows'>

/** What an item offers by expression; undefined where that is nothing. */
export function readOffers(item: ItemView, { expressions }: ItemDefinition): ItemOffers | undefined {
  const { candidates, contextRows } = item
  const options = expressions.answers === null ? [] : item.options
  if (options.length + candidates.length + contextRows.length === 0) return undefined
  return {
    ...(options.length === 0 ? {} : { options: answersIn(options) }),
    ...(candidates.length === 0 ? {} : { candidates: answersIn(candidates) }),
    ...(contextRows.length === 0
      ? {}
      : { contextRows: contextRows.map(({ label, values }) => ({ label, values: [...values] })) }),
  }
}

/** The offers of an item as it is opened: what is written in the form, unless its expression gave others. */
export function takeOffers(offers: ItemOffers | undefined, { expressions, options }: ItemDefinition): Offered {
  const given = expressions.answers === null ? undefined : offers?.options
  return {
    options: given === undefined ? options : optionsFrom(given, OFFERED_AS.options),
    candidates: optionsFrom(offers?.candidates ?? [], OFFERED_AS.candidates),
    contextRows: offers?.contextRows ?? [],
  }
}

const answersIn = (options: readonly AnswerOption[]): Answer[] => options.map(({ answer }) => answer)

function optionsFrom(answers: readonly unknown[], prefix: string): AnswerOption[] {
  return (answers as readonly Answer[]).map((answer, index) => buildOption(answer, `${prefix}${String(index)}`))
}
