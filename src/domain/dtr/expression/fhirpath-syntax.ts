/**
 * What can be read off a FHIRPath expression without running it: the names it uses and the items it reads. Pure tree
 * walking over the parser's output; knows nothing of evaluation.
 */

/** The parts of the parser's tree that are used here. */
export interface SyntaxNode {
  readonly type: string
  readonly text?: string
  readonly delimitedText?: string
  readonly children?: readonly SyntaxNode[]
  /** Where it stands in the text; only `fhirpath-parser.ts` says. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Roots from which an expression reads the response (SDC: %resource; %context is the item itself). */
const RESPONSE_NAMES = new Set(['resource', 'context', 'rootResource'])

export const unquote = (text: string): string => text.slice(1, -1).replace(/\\(['"`\\/])/g, '$1')

/** The name after `%`, in whichever of the three ways it is written. */
export function nameOf({ text, delimitedText }: SyntaxNode): string {
  return delimitedText?.startsWith("'") === true ? unquote(delimitedText) : (delimitedText ?? text ?? '')
}

/** Whether a node or one below it is so. */
export function someNode(node: SyntaxNode, isSo: (node: SyntaxNode) => boolean): boolean {
  return isSo(node) || (node.children?.some((child) => someNode(child, isSo)) ?? false)
}

function allNodes(tree: SyntaxNode): SyntaxNode[] {
  const nodes: SyntaxNode[] = []
  someNode(tree, (node) => nodes.push(node) < 0)
  return nodes
}

/** Every name after `%`, each once. */
export function readNames(tree: SyntaxNode): string[] {
  const names = allNodes(tree)
    .filter((node) => node.type === 'ExternalConstantTerm')
    .map(nameOf)
  const defined = definedNames(tree)
  return [...new Set(names)].filter((name) => !defined.includes(name))
}

/** Names that the expression defines for itself (`defineVariable`). */
function definedNames(tree: SyntaxNode): string[] {
  return allNodes(tree)
    .filter(({ type, text }) => type === 'FunctionInvocation' && text === 'defineVariable')
    .flatMap((node) =>
      parametersOf(node)
        .slice(0, 1)
        .flatMap((name) => literalsOf(name) ?? []),
    )
}

/** The children of a call that are parameters: they are evaluated on other foci than the call itself. */
export function parametersOf(node: SyntaxNode): readonly SyntaxNode[] {
  const functn = node.type === 'FunctionInvocation' ? node.children?.[0] : undefined
  return functn?.children?.find((child) => child.type === 'ParamList')?.children ?? []
}

/** Strips the wrappers that carry no meaning of their own. */
export function core(node: SyntaxNode): SyntaxNode {
  const only = node.children?.length === 1 ? node.children[0] : undefined
  const wrapper = ['EntireExpression', 'TermExpression', 'InvocationTerm', 'ParenthesizedTerm', 'LiteralTerm']
  return only !== undefined && wrapper.includes(node.type) ? core(only) : node
}

/** `'a'` or `('a' | 'b')`; null for what has to be computed. */
function literalsOf(node: SyntaxNode): string[] | null {
  const { type, text, children = [] } = core(node)
  if (type === 'StringLiteral') return [unquote(text ?? '')]
  const parts = type === 'UnionExpression' ? children.map(literalsOf) : [null]
  return parts.every((part) => part !== null) ? parts.flat() : null
}

/**
 * The link ids to which a predicate confines its items: `linkId = 'a'`, `linkId in ('a' | 'b')`, joined by and/or. Null
 * where it lets others through too (`!=`, `not()`, an `or` with something else), or one that has to be computed.
 */
function confinedTo(predicate: SyntaxNode): string[] | null {
  const node = core(predicate)
  const parts = node.children ?? []
  const isLinkId = (part: SyntaxNode): boolean => core(part).type === 'MemberInvocation' && core(part).text === 'linkId'
  switch (node.type) {
    case 'EqualityExpression':
    case 'MembershipExpression': {
      const others = parts.filter((part) => !isLinkId(part))
      const isPick = ['=', '~', 'in', 'contains'].includes(node.text ?? '') && others.length === 1 && parts.length === 2
      return isPick && others[0] !== undefined ? literalsOf(others[0]) : null
    }
    case 'AndExpression': {
      const confined = parts.map(confinedTo).filter((part) => part !== null)
      return confined[0] ?? null
    }
    case 'OrExpression': {
      const confined = parts.map(confinedTo)
      return node.text === 'or' && confined.every((part) => part !== null) ? confined.flat() : null
    }
    default:
      return null
  }
}

const numberIn = (node: SyntaxNode | undefined): number | null => {
  const { type, text = '' } = node === undefined ? { type: '' } : core(node)
  return type === 'NumberLiteral' && /^\d+$/.test(text) ? Number(text) : null
}

/** Which entry `%name.entry[1]`, `%name.entry.first()` or `%name.entry.skip(1).first()` is; null for anything else. */
function entryAt(node: SyntaxNode, isNamed: (node: SyntaxNode) => boolean): number | null {
  const isIndexed = node.type === 'IndexerExpression'
  const [base, entry, ...picks] = chainOf(isIndexed ? (node.children?.[0] ?? node) : node)
  if (base === undefined || !isNamed(base) || entry?.text !== 'entry') return null
  if (isIndexed) return picks.length === 0 ? numberIn(node.children?.[1]) : null
  if (picks.at(-1)?.text !== 'first') return null
  if (picks.length === 1) return 0
  return picks.length === 2 && picks[0]?.text === 'skip' ? numberIn(parametersOf(picks[0])[0]) : null
}

/** Which entries of the Bundle that a name stands for are read, wherever it stands; null for all. */
export function readEntries(tree: SyntaxNode, name: string): number[] | null {
  const isNamed = (node: SyntaxNode): boolean => node.type === 'ExternalConstantTerm' && nameOf(node) === name
  const entries = new Set<number>()
  const readsAll = (node: SyntaxNode): boolean => {
    const entry = entryAt(node, isNamed)
    if (entry === null) return isNamed(node) || (node.children ?? []).some(readsAll)
    entries.add(entry)
    return false
  }
  return readsAll(tree) ? null : [...entries]
}

/** `a.b.where(…).c` as its links, first to last. */
export function chainOf(node: SyntaxNode): SyntaxNode[] {
  const inner = core(node)
  if (inner.type !== 'InvocationExpression' || inner.children?.length !== 2) return [inner]
  const [focus, last] = inner.children
  return focus === undefined || last === undefined ? [inner] : [...chainOf(focus), last]
}

const isItemStep = ({ type, text }: SyntaxNode): boolean => type === 'MemberInvocation' && text === 'item'

/** A way down to items that leaves none out. */
const isPath = (link: SyntaxNode): boolean =>
  link.type === 'MemberInvocation' ? isItemStep(link) : link.text === 'repeat' || link.text === 'descendants'

/** The link ids that a `where` or `exists` lets through; null for those that confine nothing, and for other links. */
function picksOf(link: SyntaxNode | undefined): string[] | null {
  const predicate =
    link !== undefined && ['where', 'exists'].includes(link.text ?? '') ? parametersOf(link)[0] : undefined
  return predicate === undefined ? null : confinedTo(predicate)
}

/** Whether a `where` looks at nothing but link ids: then what lies below an item has no say in whether it is picked. */
const isPlain = (link: SyntaxNode | undefined): boolean =>
  link !== undefined &&
  !parametersOf(link).some((predicate) =>
    someNode(predicate, ({ type, text }) =>
      type === 'MemberInvocation' ? text !== 'linkId' : type === 'FunctionInvocation' || type === 'AndExpression',
    ),
  )

/**
 * What a chain picks by link id; what comes after it lies below those items. Of picks one below the other
 * (`item.where(linkId = 'a').item.where(linkId = 'b')`) the last counts: the other items of `a` are not looked at.
 */
function picksAlong(chain: readonly SyntaxNode[]): string[] | null {
  let at = chain.findIndex((link, index) => index > 0 && !isPath(link))
  let picks = picksOf(chain[at])
  while (picks !== null) {
    const [pick, step, below] = chain.slice(at, at + 3)
    const next = isPlain(pick) && step !== undefined && isItemStep(step) ? picksOf(below) : null
    if (next === null) return picks
    picks = next
    at += 2
  }
  return null
}

/**
 * Link ids that choose what an expression reads of the response. Each chain that begins at the response must pick items
 * by link id; one that does not makes the whole answer null: everything may matter.
 */
export function readLinkIds(tree: SyntaxNode): string[] | null {
  const linkIds = new Set<string>()
  let everything = false
  const visit = (node: SyntaxNode, atRoot: boolean): void => {
    const chain = chainOf(node)
    const [base] = chain
    if (base === undefined) return
    const fromResponse =
      base.type === 'ExternalConstantTerm'
        ? RESPONSE_NAMES.has(nameOf(base))
        : atRoot && base.type === 'MemberInvocation' && base.text !== '$this'
    if (fromResponse) {
      const picks = picksAlong(chain)
      if (picks === null) everything = true
      picks?.forEach((pick) => linkIds.add(pick))
    }
    chain.forEach((link, index) => {
      const parameters = parametersOf(link)
      parameters.forEach((parameter) => visit(parameter, atRoot && index === 0))
      if (index === 0 && parameters.length === 0 && chain.length === 1)
        link.children?.forEach((child) => visit(child, atRoot))
      else if (index === 0 && link.type !== 'FunctionInvocation' && link.type !== 'ExternalConstantTerm')
        link.children?.forEach((child) => visit(child, atRoot && link.type !== 'MemberInvocation'))
    })
  }
  visit(tree, true)
  return everything ? null : [...linkIds]
}
