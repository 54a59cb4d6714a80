/**
 * Turns parsed prefetch templates into FHIR queries, in the order their dependencies ask. Pure: the caller reads and comes
 * back with the results. A template that leads to nothing (no ids) is `empty`, and no query is made for it (crd.md §2.2).
 */
import { addToDate } from '../time.ts'
import { normalizeReference } from '../fhir/reference.ts'
import { err, ok, type Result } from '../result.ts'
import { asArray, asObject, type JsonObject } from './json.ts'
import {
  listPrefetchKeys,
  parsePrefetchTemplate,
  type Expression,
  type TemplateFailure,
  type TemplatePart,
} from './prefetch-template.ts'

/** What tokens may speak of. `results` are prefetch values by key: a resource, a Bundle, or null. */
export interface PrefetchScope {
  readonly context: JsonObject
  readonly results: Readonly<Record<string, unknown>>
  readonly today: string
}

export type PrefetchQuery = { readonly kind: 'query'; readonly query: string } | { readonly kind: 'empty' }

export interface PrefetchPlan {
  /** Keys whose templates can be evaluated, in layers: a layer needs only the ones before it. */
  readonly layers: readonly (readonly { readonly key: string; readonly parts: readonly TemplatePart[] }[])[]
  /** Keys that are left out, and why: outside the subset, or part of a cycle. */
  readonly refused: readonly { readonly key: string; readonly reason: TemplateFailure['reason'] | 'cycle' }[]
}

/** Orders a service's templates by dependency; a cycle and everything behind it is refused. */
export function planPrefetch(templates: Readonly<Record<string, string>>): PrefetchPlan {
  const refused: { key: string; reason: TemplateFailure['reason'] | 'cycle' }[] = []
  const waiting = new Map<string, TemplatePart[]>()
  for (const [key, template] of Object.entries(templates)) {
    const parsed = parsePrefetchTemplate(template)
    if (parsed.ok) waiting.set(key, parsed.value)
    else refused.push({ key, reason: parsed.error.reason })
  }
  const layers: { key: string; parts: TemplatePart[] }[][] = []
  while (waiting.size > 0) {
    const ready = [...waiting].filter(([, parts]) => listPrefetchKeys(parts).every((needed) => !waiting.has(needed)))
    if (ready.length === 0) {
      for (const key of waiting.keys()) refused.push({ key, reason: 'cycle' })
      break
    }
    layers.push(ready.map(([key, parts]) => ({ key, parts })))
    for (const [key] of ready) waiting.delete(key)
  }
  return { layers, refused }
}

const USER_TOKEN = /^user(Practitioner|PractitionerRole|Patient|RelatedPerson)Id$/

function readUserToken(name: string, context: JsonObject): unknown[] {
  const type = USER_TOKEN.exec(name)?.[1]
  const [userType, id] = String(context['userId'] ?? '').split('/')
  return type !== undefined && userType === type && id !== undefined ? [id] : []
}

/** Navigation as FHIRPath does it: lists flatten, a choice element is found by its stem, a Bundle lists its types (2.0.1). */
function readMember(node: unknown, name: string): unknown[] {
  const object = asObject(node)
  if (object === undefined) return []
  const direct = object[name]
  if (direct !== undefined && direct !== null) return Array.isArray(direct) ? direct : [direct]
  if (object['resourceType'] === 'Bundle' && /^[A-Z]/.test(name))
    return asArray(object['entry'])
      .map((entry) => asObject(entry)?.['resource'])
      .filter((resource) => asObject(resource)?.['resourceType'] === name)
  const choice = Object.keys(object).find((key) => key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length)))
  return choice === undefined ? [] : [object[choice]]
}

/** The literal reference a node stands for: a Reference, or a string such as an entry of `dispatchedOrders`. */
function literalOf(node: unknown): string | undefined {
  const literal = typeof node === 'string' ? node : asObject(node)?.['reference']
  return typeof literal === 'string' && !literal.startsWith('#') ? normalizeReference(literal) : undefined
}

