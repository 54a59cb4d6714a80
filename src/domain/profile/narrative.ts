/**
 * FHIR's limits on XHTML (R4 §2.4, txt-1 and txt-2): well formed, a `div` with content, in the namespace of XHTML, no entities
 * but XML's own, no active elements. Pure.
 */

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
const NAMESPACE = 'http://www.w3.org/1999/xhtml'
/** What begins with a mark of its own and holds no elements: comments, instructions, characters set apart. */
const APART = [
  ['<!--', '-->'],
  ['<?', '?>'],
  ['<![CDATA[', ']]>'],
] as const
/** Read from a `<` on. */
const TAG = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/y
const ATTRIBUTE = /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
/** An ampersand that begins no character reference and none of the five entities of XML: those of HTML are not declared. */
const LOOSE_AMPERSAND = /&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\dA-Fa-f]{1,6});)/

export interface Narrative {
  /** Well formed, and only with what FHIR allows. */
  readonly isValid: boolean
  /** Whether its elements are those of XHTML by their namespace. */
  readonly isInNamespace: boolean
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

interface Reading {
  isValid: boolean
  isInNamespace: boolean
  hasContent: boolean
  readonly links: string[]
  readonly ids: string[]
}

/** Ends at the first thing that is malformed, so that no hostile text is read more than once. */
function read(source: string): Narrative {
  const open: string[] = []
  const hasAmpersand = source.includes('&')
  const reading: Reading = {
    isValid: /^\s*<div[\s>]/.test(source),
    isInNamespace: true,
    hasContent: false,
    links: [],
    ids: [],
  }
  for (let at = 0, isFirst = true; at < source.length;) {
    const next = source.indexOf('<', at)
    const end = next < 0 ? source.length : next
    // Text is looked at until some is found; outside of all elements there must be none.
    if ((!reading.hasContent || open.length === 0) && /\S/.test(source.slice(at, end))) {
      reading.hasContent = true
      if (open.length === 0) reading.isValid = false
    }
    if (hasAmpersand && LOOSE_AMPERSAND.test(source.slice(at, end))) reading.isValid = false
    if (next < 0) break
    const passed = endOfApart(source, next)
    if (passed !== undefined && passed > 0) {
      at = passed
      continue
    }
    TAG.lastIndex = next
    const tag = passed === undefined ? TAG.exec(source) : null
    if (tag === null) return { ...reading, isValid: false, hasContent: true }
    at = TAG.lastIndex
    const [, closing, name = '', attributes = '', empty] = tag
    if (closing === '/') {
      if (open.pop() !== name) reading.isValid = false
      continue
    }
    if (!ELEMENTS.has(name)) reading.isValid = false
    if (name === 'img') reading.hasContent = true
    if (isFirst || attributes !== '') readAttributes(name, attributes, reading, isFirst)
    isFirst = false
    if (empty !== '/') open.push(name)
  }
  return { ...reading, isValid: reading.isValid && open.length === 0 }
}

/** Behind what begins here and is no element; 0 where it does not end, undefined where nothing of the kind begins. */
function endOfApart(source: string, from: number): number | undefined {
  const mark = source.charCodeAt(from + 1)
  if (mark !== 33 && mark !== 63) return undefined
  for (const [begin, end] of APART) {
    if (!source.startsWith(begin, from)) continue
    const at = source.indexOf(end, from + begin.length)
    return at < 0 ? 0 : at + end.length
  }
  return undefined
}

/** Takes links and ids from an element's attributes, and whether they are allowed. */
function readAttributes(element: string, attributes: string, reading: Reading, isRoot: boolean): void {
  let namespace = isRoot ? '' : NAMESPACE
  if (attributes.includes('&') && LOOSE_AMPERSAND.test(attributes)) reading.isValid = false
  ATTRIBUTE.lastIndex = 0
  for (let one = ATTRIBUTE.exec(attributes); one !== null; one = ATTRIBUTE.exec(attributes)) {
    const [, name = '', double, single] = one
    if (!ATTRIBUTES.has(name)) reading.isValid = false
    const value = double ?? single ?? ''
    if (name === 'xmlns') namespace = value
    if (name === 'href' && element === 'a') reading.links.push(value)
    if (name === 'id' || (name === 'name' && element === 'a')) reading.ids.push(value)
  }
  if (namespace !== NAMESPACE) reading.isInNamespace = false
}

/** txt-1 and txt-2. */
export function isValidNarrative(source: string): boolean {
  const { isValid, hasContent } = readNarrative(source)
  return isValid && hasContent
}
