import { pickLocale } from './i18n.ts'
import { describe, expect, it } from 'vitest'
import { createFormats } from './format.ts'

const british = createFormats('en-GB', 'America/New_York', 'America/New_York')
const abroad = createFormats('en-GB', 'America/New_York', 'Europe/Berlin')
const spanish = createFormats('es', 'UTC', 'UTC')

describe('dates', () => {
  it('keep the precision they came with', () => {
    expect(british.date('2026')).toBe('2026')
    expect(british.date('2026-11')).toBe('Nov 2026')
    expect(british.date('2026-11-18')).toBe('18 Nov 2026')
    expect(spanish.date('2026-11-18')).toBe('18 nov 2026')
  })

  it('of an instant are those of the organization, not of the reader', () => {
    expect(abroad.date('2026-11-22T02:00:00Z')).toBe('21 Nov 2026')
  })

  it('name the zone only where the reader keeps another', () => {
    expect(british.time('2026-11-22T14:41:00Z')).toBe('09:41')
    expect(abroad.time('2026-11-22T14:41:00Z')).toMatch(/^09:41 /)
  })

  it('that are none stay as they are', () => {
    expect(british.date('soon')).toBe('soon')
    expect(british.dateTime('soon')).toBe('soon')
  })
})

describe('numbers', () => {
  it('keep their digits', () => {
    expect(british.number('1.10')).toBe('1.10')
    expect(spanish.number('1.10')).toBe('1,10')
    expect(british.number('12345678901234567890.5')).toBe('12,345,678,901,234,567,890.5')
    expect(british.number('n/a')).toBe('n/a')
  })
})

describe('a span of time', () => {
  it.each([
    [40 * 60_000, '40 min'],
    [(4 * 60 + 42) * 60_000, '4h 42 min'],
    [26 * 3_600_000, '26h'],
    [14 * 86_400_000 + 5, '14d'],
    [-5, '0 min'],
  ])('of %i ms is %s', (milliseconds, words) => {
    expect(createFormats('en-US', 'UTC', 'UTC').span(milliseconds)).toBe(words)
  })
})

it('a browser without a locale of its own is read in plain English', () => {
  expect(pickLocale(['en-US@posix'], 'en')).toBe('en-US')
  expect(pickLocale(['en_GB'], 'en')).toBe('en')
  expect(pickLocale(['fr-FR', 'es-mx'], 'es')).toBe('es-MX')
  expect(pickLocale([], 'en')).toBe('en')
})
