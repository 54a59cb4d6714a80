/**
 * A retrieve that its query narrows by code only afterwards (`[Observation] O where O.code in "Weights"`): what else it would
 * bring is never looked at, so that it need not be asked for (DTR spec-69, sec-3: the minimum necessary).
 */
import type { ElmNode } from './elm.ts'

/** For each such retrieve of a query, the same retrieve with the codes of its condition. */
export function narrowedRetrieves(query: ElmNode): readonly (readonly [retrieve: ElmNode, narrowed: ElmNode])[] {
  const conditions = conjuncts(query['where'])
  return nodesOf(query['source']).flatMap((source) => {
    const { alias, expression } = source as { alias?: unknown; expression?: ElmNode }
    if (typeof alias !== 'string' || expression?.type !== 'Retrieve' || expression['codes'] !== undefined) return []
    for (const condition of conditions) {
      const found = codesWanted(condition, alias)
      if (found !== undefined) return [[expression, { ...expression, ...found }] as const]
    }
    return []
  })
}

const nodesOf = (value: unknown): ElmNode[] =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).filter(
    (one): one is ElmNode => typeof one === 'object' && one !== null,
  )

/** What has to be true, all of it. */
function conjuncts(where: unknown): ElmNode[] {
  return nodesOf(where).flatMap((node) => (node.type === 'And' ? nodesOf(node['operand']).flatMap(conjuncts) : [node]))
}

interface Wanted {
  readonly codeProperty: string
  readonly codes: ElmNode
}

/** `X in "Set"`, `X ~ "Code"`, and `exists (X.coding C where C in "Set")`, for an element X of the alias. */
function codesWanted(condition: ElmNode, alias: string): Wanted | undefined {
  if (condition.type === 'Exists') return wantedByCoding(condition, alias)
  const [tested, codes] = comparison(condition)
  const element = elementOf(tested, alias)
  return element === undefined || codes === undefined ? undefined : { codeProperty: element, codes }
}

function comparison(condition: ElmNode): [ElmNode | undefined, ElmNode | undefined] {
  const field = (name: string): ElmNode | undefined => nodesOf(condition[name])[0]
  switch (condition.type) {
    case 'InValueSet':
      return [field('code'), setOf(condition)]
    case 'AnyInValueSet':
      return [field('codes'), setOf(condition)]
    case 'Equivalent': {
      const [one, other] = nodesOf(condition['operand'])
      return NAMES_CODES.has(unwrapped(other)?.type ?? '') ? [one, other] : [undefined, undefined]
    }
    default:
      return [undefined, undefined]
  }
}

/** Its name stands there without saying what it is (ELM InValueSet.valueset). */
export function setOf(condition: ElmNode): ElmNode | undefined {
  const [named] = nodesOf(condition['valueset'])
  return named === undefined ? nodesOf(condition['valuesetExpression'])[0] : { type: 'ValueSetRef', ...named }
}

const NAMES_CODES: ReadonlySet<string> = new Set(['CodeRef', 'ConceptRef'])

function wantedByCoding({ operand }: ElmNode, alias: string): Wanted | undefined {
  const query = operand as ElmNode | undefined
  const [source, ...more] = nodesOf(query?.['source']) as { alias?: unknown; expression?: ElmNode }[]
  const isPlain = query?.type === 'Query' && more.length === 0 && typeof source?.alias === 'string'
  const element = isPlain ? elementOf(source.expression, alias, 'coding') : undefined
  if (!isPlain || element === undefined) return undefined
  for (const condition of conjuncts(query['where'])) {
    const [tested, codes] = comparison(condition)
    const isCoding = unwrapped(tested)?.type === 'AliasRef' && unwrapped(tested)?.name === source.alias
    if (isCoding && codes !== undefined) return { codeProperty: element, codes }
  }
  return undefined
}

/** What conversions are wrapped around. */
function unwrapped(node: ElmNode | undefined): ElmNode | undefined {
  if (node === undefined) return undefined
  const isConversion = node.type === 'FunctionRef' && /^To(Concept|Code)$/.test(node.name ?? '')
  const isWrapping = isConversion || node.type === 'As' || node.type === 'ToConcept' || node.type === 'ToList'
  const inner = nodesOf(node['operand'])
  return isWrapping && inner.length === 1 ? unwrapped(inner[0]) : node
}

/** `code` for `O.code`; with `below`, for `O.code.coding`. */
function elementOf(node: ElmNode | undefined, alias: string, below?: string): string | undefined {
  const property = unwrapped(node)
  if (property?.type !== 'Property' || typeof property['path'] !== 'string') return undefined
  const { path, scope, source } = property as { path: string; scope?: string; source?: ElmNode }
  const ofAlias = scope === alias || (source?.type === 'AliasRef' && source.name === alias)
  if (below === undefined) return ofAlias && /^\w+$/.test(path) ? path : undefined
  if (ofAlias) return new RegExp(`^(\\w+)\\.${below}$`).exec(path)?.[1]
  return path === below ? elementOf(source, alias) : undefined
}
