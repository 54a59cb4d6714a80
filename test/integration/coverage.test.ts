import type { FhirResource, MedicationRequest, NutritionOrder, Patient } from 'fhir/r4'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { coverageViewSchema, launchViewSchema, type CoverageView } from '#domain/contract/launch.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import type { LaunchContext } from '../../server/context.ts'
import {
  CHART,
  coverage,
  drug,
  openCoverageRoom,
  organization,
  type CoverageRoom,
  type RoomOptions,
} from '../support/coverage-room.ts'
import { annotateAll } from '../support/fake-partners.ts'
import { readSharedJson } from '../support/shared-data.ts'
import { openTestStore, type TestStore } from '../support/test-store.ts'

const open: CoverageRoom[] = []
let store: TestStore
let tenants = 0
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())
/** A room of its own for each test, all over one database: as tenants are. */
const openRoom = async (options?: RoomOptions): Promise<CoverageRoom> => {
  const room = await openCoverageRoom({ ...options, shared: { store, tenantId: `clinic-${++tenants}` } })
  open.push(room)
  return room
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((room) => room.close()))
})

const view = async (room: CoverageRoom, launch: LaunchContext): Promise<CoverageView> => {
  const result = await room.room.coverage.view(launch)
  if (!result.ok) throw new Error(result.error.reason)
  return coverageViewSchema.parse(result.value)
}
const without = (...types: string[]): FhirResource[] =>
  CHART.filter(({ resourceType }) => !types.includes(resourceType))

describe('a launch without a hook', () => {
  it('asks the payer itself, through our façade, and shows what it said', async () => {
    const room = await openRoom()
    const shown = await view(room, room.launch())
    expect(shown.title).toEqual({ key: 'coverage.title.only.needed', params: { count: 1, total: 1 } })
    expect(shown.problem).toBeNull()
    const [group] = shown.groups
    expect(group).toMatchObject({
      groupId: 'GRP-1',
      title: 'Infliximab-dyyb infusion, 5 mg/kg',
      kind: 'medication-with-administration',
      diagnosis: 'Crohn’s disease, K50.90',
      requester: 'Dr. Lena Ruiz',
      state: 'auth-needed',
      questionnaireCount: 1,
      owner: 'clinician',
      payer: { id: 'caresource-oh' },
    })
    expect(group?.quotes).toEqual([
      { text: 'Authorization is required for Q5103.', source: 'CareSource', assertionId: '7F31-0922' },
    ])
    expect(group?.orders.map(({ code, determination }) => [code, determination.state])).toEqual([
      ['Q5103', 'auth-needed'],
      ['96413', 'auth-needed'],
    ])
    expect(shown.coverages).toEqual([
      expect.objectContaining({ plan: 'CareSource Medicare Advantage', memberId: 'CSA100001', chosen: true }),
    ])
    expect(shown.answeredAt).not.toBeNull()
    expect(room.crd.requests.length).toBe(1)
    expect(JSON.stringify(room.crd.requests)).not.toContain('launch-token')
  })

  it('a second look, and a second launch, use the stored answer', async () => {
    const room = await openRoom()
    await view(room, room.launch())
    await view(room, room.launch())
    expect(room.crd.requests.length).toBe(1)
  })

  it('a slow payer shows as being asked, then with its answer', async () => {
    const room = await openRoom()
    room.crd.delayMs = 1_500
    const launch = room.launch()
    const first = await view(room, launch)
    expect(first.groups[0]?.state).toBe('asking')
    expect(first.title.key).toBe('coverage.title.asking')
    await expect.poll(async () => (await view(room, launch)).groups[0]?.state, { timeout: 5_000 }).toBe('auth-needed')
    expect(room.crd.requests.length).toBe(1)
  })

  it.each([
    ['silence about the order', () => ({ cards: [] }), 'no-answer'],
    ['a broken server', () => 503, 'no-answer'],
    ['a rejection', () => 400, 'unknown'],
    ['nonsense', () => ({ hello: 1 }), 'unknown'],
  ])('%s is never “no authorization needed”', async (_name, answer, state) => {
    const room = await openRoom()
    room.crd.answer = answer
    const shown = await view(room, room.launch())
    expect(shown.groups[0]).toMatchObject({ state, owner: 'pa-staff', nextStep: { key: 'coverage.next.askAgain' } })
    expect(shown.title.key).toBe('coverage.title.only.unknown')
    await view(room, room.launch())
    expect(room.crd.requests.length).toBe(1)
  })

  it('asking again asks again, and a later silence does not unsay a statement', async () => {
    const room = await openRoom()
    room.crd.answer = () => 503
    const launch = room.launch()
    await view(room, launch)
    room.crd.answer = (request) => annotateAll(request)
    const asked = await room.room.coverage.ask(launch, 'GRP-1')
    expect(asked.ok && asked.value.groups[0]?.state).toBe('auth-needed')
    room.crd.answer = () => ({ cards: [] })
    const again = await room.room.coverage.ask(launch, 'GRP-1')
    expect(again.ok && again.value.groups[0]?.state).toBe('auth-needed')
    expect(await room.room.coverage.ask(launch, 'nothing')).toMatchObject({ error: { reason: 'group-not-found' } })
  })

  it('an order that was signed before is not put to a payer that takes drafts only', async () => {
    const room = await openRoom({
      chart: CHART.map((resource) =>
        'intent' in resource ? { ...resource, status: 'active' } : resource,
      ) as FhirResource[],
    })
    const { crd } = room.payer
    expect(crd?.version).toBe('2.2')
    const older = await openRoom({
      chart: CHART.map((resource) =>
        'intent' in resource ? { ...resource, status: 'active' } : resource,
      ) as FhirResource[],
      payer: { crd: { base: room.crd.base, serviceId: 'order-sign-crd', version: '2.0.1' } },
    })
    const shown = await view(older, older.launch())
    expect(shown.groups[0]?.state).toBe('unknown')
    expect(room.crd.requests).toEqual([])
  })
})

