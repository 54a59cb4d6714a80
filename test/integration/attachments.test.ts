/** What a payer asks for is answered with documents of the chart: they arrive, or the case says why not. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Attachable, CaseView } from '#domain/contract/case.ts'
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

/** A case that the payer asks for one thing. */
async function openAsked(): Promise<{ opened: Case; view: CaseView; documents: Attachable }> {
  const patientId = 'carol-whitfield'
  const opened = await stage.openReady({ patientId, answers: readPersonAnswers(patientId) })
  await signAndSend(opened)
  const view = await awaitState(opened, 'pended', 60_000, ({ requests }) => requests.length > 0)
  const documents = await opened.session.call<Attachable>('GET', `/cases/${opened.caseId}/attachable`)
  return { opened, view, documents }
}

const attach = ({ session, caseId }: Case, body: object): Promise<CaseView> =>
  session.call<CaseView>('POST', `/cases/${caseId}/attach`, body)

describe('documents for what a payer asks for', () => {
  it(
    'arrive, are shown with who sent them, and the payer decides; a second click sends nothing',
    async () => {
      const { opened, view, documents } = await openAsked()
      const [request] = view.requests
      const [document] = documents
      if (request === undefined || document === undefined) throw new Error('nothing to ask for, or to send')
      expect(view.actions).toContain('answer-request')
      const body = { requestId: request.id, references: [document.reference] }
      const sending = await attach(opened, body)
      expect(sending.requests[0]).toMatchObject({ answered: false, answer: { documents: [document.title] } })
      await expect(attach(opened, body)).rejects.toThrow(/409/)
      const decided = await awaitState(opened, 'approved', 60_000)
      expect(decided.requests[0]).toMatchObject({ answered: true, answer: { status: 'received' } })
      const told = decided.timeline.map(({ kind }) => kind)
      expect(told).toContain('attached')
      expect(told.filter((kind) => kind === 'attachment-received')).toHaveLength(1)
    },
    LONG_MS,
  )

  it(
    'go again to a payer that failed once, and nothing is lost when the server is killed meanwhile',
    async () => {
      const { opened, view, documents } = await openAsked()
      await stage.misbehave(OHIO, { mode: 'error-500', services: ['pas'], times: 1 })
      const references = [documents[0]?.reference]
      await attach(opened, { requestId: view.requests[0]?.id, references })
      await stage.killAndRestart()
      await awaitState(opened, 'approved', 100_000)
    },
    LONG_MS,
  )

  it(
    'that are not in the chart, or for something nobody asked for, are refused by name',
    async () => {
      const { opened, view, documents } = await openAsked()
      const requestId = view.requests[0]?.id
      const references = [documents[0]?.reference]
      await expect(attach(opened, { requestId, references: ['DocumentReference/of-another-patient'] })).rejects.toThrow(
        /document-not-found/,
      )
      await expect(attach(opened, { requestId: 'nobody-asked', references })).rejects.toThrow(/not-allowed-now/)
      await expect(attach(opened, { requestId, references: [] })).rejects.toThrow(/400|422/)
      expect((await opened.read()).requests[0]).toMatchObject({ answered: false, answer: null })
    },
    LONG_MS,
  )
})
