/** How the simulated EHR writes names, dates and values. */
import { isObject, readConcept, readPath, readText, type AnyResource } from '../resource.ts'

const ZONE = 'America/New_York'
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' })
const MOMENT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: ZONE,
})

/** A FHIR date or dateTime with the precision it came with. */
export function formatDate(value: string | undefined): string {
  if (value === undefined) return ''
  if (/^\d{4}$/.test(value)) return value
  const at = new Date(value.length === 7 ? `${value}-01` : value)
  if (Number.isNaN(at.getTime())) return value
  if (value.length === 7) return MONTH.format(at)
  return value.length === 10 ? DAY.format(at) : MOMENT.format(at)
}

/** The day alone, as seen in the clinic's zone. */
export function formatDay(value: string | undefined): string {
  return formatDate(value).replace(/, \d\d:\d\d$/, '')
}

/** `, 34 y`, or nothing where the birth date is partial. */
export function formatAge(birthDate: string): string {
  const days = (Date.now() - Date.parse(birthDate)) / 86_400_000
  return birthDate.length === 10 && days >= 0 ? `, ${Math.floor(days / 365.2425)} y` : ''
}

export function formatName(patient: AnyResource): string {
  const names = readPath(patient, 'name')
  const name = names.find((candidate) => readText(candidate, 'use') === 'official') ?? names[0]
  const given = readPath(name, 'given').filter((part) => typeof part === 'string')
  const family = readText(name, 'family')
  if (family === undefined) return readText(name, 'text') ?? 'Name unknown'
  return given.length === 0 ? family : `${family}, ${given.join(' ')}`
}

/** The value of an Observation, in words. */
export function formatValue(observation: AnyResource): string {
  const components = readPath(observation, 'component')
  if (components.length > 0)
    return components
      .map((component) => `${readConcept(component, 'code') ?? ''} ${formatSimpleValue(component)}`)
      .join(', ')
  return formatSimpleValue(observation)
}

function formatSimpleValue(of: unknown): string {
  const quantity = isObject(of) ? of['valueQuantity'] : undefined
  if (isObject(quantity)) {
    const value = quantity['value']
    const number = typeof value === 'number' ? Number(value.toFixed(2)) : ''
    return `${readText(quantity, 'comparator') ?? ''}${number} ${readText(quantity, 'unit') ?? readText(quantity, 'code') ?? ''}`.trim()
  }
  const plain = isObject(of) ? (of['valueString'] ?? of['valueInteger'] ?? of['valueBoolean']) : undefined
  if (plain !== undefined) return String(plain)
  return (
    readConcept(of, 'valueCodeableConcept') ??
    readText(of, 'valueDateTime') ??
    readConcept(of, 'dataAbsentReason') ??
    ''
  )
}
