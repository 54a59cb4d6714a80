import { describe, expect, it } from 'vitest'
import { NO_JOURNAL } from '../journal.ts'
import { createResourceStore, type ResourceStore } from '../store.ts'
import { readDateRange, splitEscaped } from './search-matching.ts'
import { runSearch } from './search.ts'

const BASE = 'http://127.0.0.1:1/fhir'
const LOINC = 'http://loinc.org'

function buildStore(): ResourceStore {
  const store = createResourceStore({ now: () => '2026-11-22T14:00:00Z', newId: () => 'new', journal: NO_JOURNAL })
  const observation = (id: string, code: string, date: string, value: number, patient = 'p1') =>
    store.load({
      resourceType: 'Observation',
      id,
      status: 'final',
      category: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
      ],
      code: { coding: [{ system: LOINC, code, display: `Test ${code}` }] },
      subject: { reference: `Patient/${patient}` },
      effectiveDateTime: date,
      valueQuantity: { value },
      performer: [{ reference: 'Practitioner/d1' }],
    })
  store.load({ resourceType: 'Patient', id: 'p1', name: [{ family: 'Núñez', given: ['Ana'] }] })
  store.load({ resourceType: 'Patient', id: 'p2', name: [{ family: 'Other' }] })
  store.load({ resourceType: 'Practitioner', id: 'd1', name: [{ family: 'Ruiz' }] })
  store.load({ resourceType: 'Organization', id: 'o1', name: 'Clinic' })
  store.load({
    resourceType: 'PractitionerRole',
    id: 'r1',
    practitioner: { reference: 'Practitioner/d1' },
    organization: { reference: 'Organization/o1' },
  })
  observation('o1', '1988-5', '2026-11-12', 18)
  observation('o2', '1988-5', '2026-05', 4)
  observation('o3', '718-7', '2025-11-01T09:30:00-05:00', 11)
  observation('o4', '718-7', '2026-01-01', 12, 'p2')
  store.load({
    resourceType: 'Observation',
    id: 'o5',
    status: 'final',
    code: { text: 'Free text' },
    subject: { reference: 'Patient/p1' },
  })
  return store
}

const store = buildStore()
const search = (query: string, options: { type?: string; lenient?: boolean; patientId?: string | null } = {}) =>
  runSearch({
    type: options.type ?? 'Observation',
    query: new URLSearchParams(query),
    store,
    baseUrl: BASE,
    lenient: options.lenient ?? false,
    patientId: options.patientId ?? null,
    mayRead: () => true,
  })
const idsOf = (query: string, options?: Parameters<typeof search>[1]): string[] => {
  const found = search(query, options)
  if (!found.ok) throw new Error(found.error.texts.join('; '))
  return (found.value.entry ?? []).map((entry) => entry.resource?.id ?? '')
}

