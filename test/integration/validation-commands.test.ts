/** The commands `profiles:import` and `validate`, run as a person runs them: a package of our own becomes a table. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const PROFILE = 'http://example.org/StructureDefinition/named-patient'
const COLOURS = 'http://example.org/CodeSystem/colours'

interface Line {
  readonly file: string
  readonly errors: number
  readonly issues: readonly { severity: string; path: string; id: string; message: string; element?: string }[]
}

let folder: string
const at = (name: string): string => join(folder, name)

function run(command: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const script = join(ROOT, `command/${command}.ts`)
    const child = execFile(process.execPath, ['--import', 'tsx', script, ...args], { cwd: ROOT }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })
}

async function validate(...args: string[]): Promise<{ code: number; lines: Line[] }> {
  const { code, out } = await run('validate', '--ig', 'pas-2.2.1', ...args)
  return {
    code,
    lines: out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line),
  }
}

/** A gzipped tar of JSON files. */
function pack(files: Readonly<Record<string, object>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const body = Buffer.from(JSON.stringify(content))
    const head = Buffer.alloc(512)
    head.write(name, 0)
    head.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124)
    return [head, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1_024)]))
}

const LIMITED = 'http://example.org/StructureDefinition/limited-observation'
const NAMED = 'http://example.org/StructureDefinition/beside-a-family-name'

const element = (path: string, more: object = {}) => ({ id: path, path, min: 0, max: '*', ...more })
const milligrams = (value: number) => ({ value, system: 'http://unitsofmeasure.org', code: 'mg' })
const additional = (purpose: string, valueSet = 'http://example.org/ValueSet/colours') => ({
  url: 'http://hl7.org/fhir/tools/StructureDefinition/additional-binding',
  extension: [
    { url: 'purpose', valueCode: purpose },
    { url: 'valueSet', valueCanonical: valueSet },
  ],
})
const PACKAGE = {
  'package/package.json': { name: 'example.guide', version: '1.2.3', date: '20261101000000', license: 'CC0-1.0' },
  'package/StructureDefinition-named-patient.json': {
    resourceType: 'StructureDefinition',
    url: PROFILE,
    version: '1.2.3',
    name: 'NamedPatient',
    title: 'Words that a table leaves out',
    status: 'active',
    kind: 'resource',
    abstract: false,
    type: 'Patient',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    derivation: 'constraint',
    snapshot: {
      element: [
        element('Patient', {
          constraint: [
            { key: 'born', severity: 'error', human: 'Words', expression: 'birthDate.exists()', source: PROFILE },
          ],
        }),
        element('Patient.name', { min: 1, type: [{ code: 'HumanName' }], definition: 'Words that a table leaves out' }),
        element('Patient.maritalStatus', {
          max: '1',
          type: [{ code: 'CodeableConcept' }],
          binding: { strength: 'required', valueSet: 'http://example.org/ValueSet/colours' },
        }),
      ],
    },
  },
  'package/StructureDefinition-limited-observation.json': {
    resourceType: 'StructureDefinition',
    url: LIMITED,
    name: 'LimitedObservation',
    status: 'active',
    kind: 'resource',
    abstract: false,
    type: 'Observation',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
    derivation: 'constraint',
    snapshot: {
      element: [
        element('Observation'),
        element('Observation.code', {
          type: [{ code: 'CodeableConcept' }],
          binding: {
            strength: 'example',
            valueSet: 'http://hl7.org/fhir/ValueSet/observation-codes',
            extension: [additional('required'), additional('candidate', 'http://example.org/ValueSet/none')],
          },
        }),
        element('Observation.issued', { type: [{ code: 'instant' }], minValueInstant: '2020-01-01T00:00:00Z' }),
        element('Observation.value[x]', {
          type: [{ code: 'Quantity' }],
          minValueQuantity: milligrams(5),
          maxValueQuantity: milligrams(10),
        }),
      ],
    },
  },
  'package/StructureDefinition-beside-a-family-name.json': {
    resourceType: 'StructureDefinition',
    url: NAMED,
    name: 'BesideAFamilyName',
    status: 'active',
    kind: 'complex-type',
    abstract: false,
    type: 'Extension',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Extension',
    derivation: 'constraint',
    context: [{ type: 'element', expression: 'HumanName' }],
    contextInvariant: ['family.exists()', '%resource.birthDate.exists()'],
    differential: {
      element: [
        element('Extension.url', { fixedUri: NAMED }),
        element('Extension.value[x]', { type: [{ code: 'string' }] }),
      ],
    },
  },
  'package/ValueSet-colours.json': {
    resourceType: 'ValueSet',
    url: 'http://example.org/ValueSet/colours',
    status: 'active',
    compose: { include: [{ system: COLOURS }] },
  },
  'package/CodeSystem-colours.json': {
    resourceType: 'CodeSystem',
    url: COLOURS,
    status: 'active',
    content: 'complete',
    concept: [{ code: 'red', display: 'Words' }],
  },
  'package/example/Patient-not-read.json': { resourceType: 'Patient', id: 'not-read' },
}
const patient = (more: object) => ({
  resourceType: 'Patient',
  meta: { profile: [PROFILE] },
  name: [{ family: 'Sample' }],
  birthDate: '1980-02-03',
  ...more,
})
const FILES = {
  'good.json': patient({ maritalStatus: { coding: [{ system: COLOURS, code: 'red' }] } }),
  'bad.json': patient({
    name: undefined,
    birthDate: undefined,
    maritalStatus: { coding: [{ system: COLOURS, code: 'blue' }] },
  }),
  'unknown-extension.json': patient({ extension: [{ url: 'http://example.org/no-table-knows', valueBoolean: true }] }),
}

