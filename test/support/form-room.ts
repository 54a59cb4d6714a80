/**
 * The forms room over a store, a payer that answers as a test says, and an EHR of a few resources that keeps versions. Forms
 * are small ones of the test's own, so that what is asserted is the room's doing.
 */
import type { Coverage, FhirResource, Organization, Parameters, Patient, Questionnaire } from 'fhir/r4'
import type { Order } from '#domain/context/order.ts'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import { err, ok } from '#domain/result.ts'
import { NEW_DETAILS, type CaseContext } from '../../server/cases/case-record.ts'
import type { PayerExchange } from '../../server/clients/payer-crd.ts'
import type { PayerDtrClient } from '../../server/clients/payer-dtr.ts'
import { payerConfigSchema, type PayerConfig, type TenantConfig } from '../../server/config.ts'
import type { EhrClient, EhrFailure, LaunchContext, ReadPurpose, Role } from '../../server/context.ts'
import { createBackgroundTasks } from '../../server/coverage/background-tasks.ts'
import { createCqlRuntime } from '../../server/cql/cql-runtime.ts'
import { createFormService, type FormService } from '../../server/forms/form-service.ts'
import type { Store } from '../../server/store/store.ts'
import { openTestStore } from './test-store.ts'

export const ROOM_NOW = '2026-11-22T15:00:00.000Z'

/** What a payer answers to one call: a body with 200, or a status with one. */
export type PayerReply = { readonly status?: number; readonly body?: unknown }
export type Operation = 'package' | 'next' | 'expand' | 'log'

export interface PayerCall {
  readonly operation: Operation
  readonly url: string | null
  readonly request: unknown
  /** Ends the call, where whoever asks may take it back. */
  readonly signal: AbortSignal | undefined
}

export interface FormRoom {
  readonly forms: FormService
  readonly store: Store
  readonly payer: PayerConfig
  readonly launch: LaunchContext
  /** Everything that the payer was asked. */
  readonly calls: PayerCall[]
  readonly ehr: RoomEhr
  /** Opens a case and waits until its forms are filled. */
  readonly openCase: () => Promise<string>
  readonly settle: () => Promise<void>
  readonly as: (name: string, role: Role) => LaunchContext
  readonly setNow: (now: string) => void
  readonly close: () => Promise<void>
}

export interface RoomOptions {
  readonly dtr?: Partial<NonNullable<PayerConfig['dtr']>>
  readonly chart?: readonly FhirResource[]
  /** Patient, coverage, orders: those of the room where they are not given. */
  readonly context?: Partial<CaseContext>
  readonly user?: { readonly reference: string; readonly name: string }
  /** When it all begins. */
  readonly now?: string
  readonly answer: (call: PayerCall) => PayerReply | Promise<PayerReply>
}

const patient: Patient = { resourceType: 'Patient', id: 'p1', name: [{ family: 'Doe', given: ['Jane'] }] }
const coverage: Coverage = {
  resourceType: 'Coverage',
  id: 'c1',
  status: 'active',
  beneficiary: { reference: 'Patient/p1' },
  payor: [{ display: 'Example Health' }],
}
const order = {
  resourceType: 'ServiceRequest',
  id: 's1',
  status: 'draft',
  intent: 'order',
  subject: { reference: 'Patient/p1' },
} as Order
const insurer: Organization = { resourceType: 'Organization', id: 'i1', name: 'Example Health' }

/** A 2.2 answer with a package for each form. */
export function packagesOf(...questionnaires: readonly Questionnaire[]): Parameters {
  return {
    resourceType: 'Parameters',
    parameter: questionnaires.map((resource) => ({
      name: 'packagebundle',
      resource: { resourceType: 'Bundle', type: 'collection', entry: [{ resource }] },
    })),
  }
}

