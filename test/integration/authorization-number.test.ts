/** The number of a payer's determination on an adaptive form: offered, accepted or not, kept, and on the orders only then. */
import type { Bundle, Extension, FhirResource } from 'fhir/r4'
import { afterEach, describe, expect, it } from 'vitest'
import { isOrder } from '#domain/context/order.ts'
import type { FormView } from '#domain/contract/form.ts'
import { listCoverageInformation, readCoverageInformation } from '#domain/crd/coverage-information.ts'
import { buildRequestLines } from '#domain/pas/request-lines.ts'
import { lineRows } from '../../server/cases/open-case.ts'
import type { CaseContext } from '../../server/cases/case-record.ts'
import { createCaseUpdates } from '../../server/cases/case-updates.ts'
import { createOrderJob, ORDER_JOB } from '../../server/forms/order-statements.ts'
import { finish, next, openAdaptiveRoom, payerOf, put, satisfied, seen } from '../support/adaptive-form.ts'
import { ROOM_NOW, type FormRoom } from '../support/form-room.ts'
import { hcpcsUnits } from '../support/hcpcs-units.ts'
import { infusionOrders } from '../support/infusion-orders.ts'
import { pasLine, pasResponse } from '../support/pas-answer.ts'
import { pasRequestInput } from '../support/pas-request.ts'
import { openReviewApp, type ReviewApp } from '../support/review-app.ts'

/** What the payer decides at the end of the form, and what it had said of the first order by CRD. */
const determined = satisfied('Coverage/cov-1', 'A-77')
const ask = { assertionId: 'A-77', number: 'PA-1' }
const saidByCrd: Extension = {
  ...determined,
  extension: (determined.extension ?? []).flatMap((part) =>
    part.url === 'pa-needed' ? { url: part.url, valueCode: 'auth-needed' } : part.url === 'satisfied-pa-id' ? [] : part,
  ),
}
/** Orders whose lines need nothing more, the first with what the payer said of it by CRD. */
const ORDERS = infusionOrders()
  .filter((order) => order.resourceType === 'ServiceRequest')
  .map((order, index) => (index === 0 ? { ...order, extension: [saidByCrd] } : order))
const orderRef = `ServiceRequest/${ORDERS[0]?.id ?? ''}`

let room: FormRoom
const apps: ReviewApp[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
  await room.close()
})

/** A whole request of one person, so that it can be signed; its payer has an adaptive form. */
async function openCase(): Promise<string> {
  const { patient, coverage, insurer, known } = pasRequestInput()
  const [identifier] = coverage.identifier ?? []
  const context = {
    patient,
    coverage: { ...coverage, identifier: [{ ...identifier, system: 'https://payers.example/member' }] },
    insurer,
    orders: ORDERS,
    known,
  } as Partial<CaseContext>
  room = await openAdaptiveRoom('2.2', payerOf('2.2', determined), { context, chart: [...ORDERS, ...known] })
  const caseId = await room.openCase()
  const lines = buildRequestLines(ORDERS, { units: hcpcsUnits, weight: null, known, earlier: [] })
  await room.store.transaction((tx) => room.store.lines.insert(tx, lineRows('room', caseId, lines)))
  return caseId
}

const openApp = async (launch = room.launch): Promise<ReviewApp> => {
  const app = await openReviewApp(room, { launch })
  apps.push(app)
  return app
}
const accept = async (caseId: string, body: object = ask, launch = room.launch) =>
  (await openApp(launch)).call<FormView & { reason: string }>(
    'POST',
    `/cases/${caseId}/form/authorization-number`,
    body,
  )
const flag = async (caseId: string) =>
  (await openApp()).call<FormView & { reason: string }>('POST', `/cases/${caseId}/form/determination`, {
    assertionId: 'A-77',
    reason: 'Wrong order',
  })
const numbers = async (caseId: string) => {
  const lines = await room.store.read((tx) => room.store.lines.listByCase(tx, 'room', caseId))
  return [...new Set(lines.map(({ authorizationNumber }) => authorizationNumber))]
}
const sign = async (caseId: string) => {
  const app = await openApp()
  const { body } = await app.call<{ version: number }>('GET', `/cases/${caseId}`)
  const signed = await app.call('POST', `/cases/${caseId}/submit`, {
    submissionId: '00000000-0000-4000-8000-000000000001',
    version: body.version,
    attested: true,
  })
  return { ...signed, sent: app.taken }
}
const statementsOf = (resource: FhirResource | undefined): Extension[] =>
  isOrder(resource) ? listCoverageInformation(resource) : []
