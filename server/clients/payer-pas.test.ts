import { describe, expect, it } from 'vitest'
import type { PayerConfig } from '../config.ts'
import { createPayerPas } from './payer-pas.ts'

const body = new TextEncoder().encode('{}')

function channel(answer: () => Response) {
  const called: string[] = []
  const fetching = (url: string | URL | Request): Promise<Response> => {
    called.push(url as string)
    return Promise.resolve(answer())
  }
  const tokens = { get: () => Promise.resolve({ ok: true as const, value: 't' }), forget: () => undefined }
  const payer = { pas: { base: 'https://payer.example/fhir/' } } as PayerConfig
  return { called, pas: createPayerPas({ fetch: fetching, tokens }, payer) }
}

describe('the way to a payer', () => {
  it('brings attachments to the address that it is given, as it is', async () => {
    const { called, pas } = channel(() => new Response(null, { status: 200 }))
    const answer = await pas.attach('https://payer.example/docs/$submit-attachment?plan=1', body, 1_000)
    expect(called).toEqual(['https://payer.example/docs/$submit-attachment?plan=1'])
    expect(answer.kind).toBe('answered')
  })

  it('takes an answer without a body for attachments alone', async () => {
    const { called, pas } = channel(() => new Response(null, { status: 200 }))
    expect(await pas.submit(body, 1_000)).toMatchObject({ kind: 'lost', reason: 'nonsense' })
    expect(called).toEqual(['https://payer.example/fhir/Claim/$submit'])
  })
})
