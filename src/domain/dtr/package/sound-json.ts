/**
 * A payer's JSON made safe to read where it is not what FHIR says: a property that is null says nothing and is left out
 * (nulls in a list keep the places of others), and so is an element that always is text, or always a list, and is not. What
 * is sound is handed on as it is, the same object.
 */
const TEXTS: ReadonlySet<string> = new Set([
  ...['url', 'system', 'display', 'expression', 'language', 'contentType', 'data'],
  ...['valueCanonical', 'valueUri', 'valueUrl', 'valueString', 'valueCode'],
])
const LISTS: ReadonlySet<string> = new Set(['coding', 'concept', 'contains', 'include', 'exclude', 'content'])

/** Deeper than any resource; hostile ones must not exhaust the stack. */
const MAX_DEPTH = 500

/** The same value without what cannot be read. */
export function readSoundJson(node: unknown, depth = 0): unknown {
  if (typeof node !== 'object' || node === null || depth > MAX_DEPTH) return node
  if (Array.isArray(node)) {
    const list = node.map((entry: unknown) => readSoundJson(entry, depth + 1))
    return list.every((entry, index) => entry === node[index]) ? node : list
  }
  const fields = node as Readonly<Record<string, unknown>>
  const entries = Object.entries(fields)
  const kept = entries.flatMap(([name, value]): [string, unknown][] =>
    isSound(name, value) ? [[name, readSoundJson(soundList(name, value), depth + 1)]] : [],
  )
  const isSame = kept.length === entries.length && kept.every(([name, value]) => value === fields[name])
  return isSame ? node : Object.fromEntries(kept)
}

function isSound(name: string, value: unknown): boolean {
  if (value === null) return false
  if (TEXTS.has(name)) return typeof value === 'string'
  return LISTS.has(name) ? Array.isArray(value) : true
}

/** A list of objects without what is none. */
function soundList(name: string, value: unknown): unknown {
  if (!LISTS.has(name) || !Array.isArray(value)) return value
  const objects = value.filter((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
  return objects.length === value.length ? value : objects
}
