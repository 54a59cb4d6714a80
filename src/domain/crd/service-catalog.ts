/** CDS Hooks discovery: what we advertise to EHRs, and reading what a payer advertises (crd.md §2.2, §2.3). */
import { err, ok, type Failure, type Result } from '../result.ts'
import { asArray, asObject, asText, type JsonObject } from './json.ts'
import type { CrdVersion } from './sub-extension.ts'

export const ORDER_SIGN_SERVICE_ID = 'crd-order-sign'

/** Versions a caller may ask of us, by the wire string of davinci-crd.version (dev-1, dev-2). */
const OFFERED_VERSIONS: Readonly<Record<string, CrdVersion>> = { '2.0': '2.0.1', '2.1': '2.1', '2.2': '2.2' }

/**
 * Our discovery document. Prefetch has simple tokens only: some EHRs configure prefetch by hand and have no Coverage
 * search by status (crd.md §2.2, §5); the rest is read by us.
 */
export function buildServiceCatalog(): JsonObject {
  return {
    services: [
      {
        hook: 'order-sign',
        id: ORDER_SIGN_SERVICE_ID,
        title: 'Precert coverage requirements',
        description: 'Asks the payer of each order whether it needs prior authorization and which documentation.',
        prefetch: {
          user: '{{context.userId}}',
          patient: 'Patient/{{context.patientId}}',
          encounter: 'Encounter/{{context.encounterId}}',
          coverage: 'Coverage?patient={{context.patientId}}',
        },
        extension: {
          'davinci-crd.version': Object.keys(OFFERED_VERSIONS),
          'davinci-crd.configuration-options': [
            {
              code: 'coverage-info',
              type: 'boolean',
              name: 'Coverage information',
              description: 'Coverage and authorization requirements of the orders, and the card that opens Precert.',
              default: true,
            },
            {
              code: 'unsolicited-determ',
              type: 'boolean',
              name: 'Unsolicited determinations',
              description: 'Authorizations that a payer gives without being asked.',
              default: true,
            },
          ],
        },
      },
    ],
  }
}

/** The dialect to answer in: what the caller asked for, else the tenant's; null for a version that we do not speak. */
export function readAnswerVersion(requested: string | null, tenantDefault: CrdVersion): CrdVersion | null {
  if (requested === null) return tenantDefault
  return OFFERED_VERSIONS[requested] ?? (requested === '2.0.1' ? '2.0.1' : null)
}

export interface PayerService {
  readonly id: string
  /** Query template by key; only these keys may be sent (found-31). */
  readonly prefetch: Readonly<Record<string, string>>
  readonly versions: readonly string[]
  readonly options: readonly string[]
}

export type CatalogFailure = Failure<'catalog-unreadable' | 'service-missing'>

/** Reads one order-sign service of a payer's discovery document. Members of odd types are left out, not fatal. */
export function readPayerService(body: unknown, serviceId: string): Result<PayerService, CatalogFailure> {
  const services = asObject(body)?.['services']
  if (!Array.isArray(services)) return err({ reason: 'catalog-unreadable' })
  const service = services.map(asObject).find((candidate) => candidate?.['id'] === serviceId)
  if (service === undefined || service['hook'] !== 'order-sign')
    return err({ reason: 'service-missing', params: { serviceId } })
  const extension = asObject(service['extension'])
  return ok({
    id: serviceId,
    prefetch: Object.fromEntries(
      Object.entries(asObject(service['prefetch']) ?? {}).flatMap(([key, template]) =>
        typeof template === 'string' ? [[key, template]] : [],
      ),
    ),
    versions: asArray(extension?.['davinci-crd.version']).flatMap((version) => asText(version) ?? []),
    options: asArray(extension?.['davinci-crd.configuration-options']).flatMap(
      (option) => asText(asObject(option)?.['code']) ?? [],
    ),
  })
}

const WIRE_VERSION: Readonly<Record<CrdVersion, string>> = { '2.0.1': '2.0', '2.1': '2.1', '2.2': '2.2' }

/** `davinci-crd.requestedVersion` for a service that lists versions (dev-3); null for the older ones, which list none. */
export function chooseRequestedVersion(service: PayerService, configured: CrdVersion): string | null {
  const wanted = WIRE_VERSION[configured]
  return service.versions.includes(wanted) ? wanted : null
}
