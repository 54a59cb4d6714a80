import { describe, expect, it } from 'vitest'
import { profileSet } from '../../../test/support/profile-set.ts'
import { isLanguage } from './languages.ts'
import { validateMessage } from './validate.ts'

const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition'
const GUIDES = ['pas-2.2.1', 'pas-2.0.1'] as const

const placesOf = (body: unknown, guide: (typeof GUIDES)[number] = 'pas-2.2.1'): string[] =>
  validateMessage(profileSet(guide), body)
    .filter(({ severity }) => severity === 'error')
    .map(({ path }) => path)

const patient = (more: object): object => ({ resourceType: 'Patient', id: 'p', ...more })

describe('codes that no package lists', () => {
  it.each([
    ['USD', true],
    ['EUR', true],
    ['XXX', true],
    ['XCG', true],
    ['DOLLAR', false],
    ['XXZ', false],
    ['usd', false],
  ])('of ISO 4217: %s', (currency, isFine) => {
    const body = {
      resourceType: 'Invoice',
      status: 'draft',
      totalNet: { value: 5, currency },
    }
    expect(placesOf(body)).toEqual(isFine ? [] : ['Invoice.totalNet.currency'])
  })

  it.each(GUIDES)('of birth sex, in the set of %s', (guide) => {
    const born = (valueCode: string): string[] =>
      placesOf(patient({ extension: [{ url: `${US_CORE}/us-core-birthsex`, valueCode }] }), guide)
    for (const code of ['F', 'M', 'UNK']) expect(born(code)).toEqual([])
    for (const code of ['X', 'f', 'female']) expect(born(code)).toEqual(['Patient.extension[0].value.ofType(code)'])
  })

  it('of race not: charts hold other codes, and a request must not wait for them', () => {
    const extension = [
      { url: 'ombCategory', valueCoding: { system: 'urn:oid:2.16.840.1.113883.6.238', code: '2131-1' } },
      { url: 'text', valueString: 'Other' },
    ]
    expect(placesOf(patient({ extension: [{ url: `${US_CORE}/us-core-race`, extension }] }), 'pas-2.2.1')).toEqual([])
  })
})

it('takes a system for no more than its name', () => {
  for (const system of ['__proto__', 'constructor', 'toString'])
    expect(placesOf({ resourceType: 'Basic', code: { coding: [{ system, code: 'x' }] } })).toEqual([])
})

describe('a language', () => {
  it.each(
    'en en-US EN-us zh-Hans zh-Hans-CN es-419 de-DE-1996 vi fil cmn sgn-US en-a-bbb x-own i-klingon zh-yue'.split(' '),
  )('%s is a tag of BCP 47', (tag) => expect(isLanguage(tag)).toBe(true))

  it.each([
    'xx-bad-lang-9',
    'xx',
    'EN_us',
    'english',
    'eng',
    'spa',
    'ger',
    'e',
    'en-',
    '-en',
    'en--US',
    'en-x',
    'a b',
    '12',
  ])('%s is none', (tag) => expect(isLanguage(tag)).toBe(false))

  it('is judged where one is asked for, and nothing is said of the profile', () => {
    const language = { coding: [{ system: 'urn:ietf:bcp:47', code: 'xx-bad-lang-9' }] }
    const body = patient({ language: 'english', communication: [{ language }, { language: { text: 'Diné' } }] })
    const found = validateMessage(profileSet('pas-2.2.1'), body)
    expect(found.map(({ path, id }) => [path, id])).toEqual([
      ['Patient.language', 'Precert_Language_Unknown'],
      ['Patient.communication[0].language', 'Precert_Language_Unknown'],
    ])
  })

  it('is read in one pass, however long', () => {
    const started = performance.now()
    for (const part of ['-abcde', '-a', '-a-bb', '-x', '-abc']) isLanguage(`en${part.repeat(50_000)}_`)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})
