/**
 * The entries of a PAS Bundle that came from outside, found by fullUrl or `Type/id`, with the faults of their addresses and
 * references that no profile knows: the closure holds nothing dangling and no instance twice (pas.md §2.1, spec-13…18).
 * Pure; bounded in depth.
 */
import { isSameReference } from '../fhir/reference.ts'
import { issue, type ProfileIssue } from '../profile/issue.ts'
import { isJson, pathOfName, type Json } from '../profile/path/item.ts'

export interface IndexedEntry {
  readonly node: Json
  /** FHIRPath of the resource. */
  readonly path: string
  readonly fullUrl: string
}

/** Deeper than any FHIR message: the walk ends there, and the validator says so. */
const MAX_DEPTH = 64
const UUID_URN = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const nameOf = (node: Json): string => `${String(node['resourceType'])}/${String(node['id'])}`

type Find = (reference: string) => IndexedEntry | undefined

function finder(entries: readonly IndexedEntry[]): Find {
  const byUrl = new Map(entries.map((entry) => [entry.fullUrl, entry]))
  const byName = new Map<string, IndexedEntry>()
  for (const entry of entries) {
    const tail = /[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.exec(entry.fullUrl)?.[0] ?? nameOf(entry.node)
    if (!byName.has(tail)) byName.set(tail, entry)
  }
  return (reference) => {
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
}

/** Names and places on the way down from a resource. */
type Trail = (string | number)[]

/** Calls for each literal reference below a node; the trail then ends at its Reference. */
function eachReference(node: unknown, trail: Trail, visit: (reference: string) => void): void {
  if (typeof node !== 'object' || node === null || trail.length > MAX_DEPTH) return
  if (Array.isArray(node)) {
    for (let at = 0; at < node.length; at++) {
      trail.push(at)
      eachReference(node[at], trail, visit)
      trail.pop()
    }
    return
  }
  for (const name in node) {
    const child = (node as Json)[name]
    if (name === 'reference' && typeof child === 'string') visit(child)
    if (typeof child !== 'object') continue
    trail.push(name)
    eachReference(child, trail, visit)
    trail.pop()
  }
}

const pathOf = (start: string, trail: Trail): string =>
  trail.reduce<string>((path, one) => path + (typeof one === 'number' ? `[${one}]` : `.${pathOfName(one)}`), start)

const containsId = (node: Json, id: string): boolean =>
  Array.isArray(node['contained']) && (node['contained'] as unknown[]).some((one) => isJson(one) && one['id'] === id)

/** References that need not lead into the Bundle: the prior Claim's own predecessor (§5), a response's request (§3.1). */
function mayLeadOutside(entry: IndexedEntry, path: string, isFirst: boolean): boolean {
  const { resourceType } = entry.node
  if (resourceType === 'Claim') return !isFirst && /[.]related\[\d+\][.]claim$/.test(path)
  return resourceType === 'ClaimResponse' && path === `${entry.path}.request`
}

function checkReferences(entry: IndexedEntry, find: Find, isFirst: boolean): ProfileIssue[] {
  const found: ProfileIssue[] = []
  const trail: Trail = []
  eachReference(entry.node, trail, (reference) => {
    if (find(reference) !== undefined) return
    // A path is made where it is asked for: most references lead somewhere.
    const path = pathOf(entry.path, trail)
    if (mayLeadOutside(entry, path, isFirst)) return
    if (reference.startsWith('#') && (reference === '#' || containsId(entry.node, reference.slice(1)))) return
    found.push(issue('error', path, 'PAS_Reference_Dangling', 'the Bundle does not hold what this points to'))
  })
  return found
}

/** Indexes the entries of a Bundle and judges their addresses and references. */
export function indexEntries(bundle: Json): { entries: readonly IndexedEntry[]; issues: ProfileIssue[] } {
  const issues: ProfileIssue[] = []
  const entries: IndexedEntry[] = []
  const seen = new Set<string>()
  const raw = Array.isArray(bundle['entry']) ? (bundle['entry'] as unknown[]) : []
  raw.forEach((entry, at) => {
    if (!isJson(entry) || !isJson(entry['resource'])) return
    const path = `Bundle.entry[${at}]`
    const node = entry['resource']
    const fullUrl = typeof entry['fullUrl'] === 'string' ? entry['fullUrl'] : ''
    if (fullUrl !== '' && !UUID_URN.test(fullUrl) && !/^https?:\/\/[^\s]+$/.test(fullUrl))
      issues.push(issue('error', `${path}.fullUrl`, 'PAS_Full_Url', 'a fullUrl is a URL or urn:uuid (spec-16)'))
    // Under an address of its own a resource of the same name is another server's; under an urn it is the same again.
    const isUrn = fullUrl.startsWith('urn:') && node['id'] !== undefined
    const keys = [fullUrl, ...(isUrn ? [nameOf(node)] : [])].filter((key) => key !== '')
    if (keys.some((key) => seen.has(key)))
      issues.push(issue('error', path, 'PAS_Instance_Twice', 'this instance is in the Bundle twice (spec-14)'))
    keys.forEach((key) => seen.add(key))
    entries.push({ node, path: `${path}.resource`, fullUrl })
  })
  const find = finder(entries)
  entries.forEach((entry, at) => issues.push(...checkReferences(entry, find, at === 0)))
  return { entries, issues }
}
