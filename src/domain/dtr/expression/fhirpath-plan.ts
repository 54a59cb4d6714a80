/**
 * Finds in an expression the parts that can be answered once for all expressions: chains that begin at a name and depend
 * on nothing else, up to their last `where`. `%obs.entry.resource.where(code.coding.code = 'x').value` becomes a pick, and
 * what is left of the expression, `%pick.value`, is the same for every code. Text and tree in, plan out; nothing is run.
 */
import { readCriterion, type Criterion } from './fhirpath-criterion.ts'
import type { Places } from './fhir-places.ts'
import { core, nameOf, parametersOf, someNode, type SyntaxNode } from './fhirpath-syntax.ts'
import { SUPPLEMENTS } from './fhirpath-supplements.ts'
import type { Filter } from './node-collection.ts'

/** One step of a pick: a piece of path that fhirpath walks, or a `where`. */
export type Step =
  | { readonly kind: 'path'; readonly text: string; readonly timed: boolean }
  | { readonly kind: 'where'; readonly filter: Filter; readonly timed: boolean }

export interface Pick {
  /** Name after `%` that it begins at. */
  readonly name: string
  readonly steps: readonly Step[]
}

export interface Plan {
  /** The whole expression, with `exists(criterion)` written as `where(criterion).exists()`, which says the same. */
  readonly plain: string
  /** The expression with each pick under its own name (`pickName`). */
  readonly rest: string
  readonly picks: readonly Pick[]
}

/** No form can use it: SDC's names are ids. */
export const pickName = (index: number): string => `pick ${String(index)}`

/** Functions that give the same for the same input and parameters, and may stand before a `where`. */
const STEADY = new Set(['where', 'ofType', 'select', 'repeat', 'first', 'last', 'tail', 'distinct', 'descendants'])
const CLOCK = new Set(['today', 'now', 'timeOfDay'])

interface Edit {
  readonly from: number
  readonly to: number
  readonly plain: string
  readonly rest: string
}

/** Plans an expression read by `fhirpath-parser.ts`. */
export function planExpression(text: string, tree: SyntaxNode, places: Places): Plan {
  const picks: Pick[] = []
  const edits: Edit[] = []
  const visit = (node: SyntaxNode): void => {
    const chain = readChain(node)
    const length = chain === null ? 0 : pickLength(chain)
    if (chain === null || length === 0) {
      edits.push(...existsEdits(node))
      node.children?.forEach(visit)
      return
    }
    const { base, links } = chain
    const last = links[length - 1]
    const [from, to] = [base.from ?? 0, last?.to ?? 0]
    const name = `%\`${pickName(picks.length)}\``
    const tests = isExistsTest(last)
    picks.push({ name: nameOf(base), steps: readSteps(text, links.slice(0, length), places) })
    const plain = tests ? asWhere(text.slice(from, to), last, from) : text.slice(from, to)
    edits.push({ from, to, plain, rest: tests ? `${name}.exists()` : name })
    for (const link of links.slice(length)) {
      edits.push(...existsEdits(link))
      parametersOf(link).forEach(visit)
    }
  }
  const definesNames = someNode(tree, (node) => isCall(node, 'defineVariable'))
  if (!definesNames) visit(tree)
  return { plain: applyEdits(text, edits, 'plain'), rest: applyEdits(text, edits, 'rest'), picks }
}

function applyEdits(text: string, edits: readonly Edit[], side: 'plain' | 'rest'): string {
  const ordered = [...edits].sort((a, b) => a.from - b.from || a.to - b.to)
  let at = 0
  let out = ''
  for (const edit of ordered) {
    out += text.slice(at, edit.from) + edit[side]
    at = edit.to
  }
  return out + text.slice(at)
}

const isExistsTest = (link: SyntaxNode | undefined): link is SyntaxNode =>
  link?.type === 'FunctionInvocation' && link.text === 'exists' && parametersOf(link).length === 1

/** `exists(x)` as `where(x).exists()`: then its sources are what was let through, not all that was looked at. */
function existsEdits(link: SyntaxNode): Edit[] {
  if (!isExistsTest(link)) return []
  const [from, to] = [link.from ?? 0, link.to ?? 0]
  const same = (text: string) => ({ plain: text, rest: text })
  return [
    { from, to: from + 'exists'.length, ...same('where') },
    { from: to, to, ...same('.exists()') },
  ]
}

