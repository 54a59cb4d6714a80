/**
 * The only importer of `fhirpath`. Evaluates on frozen input, never lets `trace()` print a chart, takes today() and now()
 * from the caller, and says for every value which resource and path it was read from (fhirpath's resource nodes know their
 * parents). A computed value has no node any more: then the resources at the ends of the paths it rests on are its sources.
 */
import type { Expression, Quantity } from 'fhir/r4'
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import { SYSTEM } from '../../fhir/canonical.ts'
import { err, message, ok, type Message, type Result } from '../../result.ts'
import { UCUM_OF_CALENDAR } from './calendar-units.ts'
import { LANGUAGE, type CompiledExpression, type Evaluated, type EvaluationScope } from './expression.ts'
import type { ExpressionEvaluator, SourceResource, TypedValue, ValueSource } from './expression.ts'
import { Places } from './fhir-places.ts'
import { parseFhirpath } from './fhirpath-parser.ts'
import { planExpression, type Plan } from './fhirpath-plan.ts'
import { pickAll } from './fhirpath-picks.ts'
import { ANSWERS, supplementFunctions, WEIGHING } from './fhirpath-supplements.ts'
import { readEntries, readLinkIds, readNames, someNode, type SyntaxNode } from './fhirpath-syntax.ts'
import { isNode, type ResourceNode } from './resource-node.ts'
import { convertUnit } from './ucum.ts'

type Run = (focus: unknown, names: Record<string, unknown>, options: object) => unknown[]

/** Texts come from payers without end: at this many, all are forgotten. */
const MAX_KEPT = 5_000

/** The R4 model, shared by all evaluators: what it learns of paths stays true. */
const places = new Places(r4)

const RAW = { resolveInternalTypes: false, traceFn: () => undefined }
const runs = new Map<string, Run>()

/** fhirpath's function for a text, made when first run. Kept for all forms: what plans leave over is the same in many. */
function runOf(text: string): Run {
  const known = runs.get(text) ?? (fhirpath.compile(text, r4, RAW) as Run)
  if (runs.size > MAX_KEPT) runs.clear()
  runs.set(text, known)
  return known
}

/** How an evaluator works; the plain way is there to hold the other against. */
export interface EvaluatorOptions {
  /** Answer parts of expressions from an index and from each other (the default), or run each as it stands. */
  readonly planned?: boolean
}

/** Creates an evaluator with its own compile cache. */
export function createEvaluator({ planned = true }: EvaluatorOptions = {}): ExpressionEvaluator {
  const compileText = (text: string): Result<CompiledExpression, Message> => {
    try {
      const own = parseFhirpath(text)
      const tree = own ?? (fhirpath.parse(text) as SyntaxNode)
      const plan = own === null ? { plain: text, rest: text, picks: [] } : planExpression(text, own, places)
      const linkIds = readLinkIds(tree)
      const resolves = calls(tree, 'resolve')
      const run = (scope: EvaluationScope) => {
        const result = evaluate(planned ? plan : { ...plan, rest: plan.plain, picks: [] }, scope)
        return result instanceof Fault ? err(causeOf(result, tree)) : ok(result)
      }
      return ok({
        names: namesIn(tree),
        linkIds,
        entriesOf: (name) => readEntries(tree, name),
        // What reads no answer is a function of its names alone: the same text at other items is not run again.
        evaluate: planned && linkIds?.length === 0 && !resolves ? remember(run) : run,
        resolves,
        prepare: () => void attempt(() => runOf(planned ? plan.rest : plan.plain)),
      })
    } catch {
      return err(message('form.lookup.malformed-expression'))
    }
  }
  const cache = new Map<string, Result<CompiledExpression, Message>>()
  return {
    convert: convertUnit,
    compile(expression: Expression) {
      if (expression.language !== LANGUAGE.fhirpath)
        return err(message('form.lookup.unsupported-language', { language: expression.language ?? '?' }))
      const text = expression.expression ?? ''
      const known = cache.get(text)
      if (known !== undefined) return known
      const compiled = compileText(text)
      if (cache.size > MAX_KEPT) cache.clear()
      cache.set(text, compiled)
      return compiled
    },
  }
}

