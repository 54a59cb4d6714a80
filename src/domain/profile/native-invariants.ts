/**
 * R4's frequent invariants as code: by key and by the expression that the code stands for, so that another expression under
 * the same key is not taken for it. Pure; held against `fhirpath` by test.
 */
import { readNarrative } from './narrative.ts'
import type { PathContext } from './path/compile.ts'
import { isJson, type Item, type Json } from './path/item.ts'
import { compare } from './path/operators.ts'
import { primitiveFault } from './primitive.ts'

/** Undefined where the expression itself must be asked. */
type Native = (item: Item, context: PathContext) => boolean | undefined

const nodeOf = ({ value }: Item): Json => (isJson(value) ? value : {})
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
/** Whether a simple value is there; an object in its place is no value. */
const has = (node: Json, name: string): boolean =>
  (node[name] !== undefined && !isJson(node[name])) || node[`_${name}`] !== undefined

const refersInside: Native = (item, { rootResource }) => {
  const { reference } = nodeOf(item)
  if (typeof reference !== 'string' || !reference.startsWith('#') || reference === '#') return true
  const id = reference.slice(1)
  return listOf(nodeOf(rootResource)['contained']).some((one) => isJson(one) && one['id'] === id)
}

/** A date that is written as a number is no date, and yet there. */
const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

const periodInOrder: Native = (item) => {
  const [start, end] = [textOf(nodeOf(item)['start']), textOf(nodeOf(item)['end'])]
  if (start === '' || end === '') return true
  if (primitiveFault(start, 'dateTime') !== undefined || primitiveFault(end, 'dateTime') !== undefined) return false
  const difference = compare(start, end)
  return difference !== undefined && difference <= 0
}

const unitHasSystem: Native = (item) => !has(nodeOf(item), 'code') || has(nodeOf(item), 'system')

const containedNowhereDeeper: Native = (item) =>
  listOf(nodeOf(item)['contained']).every((one) => !isJson(one) || one['contained'] === undefined)

const metaOf = (one: unknown): Json => (isJson(one) && isJson(one['meta']) ? one['meta'] : {})
const containedWithoutVersion: Native = (item) =>
  listOf(nodeOf(item)['contained']).every((one) => !has(metaOf(one), 'versionId') && !has(metaOf(one), 'lastUpdated'))
const containedWithoutSecurity: Native = (item) =>
  listOf(nodeOf(item)['contained']).every((one) => !has(metaOf(one), 'security'))

const valueHasSystem: Native = (item) => !has(nodeOf(item), 'value') || has(nodeOf(item), 'system')
const dataHasType: Native = (item) => !has(nodeOf(item), 'data') || has(nodeOf(item), 'contentType')

/** US Core's check digit of an NPI, by its ten digits: each second one counts twice, and 24 stands for the prefix 80840. */
const NPI_DIGIT_TWICE = (at: number): string =>
  `(select(value.substring(${String(at)},1).toInteger()).select(iif($this<5, $this*2, (($this*2)-9))))`
const NPI_DIGIT = (at: number): string => `(value.substring(${String(at)},1).toInteger())`
const NPI_SUM = Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? NPI_DIGIT_TWICE(at) : NPI_DIGIT(at))).join('+')

const hasCheckDigit: Native = (item) => {
  const { value } = nodeOf(item)
  // Of what is not ten digits the expression says this and that.
  if (typeof value !== 'string' || !/^\d{10}$/.test(value)) return undefined
  let sum = 24
  for (let at = 0; at < value.length; at++) {
    const digit = value.charCodeAt(at) - 48
    sum += at % 2 === 1 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9
  }
  return sum % 10 === 0
}

const isNarrative: Native = ({ value }) => typeof value === 'string' && readNarrative(value).isValid
const isNarrativeWithContent: Native = ({ value }) => typeof value === 'string' && readNarrative(value).hasContent

export const NATIVE: Readonly<Record<string, Readonly<Record<string, Native>>>> = {
  'ref-1': {
    "reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))":
      refersInside,
  },
  'per-1': { 'start.hasValue().not() or end.hasValue().not() or (start <= end)': periodInOrder },
  'qty-3': { 'code.empty() or system.exists()': unitHasSystem },
  'cpt-2': { 'value.empty() or system.exists()': valueHasSystem },
  'att-1': { 'data.empty() or contentType.exists()': dataHasType },
  'dom-2': { 'contained.contained.empty()': containedNowhereDeeper },
  'dom-4': { 'contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()': containedWithoutVersion },
  'dom-5': { 'contained.meta.security.empty()': containedWithoutSecurity },
  'us-core-17': { [`((${NPI_SUM} + 24)mod 10=0)`]: hasCheckDigit },
  'txt-1': { 'htmlChecks()': isNarrative },
  'txt-2': { 'htmlChecks()': isNarrativeWithContent },
}
