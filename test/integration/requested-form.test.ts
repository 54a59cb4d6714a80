/** A payer asks for a questionnaire after it got the request: filled under the request's trace number, sent, decided. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CaseView } from '#domain/contract/case.ts'
import type { FormView } from '#domain/contract/form.ts'
import { awaitForm, completeForm, signAndSend } from '../../sandbox/player/journey.ts'
import { awaitState, openFaultStage, type Case, type FaultStage } from '../support/fault-stage.ts'

const LONG_MS = 120_000
const CONTACT = { 'office.contact': 'Ana Silva, 614-555-0199' }

let stage: FaultStage
beforeAll(async () => {
  stage = await openFaultStage()
})
afterAll(async () => {
  await stage?.close()
})

const begin = ({ session, caseId }: Case, requestId: string) =>
  session.call<{ formId: string }>('POST', `/cases/${caseId}/request-form`, { requestId })
const send = ({ session, caseId }: Case, requestId: string) =>
  session.call<CaseView>('POST', `/cases/${caseId}/request-form/send`, { requestId })

describe('the questionnaire that a request of the payer names', () => {
  it(
    'is fetched by the trace number alone, filled from the chart, sent as an attachment, and the payer decides',
    async () => {
      const opened = await stage.openReady({ patientId: 'hanna-berg' })
      await signAndSend(opened)
      const asked = await awaitState(opened, 'pended', 60_000, ({ requests }) => requests.length > 0)
      const [request] = asked.requests
      expect(request).toMatchObject({ asksForForm: true, formId: null, answered: false })
      expect(asked.actions).toContain('answer-request')
      const requestId = String(request?.id)
      // Nothing was begun yet, so nothing can be sent.
      await expect(send(opened, requestId)).rejects.toThrow(/not-allowed-now/)
      await expect(begin(opened, 'nobody-asked')).rejects.toThrow(/not-allowed-now/)

      const { formId } = await begin(opened, requestId)
      expect(await begin(opened, requestId)).toEqual({ formId })
      const form = (await awaitForm(opened, formId)) as unknown as FormView
      expect(form.questionnaire).toMatchObject({ title: 'Office details' })
      expect(form.askedBy).toEqual({ requestId, payer: 'CareSource Ohio' })
      // The forms of the request stay among themselves.
      expect(form.forms.map((one) => one.formId)).toEqual([formId])
      const main = await opened.session.call<FormView>('GET', `/cases/${opened.caseId}/form`)
      expect(main.forms.map((one) => one.formId)).toEqual(['main'])
      expect(main.askedBy).toBeNull()
      // An answer is still missing.
      await expect(send(opened, requestId)).rejects.toThrow(/not-ready/)

      await completeForm(opened, CONTACT, formId)
      const sending = await send(opened, requestId)
      expect(sending.requests[0]).toMatchObject({ answered: false, answer: { documents: ['Office details'] } })
      await expect(send(opened, requestId)).rejects.toThrow(/not-allowed-now/)
      const decided = await awaitState(opened, 'approved', 60_000)
      expect(decided.requests[0]).toMatchObject({ answered: true, answer: { status: 'received' } })
      expect(decided.timeline.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['form-sent', 'attachment-received']),
      )

      const messages = stage.sandbox.recorder.drain()
      const packages = messages.filter(
        ({ url, direction }) => url.endsWith('$questionnaire-package') && direction === 'request',
      )
      const last = JSON.parse(String(packages.at(-1)?.body)) as { parameter: { name: string; valueString?: string }[] }
      expect(last.parameter.map(({ name }) => name)).toEqual(['coverage', 'context'])
      expect(last.parameter[1]?.valueString).toMatch(/^CSOH-REF-/)
      const attached = messages.filter(
        ({ url, direction }) => url.endsWith('$submit-attachment') && direction === 'request',
      )
      expect(attached).toHaveLength(1)
      expect(String(attached[0]?.body)).toContain('"resourceType":"QuestionnaireResponse"')
    },
    LONG_MS,
  )

  it(
    'goes on where it was when the server is killed while it is filled in',
    async () => {
      const opened = await stage.openReady({ patientId: 'hanna-berg' })
      await signAndSend(opened)
      const asked = await awaitState(opened, 'pended', 60_000, ({ requests }) => requests.length > 0)
      const requestId = String(asked.requests[0]?.id)
      const { formId } = await begin(opened, requestId)
      await stage.killAndRestart()
      await completeForm(opened, CONTACT, formId)
      await send(opened, requestId)
      await awaitState(opened, 'approved', 60_000)
    },
    LONG_MS,
  )
})
