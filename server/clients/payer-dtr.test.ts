import { describe, expect, it } from 'vitest'
import { err, ok } from '#domain/result.ts'
import { payerConfigSchema, type PayerConfig } from '../config.ts'
import { createPayerDtrClient } from './payer-dtr.ts'

const payer = (dtr: object = {}): PayerConfig =>
  payerConfigSchema.parse({
    id: 'p',
    name: 'P',
    phone: '1',
    identifiers: [{ system: 's', value: '1' }],
    state: 'OH',
    plans: [],
    memberIdSystem: 's',
    interchangeReceiverId: 'R',
    crd: null,
    dtr: { base: 'https://payer.example/fhir/', version: '2.0.1', ...dtr },
    pas: null,
    auth: { tokenUrl: 'https://payer.example/token', clientId: 'c', scopes: [] },
  })
const request = { resourceType: 'Parameters' } as const

function clientOf(answer: (signal?: AbortSignal | null) => Response | Promise<Response>) {
  const calls: { url: string; authorization: string | null; method: string }[] = []
  const client = createPayerDtrClient({
    fetch: async (url, init) => {
      const headers = new Headers(init?.headers)
      calls.push({ url: String(url), authorization: headers.get('authorization'), method: init?.method ?? 'GET' })
      return answer(init?.signal)
    },
    tokens: { get: () => Promise.resolve(ok('token')), forget: () => undefined },
    now: () => '2026-11-22T10:00:00Z',
  })
  return { client, calls }
}

describe('the payer’s DTR service', () => {
  it('1.1.1.02 exact URL: operations at type level', async () => {
    const { client, calls } = clientOf(() => new Response('{}'))
    await client.questionnairePackage(payer(), request)
    await client.logErrors(payer(), request)
    expect(calls.map(({ url }) => url)).toEqual([
      'https://payer.example/fhir/Questionnaire/$questionnaire-package',
      'https://payer.example/fhir/Questionnaire/$log-questionnaire-errors',
    ])
  })
  it('at the base for a payer that prints it so', async () => {
    const { client, calls } = clientOf(() => new Response('{}'))
    await client.questionnairePackage(payer({ urlStyle: 'base' }), request)
    expect(calls[0]?.url).toBe('https://payer.example/fhir/$questionnaire-package')
  })
  it('ends a call that is taken back, without an answer', async () => {
    const asking = new AbortController()
    const { client } = clientOf((signal) => {
      asking.abort()
      signal?.throwIfAborted()
      return new Response('{}')
    })
    const exchange = client.nextQuestion(payer(), 'https://payer.example/next', request, asking.signal)
    expect(await exchange).toMatchObject({ status: null, result: err({ reason: 'payer-unavailable', status: null }) })
  })
  it('a terminology server is asked without the payer’s token', async () => {
    const { client, calls } = clientOf(() => new Response('{}'))
    await client.expand(payer(), 'https://tx.example/fhir', 'url=x')
    await client.expand(payer(), null, 'url=x')
    expect(calls).toEqual([
      { url: 'https://tx.example/fhir/ValueSet/$expand?url=x', authorization: null, method: 'GET' },
      { url: 'https://payer.example/fhir/ValueSet/$expand?url=x', authorization: 'Bearer token', method: 'GET' },
    ])
  })
  it('an empty body is an answer, a broken one is none', async () => {
    const empty = await clientOf(() => new Response(null, { status: 200 })).client.questionnairePackage(
      payer(),
      request,
    )
    expect(empty.result).toEqual(ok(undefined))
    const broken = await clientOf(() => new Response('{"resource')).client.questionnairePackage(payer(), request)
    expect(broken.result).toEqual(err({ reason: 'payer-nonsense', status: 200 }))
  })
  it('an answer without end is not read to its end', async () => {
    const chunk = new Uint8Array(1024 * 1024)
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(chunk) })
    const { result } = await clientOf(() => new Response(endless)).client.questionnairePackage(payer(), request)
    expect(result).toMatchObject({ ok: false, error: { reason: 'payer-answer-too-large' } })
  })
})
