import { describe, expect, it } from 'vitest'
import { buildSupportedPayers, buildSupportedPayersList } from './supported-payers.ts'

const payer = { id: '00001', system: 'https://payers.example/id', name: 'Example Health' }

describe('the payers that this app supports', () => {
  it('as JSON: payers of every version, and the example that 2.1 prints', () => {
    expect(buildSupportedPayers([payer])).toEqual({
      payers: [{ id: '00001', name: 'Example Health' }],
      supportedPayers: [{ name: 'Example Health', identifier: { system: payer.system, value: '00001' } }],
    })
  })
  it('as a List of contained organizations (2.2 dtr-supported-Payers)', () => {
    const list = buildSupportedPayersList([payer], '2026-11-22T10:00:00Z')
    expect(list).toMatchObject({
      status: 'current',
      mode: 'snapshot',
      contained: [{ resourceType: 'Organization', id: 'payer-1', name: 'Example Health' }],
      entry: [{ item: { reference: '#payer-1' } }],
    })
    for (const prohibited of ['code', 'subject', 'encounter', 'emptyReason'])
      expect(list).not.toHaveProperty(prohibited)
  })
})