/** `resolve()`: the resource where the scope holds it, else its type and id, which is all that ids and types need. */
function resolveNode(node: unknown, scope: PrefetchScope): unknown[] {
  const literal = literalOf(node)
  if (literal === undefined) return []
  const found = [...Object.values(scope.context), ...Object.values(scope.results)].flatMap(listResources)
  const match = found.find((resource) => `${String(resource['resourceType'])}/${String(resource['id'])}` === literal)
  if (match !== undefined) return [match]
  const [resourceType, id] = literal.split('/')
  return resourceType !== undefined && id !== undefined ? [{ resourceType, id }] : []
}

function listResources(value: unknown): JsonObject[] {
  const object = asObject(value)
  if (object === undefined) return []
  if (object['resourceType'] !== 'Bundle') return [object]
  return asArray(object['entry'])
    .map((entry) => asObject(asObject(entry)?.['resource']))
    .filter((resource) => resource !== undefined)
}

function evaluate(expression: Expression, scope: PrefetchScope): unknown[] {
  switch (expression.kind) {
    case 'name':
      return expression.name === 'context' ? [scope.context] : readUserToken(expression.name, scope.context)
    case 'prefetch': {
      const result = scope.results[expression.key]
      return result === undefined || result === null ? [] : [result]
    }
    case 'today':
      return [scope.today]
    case 'member': {
      const nodes = evaluate(expression.of, scope)
      const isContext = expression.of.kind === 'name' && expression.of.name === 'context'
      // the published 2.0.1 set has `context.patient` where `context.patientId` is meant (crd.md §2.2)
      const name = isContext && expression.name === 'patient' ? 'patientId' : expression.name
      return nodes.flatMap((node) => readMember(node, name))
    }
    case 'call':
      return evaluateCall(expression, scope)
    case 'shift':
      return evaluate(expression.of, scope).flatMap(
        (node) => (typeof node === 'string' ? addToDate(node, { days: expression.days }) : undefined) ?? [],
      )
    case 'union':
      return expression.parts.flatMap((part) => evaluate(part, scope))
  }
}

function evaluateCall(expression: Extract<Expression, { kind: 'call' }>, scope: PrefetchScope): unknown[] {
  const nodes = evaluate(expression.of, scope)
  switch (expression.name) {
    case 'ofType':
      return nodes.filter((node) => asObject(node)?.['resourceType'] === expression.argument)
    case 'extension':
      return nodes
        .flatMap((node) => asArray(asObject(node)?.['extension']))
        .filter((extension) => asObject(extension)?.['url'] === expression.argument)
    case 'resolve':
      return nodes.flatMap((node) => resolveNode(node, scope))
    case 'first':
      return nodes.slice(0, 1)
  }
}

/** Only addresses within the FHIR base: a template must not send us anywhere else. */
const RELATIVE_QUERY = /^[A-Z][A-Za-z]{1,40}(\/[A-Za-z0-9.-]{1,64})?(\?[^#\s]*)?$/

/** Writes the values of a token: unique, comma-separated, encoded where they are not plain ids or references. */
function writeValues(values: readonly unknown[]): string {
  const texts = values.filter((value) => typeof value === 'string' || typeof value === 'number').map(String)
  return [...new Set(texts)].map((text) => encodeURIComponent(text).replaceAll('%2F', '/')).join(',')
}

/** The query of one template, `empty` where a token has no value; fails where it would leave the FHIR base. */
export function buildPrefetchQuery(
  parts: readonly TemplatePart[],
  scope: PrefetchScope,
): Result<PrefetchQuery, TemplateFailure> {
  let query = ''
  for (const part of parts) {
    const text = part.kind === 'text' ? part.text : writeValues(evaluate(part.expression, scope))
    if (text === '') return ok({ kind: 'empty' })
    query += text
  }
  const relative = query.trim()
  return RELATIVE_QUERY.test(relative) ? ok({ kind: 'query', query: relative }) : err({ reason: 'token-malformed' })
}
