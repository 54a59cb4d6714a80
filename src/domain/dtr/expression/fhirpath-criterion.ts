/**
 * Criteria of `where` that can be answered from JSON alone: comparisons of elements with texts, `exists`, types, joined by
 * and, or, not. Each gives the same truth as fhirpath on data that is not odd (`fhir-places.ts`), and says which elements
 * it reads (so that odd ones are found) and which texts it needs (so that an index can name the candidates).
 */
import type { Places, Visit } from './fhir-places.ts'
import { core, parametersOf, type SyntaxNode } from './fhirpath-syntax.ts'

/** True, false, or empty, which a criterion does not let through. */
export type Truth = boolean | null

/** Elements that a criterion reads: `text` where it compares them. */
export interface Reading {
  readonly path: readonly string[]
  readonly text: boolean
  /** Two of them below one element at this depth of the path would be an error; null where any number may be. */
  readonly singleBelow: number | null
}

/** Without one of these texts at the end of this path, the criterion does not hold. */
export interface Need {
  readonly path: readonly string[]
  readonly texts: readonly string[]
  /** By `~`: case and white space do not count. */
  readonly loose: boolean
}

/** The truth at a place. */
export type Test = (data: unknown, path: string) => Truth

export interface Criterion {
  readonly test: Test
  readonly readings: readonly Reading[]
  readonly needs: readonly Need[]
}

/** Elements below a place, still to be compared. */
interface Values {
  readonly path: readonly string[]
  readonly from: (data: unknown, path: string, visit: Visit) => boolean
  readonly readings: readonly Reading[]
  readonly needs: readonly Need[]
}

/** Types whose text fhirpath compares as a point in time. */
const TEMPORAL = new Set(['date', 'dateTime', 'instant', 'time'])

/** Whether a value compares as it is written. */
export function isText(data: unknown, path: string): boolean {
  return (typeof data === 'string' && !TEMPORAL.has(path)) || typeof data === 'boolean'
}

/** Text without what `~` overlooks (FHIRPath §6.1.2, as fhirpath does it). */
export const loosely = (text: string): string => text.toUpperCase().replace(/\p{White_Space}/gu, ' ')

/** Reads a criterion; null where it needs fhirpath. */
export function readCriterion(places: Places, node: SyntaxNode): Criterion | null {
  const expression = core(node)
  const [left, right] = expression.children ?? []
  switch (expression.type) {
    case 'AndExpression':
      return join(places, left, right, both, (a, b) => [...a, ...b])
    case 'OrExpression':
      return expression.text === 'or' ? join(places, left, right, either, eitherNeed) : null
    case 'EqualityExpression':
      return readComparison(places, expression.text ?? '', left, right)
    case 'MembershipExpression':
      return expression.text === 'in' ? readMembership(places, left, right) : readMembership(places, right, left)
    case 'TypeExpression':
      return expression.text === 'is' ? readTypeTest(places, left, right) : null
    case 'InvocationExpression':
      return readCall(places, left, right)
    default:
      return null
  }
}

const both = (a: Truth, b: Truth): Truth =>
  a === false || b === false ? false : a === null || b === null ? null : true
const either = (a: Truth, b: Truth): Truth =>
  a === true || b === true ? true : a === null || b === null ? null : false

/** One of two needs holds: a need only where both read the same element the same way. */
function eitherNeed(a: readonly Need[], b: readonly Need[]): Need[] {
  return a.flatMap((need) => {
    const other = b.find((one) => one.loose === need.loose && one.path.join('.') === need.path.join('.'))
    return other === undefined ? [] : [{ ...need, texts: [...need.texts, ...other.texts] }]
  })
}

function join(
  places: Places,
  left: SyntaxNode | undefined,
  right: SyntaxNode | undefined,
  truth: (a: Truth, b: Truth) => Truth,
  needs: (a: readonly Need[], b: readonly Need[]) => readonly Need[],
): Criterion | null {
  const a = left === undefined ? null : readCriterion(places, left)
  const b = right === undefined ? null : readCriterion(places, right)
  if (a === null || b === null) return null
  return {
    test: (data, path) => truth(a.test(data, path), b.test(data, path)),
    readings: [...a.readings, ...b.readings],
    needs: needs(a.needs, b.needs),
  }
}

/** The value of a literal that is text or a boolean; undefined for any other, and for one with escapes. */
function literalOf(node: SyntaxNode | undefined): string | boolean | undefined {
  const literal = node === undefined ? undefined : core(node)
  if (literal?.type === 'BooleanLiteral') return literal.text === 'true'
  const text = literal?.type === 'StringLiteral' ? literal.text : undefined
  return text === undefined || text.includes('\\') ? undefined : text.slice(1, -1)
}

function readComparison(
  places: Places,
  operator: string,
  left: SyntaxNode | undefined,
  right: SyntaxNode | undefined,
): Criterion | null {
  const literal = literalOf(right) ?? literalOf(left)
  const values = readValues(places, literalOf(right) === undefined ? right : left)
  if (literal === undefined || values === null) return null
  const loose = operator.endsWith('~')
  const wanted = loose && typeof literal === 'string' ? loosely(literal) : literal
  const isEqual = (data: unknown): boolean => (loose && typeof data === 'string' ? loosely(data) : data) === wanted
  const equality: Test = (data, path) => {
    let count = 0
    let equal = false
    values.from(data, path, (found) => {
      count += 1
      equal = count === 1 && isEqual(found)
      return count === 1
    })
    return count > 0 ? equal : loose ? false : null
  }
  const negated = operator.startsWith('!')
  return {
    test: negated ? (data, path) => negate(equality(data, path)) : equality,
    readings: [...values.readings, { path: values.path, text: true, singleBelow: null }],
    needs:
      negated || typeof literal !== 'string' ? [] : [...values.needs, { path: values.path, texts: [literal], loose }],
  }
}

