/** A request that the payer has is changed, and cancelled: as a person does it, to the payer's answer. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CaseView } from '#domain/contract/case.ts'
import type { CaseChange, ChangePreview, ChangeView, SendChangeRequest } from '#domain/contract/change.ts'
import { NO_CHANGE } from '#domain/tracking/case-change.ts'
import { signAndSend } from '../../sandbox/player/journey.ts'
import { readPersonAnswers } from '../../sandbox/player/plays.ts'
import { awaitState, openFaultStage, type Case, type FaultStage } from '../support/fault-stage.ts'

const OHIO = 'caresource-oh'
const LONG_MS = 120_000
let stage: FaultStage
beforeAll(async () => {
  stage = await openFaultStage()
})
afterAll(async () => {
  await stage?.close()
})
beforeEach(() => stage.misbehave(OHIO, { mode: 'none', delayMs: 0, services: ['crd', 'dtr', 'pas'], times: null }))

async function openApproved(): Promise<Case> {
  const patientId = 'maya-okafor'
  const opened = await stage.openReady({ patientId, withHook: false, answers: readPersonAnswers(patientId) })
  await signAndSend(opened)
  await awaitState(opened, 'approved', 60_000)
  return opened
}

const viewChange = ({ session, caseId }: Case): Promise<ChangeView> =>
  session.call<ChangeView>('GET', `/cases/${caseId}/change`)
const preview = ({ session, caseId }: Case, change: Partial<CaseChange>): Promise<ChangePreview> =>
  session.call<ChangePreview>('POST', `/cases/${caseId}/change/preview`, { change: { ...NO_CHANGE, ...change } })
/** As a person does: what they send is what they read. */
const send = async (
  opened: Case,
  version: number,
  change: Partial<CaseChange>,
  { submissionId = crypto.randomUUID(), differences }: Partial<SendChangeRequest> = {},
): Promise<CaseView> =>
  opened.session.call<CaseView>('POST', `/cases/${opened.caseId}/change`, {
    submissionId,
    version,
    change: { ...NO_CHANGE, ...change },
    differences: differences ?? (await preview(opened, change)).differences,
  })
const kindsOf = (view: CaseView): string[] => view.timeline.map(({ kind }) => kind)

describe('a request that the payer has', () => {
  it(
    'is changed as the preview says, sent once, and decided anew; then a line, and then all of it is cancelled',
    async () => {
      const opened = await openApproved()
      const before = await opened.read()
      expect(before.actions).toEqual(expect.arrayContaining(['change', 'cancel']))
      const { version, lines, documents } = await viewChange(opened)
      expect(lines.map(({ changeable }) => changeable)).toEqual([true, true, true])

      const change = {
        edits: [{ sequence: 1, quantity: '999', start: null, end: '2027-09-30' }],
        documents: documents.slice(0, 1).map(({ reference }) => reference),
        message: 'Longer course',
      }
      const shown = await preview(opened, change)
      expect(shown.problems).toEqual([])
      expect(shown.differences).toMatchObject({
        cancelsAll: false,
        lines: [
          {
            sequence: 1,
            change: 'changed',
            before: { asked: lines[0]?.asked },
            after: { asked: { value: '999' }, end: '2027-09-30' },
            certification: '4',
          },
        ],
        messages: ['Longer course'],
      })
      const submissionId = crypto.randomUUID()
      const { differences } = shown
      const other = { ...differences, messages: [] }
      await expect(send(opened, version, change, { differences: other })).rejects.toThrow(/case-changed/)
      const sending = await send(opened, version, change, { submissionId, differences })
      expect(sending).toMatchObject({ pendingChange: { kind: 'change' }, lines: [{ asked: { value: '999' } }, {}, {}] })
      await send(opened, version, change, { submissionId, differences })
      const changed = await awaitState(opened, 'approved', 60_000, ({ pendingChange }) => pendingChange === null)
      expect(changed.lines[0]).toMatchObject({ asked: { value: '999' }, end: '2027-09-30', status: 'approved' })
      expect(changed.traceNumber).not.toBe(before.traceNumber)
      expect(await stage.countArrivals(OHIO, changed.traceNumber)).toEqual({ received: 1, processed: 1 })
      expect(kindsOf(changed)).toContain('changed')

      await send(opened, changed.version, { cancelled: [3] })
      const without = await awaitState(opened, 'approved', 60_000, ({ pendingChange }) => pendingChange === null)
      expect(without.lines.map(({ status }) => status)).toEqual(['approved', 'approved', 'cancelled'])
      await expect(
        send(opened, without.version, { edits: [{ sequence: 3, quantity: '1', start: null, end: null }] }),
      ).rejects.toThrow(/line-not-changeable/)

      expect((await preview(opened, { cancelAll: true })).differences.cancelsAll).toBe(true)
      await send(opened, without.version, { cancelAll: true })
      const cancelled = await awaitState(opened, 'cancelled', 60_000)
      expect(cancelled.lines.every(({ status }) => status === 'cancelled')).toBe(true)
      expect(cancelled.actions).toEqual([])
    },
    LONG_MS,
  )

  it(
    'stands as it was where the payer does not take the change, and says why',
    async () => {
      const opened = await openApproved()
      const before = await opened.read()
      await stage.misbehave(OHIO, { mode: 'refuse-422', services: ['pas'], times: 1 })
      await send(opened, before.version, { edits: [{ sequence: 1, quantity: '999', start: null, end: null }] })
      const after = await awaitState(opened, 'approved', 60_000, ({ changeErrors }) => changeErrors.length > 0)
      expect(after.lines).toEqual(before.lines)
      expect(after).toMatchObject({ pendingChange: null, traceNumber: before.traceNumber })
      expect(kindsOf(after)).toContain('change-refused')
      expect(after.actions).toContain('change')
    },
    LONG_MS,
  )

  it(
    'is not changed by what does not fit: nothing, no such line, an end before the start, an old page',
    async () => {
      const opened = await openApproved()
      const { version } = await opened.read()
      const edit = { quantity: null, start: null, end: null }
      await expect(preview(opened, {})).rejects.toThrow(/nothing-changed/)
      await expect(preview(opened, { cancelled: [9] })).rejects.toThrow(/line-not-found/)
      await expect(preview(opened, { edits: [{ ...edit, sequence: 1, end: '2020-01-01' }] })).rejects.toThrow(
        /dates-reversed/,
      )
      await expect(preview(opened, { added: ['ServiceRequest/nobody'] })).rejects.toThrow(/order-missing/)
      await expect(send(opened, version - 1, { cancelled: [3] })).rejects.toThrow(/case-changed/)
    },
    LONG_MS,
  )
})

describe('a payer that is asked', () => {
  it(
    'by the number, the lines or the patient says that it has the request',
    async () => {
      const opened = await openApproved()
      const ask = async (by: 'item' | 'number' | 'patient'): Promise<CaseView> => {
        const before = (await opened.read()).timeline.filter(({ kind }) => kind.startsWith('inquiry-')).length
        await opened.session.call('POST', `/cases/${opened.caseId}/resolve`, { action: 'inquire', by })
        return awaitState(opened, 'approved', 60_000, ({ timeline }) => {
          return timeline.filter(({ kind }) => kind.startsWith('inquiry-')).length > before
        })
      }
      for (const by of ['number', 'item', 'patient'] as const)
        expect((await ask(by)).inquiry).toMatchObject({ how: by, state: 'found' })
      expect((await opened.read()).lines.every(({ status }) => status === 'approved')).toBe(true)
    },
    LONG_MS,
  )
})
