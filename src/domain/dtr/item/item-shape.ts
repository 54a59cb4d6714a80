/**
 * Items as they come, made safe to read: an element of the wrong JSON type counts as not said, and is told. What is sound
 * is handed on as it is, the same object. R4 says what each element is; real forms do not always keep to it.
 */
import type { QuestionnaireItem } from 'fhir/r4'
import { message, type Message } from '../../result.ts'

/** Deeper forms than any reader could use; a limit keeps hostile ones from exhausting the stack. */
const MAX_DEPTH = 40

type Raw = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

const isObject = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)
const isString: Check = (value) => typeof value === 'string'
const isBoolean: Check = (value) => typeof value === 'boolean'
const isNumber: Check = (value) => typeof value === 'number'
const isArray: Check = (value) => Array.isArray(value)

const ELEMENTS: Readonly<Record<string, Check>> = {
  linkId: isString,
  text: isString,
  prefix: isString,
  type: isString,
  enableBehavior: isString,
  answerValueSet: isString,
  required: isBoolean,
  repeats: isBoolean,
  readOnly: isBoolean,
  maxLength: isNumber,
  enableWhen: isArray,
  answerOption: isArray,
  initial: isArray,
  extension: isArray,
  code: isArray,
  item: isArray,
}

const NAMES = Object.keys(ELEMENTS)
const TRUTHS = NAMES.filter((name) => ELEMENTS[name] === isBoolean)

const VALUE = /^(?:value|answer)([A-Z]\w*)$/
const TYPE_OF_VALUE: Readonly<Record<string, Check>> = {
  Boolean: isBoolean,
  Integer: isNumber,
  Decimal: isNumber,
  PositiveInt: isNumber,
  UnsignedInt: isNumber,
}
const STRUCTURES = new Set(['Coding', 'CodeableConcept', 'Quantity', 'Reference', 'Attachment', 'Expression', 'Range'])

function isSoundValue(name: string, value: unknown): boolean {
  const type = VALUE.exec(name)?.[1]
  if (type === undefined || name === 'answerOption' || name === 'answerValueSet') return true
  const check = TYPE_OF_VALUE[type]
  if (check !== undefined) return check(value)
  return STRUCTURES.has(type) ? isObject(value) : typeof value === 'string' || isObject(value)
}

/** Keeps what is sound of a list of objects, each with its own extensions and values; the same list where all is. */
function soundList(list: readonly unknown[], depth: number): readonly unknown[] {
  const kept: unknown[] = []
  for (const entry of list) if (isObject(entry) && depth < MAX_DEPTH) kept.push(soundObject(entry, depth))
  return kept.length === list.length && kept.every((entry, index) => entry === list[index]) ? list : kept
}

function soundObject(raw: Raw, depth: number): Raw {
  const changes: [string, unknown][] = []
  for (const name of Object.keys(raw)) {
    const value = raw[name]
    if (!isSoundValue(name, value) || (name === 'extension' && !Array.isArray(value))) changes.push([name, undefined])
    else if (Array.isArray(value) && name !== 'item') {
      const list = name === 'coding' || name === 'extension' || depth === 0 ? soundList(value, depth + 1) : value
      if (list !== value) changes.push([name, list])
    } else if (isObject(value)) {
      const object = soundObject(value, depth + 1)
      if (object !== value) changes.push([name, object])
    }
  }
  return changed(raw, changes)
}

function changed(raw: Raw, changes: readonly [string, unknown][]): Raw {
  if (changes.length === 0) return raw
  const next = new Map(Object.entries(raw))
  for (const [name, value] of changes) {
    if (value === undefined) next.delete(name)
    else next.set(name, value)
  }
  return Object.fromEntries(next)
}

/** The items that can be read, and what was wrong with those that cannot, or with elements of theirs. */
export function readSoundItems(raw: unknown): { items: QuestionnaireItem[]; faults: Message[] } {
  const faults: Message[] = []
  const visit = (list: unknown, depth: number, around: string): QuestionnaireItem[] => {
    if (list === undefined) return []
    if (!Array.isArray(list)) {
      faults.push(message('form.issue.unreadable', { linkId: around }))
      return []
    }
    return list.flatMap((entry: unknown): QuestionnaireItem[] => {
      const item = isObject(entry) ? soundItem(entry, faults, around) : null
      if (item === null) {
        faults.push(message('form.issue.no-link-id', { linkId: around }))
        return []
      }
      const below = item['item']
      const linkId = String(item['linkId'])
      if (depth >= MAX_DEPTH && below !== undefined) {
        faults.push(message('form.issue.too-deep', { linkId }))
        return [changed(item, [['item', undefined]]) as unknown as QuestionnaireItem]
      }
      if (below === undefined) return [item as unknown as QuestionnaireItem]
      const children = visit(below, depth + 1, linkId)
      const isSame = Array.isArray(below) && children.every((child, index) => child === below[index])
      const whole = isSame && children.length === below.length ? item : changed(item, [['item', children]])
      return [whole as unknown as QuestionnaireItem]
    })
  }
  return { items: visit(raw, 1, ''), faults }
}

/** Public forms write `"repeats": "true"`: no other reading of it is possible. */
function withTruthValues(raw: Raw): Raw {
  const written = TRUTHS.filter((name) => raw[name] === 'true' || raw[name] === 'false')
  return changed(
    raw,
    written.map((name) => [name, raw[name] === 'true']),
  )
}

/** One item without its faulty elements; null where it has no link id to be answered under. */
function soundItem(given: Raw, faults: Message[], around: string): Raw | null {
  const raw = withTruthValues(given)
  const wrong = NAMES.filter((name) => Object.hasOwn(raw, name) && ELEMENTS[name]?.(raw[name]) === false)
  const item = soundObject(
    changed(
      raw,
      wrong.map((name) => [name, undefined]),
    ),
    0,
  )
  if (item['linkId'] === undefined || item['linkId'] === '') return null
  if (wrong.length > 0) faults.push(message('form.issue.unreadable', { linkId: String(item['linkId'] ?? around) }))
  return item
}
