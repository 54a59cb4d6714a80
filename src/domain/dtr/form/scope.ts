/**
 * What an expression sees: SDC's environment at one item. Variables are looked up lexically, evaluated when first needed
 * and kept for one pass; queries have their embedded FHIRPath filled in and are answered by the chart.
 */
import type { Expression } from 'fhir/r4'
import { normalizeReference } from '../../fhir/reference.ts'
import { err, message, ok, type Message, type Result } from '../../result.ts'
import {
  LANGUAGE,
  type ChartAccess,
  type Evaluated,
  type ExpressionEvaluator,
  type ValueSource,
} from '../expression/expression.ts'
import { isCql } from '../cql/language.ts'
import { fillQuery } from '../expression/fhir-query.ts'
import { entriesOf } from '../package/bundle-entries.ts'
import { isNode } from '../expression/resource-node.ts'
import { findDeclaration, type Declaration, type FormModel } from './form-model.ts'
import type { ItemDefinition } from '../item/item-definition.ts'

/** Why there is no value: it is still to be searched for, it cannot be had, or this place does not hold the chart. */
export type Absence =
  | { readonly reason: 'pending'; readonly queries: readonly string[] }
  | { readonly reason: 'failed'; readonly message: Message; readonly queries: readonly string[] }
  | { readonly reason: 'elsewhere' }

export interface Finding extends Evaluated {
  /** Searches that the result rests on, through all variables. */
  readonly queries: readonly string[]
  /** The variable nearest to the expression, as a name for "found by". */
  readonly foundBy: string | null
  readonly linkIds: readonly string[]
  /** Whether another answer may give another result. */
  readonly readsResponse: boolean
  /** Some search came back without all its pages. */
  readonly partial: boolean
}

/** Caches, not state: dropping them changes nothing but time. */
export interface VariableMemo {
  readonly ofResponse: Map<string, Result<Finding, Absence>>
  readonly constant: Map<string, Result<Finding, Absence>>
}

/** Where an expression stands. */
export interface Site {
  readonly definition: ItemDefinition | null
  /**
   * The response item of this item, or of one around it (SDC %context: a variable has that of the item which declares it);
   * undefined for an expression of the form, whose context is the response.
   */
  readonly context: ((of: ItemDefinition) => unknown) | undefined
  /** Overriding names of this site, e.g. the result that this repetition of a group stands for. */
  readonly local?: ReadonlyMap<string, readonly unknown[]>
}

export interface Environment {
  readonly model: FormModel
  readonly evaluator: ExpressionEvaluator
  readonly chart: ChartAccess
  readonly today: string
  readonly now: string
  /** The response as it stands (%resource): at least the items with these link ids and all below them; null for all. */
  readonly response: (linkIds: readonly string[] | null) => unknown
  /** Values of form variables by declaration key: those that read the response, until it changes; the others for good. */
  readonly memo: VariableMemo
}

/** Names that say nothing about where in the chart a value was found. */
const RESPONSE = new Set(['resource', 'rootResource', 'context', 'questionnaire', 'qitem'])

/** Names that fhirpath itself supplies. */
const BUILT_IN = new Set(['ucum', 'factory', 'terminologies', 'sct', 'loinc'])

/** Evaluates an expression of any language that the engine speaks at a site. */
export function evaluateAt(
  environment: Environment,
  site: Site,
  expression: Expression,
  path: readonly string[] = [],
): Result<Finding, Absence> {
  if (expression.language === LANGUAGE.query) return runQuery(environment, site, expression, path)
  if (isCql(expression)) return runCql(environment, expression)
  const compiled = environment.evaluator.compile(expression)
  if (!compiled.ok) return err({ reason: 'failed', message: compiled.error, queries: [] })
  const response = environment.response(compiled.value.linkIds)
  const isDeclared = (name: string): boolean => findDeclaration(environment.model, site.definition, name) !== undefined
  const names = new Map<string, unknown>()
  const sources = new Map<string, readonly ValueSource[]>()
  const used: Finding[] = []
  for (const name of compiled.value.names.filter((name) => !BUILT_IN.has(name))) {
    const value =
      name === environment.model.sourceQueries?.name && !isDeclared(name)
        ? resolveSources(environment, site, compiled.value.entriesOf(name), path)
        : resolveName(environment, site, name, response, path)
    if (!value.ok) return value
    names.set(name, value.value.raw)
    if (value.value.computed) sources.set(name, value.value.sources)
    used.push(value.value)
  }
  const { today, now } = environment
  if (compiled.value.resolves && environment.chart.search('') === null) return err({ reason: 'elsewhere' })
  const reads = new ReferenceReads(environment.chart)
  const resolve = (reference: string): object | undefined => reads.resolve(reference)
  const result = compiled.value.evaluate({ focus: response, names, sources, today, now, resolve })
  if (reads.open.length > 0) return err({ reason: 'pending', queries: reads.open })
  const queries = [...new Set([...used.flatMap((finding) => finding.queries), ...reads.made])]
  if (!result.ok) return err({ reason: 'failed', message: result.error, queries })
  const declared = compiled.value.names.find(isDeclared)
  const { values, computed, raw } = result.value
  return ok({
    values,
    get sources() {
      return result.value.sources
    },
    computed,
    raw,
    queries,
    foundBy: expression.name ?? declared ?? compiled.value.names.find((name) => !RESPONSE.has(name)) ?? null,
    linkIds: [...new Set([...(compiled.value.linkIds ?? []), ...used.flatMap((finding) => finding.linkIds)])],
    readsResponse:
      compiled.value.linkIds === null ||
      compiled.value.linkIds.length > 0 ||
      used.some((finding) => finding.readsResponse),
    partial: reads.failed || used.some((finding) => finding.partial),
  })
}