/** Keeps the last result for as long as the first of the values that it rests on lives. */
function remember(
  run: (scope: EvaluationScope) => Result<Evaluated, Message>,
): (scope: EvaluationScope) => Result<Evaluated, Message> {
  const kept = new WeakMap<object, { scope: EvaluationScope; result: Result<Evaluated, Message> }>()
  return (scope) => {
    const [first] = scope.names.values()
    if (typeof first !== 'object' || first === null) return run(scope)
    const known = kept.get(first)
    if (known !== undefined && isSameScope(known.scope, scope)) return known.result
    const result = run(scope)
    kept.set(first, { scope, result })
    return result
  }
}

function isSameScope(a: EvaluationScope, b: EvaluationScope): boolean {
  if (a.today !== b.today || a.now !== b.now || a.names.size !== b.names.size) return false
  return [...b.names].every(
    ([name, value]) => a.names.get(name) === value && a.sources?.get(name) === b.sources?.get(name),
  )
}

/** A weight may stand in the form alone: it is read as if it were named. */
function namesIn(tree: SyntaxNode): string[] {
  const names = readNames(tree)
  const weighs = someNode(tree, ({ type, text }) => type === 'FunctionInvocation' && WEIGHING.has(text ?? ''))
  return weighs && !names.includes('questionnaire') ? [...names, 'questionnaire'] : names
}

/** SDC's functions on the form in scope. */
function sdcFunctions({ names }: EvaluationScope): object {
  const [form] = [names.get('questionnaire')].flat()
  const answersAt = (at: readonly unknown[]): unknown[] => (at.length === 0 ? [] : runOf(ANSWERS)({}, { at }, {}))
  return supplementFunctions(isNode(form) ? form.data : form, answersAt)
}

/** Evaluates by the plan; where that cannot be done for sure, the expression as it stands. */
function evaluate(plan: Plan, scope: EvaluationScope): Evaluated | Fault {
  const resolver = { resolve: resolveFunction(scope) }
  const options = { userInvocationTable: { ...clockFunctions(scope), ...sdcFunctions(scope), ...resolver } }
  const run = (text: string, names: ReadonlyMap<string, unknown>): unknown[] =>
    runOf(text)(scope.focus, Object.fromEntries(names), options)
  if (plan.picks.length > 0) {
    const names = attempt(() => pickAll(plan.picks, scope, places, run))
    const isPicked = names !== null && !(names instanceof Fault)
    const result = isPicked ? attempt(() => evaluateText(runOf(plan.rest), { ...scope, names }, options)) : null
    if (result !== null && !(result instanceof Fault)) return result
  }
  return attempt(() => evaluateText(runOf(plan.plain), scope, options))
}

/** What was thrown. The engine's own text may quote the chart: it is not passed on. */
class Fault {
  readonly text: string
  constructor(thrown: unknown) {
    this.text = thrown instanceof Error ? thrown.message : String(thrown)
  }
}

function attempt<T>(work: () => T): T | Fault {
  try {
    return work()
  } catch (thrown) {
    return new Fault(thrown)
  }
}

const calls = (tree: SyntaxNode, name: string): boolean =>
  someNode(tree, ({ type, text }) => type === 'FunctionInvocation' && text === name)

