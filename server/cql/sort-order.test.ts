/** Sorting, by ELM as translators write it: date-times by their instant, FHIR's own values by what they hold. */
import { describe, expect, it } from 'vitest'
import { EngineSession } from './engine-session.ts'

const FHIR = '{http://hl7.org/fhir}'
const patient = { resourceType: 'Patient', id: 'p1' }
const of = (type: string, operand: object) => ({
  type: 'As',
  strict: false,
  operand,
  asTypeSpecifier: { type: 'NamedTypeSpecifier', name: `${FHIR}${type}` },
})
const column = (name: string) => ({ type: 'IdentifierRef', name })
const property = (path: string, source: object) => ({ type: 'Property', path, source })

const effective = property('value', of('dateTime', column('effective')))
const BY: Readonly<Record<string, readonly object[]>> = {
  When: [{ type: 'ByExpression', direction: 'asc', expression: effective }],
  Latest: [{ type: 'ByExpression', direction: 'desc', expression: effective }],
  Column: [{ type: 'ByColumn', direction: 'asc', path: 'issued' }],
  Amount: [
    { type: 'ByExpression', direction: 'asc', expression: property('value', of('Quantity', column('value'))) },
    { type: 'ByExpression', direction: 'descending', expression: effective },
  ],
  Measured: [{ type: 'ByExpression', direction: 'asc', expression: of('Quantity', column('value')) }],
  Coded: [{ type: 'ByExpression', direction: 'asc', expression: column('code') }],
}

async function order(by: string, resources: readonly object[]): Promise<unknown[]> {
  const expression = {
    type: 'Query',
    source: [{ alias: 'o', expression: { type: 'Retrieve', dataType: `${FHIR}Observation` } }],
    relationship: [],
    sort: { by: BY[by] },
  }
  const identifier = { id: 'Sorted', version: '1' }
  const usings = { def: [{ localIdentifier: 'FHIR', uri: 'http://hl7.org/fhir', version: '4.0.1' }] }
  const statements = { def: [{ name: 'It', context: 'Patient', expression }] }
  const session = new EngineSession({
    libraries: [{ library: { identifier, usings, statements } }],
    valueSets: [],
    parameters: [],
    patient,
    now: '2026-11-28T10:00:00Z',
  })
  session.add(resources)
  const sorted = await session.evaluate({ library: 'Sorted', version: '1', define: 'It' })
  if (sorted.kind !== 'list') return []
  return sorted.items.map((item) => (item.kind === 'fhir' ? (item.value as { id: string }).id : item.kind))
}

const observation = (id: string, more: object) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: id },
  subject: { reference: 'Patient/p1' },
  ...more,
})
const at = (id: string, effectiveDateTime: string, more: object = {}) => observation(id, { effectiveDateTime, ...more })
const amount = (value: number, unit = 'kg') => ({ valueQuantity: { value, unit, code: unit } })

describe('sort', () => {
  const across = [at('evening', '2026-03-01T23:00:00-05:00'), at('night', '2026-03-02T01:00:00Z')]

  it.each([
    ['When', ['night', 'evening']],
    ['Latest', ['evening', 'night']],
  ])('puts date-times of different offsets in the order of their instants: %s', async (by, expected) => {
    expect(await order(by, across)).toEqual(expected)
    expect(await order(by, [...across].reverse())).toEqual(expected)
  })

  it('puts what has no value first, and keeps the order of what is equal', async () => {
    const all = [at('b', '2026-03-02'), observation('none', {}), at('a', '2026-03-01'), at('b2', '2026-03-02')]
    expect(await order('When', all)).toEqual(['none', 'a', 'b', 'b2'])
    expect(await order('Latest', all)).toEqual(['b', 'b2', 'a', 'none'])
  })

  it('puts a partial date by its first day', async () => {
    const all = [
      at('day', '2026-03-02'),
      at('month', '2026-03'),
      at('year', '2026'),
      at('before', '2026-02-28T23:59:59Z'),
    ]
    expect(await order('When', all)).toEqual(['year', 'before', 'month', 'day'])
  })

  it('reads a column that is an element of FHIR', async () => {
    const issued = (id: string, value: string) => observation(id, { issued: value })
    const all = [issued('late', '2026-03-01T23:00:00-05:00'), issued('early', '2026-03-02T01:00:00Z')]
    expect(await order('Column', all)).toEqual(['early', 'late'])
    expect(await order('Column', [...all].reverse())).toEqual(['early', 'late'])
  })

  it('puts numbers of FHIR by size, then by what comes next', async () => {
    const all = [
      at('ten', '2026-03-01', amount(10)),
      at('nine', '2026-03-01', amount(9)),
      at('nine later', '2026-03-05', amount(9)),
    ]
    expect(await order('Amount', all)).toEqual(['nine later', 'nine', 'ten'])
    expect(await order('Amount', [...all].reverse())).toEqual(['nine later', 'nine', 'ten'])
  })

  it('puts amounts by size whatever their unit', async () => {
    const all = [
      at('two', '2026', amount(2)),
      at('half', '2026', amount(500, 'g')),
      at('one', '2026', amount(1000, 'g')),
    ]
    expect(await order('Measured', all)).toEqual(['half', 'one', 'two'])
  })

  it('fails where there is no order, and only there', async () => {
    await expect(order('Coded', [at('a', '2026'), at('b', '2026')])).rejects.toThrow()
    await expect(order('Measured', [at('a', '2026', amount(1)), at('b', '2026', amount(1, 'm'))])).rejects.toThrow()
    expect(await order('Coded', [at('a', '2026')])).toEqual(['a'])
  })
})
