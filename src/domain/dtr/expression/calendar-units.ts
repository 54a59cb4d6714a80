/** Calendar words of FHIRPath and CQL (`2 weeks`, without their s) as UCUM codes. */
export const UCUM_OF_CALENDAR: Readonly<Record<string, string>> = {
  year: 'a',
  month: 'mo',
  week: 'wk',
  day: 'd',
  hour: 'h',
  minute: 'min',
  second: 's',
  millisecond: 'ms',
}
