/**
 * FHIRPath as closures: enough of N1 for the invariants, contexts and discriminators of the tables, many times faster than
 * interpreting the tree. The tests hold every invariant of the committed tables against `fhirpath`, result for result.
 * An expression that it does not know compiles to undefined: the caller says so and judges nothing by it.
 */
import { parseFhirpath } from '../../dtr/expression/fhirpath-parser.ts'
import { core, nameOf, parametersOf, unquote, type SyntaxNode } from '../../dtr/expression/fhirpath-syntax.ts'
import { FUNCTIONS } from './functions.ts'
import { childrenReader, isJson, type Item } from './item.ts'
import { OPERATORS, truth } from './operators.ts'
import { isOfType } from './types.ts'

/** What an expression may ask for besides its focus. */
export interface PathContext {
  /** The resource that holds the focus; the outermost one for `%rootResource`. */
  readonly resource: Item
  readonly rootResource: Item
  /** `%context`: where the evaluation began. */
  readonly context?: Item
  /** The resource that a reference points to. */
  resolve(reference: string): Item | undefined
  /** Whether a code, Coding or CodeableConcept is in a value set; undefined where that cannot be known. */
  memberOf(item: Item, valueSet: string): boolean | undefined
  conformsTo(item: Item, profile: string): boolean
}

export interface Scope {
  readonly path: PathContext
  readonly self: Item | undefined
  readonly index: number
}

export type Run = (focus: readonly Item[], scope: Scope) => readonly Item[]

/** A function of FHIRPath: gets its parameters unevaluated. */
export type Call = (focus: readonly Item[], parameters: readonly Run[], scope: Scope) => readonly Item[]

export class Unknown extends Error {}

const EMPTY: readonly Item[] = []

function literal(node: SyntaxNode): Run {
  const text = node.text ?? ''
  const constant = (value: unknown, type: string): Run => {
    const items = [{ value, type }]
    return () => items
  }
  switch (node.type) {
    case 'StringLiteral':
      // The escapes of a pattern (`\\d`) are FHIRPath's, not JavaScript's.
      return constant(unquote(text).replace(/\\n/g, '\n').replace(/\\t/g, '\t').replace(/\\r/g, '\r'), 'System.String')
    case 'BooleanLiteral':
      return constant(text === 'true', 'System.Boolean')
    case 'NumberLiteral':
      return constant(Number(text), text.includes('.') ? 'System.Decimal' : 'System.Integer')
    case 'DateLiteral':
    case 'DateTimeLiteral':
      return constant(text.slice(1).replace(/T$/, ''), 'System.DateTime')
    case 'NullLiteral':
      return () => EMPTY
    default:
      throw new Unknown(node.type)
  }
}

function member(name: string): Run {
  const isTypeName = /^[A-Z]/.test(name)
  const read = childrenReader(name)
  return (focus) => {
    if (focus.length === 0) return EMPTY
    const found: Item[] = []
    for (const item of focus) {
      // `Task.code`: the name of the type is the focus itself.
      if (isTypeName && isJson(item.value) && (item.value['resourceType'] ?? item.type) === name) found.push(item)
      else read(item, found)
    }
    return found
  }
}

function constant(name: string): Run {
  switch (name) {
    case 'resource':
      return (_focus, { path }) => [path.resource]
    case 'rootResource':
      return (_focus, { path }) => [path.rootResource]
    case 'context':
      return (_focus, { path }) => (path.context === undefined ? EMPTY : [path.context])
    case 'ucum':
      return () => [{ value: 'http://unitsofmeasure.org', type: 'System.String' }]
    case 'sct':
      return () => [{ value: 'http://snomed.info/sct', type: 'System.String' }]
    case 'loinc':
      return () => [{ value: 'http://loinc.org', type: 'System.String' }]
    default:
      throw new Unknown(`%${name}`)
  }
}

function call(node: SyntaxNode): Run {
  const name = node.text ?? ''
  const parameters = parametersOf(node)
  const [first] = parameters
  if ((name === 'ofType' || name === 'as' || name === 'is') && first !== undefined) {
    const type = typeName(first)
    if (name === 'is')
      return (focus) => (focus[0] ? [{ value: isOfType(focus[0], type), type: 'System.Boolean' }] : EMPTY)
    return (focus) => focus.filter((item) => isOfType(item, type))
  }
  const known = FUNCTIONS[name]
  if (known === undefined) throw new Unknown(`${name}()`)
  const runs = parameters.map(compileNode)
  return (focus, scope) => known(focus, runs, scope)
}

