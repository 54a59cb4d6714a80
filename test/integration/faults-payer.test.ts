/** A payer that is down, slow or talks nonsense: the case is *unknown*, with a next step and an owner, and decided once. */
import { createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CaseView } from '#domain/contract/case.ts'
import type { CoverageView } from '#domain/contract/launch.ts'
import { launchPrecert } from '../../sandbox/player/precert-session.ts'
import { openControls } from '../../sandbox/player/sandbox-controls.ts'
import { signAndSend } from '../../sandbox/player/journey.ts'
import { pollUntil } from '../../sandbox/player/poll.ts'
import { awaitState, openFaultStage, type FaultStage } from '../support/fault-stage.ts'

const OHIO = 'caresource-oh'
const LONG_MS = 180_000

let stage: FaultStage
beforeAll(async () => {
  stage = await openFaultStage()
})
afterAll(async () => {
  await stage?.close()
})
beforeEach(() => stage.misbehave(OHIO, { mode: 'none', delayMs: 0, services: ['crd', 'dtr', 'pas'], times: null }))

/** What a person must read on an unknown case: what happens next, and whose turn it is. */
function expectSaidPlainly(view: CaseView): void {
  expect(view.unknown?.step).toBeDefined()
  expect(view.nextStep?.key).toMatch(/^case\.next\./)
  expect(['precert', 'payer', 'clinician', 'pa-staff']).toContain(view.owner)
  expect(view.decisionSource).toBeNull()
  expect(view.lines.map((line) => line.status)).not.toContain('approved')
}

describe('a payer that answers a request with', () => {
  it.each(['error-500', 'nonsense', 'malformed-json', 'drop-after-processing'])(
    '%s: unknown, then resolved under the same identifiers',
    async (mode) => {
      const opened = await stage.openReady({ patientId: 'maya-okafor' })
      await stage.misbehave(OHIO, { mode, services: ['pas'] })
      await signAndSend(opened)
      expectSaidPlainly(await awaitState(opened, 'unknown', 30_000))
      await stage.misbehave(OHIO, { mode: 'none' })
      await opened.session.call('POST', `/cases/${opened.caseId}/resolve`, { action: 'resend' })
      const { traceNumber } = await awaitState(opened, 'approved', 60_000, (view) => view.decisionSource === 'payer')
      expect((await stage.countArrivals(OHIO, traceNumber)).processed).toBe(1)
    },
    LONG_MS,
  )
})

describe('a payer that', () => {
  it('puts characters into its texts that no database keeps: read as U+FFFD, and nothing of the decision is lost', async () => {
    await stage.misbehave(OHIO, { mode: 'bad-characters', services: ['dtr', 'pas'] })
    const opened = await stage.openReady({ patientId: 'oluwaseun-adeyemi' })
    await signAndSend(opened)
    const view = await awaitState(opened, 'partly-approved', 60_000)
    expect(JSON.stringify(view.lines)).toContain('\ufffd\ufffd')
    expect((await stage.countArrivals(OHIO, view.traceNumber)).processed).toBe(1)
  })

  it(
    'is slow: sent, then unknown, and its late answer is taken',
    async () => {
      const opened = await stage.openReady({ patientId: 'maya-okafor' })
      await stage.misbehave(OHIO, { delayMs: 14_000 })
      await signAndSend(opened)
      await awaitState(opened, 'sent', 20_000)
      expectSaidPlainly(await awaitState(opened, 'unknown', 30_000))
      const { traceNumber } = await awaitState(opened, 'approved')
      expect((await stage.countArrivals(OHIO, traceNumber)).processed).toBe(1)
    },
    LONG_MS,
  )

  it('does not answer the hook: the coverage stays open, and may be asked again', async () => {
    const controls = openControls(stage.sandbox.addresses.ehr)
    await stage.misbehave(OHIO, { mode: 'error-500', services: ['crd'] })
    await controls.addOrders('sara-lindqvist', 'infliximab-infusion')
    const signing = await controls.sign('sara-lindqvist')
    expect(signing.problems ?? []).toEqual([])
    const session = await launchPrecert(await controls.launch('sara-lindqvist', null), stage.sandbox.addresses.precert)
    const read = async (state: string): Promise<CoverageView> =>
      pollUntil(
        async () => {
          const view = await session.call<CoverageView>('GET', '/coverage')
          return view.groups.some((group) => group.state === state) ? view : undefined
        },
        30_000,
        async () =>
          JSON.stringify((await session.call<CoverageView>('GET', '/coverage')).groups.map((one) => one.state)),
      )
    const unanswered = await read('no-answer')
    const group = unanswered.groups.find((one) => one.state === 'no-answer')
    expect(group?.nextStep).not.toBeNull()
    await stage.misbehave(OHIO, { mode: 'none' })
    await session.call('POST', '/coverage/ask', { groupId: group?.groupId })
    await read('auth-needed')
  })
})

/** A port on which nobody listens. */
async function findClosedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('a payer that is down', () => {
  it(
    'is tried again, and the case says that nothing was sent or what is not known',
    async () => {
      const nobody = `http://127.0.0.1:${await findClosedPort()}/fhir`
      const down = await openFaultStage({
        configure: (config) => ({
          ...config,
          payers: config.payers.map((payer) => ({ ...payer, pas: { ...payer.pas, base: nobody } })),
        }),
      })
      try {
        const opened = await down.openReady({ patientId: 'maya-okafor' })
        await signAndSend(opened)
        const view = await awaitState(opened, 'sending', 10_000)
        expect(view.nextStep).not.toBeNull()
        expect(['precert', 'payer']).toContain(view.owner)
        expect(view.lines.map((line) => line.status)).toEqual(['none', 'none', 'none'])
      } finally {
        await down.close()
      }
    },
    LONG_MS,
  )
})