export class RoomEhr implements EhrClient {
  readonly resources = new Map<string, FhirResource>()
  readonly writes: { readonly method: 'create' | 'update'; readonly resource: FhirResource }[] = []
  /** Refuses writing so. */
  refusal: EhrFailure | null = null
  /** Says nothing about where a created resource went. */
  silentAboutPlace = false
  /** Is waited for before a search for a case is answered. */
  onSearch: ((caseId: string) => Promise<void>) | null = null
  private nextId = 1

  constructor(chart: readonly FhirResource[]) {
    for (const resource of chart) this.put(resource.id ?? '', resource)
  }

  put(id: string, resource: FhirResource): FhirResource {
    const reference = `${resource.resourceType}/${id}`
    const version = Number(this.resources.get(reference)?.meta?.versionId ?? 0) + 1
    const stored = { ...resource, id, meta: { ...resource.meta, versionId: String(version), lastUpdated: ROOM_NOW } }
    this.resources.set(reference, stored)
    return stored
  }

  read(reference: string) {
    const found = this.resources.get(reference)
    return Promise.resolve(found === undefined ? err({ reason: 'not-found' as const, status: 404 }) : ok(found))
  }

  async search(resourceType: string, query: string, purpose: ReadPurpose) {
    await this.onSearch?.(purpose.caseId ?? '')
    const identifier = new URLSearchParams(query).get('identifier')
    const resources = [...this.resources.values()].filter(
      (one) =>
        one.resourceType === resourceType &&
        (identifier === null ||
          (one.resourceType === 'QuestionnaireResponse' &&
            `${one.identifier?.system ?? ''}|${one.identifier?.value ?? ''}` === identifier)),
    )
    return ok({ resources, complete: true })
  }

  create(resource: FhirResource) {
    this.writes.push({ method: 'create', resource })
    if (this.refusal !== null) return Promise.resolve(err(this.refusal))
    const id = `qr${this.nextId++}`
    const stored = this.put(id, resource)
    if (this.silentAboutPlace) return Promise.resolve(err({ reason: 'ehr-nonsense' as const, status: 201 }))
    return Promise.resolve(
      ok({ reference: `${resource.resourceType}/${id}`, versionId: stored.meta?.versionId ?? null }),
    )
  }

  update(resource: FhirResource) {
    this.writes.push({ method: 'update', resource })
    if (this.refusal !== null) return Promise.resolve(err(this.refusal))
    const current = this.resources.get(`${resource.resourceType}/${resource.id ?? ''}`)
    if (current === undefined) return Promise.resolve(err({ reason: 'not-found' as const, status: 404 }))
    if (current.meta?.versionId !== resource.meta?.versionId)
      return Promise.resolve(err({ reason: 'conflict' as const, status: 412 }))
    return Promise.resolve(ok({ versionId: this.put(resource.id ?? '', resource).meta?.versionId ?? null }))
  }
}

const tenant = {
  id: 'room',
  timeZone: 'UTC',
  scoredCodes: [],
  fhirBase: 'https://ehr.example/fhir',
  senderId: 'PRECERT01',
  organization: {
    name: 'Lakeside Gastroenterology',
    npi: '1234567893',
    taxId: null,
    phone: '+1 614 555 0199',
    address: { line: ['1 Lake Road'], city: 'Columbus', state: 'OH', postalCode: '43215' },
  },
} as unknown as TenantConfig
const evaluator = createEvaluator()
const cql = createCqlRuntime()