const colour = (code: string) => ({ coding: [{ system: COLOURS, code }] })
const observation = (more: object) => ({
  resourceType: 'Observation',
  meta: { profile: [LIMITED] },
  status: 'final',
  code: colour('red'),
  ...more,
})
const beside = [{ url: NAMED, valueString: 'x' }]
/** By the rules that few packages have: each with the element at fault and the message's id, or with none. */
const FURTHER: readonly (readonly [name: string, body: object, path?: string, id?: string])[] = [
  [
    'in short formats',
    {
      resourceType: 'CapabilityStatement',
      status: 'active',
      date: '2026-11-01',
      kind: 'requirements',
      description: 'x',
      fhirVersion: '4.0.1',
      format: ['json', 'application/fhir+json'],
      rest: [{ mode: 'server' }],
    },
  ],
  ['within its limits', observation({ valueQuantity: milligrams(5), issued: '2020-01-01T00:00:00Z' })],
  [
    'too little',
    observation({ valueQuantity: milligrams(4.9) }),
    'Observation.value.ofType(Quantity)',
    'TYPE_SPECIFIC_CHECKS_DT_QTY_MIN_VALUE_WRONG',
  ],
  [
    'too much',
    observation({ valueQuantity: milligrams(11) }),
    'Observation.value.ofType(Quantity)',
    'TYPE_SPECIFIC_CHECKS_DT_QTY_MAX_VALUE_WRONG',
  ],
  ['in another unit', observation({ valueQuantity: { ...milligrams(11), code: 'ug' } })],
  [
    'no unit',
    observation({ valueQuantity: { ...milligrams(7), code: 'mgs' } }),
    'Observation.value.ofType(Quantity)',
    'Terminology_PassThrough_TX_Message',
  ],
  ['too early', observation({ issued: '2019-12-31T23:59:59Z' }), 'Observation.issued', 'Precert_Time_Early'],
  ['outside a further set', observation({ code: { text: 'x' } }), 'Observation.code', 'Terminology_TX_Code_ValueSet'],
  [
    'another code than a further set has',
    observation({ code: { coding: [{ system: 'http://example.org/other', code: 'red' }] } }),
    'Observation.code',
    'Terminology_TX_NoValid_1_CC',
  ],
  ['beside a family name', patient({ name: [{ family: 'Sample', extension: beside }] })],
  [
    'beside no family name',
    patient({ name: [{ given: ['A'], extension: beside }] }),
    'Patient.name[0]',
    'Profile_EXT_Not_Here',
  ],
]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'precert-commands-'))
  writeFileSync(at('guide.tgz'), pack(PACKAGE))
  for (const [name, content] of Object.entries(FILES)) writeFileSync(at(name), JSON.stringify(content))
  writeFileSync(at('broken.json'), '{"resourceType": "Patient", "name": [{"family": "Secret"')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('profiles:import', () => {
  it('turns a package into a table of facts, by which validate judges', async () => {
    const imported = await run('profiles-import', at('guide.tgz'), '--to', at('tables'))
    expect(imported).toMatchObject({ code: 0, err: '' })
    expect(readdirSync(at('tables'))).toEqual(['example.guide-1.2.3.table.gz'])
    expect(imported.out).toMatch(/^example[.]guide-1[.]2[.]3[.]table[.]gz: \d+ characters, \d+ bytes\n$/)

    const table = at('tables/example.guide-1.2.3.table.gz')
    const { code, lines } = await validate('--table', table, at('good.json'), at('bad.json'))
    expect(code).toBe(1)
    expect(lines[0]).toEqual({ file: at('good.json'), errors: 0, issues: [] })
    const found = lines[1]?.issues.map(({ path, id, element: missing }) => [path, id.replace(/^.*#/, ''), missing])
    expect(found).toEqual(
      expect.arrayContaining([
        ['Patient', 'Validation_VAL_Profile_Minimum', 'name'],
        ['Patient', 'born', undefined],
        ['Patient.maritalStatus', 'Terminology_TX_NoValid_1_CC', undefined],
      ]),
    )
    expect(lines[1]?.errors).toBe(lines[1]?.issues.length)
  })

  it('takes limits, additional bindings and what an extension asks of the element that holds it', async () => {
    await run('profiles-import', at('guide.tgz'), '--to', at('tables'))
    const files = FURTHER.map(([name]) => at(`${name}.json`))
    FURTHER.forEach(([, body], index) => writeFileSync(files[index] ?? '', JSON.stringify(body)))
    const { lines } = await validate('--table', at('tables/example.guide-1.2.3.table.gz'), ...files)
    expect(lines.map(({ issues }) => issues.map(({ path, id }) => [path, id]))).toEqual(
      FURTHER.map(([, , path, id]) => (path === undefined ? [] : [[path, id]])),
    )
  })

  it('says what it needs, and which package cannot be read', async () => {
    const asked = await run('profiles-import')
    expect(asked).toMatchObject({ code: 2, out: '' })
    expect(asked.err).toContain('Usage: npm run profiles:import PACKAGE.tgz')
    const absent = await run('profiles-import', at('absent.tgz'), '--to', at('nothing'))
    expect(absent).toMatchObject({ code: 1, out: '' })
    expect(absent.err).toContain(`${at('absent.tgz')} cannot be read`)
    expect(existsSync(at('nothing'))).toBe(false)
  })
})

describe('validate', () => {
  it('prints one line a file, also for one that cannot be read, and nothing of its content', async () => {
    const { code, lines } = await validate(at('broken.json'), at('absent.json'), at('good.json'))
    expect(code).toBe(1)
    expect(lines.map(({ file, errors }) => [file, errors])).toEqual([
      [at('broken.json'), 1],
      [at('absent.json'), 1],
      [at('good.json'), 0],
    ])
    expect(lines[0]?.issues[0]).toMatchObject({ severity: 'error', path: '', id: 'Precert_Json_Shape' })
    expect(JSON.stringify(lines)).not.toContain('Secret')
  })

  it('takes an extension that no table knows as a fault, and with --lenient as information', async () => {
    const strict = await validate(at('unknown-extension.json'))
    expect(strict.code).toBe(1)
    expect(strict.lines[0]?.issues).toMatchObject([
      { severity: 'error', path: 'Patient.extension[0]', id: 'Extension_EXT_Unknown' },
    ])
    const lenient = await validate('--lenient', at('unknown-extension.json'))
    expect(lenient).toEqual({ code: 0, lines: [{ file: at('unknown-extension.json'), errors: 0, issues: [] }] })
    const all = await validate('--lenient', '--all', at('unknown-extension.json'))
    expect(all.code).toBe(0)
    expect(all.lines[0]?.issues).toMatchObject([{ severity: 'information', id: 'Extension_EXT_Unknown' }])
  })

  it('judges by a profile that the file does not name', async () => {
    const named = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-pas-request-bundle'
    const { code, lines } = await validate('--profile', named, at('good.json'))
    expect(code).toBe(1)
    expect(lines[0]?.issues[0]?.id).toBe('Validation_VAL_Profile_WrongType')
  })

  it('ends with 2 and says how it is used where the guide or the files are missing', async () => {
    for (const args of [[], ['--ig', 'no-such-guide', at('good.json')], ['--ig', 'pas-2.2.1'], ['--bogus']]) {
      const { code, out, err } = await run('validate', ...args)
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toContain('Usage: npm run --silent validate -- --ig')
    }
  })
})
