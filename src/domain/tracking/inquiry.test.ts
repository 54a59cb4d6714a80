import { describe, expect, it } from 'vitest'
import { pasLine, pasResponse } from '../../../test/support/pas-answer.ts'
import { askAbout, otherAnswer } from './inquiry.ts'

const line = {
  sequence: 1,
  status: 'approved' as const,
  start: '2026-12-01',
  end: '2027-05-31',
  authorizationNumber: 'AUTH-1',
  trackingNumber: null,
  reviewActionCode: 'A1',
  issuedOn: '2026-11-22',
  validFrom: '2026-12-01',
  validTo: '2027-05-31',
}

describe('a question to the payer', () => {
  it('by the number names the first that is known, and fails without any', () => {
    expect(askAbout('number', [line])).toMatchObject({
      value: { by: 'number', authorization: 'AUTH-1', tracking: null },
    })
    expect(askAbout('number', [{ ...line, authorizationNumber: null }])).toMatchObject({
      error: { reason: 'number-unknown' },
    })
  })
  it('by the lines names a certification that stands, and of one that is awaited only its numbers', () => {
    expect(askAbout('item', [line])).toMatchObject({
      value: { known: [{ reviewAction: 'A1', validTo: '2027-05-31' }] },
    })
    const pended = { ...line, status: 'pended' as const, reviewActionCode: 'A4', trackingNumber: 'T' }
    expect(askAbout('item', [pended])).toMatchObject({
      value: { known: [{ reviewAction: null, issuedOn: null, tracking: 'T' }] },
    })
  })
  it('leaves cancelled lines out', () => {
    expect(askAbout('item', [line, { ...line, sequence: 2, status: 'cancelled' }])).toMatchObject({
      value: { sequences: [1] },
    })
  })
  it('by the patient spans what the lines span', () => {
    expect(askAbout('patient', [line])).toMatchObject({ value: { period: { start: '2026-12-01', end: '2027-05-31' } } })
    expect(askAbout('patient', [])).toMatchObject({ value: { period: null } })
  })
})

it('something else that the payer has is shown by numbers, statuses and dates', () => {
  const validity = { start: '2026-01-01', end: '2026-06-30' }
  const response = pasResponse({
    lines: [
      pasLine(1, 'approved', { authorizationNumber: 'N-1', validity }),
      pasLine(2, 'denied', { trackingNumber: 'T-2' }),
    ],
  })
  expect(otherAnswer(response)).toEqual({
    numbers: ['N-1', 'T-2'],
    statuses: ['approved', 'denied'],
    validFrom: '2026-01-01',
    validTo: '2026-06-30',
  })
})
