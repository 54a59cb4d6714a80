/**
 * The CDS Hooks client of the simulated EHR (CDS Hooks 2.0, CRD 2.2): discovery, a signed `order-sign` call with prefetch and
 * a token that dies with the call, and feedback on cards.
 */
import { SignJWT } from 'jose'
import type { Bundle } from 'fhir/r4'
import { err, ok, type Result } from '#domain/result.ts'
import { runSearch } from '../fhir/search.ts'
import { RESOURCE_TYPES } from '../fhir/search-parameters.ts'
import type { SigningKey } from '../keys.ts'
import { HOOK_LIFE_SECONDS, type GrantRegistry } from '../oauth/grants.ts'
import { isObject, readPath, readPatientId, readText, toReference, type StoredResource } from '../resource.ts'
import type { ResourceStore } from '../store.ts'
import { readHookResponse, type HookResponse } from './hook-response.ts'
import { fillPrefetch, type HookContext } from './prefetch.ts'

/** CRD asks services to answer within 5 s; after 8 s the clinician is let go. */
export const HOOK_TIMEOUT_MS = 8_000
const DISCOVERY_LIFE_MS = 86_400_000
/** As narrow as the service needs (CRD 2.2 found-21). */
const HOOK_SCOPES = [
  'patient/Patient.r',
  'patient/Coverage.rs',
  'patient/Encounter.rs',
  'patient/MedicationRequest.rs',
  'patient/ServiceRequest.rs',
  'patient/DeviceRequest.rs',
  'patient/Condition.rs',
  'user/Practitioner.rs',
  'user/PractitionerRole.rs',
  'user/Organization.rs',
  'user/Location.rs',
  'user/Medication.rs',
] as const

export interface CdsClientOptions {
  readonly baseUrl: string
  /** `{precert}/t/{tenant}/cds-services`. */
  readonly servicesUrl: string
  /** client_id of the CDS service here: `subject` of fhirAuthorization. */
  readonly clientId: string
  readonly key: SigningKey
  readonly store: ResourceStore
  readonly grants: GrantRegistry
  readonly fetch: typeof fetch
  readonly nowMs: () => number
  readonly newId: () => string
}

export interface OrderSignCall {
  readonly user: string
  readonly patientId: string
  readonly encounterId: string | null
  readonly orders: readonly StoredResource[]
  /** Aborted when the clinician does not want to wait. */
  readonly signal: AbortSignal
}

export interface Feedback {
  readonly card: string
  readonly outcome: 'accepted' | 'overridden'
  readonly acceptedSuggestions?: readonly { readonly id: string }[]
  readonly overrideReason?: { readonly reason?: { readonly code: string; readonly system?: string } }
  readonly outcomeTimestamp: string
}

export interface CdsClient {
  /** Fires order-sign; fails with a sentence for the clinician. */
  orderSign(call: OrderSignCall): Promise<Result<HookResponse, string>>
  /** Tells the service what became of a card; whether that arrived matters to nobody in the clinic. */
  sendFeedback(feedback: Feedback): Promise<boolean>
}

interface Service {
  readonly url: string
  readonly prefetch: Readonly<Record<string, string>>
}

