/**
 * The decision clocks of a request, by line of business, kind of line and urgency. One case may hold several: the drug
 * and its administration are bound by different rules (CMS-0057-F leaves drugs out). Facts: 42 CFR 422 and 438,
 * SSA §1927, 29 CFR 2560.503-1, 45 CFR 147.136. The clock runs from the payer's receipt of the request, for which the
 * time of sending stands.
 */
import { addCalendarDays, addDuration, type InstantString } from '../time.ts'

export type LineOfBusiness = 'medicare-advantage' | 'medicaid' | 'marketplace' | 'commercial'
export type LineKind = 'drug' | 'administration' | 'service'
export type Urgency = 'standard' | 'expedited'

export interface ClockLimit {
  readonly value: number
  readonly unit: 'hours' | 'calendar-days'
}

export interface ClockRule {
  /** Key of its sentence in the locale file: `clock.rule.<id>`. */
  readonly id: string
  readonly lineOfBusiness: LineOfBusiness
  readonly kinds: readonly LineKind[]
  readonly urgency: Urgency
  readonly limit: ClockLimit
  readonly citation: string
}

const SERVICES: readonly LineKind[] = ['administration', 'service']
const ALL: readonly LineKind[] = ['drug', 'administration', 'service']

const hours = (value: number): ClockLimit => ({ value, unit: 'hours' })
const days = (value: number): ClockLimit => ({ value, unit: 'calendar-days' })

/** In force since 2026-01-01 for the CMS-0057-F programs; marketplace and commercial plans keep the federal claims rules. */
export const CLOCK_RULES: readonly ClockRule[] = [
  {
    id: 'ma-part-b-drug',
    lineOfBusiness: 'medicare-advantage',
    kinds: ['drug'],
    urgency: 'standard',
    limit: hours(72),
    citation: '42 CFR 422.568(b)(3)',
  },
  {
    id: 'ma-part-b-drug-expedited',
    lineOfBusiness: 'medicare-advantage',
    kinds: ['drug'],
    urgency: 'expedited',
    limit: hours(24),
    citation: '42 CFR 422.572(a)(2)',
  },
  {
    id: 'ma-service',
    lineOfBusiness: 'medicare-advantage',
    kinds: SERVICES,
    urgency: 'standard',
    limit: days(7),
    citation: '42 CFR 422.568(b)(1)',
  },
  {
    id: 'ma-service-expedited',
    lineOfBusiness: 'medicare-advantage',
    kinds: SERVICES,
    urgency: 'expedited',
    limit: hours(72),
    citation: '42 CFR 422.572(a)(1)',
  },
  {
    id: 'medicaid-drug',
    lineOfBusiness: 'medicaid',
    kinds: ['drug'],
    urgency: 'standard',
    limit: hours(24),
    citation: '42 CFR 438.3(s)(6)',
  },
  {
    id: 'medicaid-drug',
    lineOfBusiness: 'medicaid',
    kinds: ['drug'],
    urgency: 'expedited',
    limit: hours(24),
    citation: '42 CFR 438.3(s)(6)',
  },
  {
    id: 'medicaid-service',
    lineOfBusiness: 'medicaid',
    kinds: SERVICES,
    urgency: 'standard',
    limit: days(7),
    citation: '42 CFR 438.210(d)(1)',
  },
  {
    id: 'medicaid-service-expedited',
    lineOfBusiness: 'medicaid',
    kinds: SERVICES,
    urgency: 'expedited',
    limit: hours(72),
    citation: '42 CFR 438.210(d)(2)',
  },
  {
    id: 'marketplace',
    lineOfBusiness: 'marketplace',
    kinds: ALL,
    urgency: 'standard',
    limit: days(15),
    citation: '45 CFR 147.136(b)(2); 29 CFR 2560.503-1(f)(2)(iii)(A)',
  },
  {
    id: 'marketplace-urgent',
    lineOfBusiness: 'marketplace',
    kinds: ALL,
    urgency: 'expedited',
    limit: hours(72),
    citation: '45 CFR 147.136(b)(2); 29 CFR 2560.503-1(f)(2)(i)',
  },
  {
    id: 'commercial',
    lineOfBusiness: 'commercial',
    kinds: ALL,
    urgency: 'standard',
    limit: days(15),
    citation: '29 CFR 2560.503-1(f)(2)(iii)(A)',
  },
  {
    id: 'commercial-urgent',
    lineOfBusiness: 'commercial',
    kinds: ALL,
    urgency: 'expedited',
    limit: hours(72),
    citation: '29 CFR 2560.503-1(f)(2)(i)',
  },
]

export interface ClockScope {
  readonly rule: ClockRule
  /** `request` where one rule binds every line. */
  readonly scope: 'drug' | 'administration' | 'service' | 'request'
  readonly lineSequences: readonly number[]
}

/**
 * The clocks that bind these lines. An unknown line of business gives none: no clock is claimed that nobody can cite.
 * Lines under the same rule share one clock.
 */
export function clocksFor(
  lineOfBusiness: LineOfBusiness | null,
  urgency: Urgency,
  lines: readonly { sequence: number; kind: LineKind }[],
): ClockScope[] {
  if (lineOfBusiness === null) return []
  const rules = CLOCK_RULES.filter((rule) => rule.lineOfBusiness === lineOfBusiness && rule.urgency === urgency)
  return rules.flatMap((rule) => {
    const bound = lines.filter((line) => rule.kinds.includes(line.kind))
    const first = bound[0]
    if (first === undefined) return []
    return [
      {
        rule,
        scope: bound.length === lines.length && lines.length > 1 ? ('request' as const) : first.kind,
        lineSequences: bound.map((line) => line.sequence),
      },
    ]
  })
}

/** When a clock that started then runs out: exact hours, or the same wall-clock time that many calendar days later in the zone. */
export function dueAt(limit: ClockLimit, startedAt: InstantString, timeZone: string): InstantString {
  return limit.unit === 'hours'
    ? addDuration(startedAt, { hours: limit.value })
    : addCalendarDays(startedAt, limit.value, timeZone)
}
