/** Turns what cql-execution gives into plain data (`CqlResult`). What it cannot say, or what is too much, is an error. */
import cql from 'cql-execution'
import type { CqlResult } from '#domain/dtr/cql/result.ts'
import { FhirElement } from './fhir-element.ts'

const NULL: CqlResult = { kind: 'null' }
const MAX_VALUES = 5_000
const MAX_DEPTH = 20

export class TooMuchResult extends Error {}

/** Encodes a result of up to some thousand values. */
export function encodeResult(value: unknown): CqlResult {
  let left = MAX_VALUES
  const encode = (one: unknown, depth: number): CqlResult => {
    left -= 1
    if (left < 0 || depth > MAX_DEPTH) throw new TooMuchResult('result is too large')
    const deeper = (inner: unknown): CqlResult => encode(inner, depth + 1)
    if (one === null || one === undefined) return NULL
    if (typeof one === 'boolean') return { kind: 'boolean', value: one }
    if (typeof one === 'number') return { kind: 'number', value: one }
    if (typeof one === 'string') return { kind: 'string', value: one }
    if (typeof one === 'bigint') return { kind: 'number', value: Number(one) }
    if (Array.isArray(one)) return { kind: 'list', items: one.map(deeper) }
    if (one instanceof FhirElement) return encodeFhir(one)
    return encodeSystem(one, deeper)
  }
  return encode(value, 0)
}

function encodeFhir({ _json, _info }: FhirElement): CqlResult {
  const name = _info.name.replace(/^FHIR\./, '')
  const isPrimitive = !('resourceType' in _json) && 'value' in _json && typeof _json['value'] !== 'object'
  const isPrimitiveType =
    isPrimitive && (name.charAt(0) === name.charAt(0).toLowerCase() || _info.elements.length === 1)
  if (!isPrimitiveType) return { kind: 'fhir', type: name, value: _json }
  const isCode = name.charAt(0) !== name.charAt(0).toLowerCase()
  return { kind: 'fhir', type: isCode ? 'code' : name, value: _json['value'] }
}

function encodeSystem(value: unknown, deeper: (inner: unknown) => CqlResult): CqlResult {
  const fields = value as Record<string, unknown>
  const text = (name: string): string | null => (typeof fields[name] === 'string' ? fields[name] : null)
  if (value instanceof cql.Code)
    return { kind: 'code', code: text('code') ?? '', system: text('system'), display: text('display') }
  if (value instanceof cql.Concept) return { kind: 'concept', codes: value.codes.map(deeper), display: text('display') }
  if (value instanceof cql.ValueSet) return { kind: 'list', items: value.codes.map(deeper) }
  if (value instanceof cql.Quantity) return { kind: 'quantity', value: Number(value.value), unit: text('unit') }
  if (value instanceof cql.Ratio)
    return { kind: 'ratio', numerator: deeper(value.numerator), denominator: deeper(value.denominator) }
  if (value instanceof cql.Interval) return { kind: 'interval', low: deeper(value.low), high: deeper(value.high) }
  if (value instanceof cql.DateTime)
    return value.isTime() ? { kind: 'time', value: timeText(value) } : { kind: 'dateTime', value: value.toString() }
  if (value instanceof cql.Date) return { kind: 'date', value: value.toString() }
  const elements = Object.entries(fields).filter(([, inner]) => typeof inner !== 'function')
  return { kind: 'tuple', elements: Object.fromEntries(elements.map(([name, inner]) => [name, deeper(inner)])) }
}

/** `10:30:00`, as FHIR writes a time. */
const timeText = (time: { toString(): string }): string => time.toString().replace(/^T/, '')
