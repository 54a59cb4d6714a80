/**
 * Reads a CDS Hooks `order-sign` request (CDS Hooks 2.0 §HTTP request; crd.md §2.1, §2.3). Unknown members are ignored
 * (found-33); absent or nonsensical configuration never fails (dev-6, dev-15).
 */
import { isOrder, readSubjectReference, type Order } from '../context/order.ts'
import { normalizeReference } from '../fhir/reference.ts'
import { err, ok, type Failure, type Result } from '../result.ts'
import { asArray, asObject, asText, type JsonObject } from './json.ts'

export interface FhirAuthorization {
  readonly accessToken: string
  readonly expiresIn: number | null
  readonly scope: string | null
  readonly subject: string | null
}

export interface OrderSignRequest {
  readonly hookInstance: string
  readonly fhirServer: string | null
  readonly fhirAuthorization: FhirAuthorization | null
  readonly userId: string
  readonly patientId: string
  readonly encounterId: string | null
  /** The orders being signed, as sent; other resources of the Bundle are ignored. */
  readonly orders: readonly Order[]
  /** The Bundle as sent: what order-level references may resolve to. */
  readonly draftOrders: JsonObject
  readonly prefetch: JsonObject
  readonly configuration: JsonObject
  readonly requestedVersion: string | null
}

export type HookRequestFailure = Failure<'body-unreadable' | 'hook-unknown' | 'element-missing' | 'element-invalid'>

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const FHIR_ID = /^[A-Za-z0-9.-]{1,64}$/
const USER = /^(Practitioner|PractitionerRole)\/[A-Za-z0-9.-]{1,64}$/

const missing = (path: string): Result<never, HookRequestFailure> => err({ reason: 'element-missing', path })
const invalid = (path: string): Result<never, HookRequestFailure> => err({ reason: 'element-invalid', path })

function parseAuthorization(value: unknown): Result<FhirAuthorization | null, HookRequestFailure> {
  if (value === undefined) return ok(null)
  const object = asObject(value)
  const accessToken = asText(object?.['access_token'])
  if (accessToken === undefined) return missing('fhirAuthorization.access_token')
  if (!/^bearer$/i.test(asText(object?.['token_type']) ?? '')) return invalid('fhirAuthorization.token_type')
  const expiresIn = object?.['expires_in']
  return ok({
    accessToken,
    expiresIn: typeof expiresIn === 'number' ? expiresIn : null,
    scope: asText(object?.['scope']) ?? null,
    subject: asText(object?.['subject']) ?? null,
  })
}

/** Orders need an id that others can refer to, and must be this patient's (crd.md §2.1). */
function parseOrders(bundle: JsonObject, patientId: string): Result<Order[], HookRequestFailure> {
  const orders: Order[] = []
  for (const [index, entry] of asArray(bundle['entry']).entries()) {
    const resource = asObject(entry)?.['resource']
    if (!isOrder(resource)) continue
    const path = `context.draftOrders.entry[${index}].resource`
    if (resource.id === undefined) return missing(`${path}.id`)
    if (!FHIR_ID.test(resource.id)) return invalid(`${path}.id`)
    const subject = readSubjectReference(resource)
    if (subject !== undefined && normalizeReference(subject) !== `Patient/${patientId}`)
      return invalid(`${path}.subject`)
    orders.push(resource)
  }
  return orders.length > 0 ? ok(orders) : missing('context.draftOrders.entry')
}

/** Parses and validates the body of an order-sign call; the failure names the member at fault. */
export function parseOrderSignRequest(body: unknown): Result<OrderSignRequest, HookRequestFailure> {
  const request = asObject(body)
  if (request === undefined) return err({ reason: 'body-unreadable' })
  if (request['hook'] !== 'order-sign') return err({ reason: 'hook-unknown', path: 'hook' })
  const hookInstance = asText(request['hookInstance'])
  if (hookInstance === undefined) return missing('hookInstance')
  if (!UUID.test(hookInstance)) return invalid('hookInstance')
  const context = asObject(request['context'])
  if (context === undefined) return missing('context')
  const userId = asText(context['userId'])
  if (userId === undefined) return missing('context.userId')
  if (!USER.test(userId)) return invalid('context.userId')
  const patientId = asText(context['patientId'])?.replace(/^Patient\//, '')
  if (patientId === undefined) return missing('context.patientId')
  if (!FHIR_ID.test(patientId)) return invalid('context.patientId')
  const draftOrders = asObject(context['draftOrders'])
  if (draftOrders === undefined) return missing('context.draftOrders')
  if (draftOrders['resourceType'] !== 'Bundle') return invalid('context.draftOrders')
  const orders = parseOrders(draftOrders, patientId)
  if (!orders.ok) return orders
  const authorization = parseAuthorization(request['fhirAuthorization'])
  if (!authorization.ok) return authorization
  const fhirServer = asText(request['fhirServer']) ?? null
  if (authorization.value !== null && fhirServer === null) return missing('fhirServer')
  const extension = asObject(request['extension'])
  return ok({
    hookInstance,
    fhirServer,
    fhirAuthorization: authorization.value,
    userId,
    patientId,
    encounterId: asText(context['encounterId'])?.replace(/^Encounter\//, '') ?? null,
    orders: orders.value,
    draftOrders,
    prefetch: asObject(request['prefetch']) ?? {},
    configuration: asObject(extension?.['davinci-crd.configuration']) ?? {},
    requestedVersion: asText(extension?.['davinci-crd.requestedVersion']) ?? null,
  })
}

/** Whether the EHR asked us, by `davinci-crd.configuration`, to leave a card type out (dev-14). */
export function isSwitchedOff(configuration: JsonObject, cardType: string): boolean {
  return configuration[cardType] === false
}
