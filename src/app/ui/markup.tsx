/**
 * A stranger's XHTML, made harmless: DOMPurify takes out what can run or load, and what is left is built anew from a list of
 * elements and attributes, so that nothing of the original reaches the page as markup. The only user of DOMPurify.
 */
import DOMPurify from 'dompurify'
import { createElement, useMemo, type ReactNode } from 'react'
import { safeHref, safeStyle } from './safe-style.ts'

const ELEMENTS = [
  'a abbr b blockquote br caption cite code col colgroup dd del dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark',
  'ol p pre q s samp small span strong sub sup table tbody td tfoot th thead tr u ul var',
].flatMap((line) => line.split(' '))
/** Headings of a stranger must not stand among the page's own. */
const RENAMED: Readonly<Record<string, string>> = Object.fromEntries(
  ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((name) => [name, 'strong']),
)
const EMPTY: ReadonlySet<string> = new Set(['br', 'hr', 'img', 'col'])
const IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+$/

export function Markup({ xhtml, fallback }: { xhtml: string; fallback: string }): ReactNode {
  const drawn = useMemo(() => {
    const clean = DOMPurify.sanitize(xhtml, {
      ALLOWED_TAGS: ELEMENTS,
      ALLOWED_ATTR: ['href', 'src', 'alt', 'title', 'style', 'colspan', 'rowspan', 'scope', 'lang', 'dir'],
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      RETURN_DOM_FRAGMENT: true,
    })
    return clean.textContent.trim() === '' && clean.querySelector('img') === null ? null : rebuildAll(clean)
  }, [xhtml])
  return drawn ?? fallback
}

function rebuildAll(parent: Node): ReactNode[] {
  return [...parent.childNodes].map(rebuild)
}

function rebuild(node: Node, index: number): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent
  if (!(node instanceof Element)) return null
  const name = node.localName
  if (!ELEMENTS.includes(name)) return null
  const props = { key: index, ...attributesOf(node, name) }
  if (name === 'img' && !('src' in props)) return node.getAttribute('alt')
  return createElement(RENAMED[name] ?? name, props, ...(EMPTY.has(name) ? [] : rebuildAll(node)))
}

function attributesOf(element: Element, name: string): Record<string, unknown> {
  const read = (attribute: string): string | undefined => element.getAttribute(attribute) ?? undefined
  const style = read('style')
  const plain = {
    title: read('title'),
    lang: read('lang'),
    dir: read('dir'),
    ...(style === undefined ? {} : { style: safeStyle(style) }),
  }
  if (name === 'a') {
    const href = safeHref(read('href') ?? '')
    return href === null ? plain : { ...plain, href, target: '_blank', rel: 'noopener noreferrer' }
  }
  if (name === 'img') {
    const src = read('src') ?? ''
    return IMAGE.test(src) ? { ...plain, src, alt: read('alt') ?? '' } : plain
  }
  if (name === 'td' || name === 'th')
    return {
      ...plain,
      colSpan: read('colspan'),
      rowSpan: read('rowspan'),
      ...(name === 'th' ? { scope: read('scope') } : {}),
    }
  return plain
}
