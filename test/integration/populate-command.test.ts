import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXT } from '../../src/domain/fhir/canonical.ts'

interface Printed {
  readonly response: { item?: { linkId: string; answer?: object[] }[]; subject?: object; extension?: object[] }
  readonly expressions: readonly {
    linkId: string | null
    kind: string
    language: string
    status: string
    reason: string | null
    values: unknown[]
  }[]
  readonly issues: readonly { text: string }[]
  readonly forms: readonly object[]
}

const held = (url: string, language: string, expression: string, name?: string) => ({
  url,
  valueExpression: { language, expression, ...(name === undefined ? {} : { name }) },
})
const initial = (language: string, expression: string) => [held(EXT.initialExpression, language, expression)]
const item = (linkId: string, type: string, extension: object[], more = {}) => ({ linkId, type, extension, ...more })

const QUESTIONNAIRE = {
  resourceType: 'Questionnaire',
  url: 'http://example.org/weight',
  status: 'active',
  extension: [
    held(
      EXT.variable,
      'application/x-fhir-query',
      'Observation?patient={{%patient.id}}&code=http://loinc.org|29463-7&_sort=-date',
      'weights',
    ),
    held(EXT.variable, 'application/x-fhir-query', 'Observation?colour=red', 'colours'),
  ],
  item: [
    item('weight', 'decimal', initial('text/fhirpath', '%weights.entry.resource.first().value.value')),
    item('ordered', 'string', initial('text/fhirpath', '%order.code.text'), {}),
    item('colour', 'string', initial('text/fhirpath', '%colours.entry.resource.first().id')),
    item('riddle', 'string', initial('text/riddle', 'what am I?')),
    item('cql', 'string', initial('text/cql', '"Absent".Thing')),
    item('name', 'string', initial('text/cql', '"Names"."Patient names"')),
    item('own', 'integer', initial('text/cql', '"Names"."Own weights"')),
    {
      linkId: 'every',
      type: 'group',
      extension: [held(EXT.itemPopulationContext, 'text/fhirpath', '%weights.entry.resource', 'each')],
      item: [{ linkId: 'one', type: 'string' }],
    },
    item('mass', 'integer', initial('text/fhirpath', '%weights.entry.resource.first().value.value')),
    item('consent', 'boolean', initial('text/cql', '"Names"."Has consent"')),
    item('idle', 'string', initial('text/fhirpath', "'for nobody'"), {
      enableWhen: [{ question: 'ordered', operator: '=', answerString: 'nothing' }],
    }),
  ],
}
const LAUNCH = {
  url: EXT.launchContext,
  extension: [
    { url: 'name', valueCoding: { code: 'order' } },
    { url: 'type', valueCode: 'ServiceRequest' },
  ],
}
const weight = (id: string, date: string, value: number) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  subject: { reference: 'urn:uuid:p' },
  effectiveDateTime: date,
  valueQuantity: { value, unit: 'kg' },
})
const order = (id: string, authoredOn: string, text: string) => ({
  resourceType: 'ServiceRequest',
  id,
  status: 'active',
  intent: 'order',
  authoredOn,
  code: { text },
  subject: { reference: 'urn:uuid:p' },
})
const CHART = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    { resourceType: 'Patient', id: 'p', name: [{ family: 'Bench' }] },
    weight('w1', '2026-01-01', 70),
    weight('w2', '2026-05-01', 68.5),
    order('s1', '2026-01-01', 'older'),
    order('s2', '2026-06-01', 'newer'),
    { resourceType: 'Coverage', id: 'c', status: 'active', beneficiary: { reference: 'Patient/p' }, payor: [] },
  ].map((resource) => ({ fullUrl: `urn:uuid:${resource.id}`, resource })),
}