function asWhere(text: string, { from = 0 }: SyntaxNode, offset: number): string {
  const at = from - offset
  return `${text.slice(0, at)}where${text.slice(at + 'exists'.length)}.exists()`
}

interface Chain {
  readonly base: SyntaxNode
  readonly links: readonly SyntaxNode[]
}

/** `%name.a.b(…)…` as its links; null for anything that does not begin at a name. */
function readChain(node: SyntaxNode): Chain | null {
  const links: SyntaxNode[] = []
  let at = node
  while (at.type === 'InvocationExpression') {
    const [focus, link] = at.children ?? []
    if (focus === undefined || link === undefined) return null
    links.unshift(link)
    at = focus
  }
  const base = at.type === 'TermExpression' ? at.children?.[0] : undefined
  return base?.type === 'ExternalConstantTerm' && links.length > 0 ? { base, links } : null
}

/** How many links make the pick: up to the last `where` that stays the same everywhere, else the path before any call. */
function pickLength({ links }: Chain): number {
  let upToWhere = 0
  let path = 0
  for (const [index, link] of links.entries()) {
    const isTest = isExistsTest(link)
    if (link.type !== 'MemberInvocation') {
      const isSteady = link.type === 'FunctionInvocation' && (STEADY.has(link.text ?? '') || isTest)
      if (!isSteady || !parametersOf(link).every(isClosed)) break
      if (link.text === 'where' || isTest) upToWhere = index + 1
    } else if (path === index) path = index + 1
    if (isTest) break
  }
  return upToWhere > 0 ? upToWhere : path > 1 ? path : 0
}

/** Whether an expression depends on nothing but the element it is asked about (and the clock). */
function isClosed(node: SyntaxNode): boolean {
  return !someNode(
    node,
    (part) =>
      part.type === 'ExternalConstantTerm' ||
      part.type === 'IndexInvocation' ||
      part.type === 'TotalInvocation' ||
      isCall(part, 'trace') ||
      // What a reference leads to may come later: no result of it is kept.
      isCall(part, 'resolve') ||
      (part.type === 'FunctionInvocation' && SUPPLEMENTS.has(part.text ?? '')),
  )
}

const isCall = ({ type, text }: SyntaxNode, name: string): boolean => type === 'FunctionInvocation' && text === name

const isTimed = (node: SyntaxNode): boolean =>
  someNode(node, ({ type, text }) => type === 'FunctionInvocation' && CLOCK.has(text ?? ''))

function readSteps(text: string, links: readonly SyntaxNode[], places: Places): Step[] {
  const steps: Step[] = []
  for (const link of links) {
    const timed = isTimed(link)
    const [criterion] = parametersOf(link)
    const last = steps.at(-1)
    if ((link.text === 'where' || isExistsTest(link)) && link.type === 'FunctionInvocation' && criterion !== undefined)
      steps.push({ kind: 'where', filter: readFilter(text, criterion, places), timed })
    else {
      const piece = `.${text.slice(link.from, link.to)}`
      if (last?.kind !== 'path') steps.push({ kind: 'path', text: piece, timed })
      else steps[steps.length - 1] = { kind: 'path', text: last.text + piece, timed: timed || last.timed }
    }
  }
  return steps
}

function readFilter(text: string, node: SyntaxNode, places: Places): Filter {
  const read = conjunctsOf(node).map((part) => ({
    text: text.slice(part.from, part.to),
    criterion: readCriterion(places, part),
  }))
  const known = read.flatMap(({ criterion }) => criterion ?? [])
  const [first] = known
  const joined: Criterion = {
    test: (data, path) => known.every(({ test }) => test(data, path) === true),
    readings: known.flatMap(({ readings }) => readings),
    needs: known.flatMap(({ needs }) => needs),
  }
  return {
    text: text.slice(node.from, node.to),
    criterion: first === undefined ? null : joined,
    others: read.flatMap((part) => (part.criterion === null ? [part.text] : [])),
  }
}

/** The parts of `a and b and c`. */
function conjunctsOf(node: SyntaxNode): SyntaxNode[] {
  const expression = core(node)
  return expression.type === 'AndExpression' ? (expression.children ?? []).flatMap(conjunctsOf) : [expression]
}
