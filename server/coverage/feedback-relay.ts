/**
 * CDS Hooks feedback (crd.md §3.3): relayed to the payer whose card it was, under the payer's own uuid. Our cards' feedback
 * ends here. The map lives in this node's memory for as long as a card can be acted on; the EHR gets 200 either way.
 */
import { asArray, asObject, asText, type JsonObject } from '#domain/crd/json.ts'
import type { PayerCrdClient } from '../clients/payer-crd.ts'
import type { PayerConfig } from '../config.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import { createExpiringMap } from './expiring-map.ts'

const CARD_LIFE_SECONDS = 12 * 3600
const CARD_LIMIT = 20_000

interface RelayedCard {
  readonly payer: PayerConfig
  readonly originalUuid: string
}

export interface FeedbackRelayDeps {
  readonly crd: PayerCrdClient
  readonly background: BackgroundTasks
  readonly now: () => string
  readonly newUuid: () => string
}

export interface FeedbackRelay {
  /** Gives the cards uuids that are unique in this answer and remembers whose they are. */
  register(
    tenantId: string,
    from: readonly { readonly payer: PayerConfig; readonly cards: readonly JsonObject[] }[],
  ): JsonObject[]
  relay(tenantId: string, body: unknown): void
}

/** Builds the relay. */
export function createFeedbackRelay(deps: FeedbackRelayDeps): FeedbackRelay {
  const cards = createExpiringMap<RelayedCard>(CARD_LIFE_SECONDS, CARD_LIMIT)

  return {
    register(tenantId, from) {
      const used = new Set<string>()
      return from.flatMap(({ payer, cards: received }) =>
        received.map((card) => {
          const originalUuid = asText(card['uuid'])
          const uuid = originalUuid === undefined || used.has(originalUuid) ? deps.newUuid() : originalUuid
          used.add(uuid)
          if (originalUuid !== undefined) cards.set(`${tenantId} ${uuid}`, { payer, originalUuid }, deps.now())
          return { ...card, uuid }
        }),
      )
    },
    relay(tenantId, body) {
      for (const entry of asArray(asObject(body)?.['feedback'])) {
        const feedback = asObject(entry)
        const uuid = asText(feedback?.['card'])
        const card = uuid === undefined ? undefined : cards.get(`${tenantId} ${uuid}`, deps.now())
        if (card === undefined) continue
        deps.background.run('relay-feedback', () =>
          deps.crd.feedback(card.payer, { feedback: [{ ...feedback, card: card.originalUuid }] }),
        )
      }
    },
  }
}
