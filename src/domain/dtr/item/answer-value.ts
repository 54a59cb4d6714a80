/**
 * Reading and comparing FHIR answers: which value[x] is there, whether two values are the same answer, how one is written
 * as plain text. No coercion here: that is `coercion.ts`.
 */
import type { Coding, Quantity, Reference } from 'fhir/r4'
import { SYSTEM } from '../../fhir/canonical.ts'
import { isSameReference } from '../../fhir/reference.ts'
import type { Answer } from '../form/form-state.ts'

/** The value[x] element and its value; undefined for an answer that only carries nested items. */
export function readAnswerValue(answer: object): { readonly name: string; readonly value: unknown } | undefined {
  const entry = Object.entries(answer).find(([name, value]) => /^value[A-Z]/.test(name) && value !== undefined)
  return entry === undefined ? undefined : { name: entry[0], value: entry[1] as unknown }
}

/** Whether two codings mean the same: code and system, where both name one. */
export function isSameCoding(a: Coding, b: Coding): boolean {
  if (a.code === undefined && b.code === undefined) return a.display === b.display
  return a.code === b.code && (a.system === undefined || b.system === undefined || a.system === b.system)
}

function isSameValue(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Whether two answers give the same value; labels, ids and extensions do not count. */
export function isSameAnswer(a: Answer, b: Answer): boolean {
  const [left, right] = [readAnswerValue(a), readAnswerValue(b)]
  if (left === undefined || right === undefined || left.name !== right.name) return left === right
  if (left.name === 'valueCoding') return isSameCoding(left.value as Coding, right.value as Coding)
  if (left.name === 'valueQuantity') {
    const [x, y] = [left.value as Quantity, right.value as Quantity]
    return x.value === y.value && (x.code ?? x.unit) === (y.code ?? y.unit)
  }
  if (left.name === 'valueReference') {
    const [x, y] = [left.value as Reference, right.value as Reference]
    return isSameReference(x.reference, y.reference) || isSameValue(x, y)
  }
  return isSameValue(left.value, right.value)
}

/** Whether two lists hold the same answers in the same order. */
export function areSameAnswers(a: readonly Answer[], b: readonly Answer[]): boolean {
  return (
    a.length === b.length &&
    a.every((answer, index) => {
      const other = b[index]
      return other !== undefined && isSameAnswer(answer, other)
    })
  )
}

/** A value as plain text, without locale: dates and numbers as FHIR writes them, a coding by its display. */
export function answerText(answer: Answer): string {
  const value = readAnswerValue(answer)?.value
  return valueText(value)
}

/** Any FHIR value as one line of plain text. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  const data = value as Record<string, unknown>
  if (typeof data['text'] === 'string') return data['text']
  if (Array.isArray(data['coding'])) return valueText(data['coding'][0])
  if (typeof data['display'] === 'string') return data['display']
  if ('value' in data)
    return [data['value'], data['unit'] ?? data['code']].filter((part) => part !== undefined).join(' ')
  if (Array.isArray(data['given']) || 'family' in data)
    return [...((data['given'] as string[] | undefined) ?? []), data['family']].filter(Boolean).join(' ')
  const first = data['code'] ?? data['reference'] ?? data['title'] ?? data['url'] ?? data['start'] ?? data['id']
  return typeof first === 'string' ? first : ''
}

/** Days, weeks, kilograms…: a Quantity with a UCUM code, as entered with one of the item's units. */
export function buildQuantity(value: number, unit: Coding | null): Quantity {
  if (unit === null) return { value }
  return {
    value,
    unit: unit.display ?? unit.code ?? '',
    ...(unit.code === undefined ? {} : { system: unit.system ?? SYSTEM.ucum, code: unit.code }),
  }
}