/** What resolve() asks for during one evaluation: resources that are here, else reads, as long as the chart can be read. */
class ReferenceReads {
  readonly open: string[] = []
  readonly made: string[] = []
  failed = false
  private readonly chart: ChartAccess

  constructor(chart: ChartAccess) {
    this.chart = chart
  }

  resolve(reference: string): object | undefined {
    const wanted = normalizeReference(reference)
    if (!/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(wanted)) return undefined
    const held = this.chart.held?.(wanted)
    if (held !== undefined) return held
    const read = this.chart.search(wanted)
    if (read === undefined || read === null) this.open.push(wanted)
    else this.made.push(wanted)
    if (read?.bundle === null) this.failed = true
    return read?.bundle ?? undefined
  }
}

const plain = (raw: readonly unknown[]): Finding => ({
  values: [],
  sources: [],
  computed: false,
  raw,
  queries: [],
  foundBy: null,
  linkIds: [],
  readsResponse: false,
  partial: false,
})

function resolveName(
  environment: Environment,
  site: Site,
  name: string,
  response: unknown,
  path: readonly string[],
): Result<Finding, Absence> {
  const local = site.local?.get(name)
  if (local !== undefined) return ok(plain(local))
  switch (name) {
    case 'resource':
    case 'rootResource':
      return ok(plain([response]))
    case 'context':
      return ok(plain(contextOf(environment, site, response)))
    case 'questionnaire':
      return ok(plain([environment.model.questionnaire]))
    case 'qitem':
      return ok(plain(site.definition === null ? [] : [site.definition.item]))
  }
  const declaration = findDeclaration(environment.model, site.definition, name)
  if (declaration !== undefined) return resolveVariable(environment, site, declaration, path)
  const value = environment.chart.value(name)
  if (value !== undefined) return ok(plain(value))
  if (environment.chart.search('') === null) return err({ reason: 'elsewhere' })
  const isSingle = environment.model.launchContexts.some((one) => one.name === name && one.multiplesAllowed === false)
  const reason = isSingle ? 'form.lookup.several-contexts' : 'form.lookup.unknown-name'
  return err({ reason: 'failed', message: message(reason, { name }), queries: [] })
}

/**
 * What the form's batch of searches answers (SDC sourceQueries), as far as the expression reads it: entries that it does not
 * name are not asked for, and one that cannot be had fails those who read it alone.
 */
function resolveSources(
  environment: Environment,
  site: Site,
  entries: readonly number[] | null,
  path: readonly string[],
): Result<Finding, Absence> {
  const { name = '', queries = [] } = environment.model.sourceQueries ?? {}
  const isRead = (index: number): boolean => entries === null || entries.includes(index)
  const { ofResponse, constant } = environment.memo
  // One object for those who read the same: what is known of it is kept with it.
  const key = `${name}[${entries?.join() ?? ''}]`
  const known = constant.get(`${key}*`) ?? ofResponse.get(`${key}*`)
  if (known !== undefined) return known
  const found = queries.map(({ key: own, expression }, index): Result<Finding, Absence> => {
    if (!isRead(index)) return ok(plain([]))
    if (expression !== null)
      return resolveVariable(environment, site, { owner: null, key: own, expression, results: null }, path)
    const number = String(index + 1)
    return err({ reason: 'failed', message: message('form.lookup.source-query', { name, number }), queries: [] })
  })
  const open = found.find((one) => !one.ok && one.error.reason === 'pending')
  const absent = open ?? found.find((one) => !one.ok)
  if (absent !== undefined) return absent
  const whole = found.flatMap((one) => (one.ok ? one.value : []))
  const answers = whole.map(({ raw: [resource] }) => (resource === undefined ? {} : { resource }))
  const readsResponse = whole.some((one) => one.readsResponse)
  const value = ok({
    ...plain([{ resourceType: 'Bundle', type: 'batch-response', entry: answers }]),
    queries: [...new Set(whole.flatMap((one) => one.queries))],
    linkIds: [...new Set(whole.flatMap((one) => one.linkIds))],
    readsResponse,
    partial: whole.some((one) => one.partial),
  })
  ;(readsResponse ? ofResponse : constant).set(`${key}*`, value)
  return value
}

