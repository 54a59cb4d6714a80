/**
 * What holds for a whole resource and is no invariant of a table: links of the narrative (R4 §2.4), contained resources that
 * nothing points to (dom-3), ids. Pure.
 */
import { issue } from './issue.ts'
import type { ProfileIssue } from './issue.ts'
import { readNarrative } from './narrative.ts'
import { isJson, type Json } from './path/item.ts'
import type { Place } from './places.ts'

const ID = /^[A-Za-z0-9\-.]{1,64}$/
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])

/** Calls for every object below a value, with the name under which it stands. */
function eachNode(value: unknown, visit: (node: Json) => void, depth = 0): void {
  if (depth > 64) return
  if (Array.isArray(value)) for (const one of value) eachNode(one, visit, depth + 1)
  else if (isJson(value)) {
    visit(value)
    for (const name in value) {
      const child = value[name]
      if (typeof child === 'object') eachNode(child, visit, depth + 1)
    }
  }
}

/** What a link may point to in a resource or a Bundle: ids of elements, and of the narratives' parts. */
function targetsIn(resource: Json): ReadonlySet<string> {
  const targets = new Set<string>()
  eachNode(resource, (node) => {
    if (typeof node['id'] === 'string') targets.add(node['id'])
    if (typeof node['div'] === 'string') for (const id of readNarrative(node['div']).ids) targets.add(id)
  })
  return targets
}

function checkNarrative(place: Place): ProfileIssue[] {
  const { text } = place.resource
  if (!isJson(text) || typeof text['div'] !== 'string' || !text['div'].includes('<a')) return []
  const path = `${place.path}.text.div`
  const found: ProfileIssue[] = []
  let known: ReadonlySet<string> | undefined
  for (const href of readNarrative(text['div']).links) {
    if (href === '')
      found.push(issue('error', path, 'Type_Specific_Checks_DT_XHTML_Empty_Href', 'a link without an address'))
    else if (/^(javascript|vbscript):/i.test(href))
      found.push(issue('error', path, 'Type_Specific_Checks_DT_XHTML_Active_Href', 'a link that runs a script'))
    else if (/^(urn|cid):/i.test(href))
      found.push(issue('error', path, 'Type_Specific_Checks_DT_XHTML_Literal_Href', 'a link that leads nowhere'))
    if (!href.startsWith('#') || href === '#') continue
    known ??= allTargets(place)
    if (!known.has(href.slice(1)))
      found.push(issue('error', path, 'Type_Specific_Checks_DT_XHTML_Resolve', 'a link to something that is not here'))
  }
  return found
}

const cache = new WeakMap<Json, ReadonlySet<string>>()
function allTargets(place: Place): ReadonlySet<string> {
  const outer = place.owner?.resource ?? place.resource
  const known = cache.get(outer) ?? targetsIn(outer)
  cache.set(outer, known)
  return known
}

/** The ids that a resource or one of its contained resources refers to with `#`. */
function innerReferences(resource: Json, skipContained: boolean): ReadonlySet<string> {
  const found = new Set<string>()
  const { contained, ...rest } = resource
  eachNode(skipContained ? rest : [rest, contained], (node) => {
    for (const name in node) {
      const value = node[name]
      if (typeof value === 'string' && value.startsWith('#')) found.add(value.slice(1))
    }
    if (typeof node['div'] === 'string')
      for (const link of readNarrative(node['div']).links) if (link.startsWith('#')) found.add(link.slice(1))
  })
  return found
}

function checkContained(place: Place): ProfileIssue[] {
  const contained = listOf(place.resource['contained'])
  if (contained.length === 0) return []
  const used = new Set(innerReferences(place.resource, true))
  const inner = contained.map((one) => (isJson(one) ? innerReferences(one, false) : new Set<string>()))
  // What a used one refers to is used too.
  for (let grew = true; grew;) {
    const before = used.size
    contained.forEach((one, at) => {
      if (isJson(one) && used.has(String(one['id']))) inner[at]?.forEach((id) => used.add(id))
    })
    grew = used.size > before
  }
  return contained.flatMap((one, at) => {
    if (!isJson(one)) return []
    const path = `${place.path}.contained[${at}]`
    const id = typeof one['id'] === 'string' ? one['id'] : undefined
    if (id === undefined)
      return [issue('error', path, 'Resource_RES_ID_Missing', 'a contained resource must have an id')]
    if (used.has(id) || inner[at]?.has('') === true) return []
    return [issue('error', path, 'Contained_Orphan_DOM3', 'nothing refers to this contained resource')]
  })
}

const REST_URL = /^https?:\/\/\S+\/([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}$/
/** In these an entry may go without an address. */
const WITHOUT_URL = new Set(['transaction', 'transaction-response', 'batch', 'batch-response'])

/** The addresses of a Bundle's entries (R4 §2.36.4). */
function checkEntries(place: Place): ProfileIssue[] {
  const { type } = place.resource
  return listOf(place.resource['entry']).flatMap((entry, at) => {
    if (!isJson(entry)) return []
    const path = `${place.path}.entry[${at}]`
    const { fullUrl, resource } = entry
    if (fullUrl === undefined) {
      if (typeof type === 'string' && WITHOUT_URL.has(type)) return []
      return [issue('error', path, 'Bundle_BUNDLE_Entry_FullUrl_Required', 'an entry must have a fullUrl')]
    }
    if (typeof fullUrl !== 'string' || fullUrl === '') return []
    if (!/^[a-z][a-z0-9+.-]*:\S+$/i.test(fullUrl))
      return [issue('error', path, 'BUNDLE_ENTRY_URL_ABSOLUTE', 'a fullUrl must be absolute')]
    if (!REST_URL.test(fullUrl) || !isJson(resource)) return []
    const name = `/${String(resource['resourceType'])}/${String(resource['id'])}`
    if (resource['id'] === undefined)
      return [issue('error', path, 'BUNDLE_ENTRY_URL_MATCHES_NO_ID', 'the fullUrl has an id, the resource has none')]
    if (fullUrl.endsWith(name)) return []
    return [issue('error', path, 'BUNDLE_ENTRY_URL_MATCHES_TYPE_ID', `the fullUrl does not end with ${name}`)]
  })
}

/** Judges a resource at its place. */
export function checkResourceRules(place: Place): ProfileIssue[] {
  const { id } = place.resource
  const badId =
    typeof id === 'string' && !ID.test(id)
      ? [issue('error', `${place.path}.id`, 'Resource_RES_ID_Malformed_Chars', 'not a valid id')]
      : []
  const entries = place.type === 'Bundle' ? checkEntries(place) : []
  return [...badId, ...entries, ...checkNarrative(place), ...checkContained(place)]
}
