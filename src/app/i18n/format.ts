/**
 * Dates, numbers and spans of time as people read them. Instants are shown in the organization's zone, and the zone is
 * named where the reader's own differs; FHIR dates keep the precision they came with and have no zone.
 */
import { useI18n } from './use-say.ts'

export interface Formats {
  /** `18 Nov 2026`; a year or a month stays a year or a month; an instant gives its date in the zone. */
  date(value: string): string
  /** `22 Nov 2026, 09:41`, with the zone where it differs. */
  dateTime(instant: string): string
  /** `09:41`. */
  time(instant: string): string
  /** Grouping and decimal sign of the locale; the digits stay as given (`1.10` keeps its zero). */
  number(value: string | number): string
  /** `14 d`, `4 h 42 min`: the two largest units. */
  span(milliseconds: number): string
  list(parts: readonly string[]): string
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const MAX_DATES = 1_000

/** Builds the formats of one locale and zone. `readerZone` is the browser's. */
export function createFormats(locale: string, timeZone: string, readerZone: string): Formats {
  const zoned = timeZone === readerZone ? {} : ({ timeZoneName: 'short' } as const)
  const day = { year: 'numeric', month: 'short', day: 'numeric' } as const
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options)
  const full = format({ ...day, timeZone: 'UTC' })
  const month = format({ year: 'numeric', month: 'short', timeZone: 'UTC' })
  const instantDate = format({ ...day, timeZone })
  const instantFull = format({ ...day, ...clock, ...zoned, timeZone })
  const instantTime = format({ ...clock, ...zoned, timeZone })
  const numbers = new Map<number, Intl.NumberFormat>()
  // The sources of a long form share a few dates.
  const dates = new Map<string, string>()
  let lists: Intl.ListFormat | undefined
  const dateOf = (value: string): string => {
    if (/^\d{4}$/.test(value)) return value
    if (/^\d{4}-\d{2}$/.test(value)) return month.format(new Date(`${value}-01T00:00:00Z`))
    if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return full.format(new Date(`${value}T00:00:00Z`))
    return readable(value) ? instantDate.format(new Date(value)) : value
  }
  const unit = (value: number, name: 'day' | 'hour' | 'minute') =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: name === 'minute' ? 'short' : 'narrow',
    }).format(value)
  return {
    date(value) {
      const known = dates.get(value)
      if (known !== undefined) return known
      if (dates.size > MAX_DATES) dates.clear()
      const shown = dateOf(value)
      dates.set(value, shown)
      return shown
    },
    dateTime: (value) => (readable(value) ? instantFull.format(new Date(value)) : value),
    time: (value) => (readable(value) ? instantTime.format(new Date(value)) : value),
    number(value) {
      const text = String(value)
      const digits = /^-?\d+(?:\.(\d+))?$/.exec(text)
      if (digits === null) return text
      const places = digits[1]?.length ?? 0
      // A decimal string is formatted as it is written, without passing through a binary number.
      const digitsShown = { minimumFractionDigits: places, maximumFractionDigits: places }
      const number = numbers.get(places) ?? new Intl.NumberFormat(locale, digitsShown)
      numbers.set(places, number)
      return number.format(text as Intl.StringNumericLiteral)
    },
    span(milliseconds) {
      const total = Math.max(0, milliseconds)
      if (total >= 2 * DAY_MS) return unit(Math.floor(total / DAY_MS), 'day')
      const hours = Math.floor(total / HOUR_MS)
      const minutes = Math.floor((total % HOUR_MS) / MINUTE_MS)
      if (hours >= 12 || (hours > 0 && minutes === 0)) return unit(hours, 'hour')
      return hours > 0 ? `${unit(hours, 'hour')} ${unit(minutes, 'minute')}` : unit(minutes, 'minute')
    },
    list(parts) {
      lists ??= new Intl.ListFormat(locale, { type: 'conjunction' })
      return lists.format(parts)
    },
  }
}

function readable(value: string): boolean {
  return !Number.isNaN(Date.parse(value))
}

let organizationZone: string | undefined
let readerZone: string | undefined
const made = new Map<string, Formats>()

/** Set once, when the launch has said which zone the organization keeps. */
export function setTimeZone(timeZone: string): void {
  organizationZone = timeZone
}

/** The zone in which instants are shown. */
export function shownTimeZone(): string {
  return organizationZone ?? readerTimeZone()
}

export function readerTimeZone(): string {
  readerZone ??= Intl.DateTimeFormat().resolvedOptions().timeZone
  return readerZone
}

/** The formats of a language in the present zone, made once: a formatter takes longer to build than a question to draw. */
export function formatsOf(language: string): Formats {
  const zone = shownTimeZone()
  const name = `${language} ${zone}`
  const formats = made.get(name) ?? createFormats(language, zone, readerTimeZone())
  made.set(name, formats)
  return formats
}

/** The formats of the present language and zone. */
export function useFormats(): Formats {
  return formatsOf(useI18n().language)
}
