import { describe, expect, it } from 'vitest'
import type { CaseState } from '../contract/case.ts'
import type { LineStatus } from '../contract/line-status.ts'
import { isFrozen, stateAfterAnswer } from './case-state.ts'

const cases: [LineStatus[], CaseState][] = [
  [['approved', 'approved'], 'approved'],
  [['approved', 'not-required'], 'approved'],
  [['not-required', 'not-required'], 'not-required'],
  [['denied', 'denied'], 'denied'],
  [['approved', 'denied'], 'partly-approved'],
  [['modified', 'approved'], 'modified'],
  [['modified', 'denied'], 'partly-approved'],
  [['modified', 'partially-approved'], 'partly-approved'],
  [['partially-approved', 'approved'], 'partly-approved'],
  [['approved', 'pended'], 'pended'],
  [['denied', 'pended'], 'pended'],
  [['action-needed', 'approved'], 'action-needed'],
  [['pended', 'action-needed'], 'pended'],
  [['cancelled', 'cancelled'], 'cancelled'],
  [['cancelled', 'approved'], 'approved'],
  [['cancelled', 'denied'], 'denied'],
  [['approved', 'unknown'], 'unknown'],
  [[], 'unknown'],
]

describe('stateAfterAnswer', () => {
  it.each(cases)('%j is %s', (lines, state) => expect(stateAfterAnswer({ lines, rejected: false })).toBe(state))
  it('a rejection is never a denial', () =>
    expect(stateAfterAnswer({ lines: ['denied'], rejected: true })).toBe('rejected'))
})

describe('isFrozen', () => {
  it('lets a rejected request be corrected and sent again', () => expect(isFrozen('rejected')).toBe(false))
  it('holds a request that may have left', () =>
    expect(['sending', 'sent', 'unknown', 'pended'].every((state) => isFrozen(state as CaseState))).toBe(true))
})
