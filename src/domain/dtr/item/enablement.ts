/**
 * enableWhen as R4 defines it: each condition against the answers of the nearest item that it names, joined by
 * enableBehavior. Conditions that are expressions are in `settle.ts`, which can evaluate.
 */
import type { QuestionnaireItemEnableWhen } from 'fhir/r4'
import { isSameAnswer, readAnswerValue } from './answer-value.ts'
import type { Answer, ItemView } from '../form/form-state.ts'
import type { ItemDefinition } from './item-definition.ts'
import { answerIndexBelow, isBelow, placeOf, type ItemKey } from './item-key.ts'
import { compareQuantities, type ConvertUnit } from '../expression/units.ts'

/** Whether one condition holds for these answers. An unanswered question satisfies `exists = false` alone. */
export function holds(
  condition: QuestionnaireItemEnableWhen,
  answers: readonly Answer[],
  convert?: ConvertUnit,
): boolean {
  const { name, value } = readExpected(condition)
  if (condition.operator === 'exists') return answers.length > 0 === (value !== false)
  if (answers.length === 0 || name === undefined) return false
  const expected: Answer = { [`value${name}`]: value }
  const equals = (answer: Answer): boolean =>
    isSameAnswer(comparable(answer), expected) || isEqualQuantity(answer, expected, convert)
  switch (condition.operator) {
    case '=':
      return answers.some(equals)
    case '!=':
      return !answers.some(equals)
    default: {
      const { operator } = condition
      return answers.some((answer) => {
        const order = compare(readAnswerValue(answer)?.value, value, convert)
        return order !== undefined && inOrder(operator, order)
      })
    }
  }
}

function readExpected(condition: QuestionnaireItemEnableWhen): { name: string | undefined; value: unknown } {
  const entry = Object.entries(condition).find(([name]) => /^answer[A-Z]/.test(name))
  return { name: entry?.[0].slice('answer'.length), value: entry?.[1] as unknown }
}

/** enableWhen has no answerUri; a url answer is compared as a string. */
function comparable(answer: Answer): Answer {
  return answer.valueUri === undefined ? answer : { valueString: answer.valueUri }
}

/** The same amount in another unit: 1 kg is 1000 g. */
function isEqualQuantity(a: Answer, b: Answer, convert: ConvertUnit | undefined): boolean {
  const [x, y] = [a.valueQuantity, b.valueQuantity]
  return x !== undefined && y !== undefined && y.code !== undefined && compareQuantities(x, y, convert) === 0
}

function inOrder(operator: '>' | '<' | '>=' | '<=', order: number): boolean {
  if (operator === '>') return order > 0
  if (operator === '<') return order < 0
  return operator === '>=' ? order >= 0 : order <= 0
}

/**
 * Orders two values: numbers, quantities (converted where UCUM can), strings, dates to the precision that both have.
 * Undefined where they cannot be compared.
 */
export function compare(a: unknown, b: unknown, convert?: ConvertUnit): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') {
    const dates = /^\d{4}(-|$)/.test(a) && /^\d{4}(-|$)/.test(b)
    const length = dates ? Math.min(a.length, b.length, 19) : Number.POSITIVE_INFINITY
    const [x, y] = [a.slice(0, length), b.slice(0, length)]
    return x < y ? -1 : x > y ? 1 : 0
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return undefined
  return compareQuantities(a, b, convert)
}

/**
 * The answers that a condition at `from` means: of the item with this link id that is nearest. That is the answer under which
 * it stands, where its own question is meant (R4: first the ancestor axis), else what shares the innermost enclosing answer or
 * repetition. Answers of disabled items do not count.
 */
export function nearestAnswers(
  from: ItemKey,
  candidates: readonly ItemKey[],
  items: ReadonlyMap<ItemKey, ItemView>,
): readonly Answer[] {
  const answersOf = (keys: readonly ItemKey[]): Answer[] =>
    keys.flatMap((key) => {
      const item = items.get(key)
      return item?.enabled === true ? item.answers : []
    })
  const around = candidates.find((key) => isBelow(from, key))
  if (around !== undefined) {
    const index = answerIndexBelow(around, from)
    return answersOf([around]).slice(index, index + 1)
  }
  if (candidates.length <= 1) return answersOf(candidates)
  for (let place = placeOf(from); place !== null; place = placeOf(place)) {
    const inside = candidates.filter((key) => isBelow(key, place))
    // Under the first answer of a question its place is the key of the question, which all its answers share.
    const beside = inside.filter((key) => answerIndexBelow(place, key) === 0)
    const [nearest] = [beside, inside].filter((keys) => keys.length > 0)
    if (nearest !== undefined) return answersOf(nearest)
  }
  return answersOf(candidates)
}

/** Joins the conditions of one item. */
export function isEnabledBy(
  definition: ItemDefinition,
  answersOf: (linkId: string) => readonly Answer[],
  convert?: ConvertUnit,
): boolean {
  const results = definition.enableWhen.map((condition) => holds(condition, answersOf(condition.question), convert))
  return results.length === 0 || (definition.enableAll ? results.every(Boolean) : results.some(Boolean))
}