export function createCdsClient(options: CdsClientOptions): CdsClient {
  let known: { readonly service: Service; readonly at: number } | undefined

  const signJwt = (audience: string): Promise<string> => {
    const at = Math.floor(options.nowMs() / 1000)
    return new SignJWT({})
      .setProtectedHeader({
        alg: 'ES384',
        kid: options.key.kid,
        typ: 'JWT',
        jku: `${options.baseUrl}/cds/jwks.json`,
      })
      .setIssuer(options.baseUrl)
      .setAudience(audience)
      .setIssuedAt(at)
      .setExpirationTime(at + 300)
      .setJti(options.newId())
      .sign(options.key.privateKey)
  }
  const call = async (url: string, init: RequestInit): Promise<Response> =>
    options.fetch(url, {
      ...init,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        authorization: `Bearer ${await signJwt(url)}`,
      },
    })
  const discover = async (signal: AbortSignal): Promise<Result<Service, string>> => {
    if (known !== undefined && known.at + DISCOVERY_LIFE_MS > options.nowMs()) return ok(known.service)
    const response = await call(options.servicesUrl, { signal })
    if (!response.ok) return err(`Decision support could not be reached (${response.status}).`)
    const services = readPath(await response.json(), 'services')
    const offered = services.find((service) => readText(service, 'hook') === 'order-sign')
    const id = readText(offered, 'id')
    if (offered === undefined || id === undefined) return err('Decision support offers nothing for signing orders.')
    const service = { url: `${options.servicesUrl}/${id}`, prefetch: readTemplates(offered) }
    known = { service, at: options.nowMs() }
    return ok(service)
  }

  return {
    async orderSign({ user, patientId, encounterId, orders, signal }) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(HOOK_TIMEOUT_MS)])
      const context = buildContext(`${options.baseUrl}/fhir`, { user, patientId, encounterId, orders })
      const launch = { user, patientId, encounterId, fhirContext: [], appContext: null, denyScopes: [] }
      const token = options.grants.issueAccess(
        { clientId: options.clientId, launch, scopes: HOOK_SCOPES },
        HOOK_LIFE_SECONDS,
      )
      try {
        const service = await discover(limit)
        if (!service.ok) return service
        const request = {
          hook: 'order-sign',
          hookInstance: options.newId(),
          fhirServer: `${options.baseUrl}/fhir`,
          fhirAuthorization: {
            access_token: token,
            token_type: 'Bearer',
            expires_in: HOOK_LIFE_SECONDS,
            scope: HOOK_SCOPES.join(' '),
            subject: options.clientId,
            patient: patientId,
          },
          context,
          prefetch: fillPrefetch(service.value.prefetch, context, {
            read: (type, id) => readWithin(options.store, patientId, type, id),
            search: (type, query) => searchWithin(options, patientId, type, query),
          }),
        }
        const response = await call(service.value.url, { method: 'POST', body: JSON.stringify(request), signal: limit })
        if (response.ok) return readHookResponse(await response.json(), orders)
        known = undefined
        return err(`Decision support refused the call (${response.status}).`)
      } catch (error) {
        known = undefined
        if (signal.aborted) return err('You did not wait for decision support.')
        return error instanceof DOMException && error.name === 'TimeoutError'
          ? err(`Decision support did not answer within ${HOOK_TIMEOUT_MS / 1000} seconds.`)
          : err('Decision support could not be reached.')
      } finally {
        options.grants.revoke(token)
      }
    },
    async sendFeedback(feedback) {
      const signal = AbortSignal.timeout(HOOK_TIMEOUT_MS)
      try {
        const service = await discover(signal)
        if (!service.ok) return false
        const body = JSON.stringify({ feedback: [feedback] })
        return (await call(`${service.value.url}/feedback`, { method: 'POST', body, signal })).ok
      } catch {
        return false
      }
    },
  }
}

function readTemplates(service: unknown): Readonly<Record<string, string>> {
  const prefetch = isObject(service) ? service['prefetch'] : undefined
  if (!isObject(prefetch)) return {}
  return Object.fromEntries(
    Object.entries(prefetch).flatMap(([key, template]) => (typeof template === 'string' ? [[key, template]] : [])),
  )
}

function buildContext(fhirBase: string, call: Omit<OrderSignCall, 'signal'>): HookContext {
  return {
    userId: call.user,
    patientId: call.patientId,
    ...(call.encounterId === null ? {} : { encounterId: call.encounterId }),
    draftOrders: {
      resourceType: 'Bundle',
      type: 'collection',
      entry: call.orders.map((order) => ({ fullUrl: `${fhirBase}/${toReference(order)}`, resource: order })),
    },
  }
}

function readWithin(store: ResourceStore, patientId: string, type: string, id: string): StoredResource | undefined {
  const found = store.read(type, id)
  const owner = found === undefined ? undefined : readPatientId(found)
  return owner === undefined || owner === patientId ? found : undefined
}

function searchWithin(
  { store, baseUrl }: CdsClientOptions,
  patientId: string,
  type: string,
  query: URLSearchParams,
): Bundle | undefined {
  if (!RESOURCE_TYPES.includes(type)) return undefined
  const paged = new URLSearchParams(query)
  if (!paged.has('_count')) paged.set('_count', '250')
  const found = runSearch({
    type,
    query: paged,
    store,
    baseUrl: `${baseUrl}/fhir`,
    lenient: false,
    patientId,
    mayRead: () => true,
  })
  return found.ok ? found.value : undefined
}
