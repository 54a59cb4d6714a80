/** Keeps what was said to a payer and what it answered, as bytes, with the case. */
import { readCall, type PayerExchange } from '../clients/payer-crd.ts'
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
  const call = readCall(exchange, 'application/fhir+json', newId)
  await store.statement((tx) => store.exchanges.insertCall(tx, { ...about, ...call }))
  return (call.answer ?? call.request).id
}
