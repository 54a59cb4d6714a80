import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { afterEach, describe, expect, it } from 'vitest'
import type { RecordedMessage } from '../recorder.ts'
import { parsePasRequest } from '../payer/pas-request.ts'
import { openBrowser, readForm } from './browser.ts'
import { fillForm, type Form } from './form-filling.ts'
import { openMessageFiles } from './message-files.ts'
import { buildInquiry, buildRequest } from './other-vendor.ts'

const apps: FastifyInstance[] = []
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()))
})

describe('the player’s browser', () => {
  it('keeps cookies by host, follows redirects, and posts the form of a page with its fields', async () => {
    const app = Fastify()
    apps.push(app)
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    )
    app.get('/launch', async (_request, reply) =>
      reply
        .header('set-cookie', '__Host-b=1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned')
        .type('text/html')
        .send(
          '<form method="post" action="/authorize"><input type="hidden" name="a&#38;b" value="x&quot;y"><button>Go</button></form>',
        ),
    )
    app.post('/authorize', async (request, reply) =>
      reply.redirect(`/end?${String(request.body)}&cookie=${String(request.headers.cookie)}`, 303),
    )
    app.get('/end', async () => 'there')
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const browser = openBrowser()
    const start = await browser.open(`${url}/launch`)
    const form = readForm(start)
    if (form === undefined) throw new Error('no form')
    const end = await browser.post(form.action, form.fields, start.url.href)
    expect(end.body).toBe('there')
    expect(end.url.searchParams.get('a&b')).toBe('x"y')
    expect(end.url.searchParams.get('cookie')).toBe('__Host-b=1')
  })
})

describe('fillForm', () => {
  const questionnaire: Questionnaire = {
    resourceType: 'Questionnaire',
    status: 'active',
    item: [
      {
        linkId: 'a',
        type: 'group',
        item: [
          { linkId: 'a.1', type: 'integer' },
          { linkId: 'a.2', type: 'choice', answerOption: [{ valueCoding: { code: 'no' } }] },
        ],
      },
      { linkId: 'b', type: 'boolean' },
    ],
  }
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    status: 'in-progress',
    item: [{ linkId: 'b', answer: [{ valueBoolean: true }] }],
  }
  const origin = { source: 'auto-client', confirmation: { confirmedAt: null, by: null } }
  const form: Form = {
    version: 3,
    status: 'in-progress',
    questionnaire,
    response,
    meta: { origins: { b: origin }, lookups: {}, cleared: [] },
    forms: [],
  }
  const filled = fillForm(
    form,
    { 'a/a.1': 4, 'a/a.2': 'no' },
    { reference: 'Practitioner/p', name: 'P' },
    '2026-11-22T10:00:00Z',
  )

  it('confirms what waits for a person', () => {
    expect(filled.meta.origins['b']).toMatchObject({ confirmation: { confirmedAt: '2026-11-22T10:00:00Z', by: 'P' } })
  })
  it('adds a person’s answers in the form’s order, in the item’s type, marked manual with their author', () => {
    expect(filled.response.item?.map((item) => item.linkId)).toEqual(['a', 'b'])
    const [first, second] = filled.response.item?.[0]?.item ?? []
    expect(first?.answer?.[0]).toMatchObject({
      valueInteger: 4,
      extension: [{ extension: [{ valueCode: 'manual' }, { url: 'author' }] }],
    })
    expect(second?.answer?.[0]?.valueCoding).toEqual({ code: 'no' })
    expect(filled.meta.origins['a/a.1']).toMatchObject({ source: 'manual', kind: 'person' })
    expect(response.item).toHaveLength(1)
  })
})

describe('the message files', () => {
  const message = (change: Partial<RecordedMessage>): RecordedMessage => ({
    time: '2026-11-22T10:00:00Z',
    from: 'ehr',
    to: 'precert',
    kind: 'fhir',
    method: 'GET',
    url: 'http://127.0.0.1:1/fhir/Patient/p',
    direction: 'response',
    status: 200,
    contentType: 'application/fhir+json',
    body: '{"resourceType":"Patient"}',
    ...change,
  })
  it('hold one resource a file as it passed, everything else beside it, and a list of all', () => {
    const directory = mkdtempSync(join(tmpdir(), 'messages-'))
    const files = openMessageFiles({
      directory,
      olderDialects: new Set(['old-payer']),
      olderPas: new Set(['old-payer']),
    })
    files.write('approved', [
      message({}),
      message({ kind: 'oauth', body: 'grant_type=x', contentType: null }),
      message({ contentType: 'application/pdf', body: '%PDF' }),
    ])
    const inquiry = { url: 'http://127.0.0.1:2/pas/2.0/fhir/Claim/$inquire', to: 'old-payer' }
    const order = { resourceType: 'ServiceRequest', id: 's' }
    const hook = { kind: 'cds-hooks', body: JSON.stringify({ systemActions: [{ resource: order }] }) } as const
    files.write('approved', [message(hook), message({ ...hook, from: 'old-payer' }), message(inquiry)])
    files.finish()
    const rows = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as {
      file: string
      scenario: string
    }[]
    const there = ['fhir', 'http', 'fhir/pas-2.0.1'].flatMap((folder) =>
      readdirSync(join(directory, folder))
        .filter((name) => name.endsWith('.json'))
        .map((name) => `${folder}/${name}`),
    )
    expect(rows.map((row) => row.file).sort()).toEqual(there.sort())
    expect(readFileSync(join(directory, rows[0]?.file ?? ''), 'utf8')).toBe('{"resourceType":"Patient"}')
    expect(rows.slice(3).map((row) => row.file.replace(/\d+-approved-/, ''))).toEqual([
      'http/cds-hooks-response.json',
      'fhir/hook-response-ServiceRequest.json',
      'http/cds-hooks-response.json',
      'fhir/pas-2.0.1/response-Patient.json',
    ])
    expect(() => files.write('approved', [message({ body: '{"status":"ok"}' })])).toThrow('carries no FHIR resource')
    rmSync(directory, { recursive: true })
  })
})

describe('the other vendor', () => {
  it('sends a request and an inquiry that keep every rule, each under identifiers of its own', () => {
    const [request, again] = [buildRequest(), buildRequest()]
    expect(parsePasRequest(JSON.stringify(request), 'submit')).toMatchObject({ ok: true })
    expect(parsePasRequest(JSON.stringify(buildInquiry(request)), 'inquire')).toMatchObject({ ok: true })
    expect(request.identifier?.value).not.toBe(again.identifier?.value)
    expect(request.entry?.[0]?.fullUrl).not.toBe(again.entry?.[0]?.fullUrl)
  })
})
