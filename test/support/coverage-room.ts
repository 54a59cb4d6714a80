/** The coverage room over a test store, a fake EHR and a fake payer, listening where a payer can reach the façade. */
import Fastify, { type FastifyInstance } from 'fastify'
import type { Coverage, FhirResource, MedicationRequest, Organization, Patient, ServiceRequest } from 'fhir/r4'
import { SYSTEM } from '#domain/fhir/canonical.ts'
import { ok } from '#domain/result.ts'
import { createAccessLogWriter } from '../../server/clients/access-log-writer.ts'
import { createEhrClient } from '../../server/clients/launch-ehr-client.ts'
import { configSchema, type PayerConfig, type TenantConfig } from '../../server/config.ts'
import type { LaunchContext } from '../../server/context.ts'
import { createCoverageModule, type CoverageModule } from '../../server/coverage/coverage-module.ts'
import { parseJsonBodies } from '../../server/http/json-parser.ts'
import { cdsServiceRoutes } from '../../server/routes/cds-services.ts'
import { facadeRoutes } from '../../server/routes/facade.ts'
import { uuidV7 } from '../../server/uuid-v7.ts'
import { startFakeEhr, startFakePayer, type FakeEhr, type FakePayer } from './fake-partners.ts'
import { openTestStore, type TestStore } from './test-store.ts'

export const PAYER_SYSTEM = 'https://payer-registry.example/id'
const MB = { coding: [{ system: SYSTEM.identifierType, code: 'MB' }] }

export const patient: Patient = {
  resourceType: 'Patient',
  id: 'maya',
  name: [{ family: 'Okafor', given: ['Maya', 'T.'] }],
  birthDate: '1992-03-12',
  gender: 'female',
}
export const organization = (id: string, value: string): Organization => ({
  resourceType: 'Organization',
  id,
  name: `Organization ${value}`,
  identifier: [{ system: PAYER_SYSTEM, value }],
})
export const coverage = (id: string, payor: string): Coverage => ({
  resourceType: 'Coverage',
  id,
  status: 'active',
  beneficiary: { reference: 'Patient/maya' },
  identifier: [{ type: MB, value: 'CSA100001' }],
  payor: [{ reference: `Organization/${payor}` }],
  class: [{ type: { coding: [{ system: SYSTEM.coverageClass, code: 'plan' }] }, value: 'OH-MA' }],
})
const common = {
  status: 'draft' as const,
  intent: 'order' as const,
  subject: { reference: 'Patient/maya' },
  authoredOn: '2026-11-22',
  requester: { reference: 'PractitionerRole/role-1' },
  reasonCode: [{ text: 'Crohn’s disease', coding: [{ system: SYSTEM.icd10cm, code: 'K50.90' }] }],
}
export const drug: MedicationRequest = {
  resourceType: 'MedicationRequest',
  id: 'drug',
  ...common,
  groupIdentifier: { value: 'GRP-1' },
  medicationCodeableConcept: {
    text: 'Infliximab-dyyb infusion, 5 mg/kg',
    coding: [{ system: SYSTEM.hcpcs, code: 'Q5103' }],
  },
}
export const infusion: ServiceRequest = {
  resourceType: 'ServiceRequest',
  id: 'infusion',
  ...common,
  requisition: { value: 'GRP-1' },
  code: { coding: [{ system: SYSTEM.cpt, code: '96413' }] },
}
const directory: FhirResource[] = [
  { resourceType: 'PractitionerRole', id: 'role-1', practitioner: { reference: 'Practitioner/lena' } },
  { resourceType: 'Practitioner', id: 'lena', name: [{ prefix: ['Dr.'], given: ['Lena'], family: 'Ruiz' }] },
]
export const CHART: readonly FhirResource[] = [
  patient,
  organization('cs', 'caresource-oh'),
  coverage('cov-1', 'cs'),
  drug,
  infusion,
  ...directory,
  { ...patient, id: 'other' },
  { ...drug, id: 'others-drug', subject: { reference: 'Patient/other' } },
]

export interface CoverageRoom {
  readonly app: FastifyInstance
  readonly base: string
  readonly tenant: TenantConfig
  readonly payer: PayerConfig
  readonly ehr: FakeEhr
  readonly crd: FakePayer
  readonly store: TestStore
  readonly room: CoverageModule
  readonly reports: { event: string; details: Readonly<Record<string, unknown>> }[]
  launch(change?: Partial<LaunchContext>): LaunchContext
  close(): Promise<void>
}

export interface RoomOptions {
  readonly chart?: readonly FhirResource[]
  readonly payer?: Partial<PayerConfig>
  readonly tenant?: Partial<NonNullable<TenantConfig['cdsHooks']>>
  /** A store that several rooms share, each as a tenant of its own; the caller closes it. */
  readonly shared?: { readonly store: TestStore; readonly tenantId: string }
}

