import type {
  Bundle,
  Coverage,
  FhirResource,
  Organization,
  Parameters,
  Patient,
  Questionnaire,
  QuestionnaireResponse,
} from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FormMeta, FormView } from '#domain/contract/form.ts'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import { answer, clear, confirm, removeRepetition, revert } from '#domain/dtr/form/form-edit.ts'
import { counts } from '#domain/dtr/form/form-figures.ts'
import { readItem, type FormState } from '#domain/dtr/form/form-state.ts'
import { chartElsewhere, openForm } from '#domain/dtr/form/open-form.ts'
import { toMeta, toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { err, ok } from '#domain/result.ts'
import { currentEncounterId } from '../../sandbox/charts/encounters.ts'
import { SCORED_CODES } from '../../sandbox/charts/flowsheet.ts'
import { generateChart } from '../../sandbox/charts/generate-chart.ts'
import { buildOrders } from '../../sandbox/charts/orders.ts'
import { runSearch } from '../../sandbox/ehr/fhir/search.ts'
import { NO_JOURNAL } from '../../sandbox/ehr/journal.ts'
import type { AnyResource } from '../../sandbox/ehr/resource.ts'
import { createResourceStore } from '../../sandbox/ehr/store.ts'
import { PERSONAS } from '../../sandbox/scenarios.ts'
import { NEW_DETAILS, type CaseContext } from '../../server/cases/case-record.ts'
import type { PayerDtrClient } from '../../server/clients/payer-dtr.ts'
import type { PayerConfig, TenantConfig } from '../../server/config.ts'
import type { EhrClient, LaunchContext, ReadPurpose } from '../../server/context.ts'
import { createBackgroundTasks } from '../../server/coverage/background-tasks.ts'
import { createCqlRuntime } from '../../server/cql/cql-runtime.ts'
import { createFormService, type FormService } from '../../server/forms/form-service.ts'
import type { Order } from '#domain/context/order.ts'
import { loadInfusionQuestionnaire, TODAY } from '../support/infusion-form.ts'
import { openTestStore, type TestStore } from '../support/test-store.ts'

const NOW = `${TODAY}T15:00:00.000Z`
const persona = PERSONAS.find(({ patientId }) => patientId === 'maya-okafor')!
const chart = generateChart(persona, TODAY)
const find = <T extends FhirResource>(type: T['resourceType']): T => chart.find((one) => one.resourceType === type) as T
const coverage = find<Coverage>('Coverage')
const orders = buildOrders('infliximab-infusion', persona, {
  today: TODAY,
  orderNumber: 'n1',
  patient: { reference: `Patient/${persona.patientId}` },
  encounter: { reference: `Encounter/${currentEncounterId(persona.patientId)}` },
  coverage: { reference: `Coverage/${coverage.id ?? ''}` },
}) as Order[]
const ehrStore = createResourceStore({ now: () => NOW, newId: () => 'none', journal: NO_JOURNAL })
for (const resource of [...chart, ...orders]) ehrStore.load(resource as AnyResource & { id: string })

const launch: LaunchContext = {
  tenant: { id: 'sandbox', timeZone: 'America/New_York', scoredCodes: SCORED_CODES } as unknown as TenantConfig,
  launchId: 'l1',
  patientId: persona.patientId,
  encounterId: currentEncounterId(persona.patientId),
  user: { id: 'u1', fhirUser: 'Practitioner/lena-ruiz', name: 'Lena Ruiz, MD', role: 'clinician', npi: null },
  appContext: null,
  fhirContext: [],
  needPatientBanner: true,
  grantedScopes: [],
}
const staff: LaunchContext = {
  ...launch,
  user: { ...launch.user, id: 'u2', fhirUser: 'Practitioner/ana-silva', name: 'Ana Silva' },
}
const payer = { id: 'caresource-oh', name: 'CareSource Ohio', phone: '800-555-0100' } as PayerConfig
const evaluator = createEvaluator()

function packageOf(questionnaire: Questionnaire): Parameters {
  const bundle: Bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ resource: questionnaire }] }
  return { resourceType: 'Parameters', parameter: [{ name: 'packagebundle', resource: bundle }] }
}

