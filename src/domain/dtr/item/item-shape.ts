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
const WRITTEN = NAMES.filter((name) => ELEMENTS[name] === isBoolean || ELEMENTS[name] === isNumber)

const VALUE = /^(?:value|answer)([A-Z]\w*)$/
const TYPE_OF_VALUE: Readonly<Record<string, Check>> = {
  Boolean: isBoolean,
  Integer: isNumber,
  Decimal: isNumber,
  PositiveInt: isNumber,
  UnsignedInt: isNumber,
}
const STRUCTURES = new Set(['Coding', 'CodeableConcept', 'Quantity', 'Reference', 'Attachment', 'Expression', 'Range'])

const NUMBER = /^-?\d+(\.\d+)?$/

/** Public forms write `"repeats": "true"` and `"answerBoolean": "true"`: no other reading of them is possible. */
function readWritten(check: Check | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (check === isBoolean) return value === 'true' || value === 'false' ? value === 'true' : value
  return check === isNumber && NUMBER.test(value) ? Number(value) : value
}

const checkOf = (name: string): Check | undefined => TYPE_OF_VALUE[VALUE.exec(name)?.[1] ?? '']

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
    const value = readWritten(checkOf(name), raw[name])
    if (value !== raw[name]) changes.push([name, value])
    else if (!isSoundValue(name, value) || (name === 'extension' && !Array.isArray(value)))
      changes.push([name, undefined])
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
        // Where nothing has to be answered there, the rest of the form can be completed without it.
        const key = isAsked(entry) ? 'form.issue.no-link-id' : 'form.issue.no-link-id-optional'
        faults.push(message(key, { linkId: around }))
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
      return [withRoomBelow(whole, children) as unknown as QuestionnaireItem]
    })
  }
  return { items: visit(raw, 1, ''), faults }
}

/** Whether an item that cannot be read, or anything below it, is to be answered; of what is no item nothing is known. */
function isAsked(raw: unknown, depth = 0): boolean {
  if (!isObject(raw) || depth >= MAX_DEPTH) return true
  const below = raw['item']
  const isRequired = readWritten(isBoolean, raw['required']) === true
  return isRequired || (Array.isArray(below) && below.some((child) => isAsked(child, depth + 1)))
}

/** A text with questions below it (R4 que-1 forbids it, public forms have it) is a group: its answers must not be lost. */
function withRoomBelow(item: Raw, children: readonly QuestionnaireItem[]): Raw {
  const isGroup = item['type'] === 'display' && children.some(({ type }) => type !== 'display')
  return isGroup ? changed(item, [['type', 'group']]) : item
}

function withWrittenValues(raw: Raw): Raw {
  const read = WRITTEN.map((name): [string, unknown] => [name, readWritten(ELEMENTS[name], raw[name])])
  return changed(
    raw,
    read.filter(([name, value]) => value !== raw[name]),
  )
}

const OPERATORS = new Set(['exists', '=', '!=', '>', '<', '>=', '<='])

/**
 * A condition as R4 has it; null where nobody can say when it holds. One without an operator is STU3's, in form or by habit:
 * the answer is equal, or `hasAnswer` says whether there is one.
 */
function soundCondition(raw: Raw): Raw | null {
  const { question, operator, hasAnswer } = raw
  if (typeof question !== 'string') return null
  const answers = Object.keys(raw).some((name) => /^answer[A-Z]/.test(name))
  if (operator === undefined && !answers && typeof hasAnswer === 'boolean')
    return { ...raw, operator: 'exists', answerBoolean: hasAnswer }
  if (operator === undefined) return answers ? { ...raw, operator: '=' } : null
  return OPERATORS.has(String(operator)) && (answers || operator === 'exists') ? raw : null
}

/** An item whose conditions can be told; a condition that cannot does not hide it from who has to answer. */
function withSoundConditions(item: Raw, tell: () => void): Raw {
  const given = item['enableWhen']
  if (!Array.isArray(given)) return item
  const conditions = given.map((one) => (isObject(one) ? soundCondition(one) : null))
  if (conditions.every((one, index) => one === given[index])) return item
  const kept = conditions.filter((one) => one !== null)
  if (kept.length < given.length) tell()
  return changed(item, [['enableWhen', kept.length === 0 ? undefined : kept]])
}

/** One item without its faulty elements; null where it has no link id to be answered under. */
function soundItem(given: Raw, faults: Message[], around: string): Raw | null {
  const raw = withWrittenValues(given)
  const wrong = NAMES.filter((name) => Object.hasOwn(raw, name) && ELEMENTS[name]?.(raw[name]) === false)
  const item = soundObject(
    changed(
      raw,
      wrong.map((name) => [name, undefined]),
    ),
    0,
  )
  if (item['linkId'] === undefined || item['linkId'] === '') return null
  const tell = (): void => {
    faults.push(message('form.issue.unreadable', { linkId: String(item['linkId'] ?? around) }))
  }
  if (wrong.length > 0) tell()
  return withSoundConditions(item, tell)
}
