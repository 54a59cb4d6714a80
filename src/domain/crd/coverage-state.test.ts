import type { MedicationRequest, ServiceRequest } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import type { CoverageState } from '../contract/launch.ts'
import { SYSTEM } from '../fhir/canonical.ts'
import { readCoverageInformation, type CoverageInformation } from './coverage-information.ts'
import { combineStates, readCoverageState, selectStatement, type OrderScope } from './coverage-state.ts'
import { buildCoverageTitle } from './coverage-title.ts'
import { readQuotes, viewDetermination } from './determination.ts'

const SILENT = readCoverageInformation({ url: 'x' })
const says = (members: Partial<CoverageInformation>): CoverageInformation => ({
  ...SILENT,
  covered: 'covered',
  ...members,
})

describe('the state of an order', () => {
  it.each<[string, Partial<CoverageInformation>, CoverageState]>([
    ['covered without authorization', { paNeeded: 'no-auth' }, 'no-auth-needed'],
    ['authorization needed', { paNeeded: 'auth-needed' }, 'auth-needed'],
    ['authorization needed and documents', { paNeeded: 'auth-needed', docNeeded: ['clinical'] }, 'auth-needed'],
    ['performer obtains it', { paNeeded: 'performpa' }, 'performer-auth'],
    ['satisfied', { paNeeded: 'satisfied', satisfiedPaId: 'X' }, 'satisfied'],
    ['documents only', { paNeeded: 'no-auth', docNeeded: ['admin'] }, 'documentation-needed'],
    ['documents from the patient', { paNeeded: 'no-auth', docNeeded: ['patient'] }, 'documentation-needed'],
    ['conditional', { covered: 'conditional', infoNeeded: ['performer'] }, 'information-needed'],
    ['conditional authorization', { paNeeded: 'conditional', infoNeeded: ['location'] }, 'information-needed'],
    ['covered conditionally, no authorization', { covered: 'conditional', paNeeded: 'no-auth' }, 'information-needed'],
    ['not covered', { covered: 'not-covered' }, 'not-covered'],
    ['indeterminate', { covered: 'indeterminate' }, 'unknown'],
    ['authorization indeterminate', { paNeeded: 'indeterminate' }, 'unknown'],
    ['documentation indeterminate', { paNeeded: 'no-auth', docNeeded: ['indeterminate'] }, 'unknown'],
    ['nothing said of authorization', {}, 'unknown'],
    ['nothing said at all', { covered: null }, 'unknown'],
    ['a code of the future', { paNeeded: 'maybe' }, 'unknown'],
  ])('%s', (_name, members, state) => {
    expect(readCoverageState(says(members))).toBe(state)
  })
})

const ORDER: ServiceRequest = {
  resourceType: 'ServiceRequest',
  id: 's1',
  status: 'draft',
  intent: 'order',
  subject: { reference: 'Patient/p' },
  authoredOn: '2026-11-20',
  quantityQuantity: { value: 6, code: 'UN' },
}
const SCOPE: OrderScope = {
  order: ORDER,
  codings: [{ system: SYSTEM.cpt, code: '96413' }],
  orderReferences: ['ServiceRequest/s1', 'MedicationRequest/m1'],
  coverageReference: 'Coverage/c1',
  today: '2026-11-22',
}

describe('which of several statements applies', () => {
  const first = (...statements: Partial<CoverageInformation>[]) => selectStatement(statements.map(says), SCOPE)

  it('silence is silence', () => {
    expect(first()).toEqual({ kind: 'silent' })
  })
  it('a statement about another coverage is silence about this one', () => {
    expect(first({ coverage: 'Coverage/c2' })).toEqual({ kind: 'silent' })
  })
  it('the first whose billing code holds', () => {
    const found = first(
      { billingCodes: [{ system: SYSTEM.cpt, code: '99999' }], paNeeded: 'no-auth' },
      { billingCodes: [{ system: SYSTEM.cpt, code: '96413' }], paNeeded: 'auth-needed' },
    )
    expect(found).toMatchObject({ kind: 'applies', information: { paNeeded: 'auth-needed' } })
  })
  it('none in scope draws no conclusion', () => {
    expect(first({ billingCodes: [{ code: '99999' }] })).toEqual({ kind: 'out-of-scope' })
  })
  it('an expired statement asks again', () => {
    expect(first({ expiryDate: '2026-11-21' }).kind).toBe('expired')
    expect(first({ expiryDate: '2026-11-22' }).kind).toBe('applies')
  })
  it('a limitation that the order exceeds takes the statement out of scope', () => {
    const limited = (value: number) => ({
      details: [
        {
          category: 'cat-limitation',
          code: 'allowed-quantity',
          value: { kind: 'quantity' as const, value, unit: 'units', code: 'UN' },
          qualification: null,
        },
      ],
    })
    expect(first(limited(5)).kind).toBe('out-of-scope')
    expect(first(limited(6)).kind).toBe('applies')
  })
  it('a period that the order does not begin in takes it out of scope', () => {
    const period = { kind: 'period' as const, start: '2027-01-01', end: null }
    const details = [{ category: 'cat-limitation', code: 'allowed-period', value: period, qualification: null }]
    expect(first({ details }).kind).toBe('out-of-scope')
  })
  it('a dependency that is not on the table takes it out of scope', () => {
    expect(first({ dependencies: ['DeviceRequest/d9'] }).kind).toBe('out-of-scope')
    expect(first({ dependencies: ['MedicationRequest/m1'] }).kind).toBe('applies')
  })
  it('an order without any coding is not excluded by billing codes', () => {
    const order: MedicationRequest = { ...ORDER, resourceType: 'MedicationRequest' } as unknown as MedicationRequest
    expect(selectStatement([says({ billingCodes: [{ code: 'Q5103' }] })], { ...SCOPE, order, codings: [] }).kind).toBe(
      'applies',
    )
  })
})

describe('what is shown', () => {
  it('a group stands where it asks most of somebody', () => {
    expect(combineStates(['no-auth-needed', 'auth-needed'])).toBe('auth-needed')
    expect(combineStates(['no-auth-needed', 'no-answer'])).toBe('no-answer')
    expect(combineStates([])).toBe('unknown')
  })
  it('the title counts', () => {
    expect(buildCoverageTitle(['auth-needed', 'no-auth-needed', 'no-answer'], null)).toEqual({
      key: 'coverage.title.neededAndUnknown',
      params: { count: 1, total: 3, unknown: 1 },
    })
    expect(buildCoverageTitle(['no-answer'], null).key).toBe('coverage.title.only.unknown')
    expect(buildCoverageTitle(['no-auth-needed'], null).key).toBe('coverage.title.nothingNeeded')
    expect(buildCoverageTitle([], 'no-coverage').key).toBe('coverage.title.problem.no-coverage')
  })
  it('the payer’s own words are quoted once, with their source', () => {
    const statement = says({ assertionId: 'A', reasons: [{ text: 'Because.' }] })
    expect(readQuotes([statement, statement], 'CareSource')).toEqual([
      { text: 'Because.', source: 'CareSource', assertionId: 'A' },
    ])
  })
  it('a link is a link only over http', () => {
    const details = [
      {
        category: null,
        code: 'policy-link',
        value: { kind: 'link' as const, value: 'javascript:x' },
        qualification: null,
      },
    ]
    expect(viewDetermination('unknown', says({ details })).details[0]?.isLink).toBe(false)
  })
  it('silence shows as nothing, not as a default', () => {
    expect(viewDetermination('no-answer', null)).toMatchObject({ covered: null, paNeeded: null, assertionId: null })
  })
})