describe('who pays', () => {
  it('no coverage is said plainly', async () => {
    const room = await openRoom({ chart: without('Coverage') })
    const shown = await view(room, room.launch())
    expect(shown.problem).toEqual({ reason: 'no-coverage' })
    expect(shown.title.key).toBe('coverage.title.problem.no-coverage')
    expect(shown.groups[0]).toMatchObject({ state: 'unknown', payer: null })
  })

  it('an unknown payer is named, and nobody is asked', async () => {
    const room = await openRoom({ chart: [...without('Organization'), organization('cs', 'somebody-else')] })
    const shown = await view(room, room.launch())
    expect(shown.problem).toEqual({ reason: 'unknown-payer', params: { payer: 'Organization somebody-else' } })
    expect(room.crd.requests).toEqual([])
  })

  it('several coverages are a choice; the chosen one is asked and stays chosen', async () => {
    const room = await openRoom({ chart: [...CHART, coverage('cov-2', 'cs')] })
    const launch = room.launch()
    const first = await view(room, launch)
    expect(first.problem).toEqual({ reason: 'several-coverages' })
    expect(first.coverages.map(({ chosen }) => chosen)).toEqual([false, false])
    expect(await room.room.coverage.choose(launch, 'Coverage/none')).toMatchObject({
      error: { reason: 'coverage-not-found' },
    })
    const chosen = await room.room.coverage.choose(launch, 'Coverage/cov-1')
    expect(chosen.ok && chosen.value.groups[0]?.state).toBe('auth-needed')
    expect(chosen.ok && chosen.value.coverages.map((each) => each.chosen)).toEqual([true, false])
    expect((await view(room, room.launch())).problem).toBeNull()
  })
})

