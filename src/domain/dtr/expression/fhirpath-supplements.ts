/**
 * SDC's FHIRPath supplements: weight() (SDC 4), ordinal() and answers() (SDC 3). Forms of all versions are met, so that all
 * three are known always. A weight stands on what is asked, on the answer's value, or on the form's own option for it.
 */
import type { Extension, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { listOf } from '../../fhir/list.ts'
import { isSameAnswer, readAnswerValue } from '../item/answer-value.ts'
import type { Answer } from '../form/form-state.ts'
import { readOptions, readWeight } from '../item/item-options.ts'
import { isNode, type ResourceNode } from './resource-node.ts'
import { findContainedValueSet, readConcepts } from '../package/value-sets.ts'

/** Functions that read the form beside what they are called on. */
export const WEIGHING: ReadonlySet<string> = new Set(['weight', 'ordinal'])
export const SUPPLEMENTS: ReadonlySet<string> = new Set([...WEIGHING, 'answers'])

/** All answers at and below items; `%at` is what it is called on. `repeat` would lose the second of two equal ones. */
export const ANSWERS = '%at.combine(%at.descendants()).where(linkId.exists()).answer'

type Nodes = readonly unknown[]

/** The table for fhirpath. `answersAt` runs `ANSWERS`. */
export function supplementFunctions(questionnaire: unknown, answersAt: (nodes: Nodes) => unknown[]): object {
  const own = (fn: (nodes: Nodes) => unknown[]) => ({ fn, arity: { 0: [] }, internalStructures: true })
  const form = isForm(questionnaire) ? questionnaire : null
  const weigh = own((nodes) => nodes.flatMap((node) => (isNode(node) ? weightAt(node, form) : [])))
  return { weight: weigh, ordinal: weigh, answers: own(answersAt) }
}

function isForm(value: unknown): value is Questionnaire {
  return (
    typeof value === 'object' && value !== null && 'resourceType' in value && value.resourceType === 'Questionnaire'
  )
}

/** Nothing where no weight is known: what has none is no zero. */
function weightAt(node: ResourceNode, form: Questionnaire | null): number[] {
  const answer = [node, node.parentResNode].find((one) => one?.propName === 'answer')?.data as Answer | undefined
  const value = answer === undefined ? undefined : readAnswerValue(answer)?.value
  const known = readWeight(...[node.data, node._data, answer, value].flatMap(extensible))
  const weight = known ?? (answer === undefined || form === null ? null : optionWeight(form, linkIdAbove(node), answer))
  return weight === null ? [] : [weight]
}

function extensible(value: unknown): { extension?: Extension[] }[] {
  return typeof value === 'object' && value !== null ? [value] : []
}

function linkIdAbove(node: ResourceNode): string | null {
  for (let at: ResourceNode | null = node; at !== null; at = at.parentResNode) {
    const { data } = at
    if (typeof data === 'object' && data !== null && 'linkId' in data && typeof data.linkId === 'string')
      return data.linkId
  }
  return null
}

function optionWeight(form: Questionnaire, linkId: string | null, answer: Answer): number | null {
  const item = findItem(listOf(form.item), linkId)
  if (item === undefined) return null
  const { options } = readOptions(item, (canonical) => {
    const set = findContainedValueSet(form, canonical)
    return set === undefined ? undefined : readConcepts(set)
  })
  return options.find((option) => isSameAnswer(option.answer, answer))?.weight ?? null
}

function findItem(items: readonly QuestionnaireItem[], linkId: string | null): QuestionnaireItem | undefined {
  for (const item of items) {
    const found = item.linkId === linkId ? item : findItem(listOf(item.item), linkId)
    if (found !== undefined) return found
  }
  return undefined
}