let held: TestStore
let ids = 0
const newId = (): string => `id-${String((ids += 1)).padStart(6, '0')}`
const reads: ReadPurpose[] = []
const asked: Parameters[] = []

const ehr: EhrClient = {
  read(reference, purpose) {
    reads.push(purpose)
    const [type = '', id = ''] = reference.split('/')
    const found = ehrStore.read(type, id)
    return Promise.resolve(
      found === undefined ? err({ reason: 'not-found', status: 404 }) : ok(found as unknown as FhirResource),
    )
  },
  search(type, query, purpose) {
    reads.push(purpose)
    const result = runSearch({
      type,
      query: new URLSearchParams(query),
      store: ehrStore,
      baseUrl: 'https://ehr.example/fhir',
      lenient: false,
      patientId: persona.patientId,
      mayRead: () => true,
    })
    if (!result.ok) return Promise.resolve(err({ reason: 'ehr-nonsense', status: 400 }))
    const resources = (result.value.entry ?? []).map(({ resource }) => resource as FhirResource)
    return Promise.resolve(ok({ resources, complete: true }))
  },
  create: () => Promise.resolve(err({ reason: 'forbidden', status: 403 })),
  update: () => Promise.resolve(err({ reason: 'forbidden', status: 403 })),
}

function serviceWith(body: unknown, status = 200): { forms: FormService; settle: () => Promise<void> } {
  const bytes = new TextEncoder().encode(JSON.stringify(body))
  const never = (): Promise<never> => Promise.reject(new Error('nobody asks for this here'))
  const payerDtr: PayerDtrClient = {
    nextQuestion: never,
    expand: never,
    logErrors: never,
    questionnairePackage(_payer, request) {
      asked.push(request)
      return Promise.resolve({
        requestBody: new TextEncoder().encode(JSON.stringify(request)),
        responseBody: bytes,
        status,
        contentType: 'application/fhir+json',
        sentAt: NOW,
        answeredAt: NOW,
        result: status === 200 ? ok(body) : err({ reason: 'payer-unavailable', status }),
      })
    },
  }
  const tasks = createBackgroundTasks((_event, _details, error) => {
    throw error as Error
  })
  const forms = createFormService({
    store: held.store,
    tenants: new Map(),
    payers: new Map([[payer.id, payer]]),
    payerDtr,
    ehr: () => ehr,
    evaluator,
    cql: createCqlRuntime(),
    tasks,
    announce: () => Promise.resolve(),
    baseUrl: 'https://precert.example',
    now: () => NOW,
    newId,
  })
  return { forms, settle: () => tasks.settle() }
}

async function newCase(): Promise<string> {
  const id = newId()
  const context: CaseContext = {
    service: 'Infliximab-dyyb infusion',
    patient: find<Patient>('Patient'),
    coverage,
    insurer: find<Organization>('Organization'),
    orders,
    known: chart.filter(({ resourceType }) =>
      ['Practitioner', 'PractitionerRole', 'Organization'].includes(resourceType),
    ),
    lineOfBusiness: 'medicare-advantage',
    assertionIds: ['assertion-1'],
  }
  await held.store.transaction((tx) =>
    held.store.cases.insert(tx, {
      tenant: 'sandbox',
      id,
      groupId: `g-${id}`,
      patientId: persona.patientId,
      patientName: 'Okafor, Maya T.',
      patientBirthDate: persona.birthDate,
      patientMrn: null,
      coverageRef: `Coverage/${coverage.id ?? ''}`,
      payerId: payer.id,
      state: 'draft',
      version: 1,
      title: { key: 'case.title' },
      context,
      details: NEW_DETAILS,
      createdAt: NOW,
      updatedAt: NOW,
    }),
  )
  return id
}

