/** Whether an element matches one value of a search parameter (R4 search §3.1.1.4). Data of a wrong shape matches nothing. */
import { spanOf } from '../time.ts'
import type { SearchKind } from './search-parameters.ts'

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/** The values at `a.b` below a resource, lists spread. */
export function valuesAt(from: unknown, element: string): unknown[] {
  return element.split('.').reduce<unknown[]>(
    (values, name) =>
      values.flatMap((value) => {
        const child = isFields(value) ? value[name] : undefined
        if (child === undefined || child === null) return []
        return Array.isArray(child) ? (child as unknown[]) : [child]
      }),
    [from],
  )
}

/** Splits at a separator that is not escaped (`\,`), and leaves the escapes in. */
export const splitEscaped = (text: string, separator: ',' | '|' | '$'): string[] =>
  text.match(new RegExp(`(?:\\\\.|[^\\\\${separator}])+|(?<=^|\\${separator})(?=\\${separator}|$)`, 'gs')) ?? []

const plain = (text: string | undefined): string | undefined => text?.replace(/\\(.)/gs, '$1')

/** Modifiers that change how a value is compared; the others are the search's own. */
export type Comparison = 'exact' | 'contains' | 'text' | null

export function matches(kind: SearchKind, element: unknown, wanted: string, comparison: Comparison): boolean {
  switch (kind) {
    case 'token':
      return comparison === 'text' ? matchesText(element, plain(wanted) ?? '') : matchesToken(element, wanted)
    case 'reference':
      return isFields(element) && isReferenceTo(element['reference'], plain(wanted) ?? '')
    case 'date':
      return matchesDate(element, wanted)
    case 'string':
      return textsOf(element).some((text) => matchesString(text, plain(wanted) ?? '', comparison))
    case 'quantity':
      return matchesQuantity(element, wanted)
    case 'uri':
      return element === plain(wanted) || (typeof element === 'string' && element.split('|')[0] === plain(wanted))
  }
}

interface Token {
  readonly system: string | undefined
  readonly code: string | undefined
}

function tokensOf(element: unknown): Token[] {
  if (typeof element === 'string' || typeof element === 'boolean') return [{ system: undefined, code: String(element) }]
  if (!isFields(element)) return []
  if (Array.isArray(element['coding'])) return (element['coding'] as unknown[]).flatMap(tokensOf)
  const { system, code, value } = element
  const text = [code, value].find((one) => typeof one === 'string')
  return [{ system: typeof system === 'string' ? system : undefined, code: text }]
}

/** `code`, `system|code`, `|code`, `system|`. A bare code of FHIR has a system that is not written: any is taken. */
function matchesToken(element: unknown, wanted: string): boolean {
  const [first, second] = splitEscaped(wanted, '|').map(plain)
  const isBare = typeof element === 'string' || typeof element === 'boolean'
  return tokensOf(element).some(({ system, code }) => {
    if (second === undefined) return code === first
    const isOfSystem = isBare || (first === '' ? system === undefined : system === first)
    return isOfSystem && (second === '' || code === second)
  })
}

function matchesText(element: unknown, wanted: string): boolean {
  return textsOf(element).some((text) => matchesString(text, wanted, null))
}

/** Every text in an element: parts of a name or address, the text and the displays of a concept. */
function textsOf(element: unknown): string[] {
  if (typeof element === 'string') return [element]
  return isFields(element) ? Object.values(element).flatMap(textsOf) : []
}

function matchesString(text: string, wanted: string, comparison: Comparison): boolean {
  if (comparison === 'exact') return text === wanted
  const [own, other] = [fold(text), fold(wanted)]
  return comparison === 'contains' ? own.includes(other) : own.startsWith(other)
}

const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** `Patient/1`, `1`, an absolute URL or a `urn:uuid:`, however the chart writes it. */
export function isReferenceTo(reference: unknown, wanted: string): boolean {
  if (typeof reference !== 'string') return false
  if (reference === wanted) return true
  const [id, type] = reference.split(/[/:]/).reverse()
  const [wantedId, wantedType] = wanted.split(/[/:]/).reverse()
  const isTyped = (name: string | undefined): boolean => name !== undefined && /^[A-Z]/.test(name)
  return id === wantedId && (!isTyped(type) || !isTyped(wantedType) || type === wantedType)
}

const PREFIXED = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.+)$/s

function matchesDate(element: unknown, wanted: string): boolean {
  const [, prefix = 'eq', text = ''] = PREFIXED.exec(wanted) ?? []
  const span = spanOf(text)
  const own = spanOfElement(element)
  if (span === undefined || own === undefined) return false
  switch (prefix) {
    case 'ne':
      return !(span.from <= own.from && own.to <= span.to)
    case 'gt':
      return own.to > span.to
    case 'lt':
      return own.from < span.from
    case 'ge':
      return own.to > span.to || (span.from <= own.from && own.to <= span.to)
    case 'le':
      return own.from < span.from || (span.from <= own.from && own.to <= span.to)
    case 'sa':
      return own.from >= span.to
    case 'eb':
      return own.to <= span.from
    case 'ap':
      return own.from < span.to && span.from < own.to
    default:
      return span.from <= own.from && own.to <= span.to
  }
}

/** The time that a date or a Period covers; an open end has none. */
export function spanOfElement(element: unknown): { readonly from: number; readonly to: number } | undefined {
  if (typeof element === 'string') return spanOf(element)
  if (!isFields(element)) return undefined
  const { start, end } = element
  const from = typeof start === 'string' ? spanOf(start)?.from : Number.NEGATIVE_INFINITY
  const to = typeof end === 'string' ? spanOf(end)?.to : Number.POSITIVE_INFINITY
  return from === undefined || to === undefined ? undefined : { from, to }
}

/** Whether a value of a parameter can be read at all: a date that is none is a fault of the query. */
export function isReadable(kind: SearchKind, wanted: string): boolean {
  if (wanted === '') return false
  const [, , text = ''] = PREFIXED.exec(wanted) ?? []
  if (kind === 'date') return spanOf(text) !== undefined
  return kind !== 'quantity' || Number.isFinite(Number(text.split('|')[0]))
}

function matchesQuantity(element: unknown, wanted: string): boolean {
  if (!isFields(element)) return false
  const [, prefix = 'eq', text = ''] = PREFIXED.exec(wanted) ?? []
  const [number = '', system = '', unit = ''] = splitEscaped(text, '|').map(plain)
  const { value } = element
  const isOfUnit = unit === '' || element['code'] === unit || (system === '' && element['unit'] === unit)
  const isOfSystem = system === '' || element['system'] === system
  if (typeof value !== 'number' || !isOfUnit || !isOfSystem) return false
  const difference = value - Number(number)
  // What is asked for stands for all that rounds to it.
  const near = 0.5 * 10 ** -(number.split('.')[1]?.length ?? 0)
  switch (prefix) {
    case 'ne':
      return Math.abs(difference) >= near
    case 'gt':
    case 'sa':
      return difference > 0
    case 'lt':
    case 'eb':
      return difference < 0
    case 'ge':
      return difference >= 0
    case 'le':
      return difference <= 0
    case 'ap':
      return Math.abs(difference) <= Math.abs(Number(number)) / 10
    default:
      return Math.abs(difference) < near
  }
}
