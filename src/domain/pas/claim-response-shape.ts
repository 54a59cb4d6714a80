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
const OBJECTS = new Set([
  'preAuthPeriod',
  'productOrService',
  'quantity',
  'request',
  'resource',
  'servicedPeriod',
  'valueCodeableConcept',
  'valueIdentifier',
  'valuePeriod',
  'valueQuantity',
])
/** Deeper than any answer. */
const MAX_DEPTH = 60
const STRINGS = new Set(['display', 'outcome', 'reference', 'system', 'url', 'valueString', 'contentString'])

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** addItem names its items in an array, item its own by a number (pas.md §3.4). */
const isSequence = (value: unknown, ownerName: string): boolean =>
  ownerName === 'addItem'
    ? Array.isArray(value) && value.every((one) => Number.isSafeInteger(one))
    : Number.isSafeInteger(value)

function isMisshapen(name: string, value: unknown, ownerName: string, owner: Record<string, unknown>): boolean {
  if (OBJECT_LISTS.has(name)) {
    if (Array.isArray(value)) return !value.every(isObject)
    const isList = LISTS_OF[String(owner['resourceType'])]?.includes(name) === true
    return isList || !(EITHER.has(name) && isObject(value))
  }
  if (OBJECTS.has(name)) return !isObject(value)
  if (STRINGS.has(name)) return typeof value !== 'string'
  if (name === 'itemSequence') return !isSequence(value, ownerName)
  if (name === 'noteNumber') return !Array.isArray(value) || !value.every((number) => Number.isSafeInteger(number))
  return false
}

/** The FHIRPath of the first element that is not shaped as FHIR says, or undefined; too deep is misshapen, too. */
export function findMisshapen(node: unknown, path: string): string | undefined {
  const found = findBelow(node, '', 0)
  return found === undefined ? undefined : `${path}${found}`
}

/** From the node on: most answers are well shaped, and need no path. `name`: of the element, of its list too. */
function findBelow(node: unknown, name: string, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return ''
  if (Array.isArray(node)) {
    for (let index = 0; index < node.length; index++) {
      const found = findBelow(node[index], name, depth + 1)
      if (found !== undefined) return `[${String(index)}]${found}`
    }
    return undefined
  }
  if (!isObject(node)) return undefined
  for (const below in node) {
    const value = node[below]
    if (isMisshapen(below, value, name, node)) return `.${below}`
    const found = findBelow(value, below, depth + 1)
    if (found !== undefined) return `.${below}${found}`
  }
  return undefined
}
