/**
 * Precert killed at every step, as by a power cut: after the restart the case is where it was, and the payer has processed
 * the request once. Real processes over HTTP; the database is the embedded one, on the disk.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { awaitForm, completeForm, signAndSend } from '../../sandbox/player/journey.ts'
import { awaitState, openFaultStage, type Case, type FaultStage } from '../support/fault-stage.ts'
import { isSound, runStrikes } from '../support/fault-turns.ts'

const OHIO = 'caresource-oh'
const GEORGIA = 'caresource-ga'
const MAYA = { patientId: 'maya-okafor' }
const INES_IN_GEORGIA = { patientId: 'ines-moreau', withHook: false, payerId: GEORGIA } as const
const KILLS = 10
const LONG_MS = 240_000

let stage: FaultStage
beforeAll(async () => {
  stage = await openFaultStage()
})
afterAll(async () => {
  await stage?.close()
})
beforeEach(async () => {
  for (const payer of [OHIO, GEORGIA] as const)
    await stage.misbehave(payer, { mode: 'none', delayMs: 0, services: ['crd', 'dtr', 'pas'], times: null })
})

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function expectProcessedOnce(payer: typeof OHIO | typeof GEORGIA, opened: Case): Promise<void> {
  const { traceNumber } = await opened.read()
  expect((await stage.countArrivals(payer, traceNumber)).processed).toBe(1)
}

describe('Precert is killed', () => {
  it('after the case was opened: the same case, its form filled, and sent once', async () => {
    const opened = await stage.open(MAYA)
    await stage.killAndRestart()
    expect((await opened.read()).state).toBe('draft')
    await completeForm(opened, {})
    await signAndSend(opened)
    await awaitState(opened, 'approved')
    await expectProcessedOnce(OHIO, opened)
  })

  it('while the form is being filled: it is filled again, whole', async () => {
    const opened = await stage.open(MAYA)
    await opened.session.call('GET', `/cases/${opened.caseId}/form`)
    await stage.killAndRestart()
    const form = await awaitForm(opened)
    expect(Object.keys(form.meta.origins).length).toBeGreaterThan(60)
  })

  it('after answers were saved: they are still there, and may be sent', async () => {
    const opened = await stage.openReady(MAYA)
    const before = await awaitForm(opened)
    await stage.killAndRestart()
    expect(await awaitForm(opened)).toEqual(before)
    await signAndSend(opened)
    await awaitState(opened, 'approved')
    await expectProcessedOnce(OHIO, opened)
  })

  it(
    'right after the request was accepted: it is sent, once',
    async () => {
      const opened = await stage.openReady(MAYA)
      await signAndSend(opened)
      await stage.killAndRestart()
      expect(['sending', 'sent', 'unknown', 'approved']).toContain((await opened.read()).state)
      await awaitState(opened, 'approved')
      await expectProcessedOnce(OHIO, opened)
    },
    LONG_MS,
  )

  it(
    'while the payer is answering: sent again where the payer deduplicates, else found by an inquiry; processed once',
    async () => {
      const [ohio, georgia] = [await stage.openReady(MAYA), await stage.openReady(INES_IN_GEORGIA)]
      for (const payer of [OHIO, GEORGIA] as const) await stage.misbehave(payer, { delayMs: 3_000 })
      await signAndSend(ohio)
      await signAndSend(georgia)
      await pause(1_500)
      await stage.killAndRestart()
      for (const payer of [OHIO, GEORGIA] as const) await stage.misbehave(payer, { delayMs: 0 })
      const resent = await awaitState(ohio, 'approved')
      expect(await stage.countArrivals(OHIO, resent.traceNumber)).toEqual({ received: 2, processed: 1 })
      const inquired = await awaitState(georgia, 'approved')
      expect(await stage.countArrivals(GEORGIA, inquired.traceNumber)).toEqual({ received: 1, processed: 1 })
    },
    LONG_MS,
  )

  it('after the payer pended: its later notification still ends the case', async () => {
    const opened = await stage.openReady({ patientId: 'sara-lindqvist' })
    await signAndSend(opened)
    await awaitState(opened, 'pended')
    await stage.killAndRestart()
    await awaitState(opened, 'approved', 60_000, (view) => view.decisionSource === 'payer')
    await expectProcessedOnce(OHIO, opened)
  })

  it(
    `${KILLS} times at a random moment between the click and the answer: nothing is lost, nothing decided twice`,
    async () => {
      const strikes = await runStrikes(stage, {
        turns: KILLS,
        strike: stage.killAndRestart,
        random: Math.random,
        dropsOneOf: 0,
      })
      expect(strikes).toHaveLength(KILLS)
      // Struck between the outbox and the payer, a request to one that does not deduplicate may end with a person.
      expect(strikes.filter((strike) => !isSound(strike))).toEqual([])
    },
    LONG_MS,
  )
})