function typeName(node: SyntaxNode): string {
  const inner = core(node)
  if (inner.type === 'TypeSpecifier' || inner.type === 'MemberInvocation') return inner.text ?? ''
  const parts = (inner.children ?? []).map(core)
  if (inner.type === 'InvocationExpression') return parts.map(({ text = '' }) => text).join('.')
  throw new Unknown(inner.type)
}

function compileNode(given: SyntaxNode): Run {
  const node = core(given)
  const [left, right] = node.children ?? []
  switch (node.type) {
    case 'InvocationExpression': {
      if (left === undefined || right === undefined) throw new Unknown(node.type)
      const [before, after] = [compileNode(left), compileNode(right)]
      return (focus, scope) => after(before(focus, scope), scope)
    }
    case 'MemberInvocation':
      return member((node.text ?? '').replace(/^`|`$/g, ''))
    case 'FunctionInvocation':
      return call(node)
    case 'ThisInvocation':
      return (focus, { self }) => (self === undefined ? focus : [self])
    case 'IndexInvocation':
      return (_focus, { index }) => [{ value: index, type: 'System.Integer' }]
    case 'ExternalConstantTerm':
      return constant(nameOf(node))
    case 'IndexerExpression': {
      if (left === undefined || right === undefined) throw new Unknown(node.type)
      const [list, at] = [compileNode(left), compileNode(right)]
      return (focus, scope) => {
        const place = at(focus, scope)[0]?.value
        const one = typeof place === 'number' ? list(focus, scope)[place] : undefined
        return one === undefined ? EMPTY : [one]
      }
    }
    case 'TypeExpression': {
      if (left === undefined || right === undefined) throw new Unknown(node.type)
      const [run, type] = [compileNode(left), typeName(right)]
      return node.text === 'as'
        ? (focus, scope) => run(focus, scope).filter((item) => isOfType(item, type))
        : (focus, scope) => {
            const [item] = run(focus, scope)
            return item === undefined ? EMPTY : [{ value: isOfType(item, type), type: 'System.Boolean' }]
          }
    }
    case 'PolarityExpression': {
      if (left === undefined) throw new Unknown(node.type)
      const run = compileNode(left)
      return node.text === '-'
        ? (focus, scope) => run(focus, scope).map(({ value, ...rest }) => ({ ...rest, value: -(value as number) }))
        : run
    }
    default: {
      if (node.type.endsWith('Literal')) return literal(node)
      const operator = OPERATORS[node.text ?? '']
      if (operator === undefined || left === undefined || right === undefined) throw new Unknown(node.type)
      const [first, second] = [compileNode(left), compileNode(right)]
      if (node.text === '=') {
        const [name, literal] = [core(left), core(right)]
        if (name.type === 'MemberInvocation' && literal.type === 'StringLiteral')
          return equalsText((name.text ?? '').replace(/^`|`$/g, ''), second, (focus, scope) =>
            operator(first, second, focus, scope),
          )
      }
      return (focus, scope) => operator(first, second, focus, scope)
    }
  }
}

/** `url = '…'`: the commonest comparison, of one object's own text, needs no collections. */
function equalsText(name: string, literal: Run, otherwise: Run): Run {
  return (focus, scope) => {
    const [only] = focus
    const own = focus.length === 1 && isJson(only?.value) ? only.value[name] : undefined
    if (typeof own !== 'string') return otherwise(focus, scope)
    return truth(own === literal(focus, scope)[0]?.value)
  }
}

/** Compiles; undefined where the text holds something that this room does not know. */
export function compilePath(text: string): Run | undefined {
  const tree = parseFhirpath(text)
  if (tree === null) return undefined
  try {
    return compileNode(tree)
  } catch (error) {
    if (error instanceof Unknown) return undefined
    throw error
  }
}

/** An invariant's answer: it holds where its result is true or something other than a boolean, and not where it is empty. */
export function holds(result: readonly Item[]): boolean {
  if (result.length === 0) return false
  const [only] = result
  return result.length > 1 || typeof only?.value !== 'boolean' || only.value
}