/** What the orders of a request say of the payer. */
const saidIn = (bundle: Bundle | undefined) =>
  (bundle?.entry ?? [])
    .flatMap(({ resource }) => (isOrder(resource) ? statementsOf(resource) : []))
    .map((one) => readCoverageInformation(one))

describe('POST …/form/authorization-number', () => {
  it('makes the number the request’s, and keeps who accepted it and when', async () => {
    const caseId = await openCase()
    await finish(room, caseId)
    expect((await seen(room, caseId)).adaptive?.determinations).toMatchObject([
      { satisfiedPaId: 'PA-1', accepted: null },
    ])
    expect(await numbers(caseId)).toEqual([null])
    expect(await accept(caseId)).toMatchObject({
      status: 200,
      body: { adaptive: { determinations: [{ accepted: { by: 'lena', at: ROOM_NOW } }] } },
    })
    expect(await numbers(caseId)).toEqual(['PA-1'])
    const events = await room.store.read((tx) => room.store.events.listByCase(tx, 'room', caseId))
    expect(events.at(-1)).toMatchObject({ kind: 'form-number-accepted', actor: 'lena', at: ROOM_NOW, payload: ask })
  })

  it('is refused before the payer has completed the form', async () => {
    const caseId = await openCase()
    await put(room, caseId, 'why', { valueString: 'Because' })
    await next(room, caseId)
    expect(await accept(caseId)).toMatchObject({ status: 409, body: { reason: 'not-allowed-now' } })
    expect(await numbers(caseId)).toEqual([null])
  })

  it('is refused the second time, and changes nothing then', async () => {
    const caseId = await openCase()
    await finish(room, caseId)
    await accept(caseId)
    expect(await accept(caseId)).toMatchObject({ status: 409, body: { reason: 'number-accepted' } })
    expect(await numbers(caseId)).toEqual(['PA-1'])
    const events = await room.store.read((tx) => room.store.events.listByCase(tx, 'room', caseId))
    expect(events.filter(({ kind }) => kind === 'form-number-accepted')).toHaveLength(1)
  })

  it.each([
    ['another number than the payer offers', { ...ask, number: 'PA-2' }],
    ['a determination that is not there', { ...ask, assertionId: 'assertion-0' }],
  ])('is refused for %s: what was shown is out of date', async (_, body) => {
    const caseId = await openCase()
    await finish(room, caseId)
    expect(await accept(caseId, body)).toMatchObject({ status: 409, body: { reason: 'number-not-offered' } })
    expect(await numbers(caseId)).toEqual([null])
  })

  it('is refused in a case of another patient', async () => {
    const caseId = await openCase()
    await finish(room, caseId)
    const other = { ...room.launch, patientId: 'somebody-else' }
    expect(await accept(caseId, ask, other)).toMatchObject({ status: 404, body: { reason: 'case-not-found' } })
    expect(await numbers(caseId)).toEqual([null])
  })

  it('is refused without a number', async () => {
    const caseId = await openCase()
    expect(await accept(caseId, { ...ask, number: '' })).toMatchObject({ status: 400 })
  })

  it('is refused where no line can take the number', async () => {
    const caseId = await openCase()
    await finish(room, caseId)
    const lines = await room.store.read((tx) => room.store.lines.listByCase(tx, 'room', caseId))
    await room.store.transaction(async (tx) => {
      for (const { sequence } of lines)
        await room.store.lines.update(tx, { tenant: 'room', caseId, sequence }, { authorizationNumber: 'BY-PHONE' })
    })
    expect(await accept(caseId)).toMatchObject({ status: 409, body: { reason: 'number-without-line' } })
    expect(await numbers(caseId)).toEqual(['BY-PHONE'])
  })

  it('is refused once the determination is flagged as not valid, which takes an accepted number off again', async () => {
    const caseId = await openCase()
    await finish(room, caseId)
    await accept(caseId)
    expect(await flag(caseId)).toMatchObject({
      status: 200,
      body: { adaptive: { determinations: [{ accepted: null }] } },
    })
    expect(await numbers(caseId)).toEqual([null])
    expect(await accept(caseId)).toMatchObject({ status: 409, body: { reason: 'determination-flagged' } })
  })
})

