/** One attempt at filling an item from an expression, and what is told at the item of what it came to. */
import type { Expression } from 'fhir/r4'
import type { Lookup } from '../../contract/form.ts'
import { message, type Message, type Result } from '../../result.ts'
import { isCql } from '../cql/language.ts'
import { LANGUAGE, type SourceResource } from '../expression/expression.ts'
import { splitQuery } from '../expression/fhir-query.ts'
import type { ConvertUnit } from '../expression/units.ts'
import { valuesOf } from '../form/finding-values.ts'
import type { Answer, ItemView } from '../form/form-state.ts'
import type { Absence, Finding } from '../form/scope.ts'
import { coerceAnswers, type AnswerTarget } from '../item/coercion.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import type { CollectedChart } from './chart.ts'

/** Nothing of it is there where the item was filled without an expression. */
export interface Attempt {
  readonly absence?: Absence
  readonly finding?: Finding
  readonly answers?: readonly Answer[]
  /** Why what was found is no answer of this item. */
  readonly refusal?: Message
  /** The options that the item had then. */
  readonly options?: AnswerTarget['options']
}

/** What an expression gave, as answers of an item; a refusal where its type does not take them. */
export function readAttempt(result: Result<Finding, Absence>, target: AnswerTarget, convert?: ConvertUnit): Attempt {
  if (!result.ok) return { absence: result.error }
  const finding = withResources(result.value)
  const coerced = coerceAnswers(finding.values, target, convert)
  return coerced.ok ? { finding, answers: coerced.value } : { finding, refusal: coerced.error, options: target.options }
}

/** An expression that is a query alone gives the resources it found: they are the values, and what an answer rests on. */
function withResources(finding: Finding): Finding {
  const values = valuesOf(finding)
  if (finding.values.length > 0 || values.length === 0) return { ...finding, values }
  return { ...finding, values, sources: values.map(({ value }) => ({ resource: value as SourceResource, path: null })) }
}

/** What an item says of its last attempt; null where there is nothing to say. */
export function lookupOf(
  item: ItemView,
  definition: ItemDefinition,
  attempt: Attempt | undefined,
  chart: CollectedChart,
): Lookup | null {
  const [unsupported] = definition.expressions.unsupported
  const isUnfilled = item.answers.length === 0 || item.origin?.source === 'auto-server'
  if (unsupported !== undefined && isUnfilled && attempt?.finding === undefined)
    return {
      status: 'failed',
      searches: [],
      reason: unsupportedReason(unsupported.expression, unsupported.extension),
    }
  if (attempt === undefined) return null
  const { absence, finding, refusal } = attempt
  if (absence?.reason === 'failed')
    return { status: 'failed', searches: searchesOf(absence.queries, chart), reason: absence.message }
  if (finding === undefined) return null
  const searches = searchesOf(finding.queries, chart)
  if (refusal !== undefined) return { status: 'refused', searches, reason: refusal }
  if (finding.partial) return { status: 'partial', searches, reason: message('form.lookup.partial') }
  const nothing = item.answers.length === 0 || (finding.sources.length === 0 && finding.queries.length > 0)
  return nothing ? { status: 'not-found', searches, reason: null } : null
}

function searchesOf(queries: readonly string[], chart: CollectedChart): Lookup['searches'] {
  return queries.map((query) => {
    const search = chart.search(query)
    const { resourceType, parameters } = splitQuery(query)
    return { resourceType, query: parameters, found: search?.found ?? null, failure: search?.failure ?? null }
  })
}

function unsupportedReason(expression: Expression, extension: string): Message {
  const { language } = expression
  return language === LANGUAGE.fhirpath || language === LANGUAGE.query || isCql(expression)
    ? message('form.lookup.unsupported-expression', { extension: extension.split('/').at(-1) ?? extension })
    : message('form.lookup.unsupported-language', { language: language ?? '?' })
}
