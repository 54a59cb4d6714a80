/**
 * The entries of a Bundle that came from outside, found by fullUrl or `Type/id`, with the faults of their addresses and
 * references: duplicates, dangling and unusable fullUrls (pas.md §2.1). Pure; bounded in depth.
 */
import { isSameReference } from '../fhir/reference.ts'
import { isNode, type PasFault, type PasIssue } from './profile-rule.ts'

type Node = Readonly<Record<string, unknown>>

export interface IndexedEntry {
  readonly node: Node
  /** FHIRPath of the resource. */
  readonly path: string
  readonly fullUrl: string
}

export interface BundleIndex {
  readonly entries: readonly IndexedEntry[]
  find(reference: string): IndexedEntry | undefined
  /** The type of what a reference points to; undefined where it dangles. */
  typeOf(reference: string): string | undefined
}

/** Deeper than any FHIR message: a hostile body is refused, not walked. */
const MAX_DEPTH = 64

const UUID_URN = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const fault = (reason: PasFault, path: string, params?: PasIssue['params']): PasIssue => ({
  severity: 'error',
  reason,
  path,
  ...(params === undefined ? {} : { params }),
})

const nameOf = (node: Node): string => `${String(node['resourceType'])}/${String(node['id'])}`

function createIndex(entries: readonly IndexedEntry[]): BundleIndex {
  const byUrl = new Map(entries.map((entry) => [entry.fullUrl, entry]))
  const byName = new Map<string, IndexedEntry>()
  for (const entry of entries) {
    const tail = /[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.exec(entry.fullUrl)?.[0] ?? nameOf(entry.node)
    if (!byName.has(tail)) byName.set(tail, entry)
  }
  const find = (reference: string): IndexedEntry | undefined => {
    const exact = byUrl.get(reference)
    if (exact !== undefined || /^(urn:|#)/.test(reference)) return exact
    const named = /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(
      reference,
    )?.[1]
    const found = named === undefined ? undefined : byName.get(named)
    // An absolute address names one server's resource: the same name elsewhere is another instance.
    if (found === undefined || !/^https?:/.test(reference) || !/^https?:/.test(found.fullUrl)) return found
    return isSameReference(found.fullUrl, reference) && reference.startsWith(found.fullUrl) ? found : undefined
  }
  const typeOf = (reference: string): string | undefined => {
    const type = find(reference)?.node['resourceType']
    return typeof type === 'string' ? type : undefined
  }
  return { entries, find, typeOf }
}

interface Walked {
  readonly references: { path: string; reference: string }[]
  /** Where the JSON is not FHIR's: null, arrays in arrays, objects beside primitives. */
  readonly misshapen: string[]
}

/** FHIR JSON has no arrays of arrays, and null only beside primitives (R4 §2.6.2). */
function isMisshapenArray(array: readonly unknown[]): boolean {
  const objects = array.filter(isNode).length
  return (
    array.length === 0 ||
    array.some(Array.isArray) ||
    (objects > 0 && objects < array.length) ||
    array.every((one) => one === null)
  )
}

const LISTS = new Set(['coding', 'contained', 'extension', 'modifierExtension'])

/** Elements that are lists, or a string or an object, wherever they stand. */
function isMisshapenElement(name: string, value: unknown): boolean {
  if (LISTS.has(name)) return !Array.isArray(value)
  return name === 'reference' && typeof value !== 'string' && !isNode(value)
}

/** Walks a resource; gives false when it is nested too deep. */
function walk(node: unknown, path: string, walked: Walked, depth: number): boolean {
  if (depth > MAX_DEPTH) return false
  if (node === null || (Array.isArray(node) && isMisshapenArray(node))) walked.misshapen.push(path)
  if (Array.isArray(node))
    return node.every((child: unknown, index) => child === null || walk(child, `${path}[${index}]`, walked, depth + 1))
  if (!isNode(node)) return true
  return Object.entries(node).every(([name, child]) => {
    if (isMisshapenElement(name, child)) walked.misshapen.push(`${path}.${name}`)
    if (name === 'reference' && typeof child === 'string') walked.references.push({ path, reference: child })
    return walk(child, `${path}.${name}`, walked, depth + 1)
  })
}

const containsId = (node: Node, id: string): boolean =>
  Array.isArray(node['contained']) && (node['contained'] as unknown[]).some((one) => isNode(one) && one['id'] === id)

function checkReferences(entry: IndexedEntry, index: BundleIndex, isFirst: boolean): PasIssue[] {
  const walked: Walked = { references: [], misshapen: [] }
  if (!walk(entry.node, entry.path, walked, 0)) return [fault('too-deep', entry.path, { max: MAX_DEPTH })]
  const misshapen = walked.misshapen.map((path) => fault('wrong-type', path, { expected: 'FHIR JSON' }))
  const dangling = walked.references.flatMap(({ path, reference }) => {
    // The prior Claim names its own predecessor, which must not be included (pas.md §5).
    const isPredecessor = !isFirst && entry.node['resourceType'] === 'Claim' && /[.]related\[\d+\][.]claim$/.test(path)
    if (isPredecessor || index.find(reference) !== undefined) return []
    const isContained = reference.startsWith('#') && (reference === '#' || containsId(entry.node, reference.slice(1)))
    return isContained ? [] : [fault('reference-dangling', path, { reference })]
  })
  return [...misshapen, ...dangling]
}

/** Indexes the entries of a Bundle and judges their addresses and references. */
export function indexEntries(bundle: Node): { index: BundleIndex; issues: PasIssue[] } {
  const issues: PasIssue[] = []
  const entries: IndexedEntry[] = []
  const seen = new Map<string, string>()
  const raw = Array.isArray(bundle['entry']) ? (bundle['entry'] as unknown[]) : []
  raw.forEach((entry, at) => {
    if (!isNode(entry) || !isNode(entry['resource'])) return
    const path = `Bundle.entry[${at}]`
    for (const name of ['search', 'request', 'response'])
      if (entry[name] !== undefined) issues.push(fault('not-allowed', `${path}.${name}`))
    const node = entry['resource']
    const fullUrl = typeof entry['fullUrl'] === 'string' ? entry['fullUrl'] : ''
    if (typeof node['resourceType'] !== 'string') issues.push(fault('required', `${path}.resource.resourceType`))
    if (fullUrl !== '' && !UUID_URN.test(fullUrl) && !/^https?:\/\/[^\s]+$/.test(fullUrl))
      issues.push(fault('full-url', `${path}.fullUrl`))
    // Under an address of its own a resource of the same name is another server's; under an urn it is the same again.
    const isUrn = fullUrl.startsWith('urn:') && node['id'] !== undefined
    const keys = [fullUrl, ...(isUrn ? [nameOf(node)] : [])].filter((key) => key !== '')
    if (keys.some((key) => seen.has(key))) issues.push(fault('duplicate', path))
    keys.forEach((key) => seen.set(key, path))
    entries.push({ node, path: `${path}.resource`, fullUrl })
  })
  const index = createIndex(entries)
  entries.forEach((entry, at) => issues.push(...checkReferences(entry, index, at === 0)))
  return { index, issues }
}
