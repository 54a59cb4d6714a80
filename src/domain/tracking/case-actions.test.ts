import { describe, expect, it } from 'vitest'
import { allowedActions, hasMoreToCome, mayDo, numberHolds } from './case-actions.ts'

const at = { payerDeduplicates: false, attachable: false, sent: false }

describe('allowedActions', () => {
  it('never offers a resend to a payer that does not deduplicate', () => {
    expect(mayDo('resend', { ...at, state: 'unknown' })).toBe(false)
    expect(mayDo('resend', { ...at, state: 'unknown', payerDeduplicates: true })).toBe(true)
  })
  it('offers no submit while a request may be with the payer', () => {
    for (const state of ['sending', 'sent', 'unknown', 'pended', 'approved', 'denied'] as const)
      expect(mayDo('submit', { ...at, state })).toBe(false)
  })
  it('lets an unknown case be inquired about and decided by a person', () =>
    expect(allowedActions({ ...at, state: 'unknown' })).toEqual(['inquire', 'record-decision']))
  it('offers to answer only where the payer asked', () => {
    expect(mayDo('answer-request', { ...at, state: 'pended' })).toBe(false)
    expect(mayDo('answer-request', { ...at, state: 'pended', attachable: true })).toBe(true)
  })
  it('changes or cancels what the payer has and did not deny, and nothing whose fate is unknown', () => {
    const sent = { ...at, sent: true }
    for (const state of ['pended', 'approved', 'partly-approved', 'modified', 'action-needed'] as const)
      for (const action of ['change', 'cancel'] as const) expect(mayDo(action, { ...sent, state })).toBe(true)
    for (const state of ['draft', 'sending', 'sent', 'unknown', 'denied', 'rejected', 'cancelled'] as const)
      for (const action of ['change', 'cancel'] as const) expect(mayDo(action, { ...sent, state })).toBe(false)
    expect(mayDo('change', { ...at, state: 'approved' })).toBe(false)
  })
})

describe('numberHolds', () => {
  it('ends with a denial or a cancellation, and with nothing else', () => {
    for (const status of ['denied', 'cancelled']) expect(numberHolds(status)).toBe(false)
    for (const status of ['approved', 'modified', 'pended', 'unknown']) expect(numberHolds(status)).toBe(true)
  })
})

describe('hasMoreToCome', () => {
  const of = (id: string, value: string | null) => ({
    id,
    tracking: value === null ? null : { system: null, value },
    answered: false,
    answer: null,
  })
  const sending = { at: '', by: '', documents: [], status: 'sending' as const, reason: null }
  const first = of('a', 'T1')

  it('is so while something else is open under the same number', () => {
    expect(hasMoreToCome(first, [first, of('b', 'T1')])).toBe(true)
    expect(hasMoreToCome(first, [first, { ...of('b', 'T1'), answer: { ...sending, status: 'refused' } }])).toBe(true)
  })
  it('is not so where it is answered, on its way, or under another number', () => {
    const others = [{ ...of('b', 'T1'), answered: true }, { ...of('c', 'T1'), answer: sending }, of('d', 'T2')]
    expect(hasMoreToCome(first, [first, ...others])).toBe(false)
    expect(hasMoreToCome(of('a', null), [of('a', null), of('b', null)])).toBe(false)
  })
})