describe('an accepted number', () => {
  it('stays with the request when it is signed, and goes with the payer’s statement on its orders', async () => {
    const caseId = await openCase()
    await finish(room, caseId)
    await accept(caseId)
    const { status, body, sent } = await sign(caseId)
    expect({ status, body }).toMatchObject({ status: 200 })
    expect(await numbers(caseId)).toEqual(['PA-1'])
    const said = { assertionId: 'A-77', paNeeded: 'satisfied', satisfiedPaId: 'PA-1' }
    expect(saidIn(sent[0])).toMatchObject(ORDERS.map(() => said))
  })

  it('stays when the payer answers the request without one, and gives way to the payer’s next', async () => {
    const caseId = await openCase()
    await finish(room, caseId)
    await accept(caseId)
    await sign(caseId)
    const updates = createCaseUpdates({
      store: room.store,
      live: { announce: () => Promise.resolve(), listen: () => () => undefined, stop: () => Promise.resolve() },
      tenants: new Map([['room', room.launch.tenant]]),
      payers: new Map([[room.payer.id, room.payer]]),
      reopenForm: room.forms.reopen,
    })
    const sequences = (await room.store.read((tx) => room.store.lines.listByCase(tx, 'room', caseId))).map(
      ({ sequence }) => sequence,
    )
    const answer = (authorizationNumber: string | null) =>
      room.store.transaction((tx) =>
        updates.answered(tx, {
          tenant: 'room',
          caseId,
          at: ROOM_NOW,
          response: pasResponse({ lines: sequences.map((one) => pasLine(one, 'approved', { authorizationNumber })) }),
          decisionSource: 'payer',
          exchangeId: 'e',
          submissionRowId: 's',
        }),
      )
    await answer(null)
    expect(await numbers(caseId)).toEqual(['PA-1'])
    await answer('PA-9')
    expect(await numbers(caseId)).toEqual(['PA-9'])
  })
})

describe('a number that nobody accepted', () => {
  it.each(['left alone', 'flagged'])('%s: the orders of the request do not say it', async (how) => {
    const caseId = await openCase()
    await finish(room, caseId)
    if (how === 'flagged') await flag(caseId)
    const { status, body, sent } = await sign(caseId)
    expect({ status, body }).toMatchObject({ status: 200 })
    expect(saidIn(sent[0])).toMatchObject([{ assertionId: 'A-77', paNeeded: 'auth-needed', satisfiedPaId: null }])
    expect(await numbers(caseId)).toEqual([null])
  })
})

describe('the orders in the EHR', () => {
  /** Runs what the outbox holds for them. */
  const write = async (launchById = () => Promise.resolve<FormRoom['launch'] | null>(room.launch)): Promise<void> => {
    const until = '2027-01-01T00:00:00Z'
    const jobs = await room.store.transaction((tx) =>
      room.store.jobs.claim(tx, { owner: 'o', kinds: [ORDER_JOB], limit: 9, leaseUntil: until, now: until }),
    )
    const run = createOrderJob({ store: room.store, ehr: () => room.ehr, launchById, now: () => ROOM_NOW })
    for (const job of jobs) await run(job)
  }
  const written = () => room.ehr.writes.filter(({ method }) => method === 'update').map(({ resource }) => resource)
  const lastEvent = async (caseId: string) =>
    (await room.store.read((tx) => room.store.events.listByCase(tx, 'room', caseId))).at(-1)

  it('get the determination once its number is accepted, and lose it where it is flagged', async () => {
    const caseId = await openCase()
    await finish(room, caseId)
    await write()
    expect(written()).toEqual([])
    await accept(caseId)
    await write()
    expect(statementsOf(room.ehr.resources.get(orderRef))).toEqual([determined])
    expect(written()).toHaveLength(ORDERS.length)
    expect(await lastEvent(caseId)).toMatchObject({ kind: 'orders-written' })
    await flag(caseId)
    await write()
    expect(statementsOf(room.ehr.resources.get(orderRef))).toEqual([saidByCrd])
  })

  it('that may not be written are said on the case; so is a launch that has ended', async () => {
    const caseId = await openCase()
    await finish(room, caseId)
    room.ehr.refusal = { reason: 'scope-missing', status: 403 }
    await accept(caseId)
    await write()
    expect(await lastEvent(caseId)).toMatchObject({
      kind: 'orders-not-written',
      payload: { failure: 'scope-missing' },
    })
    await flag(caseId)
    await write(() => Promise.resolve(null))
    expect(await lastEvent(caseId)).toMatchObject({ kind: 'orders-not-written', payload: { failure: 'unauthorized' } })
  })
})
