/**
 * Reads and checks an order-sign call as strictly as CDS Hooks and CRD allow (spec crd.md §2). Answers 400 to what is no
 * hook call or carries the wrong coverage, 422 to what is one but breaks a CRD rule; 2.0.1 knows 400 for broken JSON only.
 */
import type { Bundle, Coverage, FhirResource } from 'fhir/r4'
import { err, ok, type Result } from '../../src/domain/result.ts'
import { isRecord, parseJsonObject, refuse, type Issue, type Refusal } from './fhir-http.ts'
import type { CrdDialect } from './options.ts'

type Json = Readonly<Record<string, unknown>>

export interface HookCall {
  readonly hookInstance: string
  readonly patientId: string
  readonly orders: readonly (FhirResource & { readonly id: string })[]
  readonly fhir: { readonly server: string; readonly token: string } | null
  readonly prefetch: Json
  /** `davinci-crd.configuration`; unknown codes are ignored. */
  readonly configuration: Json
}

const ORDER_TYPES: ReadonlySet<string> = new Set([
  'CommunicationRequest',
  'DeviceRequest',
  'MedicationRequest',
  'NutritionOrder',
  'ServiceRequest',
  'VisionPrescription',
])
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

interface HookRules {
  readonly dialect: CrdDialect
  readonly prefetchKeys: readonly string[]
  /** Where a fhirServer may be: the registered client's own address. */
  readonly clientBaseUrl: string
  readonly serviceId: string
}

/** Parses the body of an order-sign call. */
export function parseHookCall(body: unknown, rules: HookRules): Result<HookCall, Refusal> {
  const parsed = parseJsonObject(body)
  if (!parsed.ok) return parsed
  const request = parsed.value
  const structure = checkEnvelope(request, rules)
  const [first, ...rest] = structure
  if (first !== undefined) return err({ status: rules.dialect === '2.2' ? 400 : 422, issues: [first, ...rest] })
  const context = readRecord(request['context'])
  const orders = readOrders(context['draftOrders'])
  const crd = checkOrders(orders, context['draftOrders'], rules.dialect)
  const [fault, ...others] = crd
  if (fault !== undefined) return err({ status: 422, issues: [fault, ...others] })
  const authorization = readRecord(request['fhirAuthorization'])
  const token = authorization['access_token']
  const server = request['fhirServer']
  return ok({
    hookInstance: String(request['hookInstance']),
    patientId: String(context['patientId']),
    orders: orders.filter((order): order is FhirResource & { id: string } => order.id !== undefined),
    fhir: typeof server === 'string' && typeof token === 'string' ? { server, token } : null,
    prefetch: readRecord(request['prefetch']),
    configuration: readRecord(readRecord(request['extension'])['davinci-crd.configuration']),
  })
}

function readRecord(value: unknown): Json {
  return isRecord(value) ? value : {}
}

function checkEnvelope(request: Json, rules: HookRules): Issue[] {
  const issues: Issue[] = []
  const need = (holds: boolean, text: string): void => {
    if (!holds) issues.push({ code: 'invalid', text })
  }
  const context = readRecord(request['context'])
  need(request['hook'] === 'order-sign', 'hook must be order-sign.')
  need(UUID.test(String(request['hookInstance'])), 'hookInstance must be a UUID.')
  need(
    /^Practitioner(Role)?\/.+/.test(String(context['userId'])),
    'context.userId must be a Practitioner or PractitionerRole.',
  )
  need(/^[A-Za-z0-9.-]{1,64}$/.test(String(context['patientId'])), 'context.patientId must be a bare id.')
  need(readRecord(context['draftOrders'])['resourceType'] === 'Bundle', 'context.draftOrders must be a Bundle.')
  return [
    ...issues,
    ...checkFhirAccess(request, rules),
    ...checkPrefetchKeys(request, rules),
    ...checkVersion(request, rules),
  ]
}

/** fhirServer and fhirAuthorization are 1..1 in the 2.2.1 request model; the token goes nowhere but to the registered client. */
function checkFhirAccess(request: Json, rules: HookRules): Issue[] {
  const { fhirServer, fhirAuthorization } = request
  if (fhirServer === undefined && fhirAuthorization === undefined)
    return rules.dialect === '2.2' ? [{ code: 'required', text: 'fhirServer and fhirAuthorization are required.' }] : []
  const grant = readRecord(fhirAuthorization)
  const complete =
    typeof grant['access_token'] === 'string' &&
    grant['token_type'] === 'Bearer' &&
    typeof grant['expires_in'] === 'number' &&
    typeof grant['scope'] === 'string' &&
    typeof grant['subject'] === 'string'
  const known =
    typeof fhirServer === 'string' && URL.canParse(fhirServer) && new URL(fhirServer).origin === rules.clientBaseUrl
  return [
    ...(complete
      ? []
      : [
          {
            code: 'invalid',
            text: 'fhirAuthorization needs access_token, token_type Bearer, expires_in, scope, subject.',
          } as const,
        ]),
    ...(known ? [] : [{ code: 'security', text: 'fhirServer is not an address of the registered client.' } as const]),
  ]
}