describe('search parameters', () => {
  it.each([
    ['patient=p1&code=1988-5', ['o1', 'o2']],
    ['subject=Patient/p1&code=http://loinc.org|718-7', ['o3']],
    [`patient=${BASE}/Patient/p1&code=718-7,1988-5`, ['o1', 'o2', 'o3']],
    ['patient=p1&code=http://other.example|718-7', []],
    ['patient=p1&code=http://loinc.org|', ['o1', 'o2', 'o3']],
    ['patient=p1&code:not=1988-5', ['o3', 'o5']],
    ['patient=p1&code:text=free', ['o5']],
    ['patient=p1&category=laboratory&status=final', ['o1', 'o2', 'o3']],
    ['patient=p1&date:missing=true', ['o5']],
    ['_id=o1,o4', ['o1', 'o4']],
    ['performer=Practitioner/d1&patient=p2', ['o4']],
  ])('%s', (query, ids) => expect(idsOf(query)).toEqual(ids))

  it.each([
    ['date=2026-11-12', ['o1']],
    ['date=2026', ['o1', 'o2', 'o4']],
    ['date=ge2026-05-15', ['o1', 'o2']],
    ['date=gt2026-11-12', []],
    ['date=lt2026-01-01', ['o3']],
    ['date=le2026-01-01', ['o3', 'o4']],
    ['date=sa2026-05-31', ['o1']],
    ['date=eb2026-01-01', ['o3']],
    ['date=ge2026-01-01&date=lt2026-06-01', ['o2', 'o4']],
    ['date=ne2026', ['o3']],
  ])('%s', (query, ids) => expect(idsOf(query)).toEqual(ids))

  it('finds names without their accents', () => {
    expect(idsOf('name=nunez', { type: 'Patient' })).toEqual(['p1'])
    expect(idsOf('family:exact=nunez', { type: 'Patient' })).toEqual([])
    expect(idsOf('name:contains=UÑ', { type: 'Patient' })).toEqual(['p1'])
  })
  it('sorts, with resources that lack the element last either way', () => {
    expect(idsOf('patient=p1&_sort=date')).toEqual(['o3', 'o2', 'o1', 'o5'])
    expect(idsOf('patient=p1&_sort=-date')).toEqual(['o1', 'o2', 'o3', 'o5'])
    expect(idsOf('patient=p1&_sort=code,-date')).toEqual(['o1', 'o2', 'o3', 'o5'])
  })
  it('includes what the matches refer to, and what refers to them', () => {
    expect(
      idsOf('_include=PractitionerRole:practitioner&_include=PractitionerRole:organization', {
        type: 'PractitionerRole',
      }),
    ).toEqual(['r1', 'd1', 'o1'])
    expect(idsOf('_revinclude=PractitionerRole:practitioner', { type: 'Practitioner' })).toEqual(['d1', 'r1'])
    expect(idsOf('_id=o4&_include=Observation:subject', { patientId: null })).toEqual(['o4', 'p2'])
  })
  it('keeps to one patient where it is bound to one', () => {
    expect(idsOf('', { patientId: 'p2' })).toEqual(['o4'])
    expect(idsOf('', { type: 'Patient', patientId: 'p1' })).toEqual(['p1'])
    expect(idsOf('', { type: 'Practitioner', patientId: 'p1' })).toEqual(['d1'])
  })
})

describe('a searchset', () => {
  it('tells its total, its own address and how to go on', () => {
    const first = search('patient=p1&_count=2&_sort=-date')
    if (!first.ok) throw new Error('refused')
    expect(first.value).toMatchObject({ type: 'searchset', total: 4 })
    expect(first.value.entry?.[0]).toMatchObject({ fullUrl: `${BASE}/Observation/o1`, search: { mode: 'match' } })
    const next = first.value.link?.find(({ relation }) => relation === 'next')?.url ?? ''
    expect(first.value.link?.[0]).toEqual({
      relation: 'self',
      url: `${BASE}/Observation?patient=p1&_count=2&_sort=-date`,
    })
    expect(idsOf(new URL(next).search)).toEqual(['o3', 'o5'])
  })
  it('has no entry member when nothing is found, and counts without reading', () => {
    const none = search('patient=nobody')
    expect(none.ok && 'entry' in none.value).toBe(false)
    const counted = search('patient=p1&_summary=count')
    expect(counted.ok && counted.value.total).toBe(4)
    expect(counted.ok && counted.value.entry).toBeUndefined()
  })
})

describe('what is not understood', () => {
  it.each([
    'colour=red',
    'subject.name=x',
    '_sort=colour',
    '_include=Observation:code',
    'code:above=1',
    '_format=xml',
    'date=soon',
    'code=',
  ])('%s is refused', (query) => expect(search(query).ok).toBe(false))
  it('names every fault at once', () => {
    const found = search('colour=red&_sort=size')
    expect(!found.ok && found.error.texts).toHaveLength(2)
  })
  it('is ignored, and left out of the self link, when the caller is lenient', () => {
    const found = search('patient=p2&colour=red', { lenient: true })
    expect(found.ok && found.value.link?.[0]?.url).toBe(`${BASE}/Observation?patient=p2`)
  })
})

describe('reading values', () => {
  it('keeps the precision of dates', () => {
    expect(readDateRange('2026-02')).toEqual([Date.UTC(2026, 1, 1), Date.UTC(2026, 2, 1) - 1])
    expect(readDateRange({ start: '2026-02-01' })?.[1]).toBe(Infinity)
    expect(readDateRange('yesterday')).toBeUndefined()
  })
  it('splits at commas that are not escaped', () => {
    expect(splitEscaped('a\\,b,c', ',')).toEqual(['a,b', 'c'])
    expect(splitEscaped('s|a\\|b', '|')).toEqual(['s', 'a|b'])
  })
})