/** A response item alone does not say what it is: as part of a response its answers have their types (`answer.value`). */
function contextOf(
  { evaluator, today, now }: Environment,
  { context, definition }: Site,
  response: unknown,
): readonly unknown[] {
  if (context === undefined || definition === null) return [response]
  const item = context(definition)
  if (item === undefined) return []
  const picked = evaluator.compile({ language: LANGUAGE.fhirpath, expression: 'item' })
  if (!picked.ok) return [item]
  const focus = { resourceType: 'QuestionnaireResponse', item: [item] }
  const found = picked.value.evaluate({ focus, names: new Map(), today, now })
  return found.ok ? found.value.raw : [item]
}

function resolveVariable(
  environment: Environment,
  site: Site,
  declaration: Declaration,
  path: readonly string[],
): Result<Finding, Absence> {
  const { key, owner, expression, results } = declaration
  if (path.includes(key))
    return err({
      reason: 'failed',
      message: message('form.lookup.cycle', { names: [...path, key].join(' → ') }),
      queries: [],
    })
  const given = environment.chart.value(key)
  if (given !== undefined) return resultsAs(environment, results, ok(plain(given)))
  // The value of an item's variable may differ between repetitions: only those of the form are kept.
  const { ofResponse, constant } = environment.memo
  const known = owner === null ? (constant.get(key) ?? ofResponse.get(key)) : undefined
  if (known !== undefined) return known
  const ownerSite: Site = owner === null ? { definition: null, context: undefined } : { ...site, definition: owner }
  const value = resultsAs(environment, results, evaluateAt(environment, ownerSite, expression, [...path, key]))
  if (owner === null && (value.ok || value.error.reason !== 'pending'))
    (value.ok && !value.value.readsResponse ? constant : ofResponse).set(key, value)
  return value
}

/** SDC itemPopulationContext: the results, of which what does not repeat takes one. */
function resultsAs(
  { chart }: Environment,
  results: Declaration['results'],
  value: Result<Finding, Absence>,
): Result<Finding, Absence> {
  if (results === null || !value.ok) return value
  // Which of them a repetition stands for is known where the form is populated: there it has the name for itself.
  if (results === 'repetitions' && chart.search('') === null) return err({ reason: 'elsewhere' })
  const raw = value.value.raw.flatMap(entriesOf)
  if (results === 'one' && raw.length > 1) {
    const text = message('form.lookup.several-values', { count: raw.length })
    return err({ reason: 'failed', message: text, queries: value.value.queries })
  }
  return ok({ ...value.value, raw })
}

function runQuery(
  environment: Environment,
  site: Site,
  expression: Expression,
  path: readonly string[],
): Result<Finding, Absence> {
  if (environment.chart.search('') === null) return err({ reason: 'elsewhere' })
  const used: Finding[] = []
  const filled = fillQuery(expression.expression ?? '', (embedded) => {
    const value = evaluateAt(environment, site, { language: LANGUAGE.fhirpath, expression: embedded }, path)
    if (!value.ok) return value
    used.push(value.value)
    const { values, raw } = value.value
    return ok(values.map((one, index) => ({ ...one, isRead: isNode(raw[index]) })))
  })
  if (!filled.ok)
    return err('key' in filled.error ? { reason: 'failed', message: filled.error, queries: [] } : filled.error)
  // With another answer in it, it is another search.
  const asked = {
    foundBy: expression.name ?? null,
    linkIds: [...new Set(used.flatMap((finding) => finding.linkIds))],
    readsResponse: used.some((finding) => finding.readsResponse),
  }
  if (filled.value === null) return ok({ ...plain([]), ...asked })
  const query = filled.value
  const search = environment.chart.search(query)
  if (search === undefined || search === null) return err({ reason: 'pending', queries: [query] })
  if (search.bundle === null)
    return err({
      reason: 'failed',
      message: message('form.lookup.search-failed', { reason: search.failure ?? '' }),
      queries: [query],
    })
  return ok({
    ...plain([search.bundle]),
    ...asked,
    queries: [query],
    partial: !search.complete,
  })
}

function runCql({ chart }: Environment, expression: Expression): Result<Finding, Absence> {
  const found = chart.cql(expression)
  return found.ok ? ok({ ...found.value, linkIds: [], readsResponse: false }) : found
}
