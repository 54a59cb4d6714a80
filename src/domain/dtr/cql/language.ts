/**
 * Which expressions are CQL, in every spelling that real forms use, and what one is known by. CQL sees the chart and never
 * the response, so that its text alone says which evaluation it is (DTR "Use of CQL"; SDC Expression languages).
 */
import type { Expression, Extension } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'

/** `text/cql` is the older name of all of them; an identifier is a define's name and nothing else. */
export const CQL_LANGUAGES: ReadonlySet<string> = new Set([
  'text/cql',
  'text/cql-expression',
  'text/cql-identifier',
  'text/cql.identifier',
  'text/cql.expression',
  'application/elm+json',
])

const ALTERNATIVES = [
  EXT.alternativeExpression,
  EXT.usPublicHealthAlternativeExpression,
  EXT.cqfAlternativeExpression,
] as const

/** Whether an expression is CQL or compiled CQL. */
export function isCql(expression: Expression): boolean {
  const { language } = expression
  return (
    (typeof language === 'string' && CQL_LANGUAGES.has(language.split(';')[0]?.trim() ?? '')) ||
    readCompiled(expression) !== null
  )
}

/** The ELM that comes with an expression: its own text where that is ELM, else its alternative of either generation. */
export function readCompiled(expression: Expression): string | null {
  if (expression.language === 'application/elm+json') return expression.expression ?? null
  const found = (expression.extension ?? []).find(
    ({ url, valueExpression }) =>
      ALTERNATIVES.some((known) => known === url) && valueExpression?.language === 'application/elm+json',
  )
  return found?.valueExpression?.expression ?? null
}

/** What an evaluation is known by: the same for the same expression, of the same library, wherever it stands in the form. */
export function cqlIdOf(expression: Expression): string {
  const { reference } = expression
  const own = typeof expression.expression === 'string' ? expression.expression.trim() : ''
  const text = typeof reference === 'string' ? `${reference}#${own}` : own
  const compiled = expression.language === 'application/elm+json' ? null : readCompiled(expression)
  return compiled === null ? text : `${text}#${fingerprint(compiled)}`
}

/** Tells two texts apart that stand for the same words; not a safeguard. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash >>> 0).toString(16)
}

/** The expression of a legacy extension, which holds CQL as an Expression or as a bare string. */
export function readLegacyCql({ extension }: { extension?: Extension[] | undefined }, url: string): Expression | null {
  const found = extension?.find((one) => one.url === url)
  if (found?.valueExpression !== undefined) return found.valueExpression
  return found?.valueString === undefined ? null : { language: 'text/cql', expression: found.valueString }
}
