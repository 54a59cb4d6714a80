/** What a stranger's style may change: colour, weight, slant, decoration and alignment of words. Never place, size or loading. */
import type { CSSProperties } from 'react'

const COLOR = /^(#[0-9a-f]{3,8}|[a-z]{3,20}|rgba?\([\d\s.,%/]+\)|hsla?\([\d\s.,%/deg]+\))$/i
const WORDS = {
  fontWeight: /^(normal|bold|bolder|lighter|[1-9]00)$/,
  fontStyle: /^(normal|italic|oblique)$/,
  textDecoration: /^(none|underline|line-through|overline)( (none|underline|line-through|overline))*$/,
  textAlign: /^(left|right|center|justify|start|end)$/,
  textTransform: /^(none|uppercase|lowercase|capitalize)$/,
  color: COLOR,
  backgroundColor: COLOR,
} as const

const NAMES: Readonly<Record<string, keyof typeof WORDS>> = {
  'font-weight': 'fontWeight',
  'font-style': 'fontStyle',
  'text-decoration': 'textDecoration',
  'text-align': 'textAlign',
  'text-transform': 'textTransform',
  color: 'color',
  'background-color': 'backgroundColor',
}

/** The harmless declarations of a CSS text; what is anything else is left out. */
export function safeStyle(css: string): CSSProperties {
  const entries = css.split(';').flatMap((declaration) => {
    const [property = '', ...rest] = declaration.split(':')
    const name = NAMES[property.trim().toLowerCase()]
    const value = rest
      .join(':')
      .replace(/!\s*important/i, '')
      .trim()
    return name !== undefined && value.length <= 60 && WORDS[name].test(value) ? [[name, value] as const] : []
  })
  return Object.fromEntries(entries)
}

/** An address that may be opened: over http or https, and nothing that runs. */
export function safeHref(href: string): string | null {
  try {
    const { protocol } = new URL(href)
    return protocol === 'https:' || protocol === 'http:' ? href : null
  } catch {
    return null
  }
}
