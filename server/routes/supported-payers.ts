import type { FastifyInstance } from 'fastify'
import {
  buildSupportedPayers,
  buildSupportedPayersList,
  type SupportedPayer,
} from '#domain/dtr/package/supported-payers.ts'
import type { PayerConfig } from '../config.ts'

export interface SupportedPayersDeps {
  readonly payers: ReadonlyMap<string, PayerConfig>
  readonly now: () => string
}

/**
 * `GET /dtr/supported-payers`: the payers whose forms this app fetches (dtr.md §1.1). Public: EHRs read it by plain GET to
 * know where to offer the app. JSON unless FHIR is asked for; the list is empty where no payer has DTR, and a List cannot be.
 */
export function supportedPayersRoutes(app: FastifyInstance, deps: SupportedPayersDeps): void {
  app.get('/dtr/supported-payers', async (request, reply) => {
    const [first, ...rest] = [...deps.payers.values()].filter(({ dtr }) => dtr !== null).map(toSupported)
    void reply.header('cache-control', 'public, max-age=3600').header('vary', 'accept')
    if (!(request.headers.accept ?? '').includes('application/fhir+json') || first === undefined)
      return reply.send(buildSupportedPayers(first === undefined ? [] : [first, ...rest]))
    const list = buildSupportedPayersList([first, ...rest], deps.now())
    return reply.header('content-type', 'application/fhir+json; charset=utf-8').send(JSON.stringify(list))
  })
}

function toSupported({ identifiers, id, name }: PayerConfig): SupportedPayer {
  const [registered] = identifiers
  return { id: registered?.value ?? id, system: registered?.system ?? '', name }
}
