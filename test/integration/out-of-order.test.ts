/** A payer that tells its answers in the wrong order, and more than once: what it decided last stands (pas.md §6.2). */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { signAndSend } from '../../sandbox/player/journey.ts'
import { awaitState, openFaultStage, type Case, type FaultStage } from '../support/fault-stage.ts'

const LONG_MS = 120_000

let stage: FaultStage
beforeAll(async () => {
  stage = await openFaultStage()
}, LONG_MS)
afterAll(async () => {
  await stage?.close()
})

async function control(path: 'decide' | 'notify', opened: Case, more: object): Promise<void> {
  const { traceNumber } = await opened.read()
  const answer = await fetch(`${stage.sandbox.addresses.payers['caresource-oh']}/sandbox/api/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ claimIdentifier: traceNumber, ...more }),
  })
  if (!answer.ok) throw new Error(await answer.text())
}

it(
  'a decision stands against the pend that is told after it, and against an older decision; each is told once',
  async () => {
    const opened = await stage.openReady({ patientId: 'otto-keller', withHook: false })
    await signAndSend(opened)
    const approved = await awaitState(opened, 'approved')
    expect(approved.lines.map(({ status }) => status)).toEqual(['approved', 'approved', 'approved'])

    await control('notify', opened, { which: 'earlier' })
    await control('notify', opened, {})
    await control('decide', opened, { ruling: 'deny' })
    await awaitState(opened, 'denied')
    // The approval, told once more after the denial; a pend made after it is a new answer, and the last.
    await control('notify', opened, { which: 'earlier' })
    await control('decide', opened, { ruling: 'pend' })
    const pended = await awaitState(opened, 'pended')
    const kinds = pended.timeline.map(({ kind }) => kind)
    const told = (kind: string): number => kinds.filter((one) => one === kind).length
    expect(told('decided')).toBe(2)
    // The pend of the first answer may have come before its decision, never after it.
    expect(told('pended')).toBeLessThanOrEqual(2)
    expect(await stage.countArrivals('caresource-oh', pended.traceNumber)).toEqual({ received: 1, processed: 1 })
  },
  LONG_MS,
)
