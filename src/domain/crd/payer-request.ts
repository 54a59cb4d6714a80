/**
 * Our call to one payer (crd.md §1.3 step 5): a new hookInstance, only that payer's orders and its one Coverage, only the
 * prefetch keys it advertises, our façade as its FHIR server. The EHR's own token is no part of it.
 */
import type { Bundle, FhirResource } from 'fhir/r4'
import type { Order } from '../context/order.ts'
import { referenceTo } from '../fhir/reference.ts'
import type { JsonObject } from './json.ts'
import { rewriteReferences } from './rewrite-references.ts'

/** The FHIR access a payer gets: `subject` is its client id (crd.md §4.2). */
export interface FacadeAccess {
  readonly base: string
  readonly token: string
  readonly expiresInSeconds: number
  readonly scope: string
  readonly subject: string
}

export interface PayerRequestInput {
  readonly hookInstance: string
  readonly userId: string
  readonly patientId: string
  readonly encounterId: string | null
  readonly orders: readonly Order[]
  readonly ehrBase: string
  readonly facade: FacadeAccess
  /** Values by advertised key; a key whose data does not exist is null. */
  readonly prefetch: Readonly<Record<string, unknown>>
  /** Leaves keys without data out instead of sending null (strict services). */
  readonly omitEmptyPrefetch: boolean
  readonly configuration: JsonObject
  readonly requestedVersion: string | null
}

/** The orders as the payer gets them: references under the EHR's base lead to the façade. */
export function buildSentOrders(orders: readonly Order[], ehrBase: string, facadeBase: string): Order[] {
  return orders.map((order) => rewriteReferences(order, ehrBase, facadeBase))
}

function buildDraftOrders(orders: readonly Order[], base: string): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'collection',
    entry: orders.map((order) => ({ fullUrl: `${base}/${referenceTo(order) ?? ''}`, resource: order })),
  }
}

/** A searchset as the façade answers it, and as prefetch holds it: both are the same thing (crd.md §2.2). */
export function buildSearchset(
  base: string,
  query: string,
  found: { readonly matches: readonly FhirResource[]; readonly included: readonly FhirResource[] },
): Bundle<FhirResource> {
  const entry = (mode: 'match' | 'include') => (resource: FhirResource) => ({
    fullUrl: `${base}/${referenceTo(resource) ?? ''}`,
    resource,
    search: { mode },
  })
  const entries = [...found.matches.map(entry('match')), ...found.included.map(entry('include'))]
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.matches.length,
    link: [{ relation: 'self', url: `${base}/${query}` }],
    ...(entries.length === 0 ? {} : { entry: entries }),
  }
}

function buildPrefetch(input: PayerRequestInput): JsonObject {
  const entries = Object.entries(input.prefetch).filter(([, value]) => value !== null || !input.omitEmptyPrefetch)
  return Object.fromEntries(
    entries.map(([key, value]) => [key, rewriteReferences(value, input.ehrBase, input.facade.base)]),
  )
}

/** Builds the order-sign request body for one payer. */
export function buildPayerRequest(input: PayerRequestInput): JsonObject {
  const { facade } = input
  const prefetch = buildPrefetch(input)
  const extension: JsonObject = {
    ...(Object.keys(input.configuration).length > 0 ? { 'davinci-crd.configuration': input.configuration } : {}),
    ...(input.requestedVersion === null ? {} : { 'davinci-crd.requestedVersion': input.requestedVersion }),
  }
  return {
    hook: 'order-sign',
    hookInstance: input.hookInstance,
    fhirServer: facade.base,
    fhirAuthorization: {
      access_token: facade.token,
      token_type: 'Bearer',
      expires_in: facade.expiresInSeconds,
      scope: facade.scope,
      subject: facade.subject,
      patient: input.patientId,
    },
    context: {
      userId: input.userId,
      patientId: input.patientId,
      ...(input.encounterId === null ? {} : { encounterId: input.encounterId }),
      draftOrders: buildDraftOrders(buildSentOrders(input.orders, input.ehrBase, facade.base), facade.base),
    },
    ...(Object.keys(prefetch).length > 0 ? { prefetch } : {}),
    ...(Object.keys(extension).length > 0 ? { extension } : {}),
  }
}
