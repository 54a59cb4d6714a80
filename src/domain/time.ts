/**
 * The only module that does date arithmetic. Instants are ISO strings in UTC, FHIR dates stay strings with the precision
 * they came with, and every calculation names its IANA zone.
 */
import { Temporal } from 'temporal-polyfill'

/** An instant as ISO 8601 in UTC, e.g. `2026-11-22T09:41:00Z`. */
export type InstantString = string

/** Adds exact time. */
export function addDuration(
  instant: InstantString,
  duration: { hours?: number; minutes?: number; seconds?: number; milliseconds?: number },
): InstantString {
  return Temporal.Instant.from(instant).add(duration).toString()
}

/** Adds calendar days in a zone: the same wall-clock time that many days later, across daylight-saving changes. */
export function addCalendarDays(instant: InstantString, days: number, timeZone: string): InstantString {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).add({ days }).toInstant().toString()
}

/** The calendar date of an instant in a zone, `YYYY-MM-DD`. */
export function dateIn(instant: InstantString, timeZone: string): string {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).toPlainDate().toString()
}

/** Adds to a full FHIR date (`YYYY-MM-DD`); gives undefined for a partial or malformed one. */
export function addToDate(
  date: string,
  by: { days?: number; weeks?: number; months?: number; years?: number },
): string | undefined {
  return /^\d{4}-\d{2}-\d{2}$/.test(date) ? Temporal.PlainDate.from(date).add(by).toString() : undefined
}

/** Whole days from one full FHIR date to another (negative when `to` is earlier); undefined where either is not a full date. */
export function daysBetween(from: string, to: string): number | undefined {
  const full = /^\d{4}-\d{2}-\d{2}/
  if (!full.test(from) || !full.test(to)) return undefined
  return Temporal.PlainDate.from(from.slice(0, 10)).until(Temporal.PlainDate.from(to.slice(0, 10)), {
    largestUnit: 'days',
  }).days
}

/** Completed years of age on a date; undefined where the birth date is partial. */
export function ageOn(birthDate: string, on: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(birthDate)) return undefined
  return Temporal.PlainDate.from(birthDate).until(Temporal.PlainDate.from(on), { largestUnit: 'years' }).years
}

/** Milliseconds from one instant to another. */
export function millisecondsBetween(from: InstantString, to: InstantString): number {
  return Temporal.Instant.from(to).epochMilliseconds - Temporal.Instant.from(from).epochMilliseconds
}

/** Whether one FHIR dateTime or instant is earlier than another; false where either has no time and zone to compare by. */
export function isEarlier(a: string, b: string): boolean {
  const exact = /T\d{2}:\d{2}.*(?:Z|[+-]\d{2}:\d{2})$/
  return exact.test(a) && exact.test(b) && Temporal.Instant.compare(a, b) < 0
}

/** Whole seconds since 1970, as JWTs count (RFC 7519 NumericDate). */
export function epochSeconds(instant: InstantString): number {
  return Math.floor(Temporal.Instant.from(instant).epochMilliseconds / 1000)
}

/** An instant with the offset that a zone has then, e.g. `2026-11-22T04:41:00-05:00`. */
export function localNow(instant: InstantString, timeZone: string): string {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).toString({ timeZoneName: 'never' })
}

/** The span of time that a FHIR date, dateTime or instant stands for, in milliseconds; without a zone it is taken as UTC. */
export function spanOf(date: string): { readonly from: number; readonly to: number } | undefined {
  const [, year, month, day, clock, zone] =
    /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?)?)?$/.exec(date) ?? []
  if (year === undefined) return undefined
  try {
    if (clock !== undefined) {
      const from = Temporal.Instant.from(`${year}-${month ?? ''}-${day ?? ''}T${clock}${zone ?? 'Z'}`).epochMilliseconds
      const length = clock.length === 5 ? 60_000 : clock.includes('.') ? 1 : 1000
      return { from, to: from + length }
    }
    const first = Temporal.PlainDate.from(`${year}-${month ?? '01'}-${day ?? '01'}`)
    const next = first.add(day !== undefined ? { days: 1 } : month !== undefined ? { months: 1 } : { years: 1 })
    const inUtc = (of: Temporal.PlainDate): number => of.toZonedDateTime('UTC').epochMilliseconds
    return { from: inUtc(first), to: inUtc(next) }
  } catch {
    return undefined
  }
}