function checkPrefetchKeys(request: Json, rules: HookRules): Issue[] {
  return Object.keys(readRecord(request['prefetch']))
    .filter((key) => !rules.prefetchKeys.includes(key))
    .map((key) => ({ code: 'invalid', text: `prefetch.${key} is not a key of ${rules.serviceId}.` }))
}

function checkVersion(request: Json, rules: HookRules): Issue[] {
  const asked = readRecord(request['extension'])['davinci-crd.requestedVersion']
  if (rules.dialect !== '2.2' || asked === undefined || asked === '2.2') return []
  return [{ code: 'not-supported', text: 'davinci-crd.requestedVersion: only 2.2 is supported.' }]
}

function readOrders(bundle: unknown): FhirResource[] {
  const entries = readRecord(bundle)['entry']
  if (!Array.isArray(entries)) return []
  return entries.map((entry) => readRecord(entry)['resource']).filter(isRecord) as unknown as FhirResource[]
}

function checkOrders(orders: readonly FhirResource[], bundle: unknown, dialect: CrdDialect): Issue[] {
  if (orders.length === 0) return [{ code: 'required', text: 'draftOrders holds no order.', path: 'Bundle.entry' }]
  const shape = dialect === '2.2' ? checkOrderBundle(bundle as Bundle<FhirResource>) : []
  return [...shape, ...orders.flatMap((order, index) => checkOrder(order, `Bundle.entry[${index}].resource`, dialect))]
}

/** 2.2.1 profile of the Bundle of orders: a collection, every entry with fullUrl, nothing of a search or transaction. */
function checkOrderBundle(bundle: Bundle<FhirResource>): Issue[] {
  const issues: Issue[] = []
  if (bundle.type !== 'collection')
    issues.push({ code: 'value', text: 'draftOrders must be a collection.', path: 'Bundle.type' })
  bundle.entry?.forEach((entry, index) => {
    const path = `Bundle.entry[${index}]`
    if (entry.fullUrl === undefined) issues.push({ code: 'required', text: 'fullUrl is required.', path })
    if (entry.search ?? entry.request ?? entry.response)
      issues.push({ code: 'structure', text: 'search, request and response are not allowed.', path })
  })
  return issues
}

function checkOrder(order: FhirResource, path: string, dialect: CrdDialect): Issue[] {
  if (!ORDER_TYPES.has(order.resourceType))
    return [{ code: 'value', text: `${order.resourceType} is not an order.`, path }]
  const fields: Json = { ...order }
  const needed = NEEDED_FIELDS[order.resourceType] ?? ['id', 'status', 'subject']
  const missing = needed
    .filter(
      (name) =>
        !Object.keys(fields).some(
          (field) => field === name || (name.endsWith('[x]') && field.startsWith(name.slice(0, -3))),
        ),
    )
    .map((name): Issue => ({ code: 'required', text: `${name} is required.`, path: `${path}.${name}` }))
  // All 2.0.1 order profiles fix the status: a re-signed order has no place there.
  return dialect === '2.0.1' && fields['status'] !== 'draft'
    ? [...missing, { code: 'value', text: 'status must be draft.', path: `${path}.status` }]
    : missing
}

/** Minimum content of an order (spec crd.md §2.1). */
const NEEDED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  ServiceRequest: ['id', 'status', 'intent', 'code', 'subject', 'authoredOn', 'requester'],
  DeviceRequest: ['id', 'status', 'intent', 'code[x]', 'subject', 'authoredOn', 'requester'],
  MedicationRequest: ['id', 'status', 'intent', 'medication[x]', 'subject', 'authoredOn', 'requester'],
  NutritionOrder: ['id', 'status', 'intent', 'patient', 'dateTime', 'orderer'],
  VisionPrescription: ['id', 'status', 'created', 'patient', 'dateWritten', 'prescriber', 'lensSpecification'],
  CommunicationRequest: ['id', 'basedOn', 'status', 'subject', 'payload', 'authoredOn', 'requester'],
}

/** The one Coverage of a call, or the refusal: none, several, or one of another payer (CRD 2.2: 400). */
export function readOnlyCoverage(
  coverages: readonly Coverage[],
  dialect: CrdDialect,
): Result<Coverage & { id: string }, Refusal> {
  const status = dialect === '2.2' ? 400 : 422
  const [coverage, second] = coverages
  if (coverage === undefined) return err(refuse(status, 'required', 'A Coverage is needed.'))
  if (second !== undefined) return err(refuse(status, 'invalid', 'Exactly one Coverage may be sent.'))
  const { id } = coverage
  return id === undefined ? err(refuse(status, 'required', 'The Coverage has no id.')) : ok({ ...coverage, id })
}
