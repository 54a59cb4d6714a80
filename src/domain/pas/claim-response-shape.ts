/**
 * Whether an answer is shaped so that it can be read: every repeating element is an array of objects, every complex one
 * an object, every sequence a number. A payer may answer nonsense; reading it must fail with a path, not crash or shrug.
 */
const OBJECT_LISTS = new Set([
  'addItem',
  'adjudication',
  'category',
  'coding',
  'communicationRequest',
  'entry',
  'error',
  'extension',
  'identifier',
  'input',
  'item',
  'parameter',
  'payload',
  'processNote',
])
/** Names that repeat in one type and are single in another: lists in these types, either elsewhere. */
const EITHER = new Set(['category', 'identifier', 'error', 'code'])
const LISTS_OF: Readonly<Record<string, readonly string[]>> = {
  ClaimResponse: ['identifier', 'error'],
  CommunicationRequest: ['identifier', 'category'],
  Task: ['identifier'],
}
const OBJECTS = new Set(['productOrService', 'preAuthPeriod', 'request', 'quantity', 'servicedPeriod', 'resource'])
const STRINGS = new Set(['display', 'outcome', 'reference', 'system', 'url', 'valueString', 'contentString'])

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** addItem names its items in an array, item its own by a number (pas.md §3.4). */
const isSequence = (value: unknown, path: string): boolean =>
  /[.]addItem\[\d+\]$/.test(path)
    ? Array.isArray(value) && value.every((one) => Number.isSafeInteger(one))
    : Number.isSafeInteger(value)

function isMisshapen(name: string, value: unknown, path: string, owner: Record<string, unknown>): boolean {
  if (OBJECT_LISTS.has(name)) {
    if (Array.isArray(value)) return !value.every(isObject)
    const isList = LISTS_OF[String(owner['resourceType'])]?.includes(name) === true
    return isList || !(EITHER.has(name) && isObject(value))
  }
  if (OBJECTS.has(name) || /^value(CodeableConcept|Identifier|Period|Quantity)$/.test(name)) return !isObject(value)
  if (STRINGS.has(name)) return typeof value !== 'string'
  if (name === 'itemSequence') return !isSequence(value, path)
  if (name === 'noteNumber') return !Array.isArray(value) || !value.every((number) => Number.isSafeInteger(number))
  return false
}

/** The FHIRPath of the first element that is not shaped as FHIR says, or undefined. Bounded by `depth`. */
export function findMisshapen(node: unknown, path: string, depth = 0): string | undefined {
  if (depth > 60) return path
  if (Array.isArray(node)) {
    for (const [index, child] of node.entries()) {
      const found = findMisshapen(child, `${path}[${index}]`, depth + 1)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (!isObject(node)) return undefined
  for (const [name, value] of Object.entries(node)) {
    if (isMisshapen(name, value, path, node)) return `${path}.${name}`
    const found = findMisshapen(value, `${path}.${name}`, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}