const open = (view: FormView): FormState =>
  openForm({
    questionnaire: view.questionnaire as unknown as Questionnaire,
    response: view.response as unknown as QuestionnaireResponse,
    meta: view.meta,
    today: view.today,
    evaluator,
    chart: chartElsewhere(view.chart),
  })

const seen = async (forms: FormService, caseId: string, by = launch): Promise<FormView> => {
  const view = await forms.view(by, caseId)
  if (!view.ok) throw new Error(view.error.reason)
  return view.value
}

const edit = { at: '2026-11-22T16:00:00Z', author: { reference: 'Practitioner/lena-ruiz', name: 'Lena Ruiz, MD' } }
const save = (
  forms: FormService,
  caseId: string,
  version: number,
  state: FormState,
  meta: FormMeta = toMeta(state),
  by = launch,
) => forms.save(by, caseId, { version, response: toResponse(state, edit), meta })

beforeAll(async () => {
  held = await openTestStore()
})
afterAll(() => held.close())

describe('filling a form in the background', () => {
  it('fetches it with coverage, orders and assertion, fills it, and keeps evidence and both messages', async () => {
    const { forms, settle } = serviceWith(packageOf(loadInfusionQuestionnaire()))
    const caseId = await newCase()
    expect(await seen(forms, caseId)).toMatchObject({ status: 'populating', questionnaire: null })
    await settle()
    const view = await seen(forms, caseId)
    expect(view).toMatchObject({ status: 'in-progress', failure: null, today: TODAY, progress: null })
    const figures = counts(open(view))
    expect(figures).toMatchObject({ toConfirm: 2, missing: 0, invalid: 0 })
    const names = asked.at(-1)?.parameter?.map(({ name }) => name) ?? []
    expect(names.filter((name) => name !== 'referenced')).toEqual(['coverage', 'order', 'order', 'order', 'context'])
    expect(reads.some(({ neededBy }) => neededBy === 'drug.weightKg')).toBe(true)
    expect(reads.every((purpose) => purpose.caseId === caseId)).toBe(true)
    const evidenceId = readItem(open(view), 'request/drug/drug.weightKg')?.origin?.evidence[0]?.evidenceId ?? ''
    expect(await forms.evidence(launch, caseId, evidenceId)).toMatchObject({
      ok: true,
      value: { resource: { resourceType: 'Observation' }, readAt: NOW },
    })
    expect(await forms.evidence({ ...launch, patientId: 'somebody-else' }, caseId, evidenceId)).toMatchObject({
      ok: false,
      error: { reason: 'case-not-found' },
    })
    const exchanges = await held.store.read((tx) => held.store.exchanges.listByCase(tx, 'sandbox', caseId))
    expect(exchanges.map(({ direction }) => direction).sort()).toEqual(['in', 'out'])
    expect(await forms.progress(launch, caseId)).toMatchObject({ prefill: { total: figures.questions } })
  })

  it('a second start changes nothing', async () => {
    const { forms, settle } = serviceWith(packageOf(loadInfusionQuestionnaire()))
    const caseId = await newCase()
    forms.start(launch, caseId)
    forms.start(launch, caseId)
    await settle()
    const { version } = await seen(forms, caseId)
    forms.start(launch, caseId)
    await settle()
    expect((await seen(forms, caseId)).version).toBe(version)
  })

  it('a form that was being filled when the server stopped is filled by the next look at it', async () => {
    const caseId = await newCase()
    const lost = {
      package: null,
      response: null,
      meta: null,
      work: null,
      summary: null,
      savedAt: null,
      savedBy: null,
      progress: { read: 1, total: 9 },
      failure: null,
    }
    await held.store.transaction((tx) =>
      held.store.forms.insert(tx, {
        tenant: 'sandbox',
        caseId,
        formId: 'main',
        position: 0,
        version: 1,
        status: 'populating',
        today: TODAY,
        ...lost,
      }),
    )
    const { forms, settle } = serviceWith(packageOf(loadInfusionQuestionnaire()))
    expect((await seen(forms, caseId)).status).toBe('populating')
    await settle()
    expect((await seen(forms, caseId)).status).toBe('in-progress')
  })

  it.each([
    ['a payer that is down', {}, 503, 'form.failure.payer-unavailable'],
    ['a body that is no FHIR', { hello: 'world' }, 200, 'form.failure.package-nonsense'],
    ['no package', { resourceType: 'Parameters' }, 200, 'form.failure.no-form'],
    [
      'a form that has ended',
      packageOf({ ...loadInfusionQuestionnaire(), effectivePeriod: { end: '2026-01-31' } }),
      200,
      'form.failure.expired',
    ],
  ])('%s is a failure that says what to do, and a later start tries again', async (_what, body, status, key) => {
    const caseId = await newCase()
    const broken = serviceWith(body, status)
    broken.forms.start(launch, caseId)
    await broken.settle()
    expect(await seen(broken.forms, caseId)).toMatchObject({ status: 'failed', failure: { key } })
    expect(await broken.forms.read('sandbox', caseId)).toMatchObject({ ok: false, error: { reason: 'form-failed' } })
    const mended = serviceWith(packageOf(loadInfusionQuestionnaire()))
    mended.forms.start(launch, caseId)
    await mended.settle()
    expect((await seen(mended.forms, caseId)).status).toBe('in-progress')
  })
})