export async function openFormRoom(options: RoomOptions): Promise<FormRoom> {
  const held = await openTestStore()
  const payer = payerConfigSchema.parse({
    id: 'example',
    name: 'Example Health',
    phone: '800-555-0100',
    identifiers: [{ system: 'https://payers.example/id', value: '1' }],
    state: 'OH',
    plans: [],
    memberIdSystem: 'https://payers.example/member',
    interchangeReceiverId: 'EXAMPLE',
    crd: null,
    dtr: { base: 'https://payer.example/fhir', version: '2.2', ...options.dtr },
    pas: null,
    auth: { tokenUrl: 'https://payer.example/token', clientId: 'precert', scopes: [] },
  })
  let now = options.now ?? ROOM_NOW
  const subject = options.context?.patient ?? patient
  let ids = 0
  const newId = (): string => `id-${String((ids += 1)).padStart(6, '0')}`
  const calls: PayerCall[] = []
  const call = async (
    operation: Operation,
    url: string | null,
    request: unknown,
    signal?: AbortSignal,
  ): Promise<PayerExchange> => {
    const made = { operation, url, request, signal }
    calls.push(made)
    const { status = 200, body } = await options.answer(made)
    const bytes = new TextEncoder().encode(body === undefined ? '' : JSON.stringify(body))
    return {
      requestBody: new TextEncoder().encode(JSON.stringify(request)),
      responseBody: bytes,
      status,
      contentType: 'application/fhir+json',
      sentAt: now,
      answeredAt: now,
      result:
        status < 300
          ? ok(body)
          : err({ reason: status === 400 ? 'payer-rejected-request' : 'payer-unavailable', status }),
    }
  }
  const payerDtr: PayerDtrClient = {
    questionnairePackage: (_payer, request) => call('package', null, request),
    nextQuestion: (_payer, url, request, signal) => call('next', url, request, signal),
    expand: (_payer, server, query) => call('expand', server, query),
    logErrors: (_payer, request) => call('log', null, request),
  }
  const ehr = new RoomEhr([subject, ...(options.chart ?? [])])
  const tasks = createBackgroundTasks((_event, _details, error) => {
    throw error as Error
  })
  const forms = createFormService({
    store: held.store,
    tenants: new Map([[tenant.id, tenant]]),
    payers: new Map([[payer.id, payer]]),
    payerDtr,
    ehr: () => ehr,
    evaluator,
    cql,
    tasks,
    announce: () => Promise.resolve(),
    baseUrl: 'https://precert.example',
    now: () => now,
    newId,
  })
  const as = (name: string, role: Role): LaunchContext => ({
    tenant,
    launchId: `launch-${name}`,
    patientId: subject.id ?? '',
    encounterId: null,
    user: { id: `user-${name}`, fhirUser: `Practitioner/${name}`, name, role, npi: null },
    appContext: null,
    fhirContext: [],
    needPatientBanner: true,
    grantedScopes: [],
  })
  const lena = as('lena', 'clinician')
  const { user } = options
  const launch: LaunchContext =
    user === undefined ? lena : { ...lena, user: { ...lena.user, fhirUser: user.reference, name: user.name } }
  const context: CaseContext = {
    service: 'A service',
    patient,
    coverage,
    insurer,
    orders: [order],
    known: [],
    lineOfBusiness: null,
    assertionIds: ['assertion-1'],
    ...options.context,
  }
  return {
    forms,
    store: held.store,
    payer,
    launch,
    calls,
    ehr,
    as,
    settle: () => tasks.settle(),
    setNow: (instant) => {
      now = instant
    },
    async openCase() {
      const id = newId()
      await held.store.transaction((tx) =>
        held.store.cases.insert(tx, {
          tenant: 'room',
          id,
          groupId: `g-${id}`,
          patientId: subject.id ?? '',
          patientName: 'Doe, Jane',
          patientBirthDate: '1980-01-01',
          patientMrn: null,
          coverageRef: 'Coverage/c1',
          payerId: payer.id,
          state: 'draft',
          version: 1,
          title: { key: 'case.title' },
          context,
          details: NEW_DETAILS,
          createdAt: ROOM_NOW,
          updatedAt: ROOM_NOW,
        }),
      )
      forms.start(launch, id)
      await tasks.settle()
      return id
    },
    async close() {
      // Opening a form by another launch begins work that outlives the call.
      await tasks.settle()
      await held.close()
    },
  }
}
