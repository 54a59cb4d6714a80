/**
 * Whether a payer's questionnaire has the shape that FHIR JSON gives it, so far as anything here reads it. Content may be
 * wrong in many ways and is still worked with (dtr.md §11), also an item without a link id, which alone is left out
 * (`item/item-shape.ts`); a list that is no list is not.
 */
import type { Questionnaire } from 'fhir/r4'

/** Deeper nesting than any form has: the walk would not end on a hostile one. */
const MAX_DEPTH = 40
/** Items of one form; the largest public one has 301. */
const MAX_ITEMS = 20_000

const LISTS = ['item', 'extension', 'answerOption', 'initial', 'enableWhen', 'code'] as const
const STRINGS = ['linkId', 'text', 'prefix', 'type', 'answerValueSet', 'enableBehavior'] as const

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** FHIRPath of the first element that has the wrong shape; null where all is well. */
export function findShapeFault(questionnaire: Questionnaire): string | null {
  const root = questionnaire as unknown as Json
  const head = ['url', 'version', 'title'].find((name) => root[name] !== undefined && typeof root[name] !== 'string')
  if (head !== undefined) return `Questionnaire.${head}`
  if (root['contained'] !== undefined && !isListOfObjects(root['contained'])) return 'Questionnaire.contained'
  const budget = { items: MAX_ITEMS }
  return findListFault(root, 'Questionnaire') ?? findItemFault(root['item'], 'Questionnaire.item', 1, budget)
}

const isListOfObjects = (value: unknown): value is Json[] => Array.isArray(value) && value.every(isObject)

function findListFault(element: Json, path: string): string | null {
  const name = LISTS.find((list) => element[list] !== undefined && !isListOfObjects(element[list]))
  return name === undefined ? null : `${path}.${name}`
}

function findItemFault(value: unknown, path: string, depth: number, budget: { items: number }): string | null {
  const items = (value ?? []) as readonly Json[]
  if (depth > MAX_DEPTH) return path
  for (const [index, item] of items.entries()) {
    const here = `${path}[${index}]`
    budget.items -= 1
    if (budget.items < 0) return here
    const text = STRINGS.find((name) => item[name] !== undefined && typeof item[name] !== 'string')
    if (text !== undefined) return `${here}.${text}`
    const fault = findListFault(item, here) ?? findItemFault(item['item'], `${here}.item`, depth + 1, budget)
    if (fault !== null) return fault
  }
  return null
}