describe('saving a form', () => {
  const filled = async () => {
    const { forms, settle } = serviceWith(packageOf(loadInfusionQuestionnaire()))
    const caseId = await newCase()
    forms.start(launch, caseId)
    await settle()
    const view = await seen(forms, caseId)
    return { forms, caseId, view, state: open(view) }
  }
  const weight = 'request/drug/drug.weightKg'

  it('keeps what is saved, also for another service instance, and counts versions', async () => {
    const { forms, caseId, view, state } = await filled()
    const next = confirm(
      answer(state, 'diagnosis/colonoscopy.finding', [{ valueString: 'Ulcers' }], edit),
      'activity/severity',
      edit,
    )
    const saved = await save(forms, caseId, view.version, next)
    expect(saved).toMatchObject({ ok: true, value: { version: view.version + 1 } })
    const again = await seen(serviceWith({}).forms, caseId)
    const reopened = open(again)
    expect(again).toMatchObject({ version: view.version + 1, savedBy: 'Lena Ruiz, MD', savedAt: NOW })
    expect(readItem(reopened, 'diagnosis/colonoscopy.finding')).toMatchObject({
      answers: [{ valueString: 'Ulcers' }],
      origin: { source: 'manual', author: { reference: 'Practitioner/lena-ruiz' } },
    })
    expect(readItem(reopened, 'activity/severity')).toMatchObject({
      needs: null,
      origin: { source: 'auto-client', confirmation: { by: 'Lena Ruiz, MD' } },
    })
    expect(readItem(reopened, weight)?.origin).toEqual(readItem(state, weight)?.origin)
  })

  it('an old version is refused, and nothing of it is kept', async () => {
    const { forms, caseId, view, state } = await filled()
    await save(forms, caseId, view.version, confirm(state, 'activity/severity', edit))
    const late = await save(forms, caseId, view.version, clear(state, weight, edit))
    expect(late).toMatchObject({ ok: false, error: { reason: 'form-changed' } })
    expect(readItem(open(await seen(forms, caseId)), weight)?.answers).toHaveLength(1)
  })

  it('a browser cannot pass its own answer off as the chart’s', async () => {
    const { forms, caseId, view, state } = await filled()
    const changed = answer(
      state,
      weight,
      [{ valueQuantity: { value: 99, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' } }],
      edit,
    )
    const meta = toMeta(changed)
    const forged: FormMeta = { ...meta, origins: { ...meta.origins, [weight]: toMeta(state).origins[weight]! } }
    await save(forms, caseId, view.version, changed, forged, staff)
    const kept = open(await seen(forms, caseId))
    expect(readItem(kept, weight)?.origin).toMatchObject({
      source: 'override',
      kind: 'person',
      author: { reference: 'Practitioner/ana-silva' },
      suggested: [{ valueQuantity: { value: 68.4 } }],
    })
    expect(JSON.stringify(toResponse(kept, edit))).toContain('Practitioner/ana-silva')
    // The dose that the browser computed from the changed weight is computed here too.
    expect(readItem(kept, 'request/drug/drug.doseMg')).toMatchObject({
      answers: [{ valueDecimal: 495 }],
      origin: { kind: 'computed', source: 'auto-client' },
    })
  })

  it('the way back to the chart’s answer restores its origin; a cleared answer stays cleared', async () => {
    const { forms, caseId, view, state } = await filled()
    const crp = 'activity/lab/lab.crp'
    const edited = clear(
      answer(
        state,
        weight,
        [{ valueQuantity: { value: 70, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' } }],
        edit,
      ),
      crp,
      edit,
    )
    await save(forms, caseId, view.version, edited)
    const between = await seen(forms, caseId)
    expect(between.meta.cleared).toEqual([crp])
    expect(readItem(open(between), crp)).toMatchObject({ answers: [], cleared: true })
    await save(forms, caseId, between.version, revert(revert(open(between), weight, edit), crp, edit))
    const after = open(await seen(forms, caseId))
    expect(readItem(after, weight)?.origin).toMatchObject({
      source: 'auto-client',
      kind: 'chart',
      suggested: null,
      evidence: [{ path: 'Observation.value' }],
    })
    expect(readItem(after, crp)).toMatchObject({
      cleared: false,
      answers: [{ valueQuantity: { value: 18 } }],
      origin: { source: 'auto-client' },
    })
  })

  it('repetitions that moved up keep the chart’s origin', async () => {
    const { forms, caseId, view, state } = await filled()
    await save(forms, caseId, view.version, removeRepetition(state, 'treatment/trial:0', edit))
    const after = open(await seen(forms, caseId))
    const before = readItem(state, 'treatment/trial:1/trial.drug')
    expect(readItem(after, 'treatment/trial:0/trial.drug')).toMatchObject({
      answers: before?.answers,
      origin: { source: 'auto-client', evidence: [{ reference: before?.origin?.evidence[0]?.reference }] },
    })
  })

  it('a completed form takes no edit until it is reopened', async () => {
    const { forms, caseId, view, state } = await filled()
    const signed = toResponse(state, edit, 'completed')
    await held.store.transaction((tx) =>
      forms.complete(tx, { tenant: 'sandbox', caseId, launchId: 'l1', at: NOW }, [
        { formId: 'main', response: signed },
      ]),
    )
    const done = await seen(forms, caseId)
    expect(done).toMatchObject({ status: 'completed', response: { status: 'completed' } })
    expect(await save(forms, caseId, done.version, state)).toMatchObject({
      ok: false,
      error: { reason: 'not-allowed-now' },
    })
    await held.store.transaction((tx) => forms.reopen(tx, 'sandbox', caseId, NOW))
    const reopened = await seen(forms, caseId)
    expect(reopened).toMatchObject({ status: 'in-progress', response: { status: 'in-progress' } })
    expect((await save(forms, caseId, reopened.version, state)).ok).toBe(true)
    expect(view.version).toBeLessThan(reopened.version)
  })

  it('what is no response is refused', async () => {
    const { forms, caseId, view } = await filled()
    const request = { version: view.version, response: { resourceType: 'Patient' }, meta: view.meta }
    expect(await forms.save(launch, caseId, request)).toMatchObject({ ok: false, error: { reason: 'invalid-request' } })
  })
})
