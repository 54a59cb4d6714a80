import type { Questionnaire } from 'fhir/r4'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readItem } from '#domain/dtr/form/form-state.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { at, batch, next, open, openAdaptiveRoom, payerOf, put, search, seen } from '../support/adaptive-form.ts'
import { packagesOf, type FormRoom, type PayerReply } from '../support/form-room.ts'
import { openReviewApp } from '../support/review-app.ts'

let room: FormRoom
afterEach(() => room.close())
const openCase = async (...asked: Parameters<typeof openAdaptiveRoom>): Promise<string> => {
  room = await openAdaptiveRoom(...asked)
  return room.openCase()
}

describe.each(['2.0.1', '2.1', '2.2'] as const)('an adaptive form in DTR %s', (version) => {
  it('asks batch by batch, fills each from the chart, and is completed by the payer', async () => {
    const payer = payerOf(version)
    const caseId = await openCase(version, payer)
    const first = await seen(room, caseId)
    expect(payer.received[0]?.item).toBeUndefined()
    expect(first).toMatchObject({ status: 'in-progress', adaptive: { state: 'answering', mayNext: false, step: 1 } })
    expect(readItem(open(first), 'name')?.answers).toEqual([{ valueString: 'Doe' }])

    const { version: held } = first
    expect(await room.forms.next(at(room, caseId), held)).toMatchObject({
      ok: false,
      error: { reason: 'form-incomplete' },
    })
    expect((await put(room, caseId, 'why', { valueString: 'Because' })).adaptive?.mayNext).toBe(true)
    const second = await next(room, caseId)
    expect(second.adaptive).toMatchObject({ step: 2, state: 'answering' })
    expect(readItem(open(second), 'issue')).toBeDefined()
    expect(readItem(open(second), 'why')?.origin?.author?.name).toBe('lena')

    await put(room, caseId, 'issue', { valueBoolean: true })
    const done = await next(room, caseId)
    expect(done).toMatchObject({
      status: 'completed',
      response: { status: 'completed' },
      adaptive: {
        state: 'completed',
        mayNext: false,
        determinations: [{ paNeeded: 'satisfied', satisfiedPaId: 'PA-1', orders: ['ServiceRequest/s1'] }],
      },
    })
  })

  it('sends the contained questionnaire back byte for byte, in the origin codes of the version', async () => {
    const payer = payerOf(version)
    const caseId = await openCase(version, payer)
    await put(room, caseId, 'why', { valueString: 'Because' })
    await next(room, caseId)
    const sent = payer.received[1]
    const contained = sent?.contained?.[0] as Questionnaire
    expect(JSON.stringify(contained.item)).toBe(JSON.stringify(batch().item))
    expect(sent?.questionnaire).toBe('#steps')
    expect(JSON.stringify(sent)).toContain(version === '2.2' ? '"auto-client"' : '"valueCode":"auto"')
  })
})

describe('an adaptive form that goes wrong', () => {
  it('a refusal stands at the item that the payer names, and the user goes on', async () => {
    const caseId = await openCase('2.2', payerOf('2.2'))
    await put(room, caseId, 'why', { valueString: 'x' })
    expect((await next(room, caseId)).adaptive).toMatchObject({
      state: 'failed',
      step: 1,
      failure: { key: 'form.failure.payer-rejected-request' },
      itemIssues: [{ itemKey: 'why', text: 'Say more.' }],
    })
    await put(room, caseId, 'why', { valueString: 'Because' })
    expect((await next(room, caseId)).adaptive).toMatchObject({ state: 'answering', step: 2, itemIssues: [] })
  })
  it('an address that is not the payer’s is not called', async () => {
    const elsewhere = {
      ...search,
      extension: [{ url: EXT.questionnaireAdaptive, valueUrl: 'https://evil.example/fhir' }],
    }
    const payer = payerOf('2.2')
    const caseId = await openCase('2.2', payer, { form: elsewhere })
    expect(await seen(room, caseId)).toMatchObject({
      status: 'failed',
      failure: { key: 'form.failure.endpoint-elsewhere' },
    })
    expect(payer.received).toEqual([])
  })
  it('a determination that nobody asked for is flagged as not valid', async () => {
    const caseId = await openCase('2.2', payerOf('2.2'))
    await put(room, caseId, 'why', { valueString: 'Because' })
    await next(room, caseId)
    await put(room, caseId, 'issue', { valueBoolean: false })
    await next(room, caseId)
    const flagged = await room.forms.flagDetermination(at(room, caseId), 'assertion-1', 'Wrong order')
    expect(flagged).toMatchObject({
      ok: true,
      value: { adaptive: { determinations: [{ flagged: { by: 'lena', reason: 'Wrong order' } }] } },
    })
  })
})

describe('a question to the payer that is taken back', () => {
  it('ends the call; nothing of it is kept, and it is asked again', async () => {
    const payer = payerOf('2.2')
    let signal: AbortSignal | undefined
    let isSilent = false
    const caseId = await openCase('2.2', payer, {
      answer: (call) => {
        if (call.operation !== 'next') return { body: packagesOf(search) }
        if (!isSilent) return payer.next(call.request)
        signal = call.signal
        return new Promise<PayerReply>((resolve) =>
          call.signal?.addEventListener('abort', () => resolve({ status: 503 })),
        )
      },
    })
    const before = await put(room, caseId, 'why', { valueString: 'Because' })
    isSilent = true
    const app = await openReviewApp(room)
    try {
      const browser = new AbortController()
      const asking = fetch(`${await app.listen()}/cases/${caseId}/form/next`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ version: before.version }),
        signal: browser.signal,
      })
      await vi.waitFor(() => expect(signal?.aborted).toBe(false))
      browser.abort()
      await expect(asking).rejects.toThrow(/abort/)
      await vi.waitFor(() => expect(signal?.aborted).toBe(true))
      await room.settle()
    } finally {
      await app.close()
    }
    const after = await seen(room, caseId)
    expect(after).toMatchObject({ version: before.version, adaptive: { state: 'answering', step: 1, failure: null } })
    isSilent = false
    expect((await next(room, caseId)).adaptive).toMatchObject({ state: 'answering', step: 2 })
  })
})
