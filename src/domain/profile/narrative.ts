/** FHIR's limits on XHTML (R4 §2.4, txt-1 and txt-2): well formed, a `div` with content, no active elements. Pure. */

const ELEMENTS = new Set(
  (
    'p br div h1 h2 h3 h4 h5 h6 a span table thead tr td th tbody tfoot pre code samp img map area em b i strong small big ' +
    'tt dfn q var abbr acronym cite blockquote hr address bdo kbd ul ol li dl dt dd ins del sub sup caption col colgroup ' +
    'style'
  ).split(' '),
)
const ATTRIBUTES = new Set(
  (
    'title style class id lang xml:lang dir accesskey tabindex span width align valign char charoff abbr axis headers scope ' +
    'rowspan colspan href hreflang rel rev charset type src height alt usemap ismap name longdesc border frame rules ' +
    'cellspacing cellpadding summary cite datetime shape coords nohref xmlns start value xmlns:xlink noshade compact ' +
    'clear nowrap bgcolor'
  ).split(' '),
)
/** Read from a `<` on. */
const TAG = /<(?:!--[^]*?-->|(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|(\?[^]*?\?>))/y
const ATTRIBUTE = /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

export interface Narrative {
  /** Well formed, and only with what FHIR allows. */
  readonly isValid: boolean
  /** Whether anything is to be read: text or an image. */
  readonly hasContent: boolean
  readonly links: readonly string[]
  readonly ids: readonly string[]
}

const recent = new Map<string, Narrative>()

/** Reads a narrative's `div`; kept until `forgetNarratives`, as txt-1, txt-2 and the links are asked for apart. */
export function readNarrative(source: string): Narrative {
  let known = recent.get(source)
  if (known === undefined) recent.set(source, (known = read(source)))
  return known
}

/** Ends a validation: nothing of a message is kept. */
export function forgetNarratives(): void {
  recent.clear()
}

function read(source: string): Narrative {
  const open: string[] = []
  const links: string[] = []
  const ids: string[] = []
  let isValid = /^\s*<div[\s>]/.test(source)
  let hasContent = false
  for (let at = 0; at < source.length;) {
    const next = source.indexOf('<', at)
    const end = next < 0 ? source.length : next
    // Text is looked at until some is found; outside of all elements there must be none.
    if ((!hasContent || open.length === 0) && /\S/.test(source.slice(at, end))) {
      hasContent = true
      if (open.length === 0) isValid = false
    }
    if (next < 0) break
    TAG.lastIndex = next
    const tag = TAG.exec(source)
    if (tag === null) {
      hasContent = true
      isValid = false
      at = next + 1
      continue
    }
    at = TAG.lastIndex
    const [, closing, name, attributes, empty] = tag
    if (name === undefined) continue
    if (closing === '/') {
      if (open.pop() !== name) isValid = false
      continue
    }
    if (!ELEMENTS.has(name)) isValid = false
    if (name === 'img') hasContent = true
    if (attributes !== undefined && attributes !== '' && !readAttributes(name, attributes, links, ids)) isValid = false
    if (empty !== '/') open.push(name)
  }
  return { isValid: isValid && open.length === 0, hasContent, links, ids }
}

/** Takes links and ids from an element's attributes; false where one of them is not allowed. */
function readAttributes(element: string, attributes: string, links: string[], ids: string[]): boolean {
  let isAllowed = true
  ATTRIBUTE.lastIndex = 0
  for (let one = ATTRIBUTE.exec(attributes); one !== null; one = ATTRIBUTE.exec(attributes)) {
    const [, name = '', double, single] = one
    if (!ATTRIBUTES.has(name)) isAllowed = false
    const value = double ?? single ?? ''
    if (name === 'href' && element === 'a') links.push(value)
    if (name === 'id' || (name === 'name' && element === 'a')) ids.push(value)
  }
  return isAllowed
}

/** txt-1 and txt-2. */
export function isValidNarrative(source: string): boolean {
  const { isValid, hasContent } = readNarrative(source)
  return isValid && hasContent
}
