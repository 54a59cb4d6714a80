/**
 * Parses the tokens of a prefetch template: simple ones (`{{context.patientId}}`), the 2.0.1 form
 * (`{{context.draftOrders.ServiceRequest.id}}`) and the FHIRPath subset of CDS Hooks 3.0 that CRD 2.2 uses (crd.md §2.2).
 * A payer's template is untrusted: what lies outside the subset is a value, never evaluated.
 */
import { err, ok, type Failure, type Result } from '../result.ts'

export type Expression =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'prefetch'; readonly key: string }
  | { readonly kind: 'today' }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'call'; readonly of: Expression; readonly name: 'ofType' | 'extension'; readonly argument: string }
  | { readonly kind: 'call'; readonly of: Expression; readonly name: 'resolve' | 'first'; readonly argument: null }
  | { readonly kind: 'shift'; readonly of: Expression; readonly days: number }
  | { readonly kind: 'union'; readonly parts: readonly Expression[] }

export type TemplateFailure = Failure<'token-unsupported' | 'token-malformed'>

/** Literal text and tokens in turn. */
export type TemplatePart =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'token'; readonly expression: Expression }

const LEXEME = /\s*(?:(%?[A-Za-z_][\w-]*)|'([^']*)'|(\d+)|([.()|+-]))/y

type Lexeme = { readonly type: 'name' | 'string' | 'number' | 'sign'; readonly text: string }

function readLexemes(source: string): Result<Lexeme[], TemplateFailure> {
  const lexemes: Lexeme[] = []
  const pattern = new RegExp(LEXEME)
  const end = source.trimEnd().length
  while (pattern.lastIndex < end) {
    const match = pattern.exec(source)
    if (match === null) return err({ reason: 'token-malformed' })
    const [, name, text, number, sign] = match
    if (name !== undefined) lexemes.push({ type: 'name', text: name })
    else if (text !== undefined) lexemes.push({ type: 'string', text })
    else if (number !== undefined) lexemes.push({ type: 'number', text: number })
    else if (sign !== undefined) lexemes.push({ type: 'sign', text: sign })
  }
  return ok(lexemes)
}

class Unsupported extends Error {}

/** Recursive descent over the lexemes; private to this module, so its exception never leaves. */
function parseLexemes(lexemes: readonly Lexeme[]): Expression {
  let at = 0
  const isSign = (text: string): boolean => lexemes[at]?.type === 'sign' && lexemes[at]?.text === text
  const take = (text: string): void => {
    if (!isSign(text)) throw new Unsupported()
    at++
  }
  const takeOf = (type: Lexeme['type']): string => {
    const lexeme = lexemes[at]
    if (lexeme?.type !== type) throw new Unsupported()
    at++
    return lexeme.text
  }
  const call = (of: Expression, name: string): Expression => {
    take('(')
    if (name === 'ofType' || name === 'extension') {
      const argument = takeOf(name === 'ofType' ? 'name' : 'string')
      take(')')
      return { kind: 'call', of, name, argument }
    }
    take(')')
    // read() of CRD 2.1.0 is resolve() of CDS Hooks 3.0
    if (name === 'resolve' || name === 'read') return { kind: 'call', of, name: 'resolve', argument: null }
    if (name === 'first') return { kind: 'call', of, name, argument: null }
    throw new Unsupported()
  }
  const primary = (): Expression => {
    if (isSign('(')) {
      take('(')
      const inner = union()
      take(')')
      return inner
    }
    const name = takeOf('name')
    if (name.startsWith('%')) return { kind: 'prefetch', key: name.slice(1) }
    if (name === 'today' && isSign('(')) {
      take('(')
      take(')')
      return { kind: 'today' }
    }
    return { kind: 'name', name }
  }
  const path = (): Expression => {
    let of = primary()
    while (isSign('.')) {
      take('.')
      const name = takeOf('name')
      of = isSign('(') ? call(of, name) : { kind: 'member', of, name }
    }
    return of
  }
  const shifted = (): Expression => {
    const of = path()
    if (!isSign('+') && !isSign('-')) return of
    const direction = isSign('+') ? 1 : -1
    at++
    const days = direction * Number(takeOf('number'))
    if (!/^days?$/.test(takeOf('name'))) throw new Unsupported()
    return { kind: 'shift', of, days }
  }
  const union = (): Expression => {
    const parts = [shifted()]
    while (isSign('|')) {
      take('|')
      parts.push(shifted())
    }
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : { kind: 'union', parts }
  }
  const parsed = union()
  if (at !== lexemes.length) throw new Unsupported()
  return parsed
}

/** Parses the expression inside one `{{…}}`. */
export function parseTokenExpression(source: string): Result<Expression, TemplateFailure> {
  const lexemes = readLexemes(source)
  if (!lexemes.ok) return lexemes
  try {
    return ok(parseLexemes(lexemes.value))
  } catch (error) {
    if (error instanceof Unsupported) return err({ reason: 'token-unsupported' })
    throw error
  }
}

/** Splits a template into text and parsed tokens; fails on the first token outside the subset. */
export function parsePrefetchTemplate(template: string): Result<TemplatePart[], TemplateFailure> {
  const parts: TemplatePart[] = []
  let rest = template
  for (let open = rest.indexOf('{{'); open >= 0; open = rest.indexOf('{{')) {
    const close = rest.indexOf('}}', open)
    if (close < 0) return err({ reason: 'token-malformed' })
    if (open > 0) parts.push({ kind: 'text', text: rest.slice(0, open) })
    const expression = parseTokenExpression(rest.slice(open + 2, close))
    if (!expression.ok) return expression
    parts.push({ kind: 'token', expression: expression.value })
    rest = rest.slice(close + 2)
  }
  if (rest !== '') parts.push({ kind: 'text', text: rest })
  return ok(parts)
}

/** Keys of earlier prefetch results that an expression needs. */
export function listPrefetchKeys(parts: readonly TemplatePart[]): string[] {
  const keys = new Set<string>()
  const walk = (expression: Expression): void => {
    if (expression.kind === 'prefetch') keys.add(expression.key)
    else if (expression.kind === 'union') expression.parts.forEach(walk)
    else if ('of' in expression) walk(expression.of)
  }
  for (const part of parts) if (part.kind === 'token') walk(part.expression)
  return [...keys]
}
