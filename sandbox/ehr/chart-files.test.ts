import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readChartFiles, type ChartFiles } from './chart-files.ts'

const directory = mkdtempSync(join(tmpdir(), 'charts-'))
const hospital = { resourceType: 'Organization', id: 'h1', name: 'Hospital', identifier: [{ system: 's', value: 'h' }] }
const write = (name: string, value: unknown): void => writeFileSync(join(directory, name), JSON.stringify(value))
let charts: ChartFiles

beforeAll(() => {
  mkdirSync(join(directory, 'more'))
  write('a-transaction.json', {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl: 'urn:uuid:11111111-1111-4111-8111-111111111111', resource: { resourceType: 'Patient', id: 'ann' } },
      { fullUrl: 'urn:uuid:22222222-2222-4222-8222-222222222222', resource: hospital },
      {
        fullUrl: 'urn:uuid:33333333-3333-4333-8333-333333333333',
        resource: {
          resourceType: 'Encounter',
          subject: { reference: 'urn:uuid:11111111-1111-4111-8111-111111111111' },
          serviceProvider: { reference: 'Organization?identifier=s|h' },
          'x-unknown': { reference: 'urn:uuid:99999999-9999-4999-8999-999999999999' },
        },
      },
      { fullUrl: 'urn:uuid:44444444-4444-4444-8444-444444444444' },
    ],
  })
  writeFileSync(
    join(directory, 'more', 'b-collection.json.gz'),
    gzipSync(
      JSON.stringify({
        resourceType: 'Bundle',
        type: 'collection',
        entry: [
          { resource: { resourceType: 'Patient', id: 'bob' } },
          { fullUrl: 'urn:uuid:55555555-5555-4555-8555-555555555555', resource: { ...hospital, name: 'Renamed' } },
          {
            resource: {
              resourceType: 'Encounter',
              id: 'b-visit',
              serviceProvider: { reference: 'urn:uuid:55555555-5555-4555-8555-555555555555' },
            },
          },
          { resource: { resourceType: 'Poem', id: 'p1' } },
        ],
      }),
    ),
  )
  writeFileSync(join(directory, 'c-cut.json'), '{"resourceType":"Bundle"')
  writeFileSync(join(directory, 'd-cut.json.gz'), 'not gzip')
  writeFileSync(join(directory, 'e-notes.txt'), 'hello')
  write('f-patient.json', { resourceType: 'Patient', id: 'lone' })
  write('g-history.json', { resourceType: 'Bundle', type: 'history' })
  write('h-empty.json', { resourceType: 'Bundle', type: 'collection' })
  charts = readChartFiles(directory)
})
afterAll(() => rmSync(directory, { recursive: true }))

const find = (type: string, id?: string) =>
  charts.resources.find((resource) => resource.resourceType === type && (id === undefined || resource.id === id))

describe('readChartFiles', () => {
  it('loads plain and gzipped, transactions and collections, subfolders too', () => {
    expect(charts.patientIds).toEqual(['ann', 'bob'])
  })
  it('rewrites what names an entry and keeps every unknown element', () => {
    expect(find('Encounter', '33333333-3333-4333-8333-333333333333')).toMatchObject({
      subject: { reference: 'Patient/ann' },
      serviceProvider: { reference: 'Organization/h1' },
      'x-unknown': { reference: 'urn:uuid:99999999-9999-4999-8999-999999999999' },
    })
    expect(find('Encounter', 'b-visit')).toMatchObject({ serviceProvider: { reference: 'Organization/h1' } })
  })
  it('keeps the first of two that share an id', () => {
    expect(find('Organization')).toEqual(hospital)
  })
  it('gives the same ids on every start', () => {
    expect(readChartFiles(directory).resources).toEqual(charts.resources)
  })
  it.each([
    ['a-transaction.json: entry 4 holds no resource'],
    ['a-transaction.json: 1 references lead to nothing'],
    ['Organization/h1 differs from the one in a-transaction.json'],
    ['c-cut.json: cannot be read'],
    ['d-cut.json.gz: cannot be read'],
    ['e-notes.txt: neither .json nor .json.gz'],
    ['f-patient.json: not a FHIR Bundle'],
    ['g-history.json: a Bundle of type history'],
    ['h-empty.json: the Bundle is empty'],
    ['1 Poem kept'],
  ])('names what it could not take: %s', (text) => {
    expect(charts.problems.some((problem) => problem.includes(text))).toBe(true)
  })
  it('says nothing else', () => expect(charts.problems).toHaveLength(10))
})