let folder = ''
const file = (name: string): string => join(folder, name)
const MAIN = fileURLToPath(new URL('../../command/populate.ts', import.meta.url))

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'precert-populate-'))
  const form = { ...QUESTIONNAIRE, extension: [LAUNCH, ...QUESTIONNAIRE.extension] }
  writeFileSync(file('form.json'), JSON.stringify(form))
  writeFileSync(file('chart.json.gz'), gzipSync(JSON.stringify(CHART)))
  writeFileSync(
    file('names.cql'),
    `library Names version '1'
using FHIR version '4.0.1'
context Patient
define "Patient names": 'Bench'
define "Own weights": Count([Observation] O where O.subject.reference.value = 'Patient/' + Patient.id.value)
define "Has consent": exists([Consent])
`,
  )
  writeFileSync(file('broken.json'), '{"resourceType": "Bundle"')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(...parameters: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', MAIN, ...parameters], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

describe('npm run populate', () => {
  it('fills a form from a chart and tells what became of every expression', async () => {
    const { code, stdout, stderr } = await run(
      ...['--questionnaire', file('form.json'), '--library', file('names.cql'), '--chart', file('chart.json.gz')],
      ...['--at', '2026-11-28T10:00:00Z'],
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { response, expressions, issues, forms } = JSON.parse(stdout) as Printed
    expect(Object.fromEntries((response.item ?? []).map(({ linkId, answer }) => [linkId, answer?.[0]]))).toMatchObject({
      weight: { valueDecimal: 68.5 },
      ordered: { valueString: 'newer' },
      name: { valueString: 'Bench' },
      own: { valueInteger: 2 },
      consent: { valueBoolean: false },
    })
    expect(response.subject).toEqual({ reference: 'Patient/p' })
    expect(forms).toHaveLength(1)
    const told = expressions.map(({ linkId, status, values }) => [linkId, status, values])
    expect(told).toEqual([
      [null, 'evaluated', ['Observation/w2', 'Observation/w1']],
      [null, 'failed', []],
      ['weight', 'evaluated', [68.5]],
      ['ordered', 'evaluated', ['newer']],
      ['colour', 'failed', []],
      ['riddle', 'unsupported', []],
      ['cql', 'failed', []],
      ['name', 'evaluated', ['Bench']],
      ['own', 'evaluated', [2]],
      ['every', 'evaluated', [expect.objectContaining({ id: 'w2' }), expect.objectContaining({ id: 'w1' })]],
      ['mass', 'evaluated', [68.5]],
      ['consent', 'evaluated', [false]],
      ['idle', 'evaluated', ['for nobody']],
    ])
    expect(issues).toContainEqual(expect.objectContaining({ linkId: 'mass', severity: 'warning' }))
    expect(issues).toContainEqual({
      linkId: 'every',
      severity: 'warning',
      text: 'The chart holds 2 different values; one is asked for.',
    })
    const reasons = Object.fromEntries(expressions.map(({ linkId, reason }) => [linkId ?? 'form', reason]))
    expect(reasons['colour']).toContain('the parameter “colour” of Observation is not known here')
    expect(reasons['riddle']).toContain('text/riddle')
    expect(reasons['cql']).toContain('Absent')
  })

  it('gives a Library that only points to its CQL that text: of a file named here, or of one beside it', async () => {
    const pointing = (id: string, url: string) => ({
      resourceType: 'Library',
      id,
      url: `http://example.org/Library/${id}`,
      content: [{ contentType: 'application/elm+json', url }],
    })
    const bare = (linkId: string, library: string) => ({
      ...item(linkId, 'integer', []),
      extension: [
        {
          url: EXT.initialExpression,
          valueExpression: {
            language: 'text/cql',
            expression: linkId,
            reference: `http://example.org/Library/${library}`,
          },
        },
      ],
    })
    const form = {
      ...QUESTIONNAIRE,
      item: [bare('Gauge', 'gauge-fill'), bare('Dial', 'dial-fill'), bare('Lost', 'lost')],
    }
    const source = (id: string, value: number) => `library ${id}\ndefine ${id}: ${String(value)}\n`
    writeFileSync(file('pointing.json'), JSON.stringify(form))
    writeFileSync(file('gauge.json'), JSON.stringify(pointing('gauge-fill', 'files/elsewhere/Gauge-1.cql')))
    mkdirSync(file('sources'))
    writeFileSync(file('sources/Gauge-1.cql'), source('Gauge', 3))
    writeFileSync(file('dial.json'), JSON.stringify(pointing('dial-fill', 'Dial.cql')))
    writeFileSync(file('Dial.cql'), source('Dial', 4))
    writeFileSync(file('lost.json'), JSON.stringify(pointing('lost', '../sources/lost.cql')))
    const libraries = ['gauge.json', 'sources/Gauge-1.cql', 'dial.json', 'lost.json']
    const given = libraries.flatMap((name) => ['--library', file(name)])
    const { stdout } = await run('--questionnaire', file('pointing.json'), ...given, '--chart', file('chart.json.gz'))
    const { expressions } = JSON.parse(stdout) as Printed
    const told = Object.fromEntries(expressions.map(({ linkId, values, reason }) => [linkId, values[0] ?? reason]))
    expect(told).toMatchObject({ Gauge: 3, Dial: 4, Lost: expect.stringContaining('came without its text') as unknown })
  })

  it('takes the order that is named, and says when it is not there', async () => {
    const common = ['--questionnaire', file('form.json'), '--chart', file('chart.json.gz')]
    const [named, absent] = await Promise.all([
      run(...common, '--order', 'ServiceRequest/s1'),
      run(...common, '--order', 'ServiceRequest/s9'),
    ])
    expect(named.stdout).toContain('"values":["older"]')
    const printed = JSON.parse(absent.stdout) as Printed
    expect(absent.code).toBe(0)
    expect(printed.issues.map(({ text }) => text)).toContain('The order is not in the chart: expressions see no order.')
  })

  it('ends with 1 where its input cannot be read, and names the file and why', async () => {
    const [missing, broken, other, nothing] = await Promise.all([
      run('--questionnaire', file('absent.json'), '--chart', file('chart.json.gz')),
      run('--questionnaire', file('form.json'), '--chart', file('broken.json')),
      run('--package', file('chart.json.gz'), '--chart', file('form.json')),
      run('--chart', file('chart.json.gz')),
    ])
    expect(missing.stderr).toContain('absent.json cannot be read')
    expect(broken.stderr).toContain('broken.json cannot be read: it is not JSON')
    expect(other.stderr).toContain('chart.json.gz cannot be read')
    expect(nothing.stderr).toContain('Usage: npm run --silent populate')
    expect([missing, broken, other, nothing].map(({ code, stdout }) => [code, stdout])).toEqual(Array(4).fill([1, '']))
  })
})
