/** Keeps what was said to a payer and what it answered, as bytes, with the case. */
import type { PayerExchange } from '../clients/payer-crd.ts'
import type { Store } from '../store/store.ts'

export interface ExchangeAbout {
  readonly tenant: string
  readonly caseId: string
  readonly partner: string
  readonly kind: string
}

/** Gives the id of the kept answer; of the request, where none came. */
export async function keepExchange(
  { store, newId }: { readonly store: Store; readonly newId: () => string },
  about: ExchangeAbout,
  exchange: PayerExchange,
): Promise<string> {
  const requestId = newId()
  const answerId = newId()
  await store.transaction(async (tx) => {
    await store.exchanges.insert(tx, {
      ...about,
      id: requestId,
      requestId: null,
      direction: 'out',
      contentType: 'application/fhir+json',
      httpStatus: null,
      body: exchange.requestBody,
      at: exchange.sentAt,
    })
    if (exchange.status === null) return
    await store.exchanges.insert(tx, {
      ...about,
      id: answerId,
      requestId,
      direction: 'in',
      contentType: exchange.contentType,
      httpStatus: exchange.status,
      body: exchange.responseBody,
      at: exchange.answeredAt,
    })
  })
  return exchange.status === null ? requestId : answerId
}
