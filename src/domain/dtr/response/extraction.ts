/**
 * A resource out of the answers of a form (SDC definition-based extraction), for the kinds of target that a reference question
 * lets a person make anew. `item.definition` names the element that an answer goes to; a group that names a repeating element
 * makes one of it. What cannot be placed is refused: a resource with half of what was typed would be worse than none.
 */
import type { FhirResource, Resource } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension } from '../../fhir/extension.ts'
import { err, message, ok, type Message, type Result } from '../../result.ts'
import type { FormState, ItemView } from '../form/form-state.ts'
import { readAnswerValue, valueText } from '../item/answer-value.ts'
import type { ItemKey } from '../item/item-key.ts'

const PERSON = ['identifier', 'name', 'telecom', 'address'] as const

/** Which elements repeat, by resource type: only these types are made. */
const REPEATING: Readonly<Record<string, readonly string[]>> = {
  Practitioner: [...PERSON, 'photo', 'qualification', 'communication'],
  RelatedPerson: [...PERSON, 'relationship', 'photo', 'communication'],
  PractitionerRole: ['identifier', 'code', 'specialty', 'location', 'healthcareService', 'telecom', 'endpoint'],
  Organization: ['identifier', 'type', 'alias', 'telecom', 'address', 'contact', 'endpoint'],
  Location: ['identifier', 'alias', 'type', 'telecom', 'endpoint'],
  Device: ['identifier', 'deviceName', 'specialization', 'safety', 'note'],
}
const REPEATING_BELOW: ReadonlySet<string> = new Set(['given', 'prefix', 'suffix', 'line', 'coding'])
/** Elements whose type is CodeableConcept; any other coded element is a code, or a Coding where it is called so. */
const CONCEPTS: ReadonlySet<string> = new Set(['type', 'specialty', 'relationship', 'code', 'physicalType'])

type Node = Record<string, unknown>

/** The resource that the answers make, under an id of its own; or why there is none. */
export function extractTarget(form: FormState, types: readonly string[], id: string): Result<FhirResource, Message> {
  const resourceType = typeOf(form)
  if (resourceType === null || !(resourceType in REPEATING) || (types.length > 0 && !types.includes(resourceType)))
    return err(message('form.create.no-type', { types: types.join(', ') }))
  const target: Node = { resourceType, id }
  const refused: string[] = []
  let placed = 0
  const visit = (key: ItemKey, at: Node, path: string): void => {
    const item = form.items.get(key)
    if (item === undefined || !item.enabled) return
    const element = elementOf(form, item, resourceType)
    const inside = element !== null && element.startsWith(`${path}.`)
    if (item.type === 'group') {
      if (!hasAnswer(form, item)) return
      const node = inside ? descend(at, element.slice(path.length + 1), resourceType, path, true) : at
      item.children.forEach((child) => visit(child, node, inside ? element : path))
      return
    }
    if (item.answers.length > 0) {
      if (!inside) refused.push(item.text)
      else
        for (const answer of item.answers) {
          place(at, element.slice(path.length + 1), readAnswerValue(answer)?.value, resourceType, path)
          placed += 1
        }
    }
    item.children.forEach((child) => visit(child, at, path))
  }
  form.roots.forEach((key) => visit(key, target, resourceType))
  if (refused.length > 0) return err(message('form.create.no-place', { questions: refused.join(', ') }))
  if (placed === 0) return err(message('form.create.empty'))
  return ok(target as unknown as Resource as FhirResource)
}

/** What the form makes: its extraction context (SDC), else the type that the definitions of its items begin with. */
function typeOf(form: FormState): string | null {
  const root = readExtension(form.model.questionnaire, EXT.itemExtractionContext)
  const named = root?.valueCode ?? /^([A-Z][A-Za-z]+)/.exec(root?.valueExpression?.expression ?? '')?.[1]
  if (named !== undefined) return named
  for (const { item } of form.model.definitions.values()) {
    const type = /#([A-Z][A-Za-z]+)\./.exec(item.definition ?? '')?.[1]
    if (type !== undefined) return type
  }
  return null
}

/** `…/Practitioner#Practitioner.name.family` as `Practitioner.name.family`; null where the item names no element of the type. */
function elementOf(form: FormState, { linkId }: ItemView, type: string): string | null {
  const path = form.model.definitions.get(linkId)?.item.definition?.split('#')[1]
  return path?.startsWith(`${type}.`) === true && /^[A-Za-z.]+$/.test(path) ? path : null
}

const hasAnswer = (form: FormState, item: ItemView): boolean =>
  item.answers.length > 0 ||
  item.children.some((key) => {
    const child = form.items.get(key)
    return child !== undefined && child.enabled && !isFixedValue(child) && hasAnswer(form, child)
  })

/** A hidden value of the form (an identifier's system) is no answer that anybody gave. */
const isFixedValue = (item: ItemView): boolean => item.hidden

function isRepeating(type: string, path: string, name: string): boolean {
  return path === type ? (REPEATING[type] ?? []).includes(name) : REPEATING_BELOW.has(name)
}

/** Goes down a path; of a repeating element the last one is meant, or a new one where `isNew`. */
function descend(at: Node, relative: string, type: string, path: string, isNew: boolean): Node {
  let node = at
  let here = path
  const names = relative.split('.')
  names.forEach((name, index) => {
    const isLast = index === names.length - 1
    if (isRepeating(type, here, name)) {
      const list = (node[name] ??= []) as Node[]
      if ((isNew && isLast) || list.length === 0) list.push({})
      node = list.at(-1) ?? {}
    } else node = (node[name] ??= {}) as Node
    here = `${here}.${name}`
  })
  return node
}

function place(at: Node, relative: string, value: unknown, type: string, path: string): void {
  const names = relative.split('.')
  const name = names.pop() ?? ''
  const node = names.length === 0 ? at : descend(at, names.join('.'), type, path, false)
  const here = [path, ...names].join('.')
  const written = isRepeating(type, here, name) ? 'list' : 'one'
  const made = valueFor(name, value)
  if (written === 'list') ((node[name] ??= []) as unknown[]).push(made)
  else node[name] = made
}

function valueFor(name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return CONCEPTS.has(name) ? { text: valueText(value) } : value
  if (!('code' in value) || 'value' in value) return value
  if (name === 'coding') return value
  return CONCEPTS.has(name) ? { coding: [value] } : value.code
}
