/** Builds our answer to the EHR out of what payers said: one update an order, their cards, and our own (crd.md §1.3). */
import type { Extension } from 'fhir/r4'
import { describeGroup, groupOrders, readGroupId } from '#domain/context/order-group.ts'
import { readOrderCodings, type Order } from '#domain/context/order.ts'
import { buildLaunchCard, buildNoAnswerCard, buildNotAskedCard, type LaunchLink } from '#domain/crd/cards.ts'
import { readCoverageInformation } from '#domain/crd/coverage-information.ts'
import { combineStates, readCoverageState, selectStatement } from '#domain/crd/coverage-state.ts'
import { downcastCoverageInformation } from '#domain/crd/downcast.ts'
import type { JsonObject } from '#domain/crd/json.ts'
import { mergeAnnotations } from '#domain/crd/merge-annotations.ts'
import type { CrdVersion } from '#domain/crd/sub-extension.ts'
import type { CoverageState } from '#domain/contract/launch.ts'
import { isSameReference, referenceTo } from '#domain/fhir/reference.ts'
import type { Assignment } from './order-assignment.ts'
import type { InquiryOutcome } from './payer-inquiry.ts'

/** A payer's outcome, or that it had not answered when the EHR had to be. */
export interface AskedPayer {
  readonly payerName: string
  readonly orders: readonly Order[]
  readonly coverageReference: string | null
  readonly outcome: InquiryOutcome | null
}

export interface HookAnswerInput {
  readonly version: CrdVersion
  readonly orders: readonly Order[]
  readonly assignments: readonly Assignment[]
  readonly asked: readonly AskedPayer[]
  readonly payerCards: readonly JsonObject[]
  readonly today: string
  /** Null where the tenant or this call wants no card of ours. */
  readonly ownCards: { readonly link: LaunchLink | null; readonly newUuid: () => string } | null
}

const OPENS_PRECERT: readonly CoverageState[] = ['auth-needed', 'documentation-needed', 'information-needed']

function extensionsFor(order: Order, asked: readonly AskedPayer[]): Extension[] {
  return asked.flatMap(({ outcome }) =>
    outcome?.result.ok === true
      ? outcome.result.value.annotations
          .filter(({ orderReference }) => isSameReference(orderReference, referenceTo(order)))
          .flatMap(({ information }) => information.map(({ extension }) => extension))
      : [],
  )
}

function stateOf(order: Order, input: HookAnswerInput): CoverageState {
  const asked = input.asked.find(({ orders }) => orders.includes(order))
  const statement = selectStatement(extensionsFor(order, input.asked).map(readCoverageInformation), {
    order,
    codings: readOrderCodings(order, []),
    orderReferences: input.orders.flatMap((other) => referenceTo(other) ?? []),
    coverageReference: asked?.coverageReference ?? null,
    today: input.today,
  })
  if (statement.kind === 'applies') return readCoverageState(statement.information)
  return statement.kind === 'silent' ? 'no-answer' : 'unknown'
}

/** Groups for which Precert has something to offer. */
export function listGroupsToOpen(input: Omit<HookAnswerInput, 'ownCards'>): string[] {
  return groupOrders(input.orders)
    .filter((group) =>
      OPENS_PRECERT.includes(combineStates(group.orders.map((order) => stateOf(order, { ...input, ownCards: null })))),
    )
    .map(({ groupId }) => groupId)
}

function buildSystemActions(input: HookAnswerInput): JsonObject[] {
  return input.orders.flatMap((order) => {
    const payers = input.asked.filter(({ orders }) => orders.includes(order)).map(({ payerName }) => payerName)
    const extensions = extensionsFor(order, input.asked).flatMap((extension) => {
      const written = downcastCoverageInformation(extension, input.version)
      return written.ok ? [written.value.extension] : []
    })
    if (extensions.length === 0) return []
    const merged = mergeAnnotations(order, extensions)
    if (!merged.changed) return []
    return [{ type: 'update', description: `Coverage information from ${payers.join(', ')}`, resource: merged.order }]
  })
}

function buildOwnCards(input: HookAnswerInput): JsonObject[] {
  const { ownCards, version } = input
  if (ownCards === null) return []
  const about = (orders: readonly Order[]) => ({
    uuid: ownCards.newUuid(),
    version,
    orderTitles: groupOrders(orders).map((group) => describeGroup(group, []).title),
    orderReferences: orders.flatMap((order) => referenceTo(order) ?? []),
    link: ownCards.link,
  })
  const toOpen = new Set(listGroupsToOpen(input))
  const open = input.orders.filter((order) => toOpen.has(readGroupId(order)))
  const unanswered = input.asked.filter(({ outcome }) => outcome === null || !outcome.result.ok)
  const reasons = ['no-coverage', 'several-coverages', 'unknown-payer'] as const
  return [
    ...(open.length > 0 && ownCards.link !== null ? [buildLaunchCard({ ...about(open), link: ownCards.link })] : []),
    ...(unanswered.length > 0
      ? [
          buildNoAnswerCard(about(unanswered.flatMap(({ orders }) => orders)), [
            ...new Set(unanswered.map(({ payerName }) => payerName)),
          ]),
        ]
      : []),
    ...reasons.flatMap((reason) => {
      const orders = input.assignments.flatMap(({ kind, order }) => (kind === reason ? [order] : []))
      return orders.length === 0 ? [] : [buildNotAskedCard(about(orders), reason)]
    }),
  ]
}

/** The CDS Hooks response: `cards` always, `systemActions` only where something is new (resp-35; empty arrays are not sent). */
export function buildHookAnswer(input: HookAnswerInput): JsonObject {
  const systemActions = buildSystemActions(input)
  return {
    cards: [...input.payerCards, ...buildOwnCards(input)],
    ...(systemActions.length === 0 ? {} : { systemActions }),
  }
}
