import { describe, expect, it } from 'vitest'
import { CLOCK_RULES, clocksFor, dueAt } from './clock-rules.ts'

const INFUSION = [
  { sequence: 1, kind: 'drug' as const },
  { sequence: 2, kind: 'administration' as const },
  { sequence: 3, kind: 'administration' as const },
]
const shape = (clocks: ReturnType<typeof clocksFor>) =>
  clocks.map((clock) => [clock.rule.id, clock.scope, clock.lineSequences, clock.rule.limit])

describe('clocksFor', () => {
  it('gives the drug line and the administration lines of an infusion different clocks under Medicare Advantage', () => {
    expect(shape(clocksFor('medicare-advantage', 'standard', INFUSION))).toEqual([
      ['ma-part-b-drug', 'drug', [1], { value: 72, unit: 'hours' }],
      ['ma-service', 'administration', [2, 3], { value: 7, unit: 'calendar-days' }],
    ])
  })
  it('gives Medicaid drugs 24 hours whatever the urgency', () => {
    for (const urgency of ['standard', 'expedited'] as const)
      expect(clocksFor('medicaid', urgency, INFUSION)[0]?.rule.limit).toEqual({ value: 24, unit: 'hours' })
  })
  it('gives one clock for the whole request where one rule binds every line', () => {
    expect(shape(clocksFor('marketplace', 'standard', INFUSION))).toEqual([
      ['marketplace', 'request', [1, 2, 3], { value: 15, unit: 'calendar-days' }],
    ])
  })
  it('claims no clock for an unknown line of business', () => expect(clocksFor(null, 'standard', INFUSION)).toEqual([]))
  it('gives four lines of business four different sets', () => {
    const sets = (['medicare-advantage', 'medicaid', 'marketplace', 'commercial'] as const).map((line) =>
      JSON.stringify(shape(clocksFor(line, 'standard', INFUSION))),
    )
    expect(new Set(sets).size).toBe(4)
  })
  it('binds every kind under every line of business and urgency exactly once', () => {
    for (const line of ['medicare-advantage', 'medicaid', 'marketplace', 'commercial'] as const)
      for (const urgency of ['standard', 'expedited'] as const)
        for (const kind of ['drug', 'administration', 'service'] as const)
          expect(
            CLOCK_RULES.filter(
              (rule) => rule.lineOfBusiness === line && rule.urgency === urgency && rule.kinds.includes(kind),
            ),
          ).toHaveLength(1)
  })
})

describe('dueAt', () => {
  it('adds exact hours across the end of daylight-saving time', () =>
    expect(dueAt({ value: 72, unit: 'hours' }, '2026-10-30T12:00:00Z', 'America/New_York')).toBe(
      '2026-11-02T12:00:00Z',
    ))
  it('keeps the wall-clock time for calendar days across it', () =>
    expect(dueAt({ value: 7, unit: 'calendar-days' }, '2026-10-30T12:00:00Z', 'America/New_York')).toBe(
      '2026-11-06T13:00:00Z',
    ))
})