/** Why an expression failed, as far as it can be told without the engine's words: a function by the form's own text. */
function causeOf({ text }: Fault, tree: SyntaxNode): Message {
  const named = /(?:asynchronous function "|Not implemented: )(\w+)/.exec(text)?.[1]
  if (named !== undefined && calls(tree, named)) return message('form.lookup.unsupported-function', { function: named })
  if (/singleton|expected single|multiple items/i.test(text)) return message('form.lookup.single-value')
  const failed = /^(\w+): /.exec(text)?.[1] ?? (text.startsWith('Sort expression') ? 'sort' : '')
  return calls(tree, failed)
    ? message('form.lookup.failed-function', { function: failed })
    : message('form.lookup.expression-error')
}

/** R4 resolve(): of a Reference, a canonical or a URI. What cannot be had is left out, as FHIRPath wants it. */
function resolveFunction({ resolve }: EvaluationScope): object {
  const target = (node: unknown): unknown[] => {
    if (!isNode(node)) return []
    const { data } = node
    const reference = typeof data === 'object' && data !== null && 'reference' in data ? data.reference : data
    if (typeof reference !== 'string') return []
    const found = reference.startsWith('#') ? containedIn(node, reference.slice(1)) : resolve?.(reference)
    return found === undefined ? [] : runOf('%found')({}, { found }, {})
  }
  return { fn: (nodes: readonly unknown[]) => nodes.flatMap(target), arity: { 0: [] }, internalStructures: true }
}

function containedIn(node: ResourceNode, id: string): object | undefined {
  for (let at: ResourceNode | null = node; at !== null; at = at.parentResNode) {
    const { contained } = at.data as { contained?: readonly { id?: string }[] }
    const found = contained?.find((one) => one.id === id)
    if (found !== undefined) return found
  }
  return undefined
}

function evaluateText(run: Run, scope: EvaluationScope, options: object): Evaluated {
  const names = Object.fromEntries(scope.names)
  const raw = run(scope.focus, names, options).filter((value) => value !== null && value !== undefined)
  const computed = raw.some((value) => !isNode(value))
  let sources: ValueSource[] | undefined
  return {
    values: raw.map(typedValue),
    // Found when asked for: a condition has none to show, and of a computed value they take another run.
    get sources() {
      return (sources ??= distinct(computed ? sourcesOfInputs(run, scope, names, options) : raw.flatMap(sourceOfNode)))
    },
    computed,
    raw,
  }
}

/** today(), now() and timeOfDay() as literals of the given instant: fhirpath would take the machine's clock and zone. */
function clockFunctions(scope: EvaluationScope): object {
  const literal = (text: string) => ({ fn: () => literalValue(text), arity: { 0: [] }, internalStructures: true })
  return {
    today: literal(`@${scope.today}`),
    now: literal(`@${scope.now}`),
    timeOfDay: literal(`@T${/T(\d\d:\d\d:\d\d)/.exec(scope.now)?.[1] ?? '00:00:00'}`),
  }
}

const literals = new Map<string, unknown>()

function literalValue(text: string): unknown {
  const known = literals.get(text)
  if (known !== undefined) return known
  const [value] = fhirpath.evaluate({}, text, {}, r4, { resolveInternalTypes: false }) as unknown[]
  if (literals.size > 100) literals.clear()
  literals.set(text, value)
  return value
}

function resourceTypeOf(data: unknown): string | undefined {
  return typeof data === 'object' && data !== null && 'resourceType' in data ? String(data.resourceType) : undefined
}

/** The outermost resource of the chart above a node (a Bundle only wraps), and the path down from it. */
function sourceOfNode(node: unknown): ValueSource[] {
  if (!isNode(node)) return []
  const chain: ResourceNode[] = []
  for (let at: ResourceNode | null = node; at !== null; at = at.parentResNode) chain.unshift(at)
  const start = chain.findIndex((link) => !['Bundle', undefined].includes(resourceTypeOf(link.data)))
  const root = chain[start]
  if (root === undefined) return []
  const steps = chain.slice(start + 1).map((link) => {
    const position = typeof link.index === 'number' ? `[${String(link.index)}]` : ''
    return `.${link.propName ?? '?'}${position}`
  })
  const resource = root.data as SourceResource
  return [{ resource, path: steps.length === 0 ? null : `${resource.resourceType}${steps.join('')}` }]
}

/**
 * Runs once more, watching, and takes the resources at the ends of the paths that a computed value rests on: down from the
 * whole expression through operators and `iif`, but not into the criteria of `where` and the like, which look at far more
 * than they let through.
 */
function sourcesOfInputs(run: Run, scope: EvaluationScope, names: object, options: object): ValueSource[] {
  const results = new Map<SyntaxNode, readonly unknown[]>()
  let top: SyntaxNode | undefined
  const watch = (_ctx: unknown, _focus: unknown, result: unknown, node: SyntaxNode): void => {
    results.set(node, Array.isArray(result) ? (result as unknown[]) : [result])
    top = node
  }
  run(scope.focus, { ...names }, { ...options, debugger: watch })
  const collect = (node: SyntaxNode): ValueSource[] => {
    const own = results.get(node)
    if (own?.length === 0) return []
    if (own?.some(isNode) === true) return own.flatMap(sourceOfNode)
    if (node.type === 'ExternalConstantTerm') return [...(scope.sources?.get(node.text ?? '') ?? [])]
    if (node.type === 'FunctionInvocation' && node.text !== 'iif') return []
    return (node.children ?? []).flatMap(collect)
  }
  return top === undefined ? [] : collect(top)
}

function distinct(sources: readonly ValueSource[]): ValueSource[] {
  const seen = new Map<SourceResource, Set<string | null>>()
  return sources.filter(({ resource, path }) => {
    const paths = seen.get(resource) ?? new Set()
    seen.set(resource, paths)
    return !paths.has(path) && paths.add(path)
  })
}

function typedValue(raw: unknown): TypedValue {
  if (isNode(raw)) {
    const resourceType = resourceTypeOf(raw.data)
    const declared = raw.fhirNodeDataType?.replace(/^System\./, '').replace(/^String$/, 'string')
    const value = plainNumber(raw.data)
    return { type: resourceType ?? declared ?? jsonType(value), value }
  }
  const [type = ''] = fhirpath.types([raw])
  switch (type) {
    case 'System.Date':
    case 'System.DateTime':
    case 'System.Time':
      return { type: TEMPORAL[type], value: String(raw) }
    case 'System.Quantity':
      return { type: 'Quantity', value: quantityOf(raw as { value: unknown; unit: string }) }
    case 'System.Decimal':
    case 'System.Integer':
      return { type: type === 'System.Decimal' ? 'decimal' : 'integer', value: Number(raw) }
    default:
      return { type: jsonType(raw), value: raw }
  }
}

/** fhirpath wraps the numbers of a resource to keep their digits; outside it they are JSON numbers again. */
function plainNumber(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'asStr' in data ? Number(data.asStr) : data
}

const TEMPORAL = { 'System.Date': 'date', 'System.DateTime': 'dateTime', 'System.Time': 'time' } as const

function jsonType(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'decimal'
  if (typeof value !== 'object' || value === null) return typeof value
  const type = resourceTypeOf(value)
  if (type !== undefined) return type
  if ('coding' in value) return 'CodeableConcept'
  if ('code' in value && !('value' in value)) return 'Coding'
  if ('value' in value && ('unit' in value || 'code' in value)) return 'Quantity'
  return 'reference' in value ? 'Reference' : 'object'
}

function quantityOf(quantity: { value: unknown; unit: string }): Quantity {
  const quoted = /^'(.*)'$/.exec(quantity.unit)?.[1]
  const code = quoted ?? UCUM_OF_CALENDAR[quantity.unit.replace(/s$/, '')]
  const value = Number(quantity.value)
  if (code === undefined) return { value, unit: quantity.unit }
  return code === '1' ? { value } : { value, unit: quoted ?? quantity.unit, system: SYSTEM.ucum, code }
}
