/**
 * Reads FHIRPath into the tree that fhirpath's own parser gives, in a tenth of its time, and keeps where in the text
 * each part stands. Strict: whatever it is not sure of is null, and the caller asks fhirpath's parser, which has the last
 * word. Grammar: FHIRPath N1 with `sort` as fhirpath 5 has it; precedence as listed there.
 */
import type { SyntaxNode } from './fhirpath-syntax.ts'

type Kind = 'identifier' | 'delimited' | 'string' | 'number' | 'date' | 'dateTime' | 'time' | 'symbol' | 'end'

interface Token {
  readonly kind: Kind
  readonly text: string
  readonly from: number
  readonly to: number
}

const SKIP = /(?:[ \r\n\t]+|\/\*[^]*?\*\/|\/\/[^\r\n]*)*/y
const DAY = String.raw`@\d{4}(?:-\d\d(?:-\d\d)?)?`
const CLOCK = String.raw`\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?`
const LEXEMES: readonly (readonly [Kind, RegExp])[] = [
  ['identifier', /[A-Za-z_]\w*/y],
  ['string', /'(?:\\(?:[`"'\\/fnrt]|u[0-9a-fA-F]{4})|[^'\\])*'/y],
  ['dateTime', new RegExp(`${DAY}T(?:${CLOCK}(?:Z|[+-]\\d\\d:\\d\\d)?)?`, 'y')],
  ['date', new RegExp(DAY, 'y')],
  ['time', new RegExp(`@T${CLOCK}`, 'y')],
  ['number', /\d+(?:\.\d+)?(?![\dL])/y],
  ['delimited', /`[^`\\]*`/y],
  ['symbol', /\$(?:this|index|total)\b|<=|>=|!=|!~|[.[\]()+\-*/&|<>=~,%{}]/y],
]

function readTokens(text: string): Token[] | null {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    SKIP.lastIndex = at
    SKIP.test(text)
    at = SKIP.lastIndex
    if (at >= text.length) break
    const token = readToken(text, at)
    if (token === undefined) return null
    tokens.push(token)
    at = token.to
  }
  tokens.push({ kind: 'end', text: '', from: at, to: at })
  return tokens
}

function readToken(text: string, from: number): Token | undefined {
  for (const [kind, pattern] of LEXEMES) {
    pattern.lastIndex = from
    if (pattern.test(text)) return { kind, text: text.slice(from, pattern.lastIndex), from, to: pattern.lastIndex }
  }
  return undefined
}

/** Infix operators, the tightest first, each with the node that it makes. */
const OPERATORS: readonly (readonly [string, readonly string[]])[] = [
  ['MultiplicativeExpression', ['*', '/', 'div', 'mod']],
  ['AdditiveExpression', ['+', '-', '&']],
  ['TypeExpression', ['is', 'as']],
  ['UnionExpression', ['|']],
  ['InequalityExpression', ['<=', '<', '>', '>=']],
  ['EqualityExpression', ['=', '~', '!=', '!~']],
  ['MembershipExpression', ['in', 'contains']],
  ['AndExpression', ['and']],
  ['OrExpression', ['or', 'xor']],
  ['ImpliesExpression', ['implies']],
]
const PRECEDENCE = new Map(
  OPERATORS.flatMap(([type, texts], index) =>
    texts.map((text) => [text, { type, rank: OPERATORS.length - index }] as const),
  ),
)
const TIGHTEST = OPERATORS.length + 1
const UNITS = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'].flatMap((unit) => [
  unit,
  `${unit}s`,
])
/** Words that the grammar keeps for itself: no names. */
const RESERVED = new Set(['true', 'false', 'and', 'or', 'xor', 'implies', 'div', 'mod', ...UNITS])
const LITERALS: Readonly<Partial<Record<Kind, string>>> = {
  string: 'StringLiteral',
  date: 'DateLiteral',
  dateTime: 'DateTimeLiteral',
  time: 'TimeLiteral',
}

const SPECIAL = new Map([
  ['$this', 'ThisInvocation'],
  ['$index', 'IndexInvocation'],
  ['$total', 'TotalInvocation'],
])

class Unsure extends Error {}

/** Parses; null where this parser does not know the text for sure. */
export function parseFhirpath(text: string): SyntaxNode | null {
  const tokens = readTokens(text)
  if (tokens === null) return null
  try {
    return new Reader(tokens).readAll()
  } catch (error) {
    // A text nested so deep that the stack ends is none to be sure of either.
    if (error instanceof Unsure || error instanceof RangeError) return null
    throw error
  }
}

class Reader {
  private readonly tokens: readonly Token[]
  private at = 0

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
  }

  readAll(): SyntaxNode {
    const expression = this.expression(0)
    if (this.next().kind !== 'end') throw new Unsure()
    const { from, to } = expression
    const inner = { type: 'EntireExpression', children: [expression], from, to }
    return { ...inner, children: [inner] }
  }

  private peek(): Token {
    return this.tokens[this.at] ?? { kind: 'end', text: '', from: 0, to: 0 }
  }

  private next(): Token {
    const token = this.peek()
    this.at += 1
    return token
  }

  private is(text: string): boolean {
    const token = this.peek()
    return token.text === text && token.kind !== 'string' && token.kind !== 'delimited'
  }

  private take(text: string): Token {
    if (!this.is(text)) throw new Unsure()
    return this.next()
  }

  private expression(rank: number): SyntaxNode {
    let left = this.prefix()
    for (;;) {
      const token = this.peek()
      const operator = token.kind === 'symbol' || token.kind === 'identifier' ? PRECEDENCE.get(token.text) : undefined
      if (operator === undefined || operator.rank <= rank) return left
      this.next()
      const right = operator.type === 'TypeExpression' ? this.typeSpecifier() : this.expression(operator.rank)
      left = { type: operator.type, text: token.text, children: [left, right], ...span(left, right) }
    }
  }

  private prefix(): SyntaxNode {
    if (!this.is('+') && !this.is('-')) return this.postfix()
    const sign = this.next()
    const operand = this.expression(TIGHTEST - 1)
    return { type: 'PolarityExpression', text: sign.text, children: [operand], from: sign.from, to: operand.to }
  }

  private postfix(): SyntaxNode {
    let left = this.term()
    for (;;) {
      if (this.is('.')) {
        this.next()
        const invocation = this.invocation()
        left = { type: 'InvocationExpression', children: [left, invocation], ...span(left, invocation) }
      } else if (this.is('[')) {
        this.next()
        const index = this.expression(0)
        const { to } = this.take(']')
        left = { type: 'IndexerExpression', children: [left, index], from: left.from, to }
      } else return left
    }
  }

  private term(): SyntaxNode {
    const inner = this.termBody()
    return { type: 'TermExpression', children: [inner], from: inner.from, to: inner.to }
  }

  private termBody(): SyntaxNode {
    const token = this.peek()
    const literal = this.literal(token)
    if (literal !== undefined) {
      return { ...literal, type: 'LiteralTerm', children: [literal] }
    }
    if (this.is('{')) return this.nothing()
    if (this.is('(')) {
      const { from } = this.next()
      const inner = this.expression(0)
      return { type: 'ParenthesizedTerm', children: [inner], from, to: this.take(')').to }
    }
    if (this.is('%')) return this.externalConstant()
    const invocation = this.invocation()
    // `Coding { … }` makes an object: not read here.
    if (this.is('{')) throw new Unsure()
    return { type: 'InvocationTerm', children: [invocation], from: invocation.from, to: invocation.to }
  }

  private nothing(): SyntaxNode {
    const { from } = this.next()
    const { to } = this.take('}')
    return { type: 'LiteralTerm', text: '{}', children: [{ type: 'NullLiteral', from, to }], from, to }
  }

  private literal({ kind, text, from, to }: Token): SyntaxNode | undefined {
    const type = LITERALS[kind]
    if (kind === 'identifier' && (text === 'true' || text === 'false')) {
      this.next()
      return { type: 'BooleanLiteral', text, from, to }
    }
    if (type === undefined && kind !== 'number') return undefined
    this.next()
    if (type !== undefined) return { type, text, from, to }
    const unit = this.peek()
    if (unit.kind !== 'string' && !(unit.kind === 'identifier' && UNITS.includes(unit.text)))
      return { type: 'NumberLiteral', text, from, to }
    this.next()
    return { type: 'QuantityLiteral', text: text + unit.text, from, to: unit.to }
  }

  private externalConstant(): SyntaxNode {
    const { from } = this.next()
    const token = this.next()
    if (token.kind !== 'string' && token.kind !== 'delimited') this.checkName(token)
    const name =
      token.kind === 'string'
        ? { delimitedText: token.text }
        : token.kind === 'delimited'
          ? { delimitedText: token.text.slice(1, -1) }
          : { text: token.text }
    return { type: 'ExternalConstantTerm', ...name, from, to: token.to }
  }

  private checkName({ kind, text }: Token): void {
    if (kind !== 'delimited' && (kind !== 'identifier' || RESERVED.has(text))) throw new Unsure()
  }

  private invocation(): SyntaxNode {
    const token = this.next()
    const { text, from, to } = token
    const special = SPECIAL.get(text)
    if (special !== undefined) return { type: special, from, to }
    this.checkName(token)
    const identifier: SyntaxNode = { type: 'Identifier', text, from, to }
    if (!this.is('(')) return { type: 'MemberInvocation', text, children: [identifier], from, to }
    this.next()
    const sorts = text === 'sort' || text === '`sort`'
    const parameters = this.is(')') ? [] : this.parameters(sorts)
    const end = this.take(')').to
    const list: SyntaxNode[] =
      parameters.length === 0 ? [] : [{ type: 'ParamList', children: parameters, ...span(...ends(parameters)) }]
    const children = sorts ? parameters : [identifier, ...list]
    const call: SyntaxNode = { type: 'Functn', text, ...(children.length === 0 ? {} : { children }), from, to: end }
    return { type: 'FunctionInvocation', text, children: [call], from, to: end }
  }

  private parameters(sorts: boolean): SyntaxNode[] {
    const found: SyntaxNode[] = []
    do {
      if (found.length > 0) this.next()
      const value = this.expression(0)
      const { from } = value
      const to = sorts && (this.is('asc') || this.is('desc')) ? this.next().to : value.to
      found.push(sorts ? { type: 'SortDirectionArgument', children: [value], from, to } : value)
    } while (this.is(','))
    return found
  }

  private typeSpecifier(): SyntaxNode {
    const first = this.next()
    this.checkName(first)
    let last = first
    let text = first.text
    while (this.is('.')) {
      this.next()
      last = this.next()
      this.checkName(last)
      text += `.${last.text}`
    }
    return { type: 'TypeSpecifier', text, from: first.from, to: last.to }
  }
}

function ends(nodes: readonly SyntaxNode[]): [SyntaxNode | undefined, SyntaxNode | undefined] {
  return [nodes[0], nodes.at(-1)]
}

function span(first: SyntaxNode | undefined, last: SyntaxNode | undefined): { from: number; to: number } {
  return { from: first?.from ?? 0, to: last?.to ?? 0 }
}
