/**
 * Reads a CDS Hooks response the way a careful EHR does: a card or action that breaks a rule is set aside with the reason,
 * and a system action may change nothing about an order but its coverage-information (CRD 2.2 resp-37). Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Extension } from 'fhir/r4'
import { EXT } from '#domain/fhir/canonical.ts'
import { err, ok, type Result } from '#domain/result.ts'
import {
  isObject,
  isResource,
  readPath,
  readText,
  toReference,
  type AnyResource,
  type StoredResource,
} from '../resource.ts'

export interface CardLink {
  readonly label: string
  readonly url: string
  readonly type: 'smart' | 'absolute'
  readonly appContext: string | null
}

export interface CardSuggestion {
  readonly uuid: string | null
  readonly label: string
  readonly actions: readonly unknown[]
}

export interface Card {
  readonly uuid: string
  readonly summary: string
  readonly detail: string | null
  readonly indicator: 'info' | 'warning' | 'critical'
  readonly source: string
  readonly links: readonly CardLink[]
  readonly suggestions: readonly CardSuggestion[]
  readonly overrideReasons: readonly {
    readonly code: string
    readonly system: string | null
    readonly display: string
  }[]
}

/** An order with the coverage-information that a system action brings; nothing else of the action is taken over. */
export interface AppliedAction {
  readonly reference: string
  readonly description: string
  readonly extensions: readonly Extension[]
}

export interface HookResponse {
  readonly cards: readonly Card[]
  readonly actions: readonly AppliedAction[]
  /** What was set aside and why. */
  readonly refused: readonly string[]
}

/** Reads a parsed response body. `orders` are the draft orders that were sent. Fails where it is no hook response at all. */
export function readHookResponse(body: unknown, orders: readonly StoredResource[]): Result<HookResponse, string> {
  if (!isObject(body) || !Array.isArray(body['cards'])) return err('The answer is not a CDS Hooks response.')
  const refused: string[] = []
  const keep = <T>(result: Result<T, string>): T[] => {
    if (result.ok) return [result.value]
    refused.push(result.error)
    return []
  }
  const actions = Array.isArray(body['systemActions']) ? body['systemActions'] : []
  return ok({
    cards: body['cards'].flatMap((card) => keep(parseCard(card))),
    actions: actions.flatMap((action) => keep(parseSystemAction(action, orders))),
    refused,
  })
}

function parseCard(value: unknown): Result<Card, string> {
  const summary = readText(value, 'summary')
  const source = readText(value, 'source.label')
  const uuid = readText(value, 'uuid')
  const indicator = readText(value, 'indicator')
  if (summary === undefined || source === undefined || uuid === undefined)
    return err('A card without uuid, summary or source was set aside.')
  if (summary.length >= 140) return err(`A card of ${source} was set aside: its summary is too long.`)
  if (indicator !== 'info' && indicator !== 'warning' && indicator !== 'critical')
    return err(`A card of ${source} was set aside: its indicator is unknown.`)
  const suggestions = readPath(value, 'suggestions').flatMap(parseSuggestion)
  const behavior = readText(value, 'selectionBehavior')
  // CRD 2.2: an unknown selectionBehavior makes the card an error.
  if (suggestions.length > 0 && behavior !== 'at-most-one' && behavior !== 'any')
    return err(`A card of ${source} was set aside: its selection behaviour is unknown.`)
  return ok({
    uuid,
    summary,
    source,
    indicator,
    detail: readText(value, 'detail') ?? null,
    links: readPath(value, 'links').flatMap(parseLink),
    suggestions,
    overrideReasons: readPath(value, 'overrideReasons').flatMap(parseOverrideReason),
  })
}

function parseLink(value: unknown): CardLink[] {
  const label = readText(value, 'label')
  const url = readText(value, 'url')
  const type = readText(value, 'type')
  if (label === undefined || url === undefined || (type !== 'smart' && type !== 'absolute')) return []
  return [{ label, url, type, appContext: readText(value, 'appContext') ?? null }]
}

function parseSuggestion(value: unknown): CardSuggestion[] {
  const label = readText(value, 'label')
  return label === undefined
    ? []
    : [{ label, uuid: readText(value, 'uuid') ?? null, actions: readPath(value, 'actions') }]
}

function parseOverrideReason(value: unknown): Card['overrideReasons'] {
  const code = readText(value, 'code')
  if (code === undefined) return []
  return [{ code, system: readText(value, 'system') ?? null, display: readText(value, 'display') ?? code }]
}

function parseSystemAction(action: unknown, orders: readonly StoredResource[]): Result<AppliedAction, string> {
  const resource = isObject(action) ? action['resource'] : undefined
  if (!isObject(action) || action['type'] !== 'update' || !isResource(resource))
    return err('A system action other than an update was set aside.')
  const order = orders.find((sent) => sent.resourceType === resource.resourceType && sent.id === resource.id)
  if (order === undefined) return err('A system action for something that was not ordered was set aside.')
  if (!isDeepStrictEqual(stripAnnotation(order), stripAnnotation(resource)))
    return err(
      `A system action that changes more than the coverage information of ${toReference(order)} was set aside.`,
    )
  return ok({
    reference: toReference(order),
    description: readText(action, 'description') ?? '',
    extensions: listCoverageInformation(resource),
  })
}

/** The coverage-information extensions of an order. */
export function listCoverageInformation(order: AnyResource): readonly Extension[] {
  return readPath(order, 'extension').filter(isCoverageInformation)
}

/** A copy of the order with its coverage-information replaced. */
export function annotateOrder<T extends AnyResource>(order: T, coverageInformation: readonly Extension[]): T {
  const others = readPath(order, 'extension').filter((extension) => !isCoverageInformation(extension))
  const extension = [...others, ...coverageInformation]
  const rest = omit(order, 'extension')
  return (extension.length === 0 ? rest : { ...rest, extension }) as T
}

function isCoverageInformation(value: unknown): value is Extension {
  return isObject(value) && value['url'] === EXT.coverageInformation
}

/** The order without its annotation and without what only this server sets. */
function stripAnnotation(order: AnyResource): unknown {
  return omit(annotateOrder(order, []), 'meta')
}

function omit(resource: AnyResource, element: string): object {
  return Object.fromEntries(Object.entries(resource).filter(([name]) => name !== element))
}