const negate = (truth: Truth): Truth => (truth === null ? null : !truth)

/** `code in ('a' | 'b')`. */
function readMembership(
  places: Places,
  element: SyntaxNode | undefined,
  list: SyntaxNode | undefined,
): Criterion | null {
  const values = readValues(places, element)
  const texts = list === undefined ? null : listOf(list)
  if (values === null || texts === null) return null
  return {
    test: (data, path) => {
      let truth: Truth = null
      values.from(data, path, (found) => {
        truth = texts.includes(found as string)
        return false
      })
      return truth
    },
    readings: [...values.readings, { path: values.path, text: true, singleBelow: 0 }],
    needs: [...values.needs, { path: values.path, texts, loose: false }],
  }
}

function listOf(node: SyntaxNode): string[] | null {
  const expression = core(node)
  const literal = literalOf(expression)
  if (typeof literal === 'string') return [literal]
  if (expression.type !== 'UnionExpression') return null
  const parts = (expression.children ?? []).map(listOf)
  return parts.some((part) => part === null) ? null : parts.flatMap((part) => part ?? [])
}

/** `$this is Observation`, for types that nothing is derived from. */
function readTypeTest(places: Places, left: SyntaxNode | undefined, type: SyntaxNode | undefined): Criterion | null {
  const values = readValues(places, left)
  const name = finalType(places, type)
  if (values === null || name === null) return null
  return {
    test: (data, path) => {
      let truth: Truth = null
      values.from(data, path, (_found, type) => {
        truth = type === name
        return false
      })
      return truth
    },
    readings: [...values.readings, { path: values.path, text: false, singleBelow: 0 }],
    needs: [],
  }
}

function finalType(places: Places, node: SyntaxNode | undefined): string | null {
  const name = (node === undefined ? undefined : core(node).text)?.replace(/^FHIR\./, '')
  return name !== undefined && places.isFinalType(name) ? name : null
}

/** Ends a walk at the first place: it goes to the end only where there is none. */
const none: Visit = () => false

/** `….exists()`, `….exists(criterion)`, `….empty()`, `(…).not()`, `….is(Type)`. */
function readCall(places: Places, focus: SyntaxNode | undefined, call: SyntaxNode | undefined): Criterion | null {
  if (focus === undefined || call?.type !== 'FunctionInvocation') return null
  const parameters = parametersOf(call)
  if (call.text === 'is' && parameters.length === 1) return readTypeTest(places, focus, parameters[0])
  if (call.text === 'not' && parameters.length === 0) {
    const inner = readCriterion(places, focus)
    return inner === null ? null : { ...inner, test: (data, path) => negate(inner.test(data, path)), needs: [] }
  }
  if (call.text !== 'exists' && (call.text !== 'empty' || parameters.length > 0)) return null
  const all = readValues(places, focus)
  const values = all === null || parameters.length === 0 ? all : filter(places, all, parameters)
  if (values === null) return null
  const wanted = call.text === 'exists'
  return {
    test: (data, path) => values.from(data, path, none) !== wanted,
    readings: [...values.readings, { path: values.path, text: false, singleBelow: null }],
    needs: wanted ? values.needs : [],
  }
}

function readValues(places: Places, node: SyntaxNode | undefined): Values | null {
  const expression = node === undefined ? undefined : core(node)
  const self: Values = { path: [], from: (data, path, visit) => visit(data, path), readings: [], needs: [] }
  switch (expression?.type) {
    case 'ThisInvocation':
      return self
    case 'MemberInvocation':
      return step(places, self, expression)
    case 'InvocationExpression': {
      const [focus, link] = expression.children ?? []
      const values = readValues(places, focus)
      return values === null || link === undefined ? null : step(places, values, link)
    }
    default:
      return null
  }
}

function step(places: Places, values: Values, link: SyntaxNode): Values | null {
  const name = link.text ?? ''
  if (link.type === 'MemberInvocation') {
    if (!places.isElement(name)) return null
    return {
      ...values,
      path: [...values.path, name],
      from: (data, path, visit) => values.from(data, path, (one, at) => places.visitChildren(one, at, name, visit)),
    }
  }
  const parameters = link.type === 'FunctionInvocation' ? parametersOf(link) : null
  if (name === 'where' && parameters !== null) return filter(places, values, parameters)
  const type = name === 'ofType' && parameters?.length === 1 ? finalType(places, parameters[0]) : null
  if (type === null) return null
  return {
    ...values,
    from: (data, path, visit) => values.from(data, path, (one, at) => at !== type || visit(one, at)),
  }
}

function filter(places: Places, values: Values, parameters: readonly SyntaxNode[]): Values | null {
  const [parameter, more] = parameters
  const criterion = parameter === undefined || more !== undefined ? null : readCriterion(places, parameter)
  if (criterion === null) return null
  const below = <T extends Reading | Need>(read: T): T => ({ ...read, path: [...values.path, ...read.path] })
  const deeper = (reading: Reading): Reading => ({
    ...below(reading),
    singleBelow: reading.singleBelow === null ? null : reading.singleBelow + values.path.length,
  })
  return {
    path: values.path,
    from: (data, path, visit) =>
      values.from(data, path, (one, at) => criterion.test(one, at) !== true || visit(one, at)),
    readings: [...values.readings, ...criterion.readings.map(deeper)],
    needs: [...values.needs, ...criterion.needs.map(below)],
  }
}