describe('a launch from the card', () => {
  const seedContext = async (room: CoverageRoom, patientId: string): Promise<string> => {
    const { store: rows } = room.store
    await rows.transaction((tx) =>
      rows.hookContexts.insert(tx, {
        tenant: room.tenant.id,
        id: 'from-hook',
        patientId,
        groupId: 'GRP-1',
        orderRefs: ['MedicationRequest/drug'],
        coverageRef: 'Coverage/cov-1',
        payerId: 'caresource-oh',
        assertionIds: [],
        createdAt: new Date().toISOString(),
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    )
    return 'pa1.from-hook'
  }

  it('shows the orders of the hook and names the group to open', async () => {
    const room = await openRoom()
    const launch = room.launch({ appContext: await seedContext(room, 'maya') })
    const shown = await view(room, launch)
    expect(shown.groups.flatMap(({ orders }) => orders.map(({ reference }) => reference))).toEqual([
      'MedicationRequest/drug',
    ])
    const whole = await room.room.coverage.launchView(launch)
    expect(whole.ok && launchViewSchema.parse(whole.value)).toMatchObject({
      focusGroupId: 'GRP-1',
      patient: { name: 'Okafor, Maya T.', ageYears: 34 },
      missingScopes: ['patient/Coverage.rs'],
      user: { maySign: true },
    })
  })

  it('another patient’s context counts for nothing', async () => {
    const room = await openRoom()
    const launch = room.launch({ appContext: await seedContext(room, 'other') })
    const whole = await room.room.coverage.launchView(launch)
    expect(whole.ok && whole.value.focusGroupId).toBeNull()
    expect((await view(room, launch)).groups[0]?.orders.length).toBe(2)
  })
})

describe('the group a case is opened with', () => {
  it('carries orders with the payer’s statement, coverage, insurer and whom the orders name', async () => {
    const room = await openRoom()
    const launch = room.launch()
    await view(room, launch)
    const group = await room.room.coverage.group(launch, 'GRP-1')
    if (!group.ok) throw new Error(group.error.reason)
    expect(group.value).toMatchObject({
      payerId: 'caresource-oh',
      service: 'Infliximab-dyyb infusion, 5 mg/kg',
      coverage: { id: 'cov-1' },
      insurer: { id: 'cs' },
      lineOfBusiness: 'medicare-advantage',
      assertionIds: ['7F31-0922'],
    })
    for (const order of group.value.orders)
      expect(order.extension?.map(({ url }) => url)).toEqual([EXT.coverageInformation])
    expect(group.value.known.map(({ resourceType }) => resourceType).sort()).toEqual([
      'Organization',
      'Practitioner',
      'PractitionerRole',
    ])
  })
  it('fails with the reason where nobody could be asked', async () => {
    const room = await openRoom({ chart: without('Coverage') })
    expect(await room.room.coverage.group(room.launch(), 'GRP-1')).toEqual({
      ok: false,
      error: { reason: 'no-coverage' },
    })
    expect(await room.room.coverage.group(room.launch(), 'x')).toEqual({
      ok: false,
      error: { reason: 'group-not-found' },
    })
  })
})

describe('charts as they come', () => {
  it('no open order is said plainly', async () => {
    const room = await openRoom({ chart: without('MedicationRequest', 'ServiceRequest') })
    expect((await view(room, room.launch())).problem).toEqual({ reason: 'no-orders' })
  })
  it('what may not be read is not taken for absent', async () => {
    const room = await openRoom()
    room.ehr.refused.add('Coverage')
    expect((await view(room, room.launch())).problem).toEqual({ reason: 'chart-unreadable' })
  })
  it('an order for nutrition is found like the others', async () => {
    const formula: NutritionOrder = {
      resourceType: 'NutritionOrder',
      id: 'formula',
      status: 'draft',
      intent: 'order',
      patient: drug.subject,
      dateTime: '2026-11-22T10:00:00Z',
      orderer: { display: 'Dr. Lena Ruiz' },
      enteralFormula: {
        baseFormulaType: {
          coding: [{ system: 'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', code: 'B4150' }],
          text: 'Enteral formula',
        },
      },
    }
    const room = await openRoom({ chart: [...without('MedicationRequest', 'ServiceRequest'), formula] })
    const shown = await view(room, room.launch())
    expect(shown.groups.map(({ title }) => title)).toEqual(['Enteral formula'])
    expect(shown.groups[0]?.orders.map(({ reference }) => reference)).toEqual(['NutritionOrder/formula'])
  })

  it('old active orders, proposals and other patients’ orders are not on the table', async () => {
    const old: MedicationRequest = { ...drug, id: 'old', status: 'active', authoredOn: '2020-01-01' }
    const plan: MedicationRequest = { ...drug, id: 'plan', intent: 'plan' }
    const room = await openRoom({ chart: [...CHART, old, plan] })
    const references = (await view(room, room.launch())).groups.flatMap(({ orders }) =>
      orders.map((each) => each.reference),
    )
    expect(references).toEqual(['MedicationRequest/drug', 'ServiceRequest/infusion'])
  })
  it('every read is in the access log with what needed it, the payer’s as the payer’s', async () => {
    const room = await openRoom()
    await view(room, room.launch())
    const { store: rows } = room.store
    const list = () => rows.read((tx) => rows.accessLog.listByPatient(tx, room.tenant.id, 'maya', 100))
    await expect.poll(async () => (await list()).length).toBeGreaterThan(5)
    expect((await list()).every(({ neededBy, userId }) => neededBy !== '' && userId !== null)).toBe(true)
  })

  const charts = readSharedJson('charts')
  it.skipIf(charts.size === 0)(
    'eight foreign charts go through without an error (needs ../shared/data/charts)',
    async () => {
      for (const [name, chart] of charts) {
        const resources = (chart as { entry: { resource: FhirResource }[] }).entry.map(({ resource }) => resource)
        const patient = resources.find((resource): resource is Patient => resource.resourceType === 'Patient')
        const id = patient?.id ?? ''
        const order: MedicationRequest = { ...drug, id: 'new-order', subject: { reference: `Patient/${id}` } }
        const bare = Object.fromEntries(Object.entries(order).filter(([member]) => member !== 'requester'))
        const paid = { ...coverage('cov-1', 'cs'), beneficiary: { reference: `Patient/${id}` } }
        const room = await openRoom({
          chart: [...resources, bare as unknown as MedicationRequest, paid, organization('cs', 'caresource-oh')],
        })
        const shown = await view(room, room.launch({ patientId: id }))
        expect([name, shown.problem, shown.groups.find(({ groupId }) => groupId === 'GRP-1')?.state]).toEqual([
          name,
          null,
          'auth-needed',
        ])
      }
    },
    120_000,
  )
})
