import { describe, expect, it } from 'vitest'
import { allowedActions, mayDo } from './case-actions.ts'

const at = { payerDeduplicates: false, hasOpenRequests: false }

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
    expect(mayDo('answer-request', { ...at, state: 'pended', hasOpenRequests: true })).toBe(true)
  })
})