/** Starts everything; `close` ends it. */
export async function openCoverageRoom(options: RoomOptions = {}): Promise<CoverageRoom> {
  const [ehr, crd, store] = await Promise.all([
    startFakeEhr(options.chart ?? CHART),
    startFakePayer(),
    options.shared?.store ?? openTestStore(),
  ])
  const app = Fastify()
  parseJsonBodies(app)
  const base = await reservePort()
  const { tenants, payers } = readConfig(base, ehr, crd, options)
  const [tenant] = tenants
  const [payer] = payers
  if (tenant === undefined || payer === undefined) throw new Error('the test configuration has a tenant and a payer')
  const now = (): string => new Date().toISOString()
  const newId = (): string => uuidV7(Date.now())
  const reports: CoverageRoom['reports'] = []
  const report = (event: string, details: Readonly<Record<string, unknown>>): void =>
    void reports.push({ event, details })
  const accessLog = createAccessLogWriter({
    write: (rows) => store.store.transaction((tx) => store.store.accessLog.insert(tx, rows)),
    now,
    newId,
    onFailure: (_error, waiting) => report('access-log-delayed', { waiting }),
  })
  const tokens = () => ({
    current: () => Promise.resolve(ok('launch-token')),
    refresh: () => Promise.resolve(ok('renewed-token')),
  })
  const byId = new Map([[tenant.id, tenant]])
  const room = createCoverageModule({
    baseUrl: base,
    tenants: byId,
    payers,
    store: store.store,
    fetch,
    now,
    newId,
    signHookJwt: (audience) => ehr.sign({ iss: base, aud: audience }),
    tokens,
    ehr: (launch) => createEhrClient({ fetch, tokens, accessLog }, launch),
    accessLog,
    clocks: () => [],
    formProgress: () => Promise.resolve({ prefill: null, estimatedTime: null }),
    report,
  })
  cdsServiceRoutes(app, { ...room, baseUrl: base, tenants: byId, now })
  facadeRoutes(app, room)
  await app.listen({ port: Number(new URL(base).port), host: '127.0.0.1' })
  return {
    app,
    base,
    tenant,
    payer,
    ehr,
    crd,
    store,
    room,
    reports,
    launch: (change = {}) => ({
      tenant,
      launchId: newId(),
      patientId: 'maya',
      encounterId: null,
      user: { id: 'u1', fhirUser: 'Practitioner/lena', name: 'Dr. Lena Ruiz', role: 'clinician', npi: null },
      appContext: null,
      fhirContext: [],
      needPatientBanner: false,
      grantedScopes: ['patient/Patient.rs'],
      ...change,
    }),
    async close() {
      await app.close()
      await room.close()
      await accessLog.flush()
      await Promise.all([ehr.close(), crd.close(), options.shared === undefined ? store.close() : undefined])
    },
  }
}

async function reservePort(): Promise<string> {
  const probe = Fastify()
  const address = await probe.listen({ port: 0, host: '127.0.0.1' })
  await probe.close()
  return address
}

function readConfig(base: string, ehr: FakeEhr, crd: FakePayer, options: RoomOptions) {
  const address = { line: ['1 Main St'], city: 'Columbus', state: 'OH', postalCode: '43004' }
  return configSchema.parse({
    baseUrl: base,
    listen: { host: '127.0.0.1', port: Number(new URL(base).port) },
    keys: { signing: 'x', encryption: 'x', eventChain: 'x' },
    database: { directory: 'x' },
    tenants: [
      {
        id: options.shared?.tenantId ?? 'clinic',
        name: 'Clinic',
        ehrName: 'Test EHR',
        timeZone: 'America/New_York',
        fhirBase: ehr.base,
        issuers: [ehr.base],
        authorizationOrigins: [new URL(ehr.base).origin],
        clientId: 'precert',
        scopes: ['launch', 'patient/Patient.rs', 'patient/Coverage.rs'],
        frameAncestors: [],
        cdsHooks: { issuer: 'https://hooks.example', jwksUrl: ehr.jwksUrl, ...options.tenant },
        organization: { name: 'Clinic', npi: '1234567893', taxId: null, phone: '+1-555-0100', address },
        senderId: 'CLINIC',
        roles: [],
      },
    ],
    payers: [
      {
        id: 'caresource-oh',
        name: 'CareSource',
        phone: '+1-555-0199',
        identifiers: [{ system: PAYER_SYSTEM, value: 'caresource-oh' }],
        state: 'OH',
        plans: [{ value: 'OH-MA', name: 'CareSource Medicare Advantage', lineOfBusiness: 'medicare-advantage' }],
        memberIdSystem: 'https://caresource.example/member-id',
        interchangeReceiverId: 'CSOH',
        crd: { base: crd.base, serviceId: 'order-sign-crd', version: '2.2' },
        dtr: null,
        pas: null,
        auth: { tokenUrl: `${crd.base}/oauth/token`, clientId: 'precert-at-payer', scopes: [] },
        ...options.payer,
      },
    ],
  })
}
