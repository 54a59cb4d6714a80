/** How a form begins besides the plain way: again after it failed, and with what was answered for an earlier request. */
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { afterEach, describe, expect, it } from 'vitest'
import type { FormView } from '#domain/contract/form.ts'
import { readItem } from '#domain/dtr/form/form-state.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { batch, open, put, search, seen } from '../support/adaptive-form.ts'
import { openFormRoom, packagesOf, ROOM_NOW, type FormRoom, type RoomOptions } from '../support/form-room.ts'
import { openReviewApp, type ReviewApp } from '../support/review-app.ts'

const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  id: 'q',
  url: 'https://payer.example/q',
  version: '1',
  title: 'A form',
  status: 'active',
  extension: (batch().extension ?? []).filter(({ url }) => url !== EXT.questionnaireAdaptive),
  item: [
    {
      linkId: 'name',
      type: 'string',
      text: 'Family name',
      extension: [
        {
          url: EXT.initialExpression,
          valueExpression: { language: 'text/fhirpath', expression: '%patient.name.family.first()' },
        },
      ],
    },
    { linkId: 'a', type: 'string', text: 'A', required: true },
  ],
}

let room: FormRoom
let app: ReviewApp
afterEach(async () => {
  await app.close()
  await room.close()
})
const openRoom = async (answer: RoomOptions['answer']): Promise<string> => {
  room = await openFormRoom({ answer })
  app = await openReviewApp(room)
  return room.openCase()
}
const answersOf = (view: FormView, key: string) => readItem(open(view), key)?.answers

describe('a form that could not be filled', () => {
  const retry = (caseId: string, query = '') =>
    app.call<FormView & { reason: string }>('POST', `/cases/${caseId}/form/retry${query}`, {})

  it('is filled when a person asks again, once the payer answers', async () => {
    let isDown = true
    const caseId = await openRoom(() => (isDown ? { status: 503 } : { body: packagesOf(questionnaire) }))
    expect(await seen(room, caseId)).toMatchObject({
      status: 'failed',
      failure: { key: 'form.failure.payer-unavailable' },
    })
    expect(await retry(caseId)).toMatchObject({ status: 200, body: { status: 'populating', failure: null } })
    await room.settle()
    expect((await seen(room, caseId)).status).toBe('failed')
    isDown = false
    await retry(caseId)
    await room.settle()
    const view = await seen(room, caseId)
    expect(view).toMatchObject({ status: 'in-progress', failure: null })
    expect(answersOf(view, 'name')).toEqual([{ valueString: 'Doe' }])
  })

  it('is filled by itself, and the other forms of the case stay as they are', async () => {
    let isDown = true
    const caseId = await openRoom(({ operation }) => {
      if (operation === 'package') return { body: packagesOf(questionnaire, search) }
      if (isDown) return { status: 503 }
      return {
        body: {
          resourceType: 'QuestionnaireResponse',
          status: 'in-progress',
          questionnaire: '#steps',
          contained: [batch()],
        },
      }
    })
    const before = await put(room, caseId, 'a', { valueString: 'mine' })
    expect(before.forms.map(({ status }) => status)).toEqual(['in-progress', 'failed'])
    isDown = false
    await retry(caseId, '?form=form-2')
    await room.settle()
    const after = await seen(room, caseId)
    expect(after.forms.map(({ status }) => status)).toEqual(['in-progress', 'in-progress'])
    expect([after.version, answersOf(after, 'a')]).toEqual([before.version, [{ valueString: 'mine' }]])
  })

  it('is the only one that can be filled anew', async () => {
    const caseId = await openRoom(() => ({ body: packagesOf(questionnaire) }))
    expect(await retry(caseId)).toMatchObject({ status: 409, body: { reason: 'not-allowed-now' } })
    expect(await retry(caseId, '?form=form-9')).toMatchObject({ status: 404, body: { reason: 'form-missing' } })
  })
})

describe('a form that was answered for an earlier request', () => {
  const reusable = (isSpecific: boolean, version = '1'): Questionnaire => ({
    ...questionnaire,
    version,
    extension: [...(questionnaire.extension ?? []), { url: EXT.requestSpecific, valueBoolean: isSpecific }],
  })
  /** A second case of the same patient, after the first one's form was answered and completed. */
  const openSecond = async (first: Questionnaire, second: Questionnaire): Promise<FormView> => {
    let form = first
    const earlier = await openRoom(() => ({ body: packagesOf(form) }))
    const { response } = await put(room, earlier, 'a', { valueString: 'from before' })
    const completed = { ...(response as unknown as QuestionnaireResponse), status: 'completed' as const }
    await room.store.transaction((tx) =>
      room.forms.complete(tx, { tenant: 'room', caseId: earlier, launchId: room.launch.launchId, at: ROOM_NOW }, [
        { formId: 'main', response: completed },
      ]),
    )
    form = second
    room.ehr.put('p1', { resourceType: 'Patient', id: 'p1', name: [{ family: 'Roe' }] })
    return seen(room, await room.openCase())
  }

  it('begins with what a person answered then, says so, and reads the chart anew', async () => {
    const view = await openSecond(reusable(false), reusable(false))
    expect(answersOf(view, 'a')).toEqual([{ valueString: 'from before' }])
    expect(readItem(open(view), 'a')?.origin).toMatchObject({ source: 'manual', author: { name: 'lena' } })
    expect(view.notices).toMatchObject([{ key: 'form.notice.carried', params: { date: '2026-11-22' } }])
    expect(readItem(open(view), 'name')?.origin).toMatchObject({ source: 'auto-client', kind: 'chart' })
  })
  it.each([
    ['that is specific to its request', reusable(true), reusable(true)],
    ['that does not say', questionnaire, questionnaire],
    ['of another version', reusable(false), reusable(false, '2')],
  ])('begins empty where it is one %s', async (_, first, second) => {
    const view = await openSecond(first, second)
    expect(answersOf(view, 'a')).toEqual([])
    expect(view.notices).toEqual([])
  })
})
