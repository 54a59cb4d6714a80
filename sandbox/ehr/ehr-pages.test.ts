import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ANSWER_SCENARIOS, FORM_SCENARIOS, PERSONAS, SCENARIOS } from '../scenarios.ts'
import { openJournal } from './journal.ts'
import { buildTestEhr, type TestEhr } from './support/test-ehr.ts'

const FOREIGN = '../shared/data/charts'
let ehr: TestEhr
beforeAll(async () => {
  ehr = await buildTestEhr(existsSync(FOREIGN) ? { chartsDirectory: FOREIGN } : {})
})

const get = async (url: string) => ehr.app.inject(url)
const submit = (url: string, form: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  ehr.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(form).toString(),
  })

describe('the pages', () => {
  it('lead to every scenario from the start page', async () => {
    const { body } = await get('/')
    for (const { title, patientId } of [...SCENARIOS, ...ANSWER_SCENARIOS, ...FORM_SCENARIOS]) {
      expect(body).toContain(title)
      expect(body).toContain(`/patients/${patientId}/orders`)
    }
    expect(body).toContain('Simulation')
    expect(new Set(PERSONAS.map(({ patientId }) => patientId)).size).toBe(PERSONAS.length)
  })
  it.each(['summary', 'problems', 'medications', 'results', 'notes', 'documents', 'orders'])(
    'show the tab %s',
    async (tab) => {
      const { statusCode, headers, body } = await get(`/patients/maya-okafor/${tab}`)
      expect(statusCode).toBe(200)
      expect(headers['content-security-policy']).toContain("default-src 'none'")
      expect(body).toContain('Okafor, Maya T.')
      expect(body).not.toContain('undefined')
    },
  )
  it('answer 404 for nobody and nothing', async () => {
    expect((await get('/patients/nobody/summary')).statusCode).toBe(404)
    expect((await get('/patients/maya-okafor/poems')).statusCode).toBe(404)
    expect((await get('/patients/maya-okafor/documents/none/0')).statusCode).toBe(404)
  })
  it('keep the user in the address and let staff launch, not sign', async () => {
    await submit('/patients/maya-okafor/orders?as=ana-silva', { template: 'azathioprine' })
    const { body } = await get('/patients/maya-okafor/orders?as=ana-silva')
    expect(body).toContain('Nothing has been ordered')
    expect(body).toContain('/patients/maya-okafor/summary?as=ana-silva')
    const app = await get('/patients/maya-okafor/app?as=ana-silva')
    expect(app.body).toContain('<iframe')
  })
  it('order what the template and the dose say, and discard it again', async () => {
    const added = await submit('/patients/maya-okafor/orders', { template: 'infliximab-infusion', dose: '7.5' })
    expect([added.statusCode, added.headers.location]).toEqual([303, '/patients/maya-okafor/orders'])
    expect((await get('/patients/maya-okafor/orders')).body).toContain('7.5 mg/kg IV at weeks 0, 2 and 6')
    await submit('/patients/maya-okafor/discard')
    expect((await get('/patients/maya-okafor/orders')).body).toContain('Nothing has been ordered')
  })
  it('take no button press from another site', async () => {
    const pressed = await submit(
      '/patients/maya-okafor/orders',
      { template: 'azathioprine' },
      { 'sec-fetch-site': 'cross-site' },
    )
    expect(pressed.statusCode).toBe(403)
  })
})

describe.skipIf(!existsSync(FOREIGN))('charts that nobody here wrote (needs ../shared/data/charts)', () => {
  it('load whole, with a coverage and orders of their own', async () => {
    expect(ehr.charts.otherIds).toHaveLength(8)
    expect(ehr.charts.problems).toEqual(['README.md: neither .json nor .json.gz'])
    for (const patientId of ehr.charts.otherIds) {
      expect(ehr.store.list('Coverage', patientId)).toHaveLength(1)
      const answer = await ehr.app.inject({
        method: 'POST',
        url: '/sandbox/api/orders',
        payload: { patientId, template: 'infliximab-infusion' },
      })
      expect(answer.json<{ orders: object[] }>().orders).toHaveLength(3)
    }
    expect((await get('/patients')).body).toContain('Other charts')
  })
})

describe('the journal', () => {
  const directory = mkdtempSync(join(tmpdir(), 'journal-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  it('leaves out a line that a kill cut short and goes on after it', () => {
    const file = join(directory, 'ehr.jsonl')
    const meta = { versionId: '1', lastUpdated: '2026-11-22T14:00:00Z' }
    writeFileSync(file, `${JSON.stringify({ put: { resourceType: 'Task', id: 't1', meta } })}\n{"put":{"resourceTy`)
    openJournal(file).replay()
    openJournal(file).append({ removed: 'Task/t2' })
    expect(openJournal(file).replay()).toEqual([
      { put: { resourceType: 'Task', id: 't1', meta } },
      { removed: 'Task/t2' },
    ])
  })
})
