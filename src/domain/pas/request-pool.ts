/** The resources that a request may point to, each under the address by which it will stand in the Bundle. Pure. */
import type { FhirResource } from 'fhir/r4'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import { fullUrlOf, type PoolEntry } from './closure.ts'
import type { PasRequestInput } from './request-input.ts'

export type Pooled<T extends FhirResource> = { readonly reference: string; readonly resource: T }

/** Adds resources under the address by which the Claim will point to them. */
export interface Pool {
  readonly entries: PoolEntry[]
  /** A resource of the EHR, or one without an id. */
  add<T extends FhirResource>(resource: T, key: string): Pooled<T>
  /** A resource that we made and no server has: it has no REST address, whatever its id. */
  addOwn<T extends FhirResource>(resource: T, key: string): Pooled<T>
  /** Whether a resource was added under this address, or is `Type/id` of one. */
  has(reference: string): boolean
}

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** An empty pool of this request. */
export function createPool(input: PasRequestInput): Pool {
  const entries: PoolEntry[] = []
  const put = <T extends FhirResource>(resource: T, fullUrl: string): Pooled<T> => {
    entries.push({ fullUrl, resource })
    return { reference: referenceTo(resource) ?? fullUrl, resource }
  }
  return {
    entries,
    has: (reference) =>
      entries.some(({ fullUrl, resource }) => fullUrl === reference || referenceTo(resource) === reference),
    add: (resource, key) => put(resource, fullUrlOf(resource, input.ehrBase, input.uuidFor, key)),
    addOwn: (resource, key) => {
      const id = resource.id !== undefined && UUID_V4.test(resource.id) ? resource.id : input.uuidFor(key)
      return put(resource, `urn:uuid:${id}`)
    },
  }
}

/** A resource of the chart that was given along. */
export const findKnown = (input: PasRequestInput, reference: string | undefined): FhirResource | undefined =>
  input.known.find((resource) => isSameReference(referenceTo(resource), reference))
