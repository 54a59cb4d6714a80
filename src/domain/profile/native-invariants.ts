/**
 * R4's frequent invariants as code: by key and by the expression that the code stands for, so that another expression under
 * the same key is not taken for it. Pure; held against `fhirpath` by test.
 */
import { readNarrative } from './narrative.ts'
import type { PathContext } from './path/compile.ts'
import { isJson, type Item, type Json } from './path/item.ts'
import { compare } from './path/operators.ts'
import { primitiveFault } from './primitive.ts'

type Native = (item: Item, context: PathContext) => boolean

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
  'txt-1': { 'htmlChecks()': isNarrative },
  'txt-2': { 'htmlChecks()': isNarrativeWithContent },
}
