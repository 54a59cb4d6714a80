import { describe, expect, it } from 'vitest'
import type { CqlLibrary } from './library.ts'
import { readHeader } from './library.ts'
import { findByCanonical, parseCqlName, resolveName } from './names.ts'
import { isMalformed, parseElm, type ElmLibrary } from './elm.ts'

const elmOf = (id: string, ...defines: string[]): ElmLibrary => ({
  identifier: { id, version: '1' },
  statements: { def: defines.map((name) => ({ name, expression: { type: 'Null' } })) },
})
const library = (id: string, name: string, url: string | null, elm: ElmLibrary | null): CqlLibrary => ({
  id,
  version: '1',
  name,
  url,
  elm,
  source: null,
  fault: elm === null ? 'malformed' : null,
  leftOut: [],
})
const patient = library(
  'PatientPrepopulation',
  'Patient-prepopulation',
  'http://p.example/Library/pat',
  elmOf('PatientPrepopulation', 'Name', 'Today'),
)
const clinical = library('ClinicalPrepopulation', 'Clinical', 'Library/clin', elmOf('ClinicalPrepopulation', 'Today'))
const broken = library('Broken', 'Broken', null, null)
const all = [patient, clinical, broken]

describe('names of CQL expressions', () => {
  it.each([
    ['"Lib".Define', { library: 'Lib', define: 'Define' }],
    ['Lib.Define', { library: 'Lib', define: 'Define' }],
    ['"Lib"."My Define"', { library: 'Lib', define: 'My Define' }],
    ['"My Define"', { library: null, define: 'My Define' }],
    [' Define ', { library: null, define: 'Define' }],
  ])('%s is a name', (text, name) => {
    expect(parseCqlName(text)).toEqual(name)
  })

  it.each(['Today() + 14 days', '"A".B.C', "'text'", '1 + 1', ''])('%s is not', (text) => {
    expect(parseCqlName(text)).toBeUndefined()
  })

  it.each(['PatientPrepopulation', 'Patient-prepopulation', 'pat'])('a library is found as %s', (name) => {
    expect(resolveName(all, all, { library: name, define: 'Name' })).toEqual({
      ok: true,
      value: { library: patient, define: 'Name' },
    })
  })

  it('a bare define is looked for in the main libraries, and must be in one alone', () => {
    expect(resolveName(all, [patient], { library: null, define: 'Today' })).toMatchObject({ ok: true })
    expect(resolveName(all, all, { library: null, define: 'Today' })).toMatchObject({
      ok: false,
      error: { key: 'form.lookup.cql-several-libraries' },
    })
    expect(resolveName(all, all, { library: null, define: 'Nothing' })).toBeUndefined()
  })

  it.each([
    ['Missing', 'Name', 'form.lookup.cql-no-library'],
    ['Broken', 'Name', 'form.lookup.cql-malformed'],
    ['ClinicalPrepopulation', 'Name', 'form.lookup.cql-no-define'],
  ])('%s.%s is told as %s', (name, define, key) => {
    expect(resolveName(all, all, { library: name, define })).toMatchObject({ ok: false, error: { key } })
  })

  it('a canonical finds its library by url, relative reference or tail', () => {
    expect(findByCanonical(all, 'http://p.example/Library/pat|1')).toBe(patient)
    expect(findByCanonical(all, 'http://elsewhere.example/Library/clin')).toBe(clinical)
  })

  it('a source says its own name past its comments', () => {
    expect(readHeader("/* library Old */\n// library Older\nlibrary Vitals version '1.2'\nusing FHIR")).toEqual({
      id: 'Vitals',
      version: '1.2',
    })
  })
})

describe('ELM that is not run', () => {
  it('is what the translator marked as wrong, and not what it warned of', () => {
    const marked = (errorSeverity: string) => ({
      ...elmOf('A'),
      annotation: [{ type: 'CqlToElmError', errorSeverity }],
    })
    expect(isMalformed(marked('error'))).toBe(true)
    expect(isMalformed(marked('warning'))).toBe(false)
  })

  it('is what nests without end', () => {
    const deep = `{"library":{"identifier":{"id":"A"},"x":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`
    expect(parseElm(deep)).toBeUndefined()
    expect(parseElm('{"library":{"identifier":{"id":"A"},"x":"[[[[\\"{{{{"}}')?.identifier.id).toBe('A')
  })
})
