import { describe, expect, it } from 'vitest'
import { caseTitle, nextStep, type Standing } from './case-title.ts'

const base: Standing = {
  state: 'pended',
  payerName: 'CareSource',
  payerPhone: '800 555 0100',
  lines: ['pended'],
  openRequests: 0,
  openAnswers: null,
  unknownStep: null,
}

describe('caseTitle', () => {
  it('counts denied and reduced lines', () =>
    expect(caseTitle({ ...base, state: 'partly-approved', lines: ['modified', 'approved', 'denied'] })).toEqual({
      key: 'case.title.partlyBoth',
      params: { denied: 1, reduced: 1 },
    }))
  it('says that the payer asks, where it asks', () =>
    expect(caseTitle({ ...base, openRequests: 2 }).key).toBe('case.title.asks'))
  it('says how many lines are unknown where others are decided', () =>
    expect(caseTitle({ ...base, state: 'unknown', lines: ['approved', 'unknown'] })).toEqual({
      key: 'case.title.unknownLines',
      params: { count: 1, payer: 'CareSource' },
    }))
})

describe('nextStep', () => {
  it('gives an unknown case an owner and a phone number once the machine has done what it can', () =>
    expect(nextStep({ ...base, state: 'unknown', unknownStep: 'person' })).toEqual({
      message: { key: 'case.next.callPayer', params: { payer: 'CareSource', phone: '800 555 0100' } },
      owner: 'pa-staff',
    }))
  it('leaves a partly approved case with the clinician: it is not done', () =>
    expect(nextStep({ ...base, state: 'partly-approved' }).owner).toBe('clinician'))
})
