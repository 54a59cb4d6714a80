import { describe, expect, it } from 'vitest'
import type { ElmNode } from './elm.ts'
import { narrowedRetrieves } from './narrowing.ts'

const retrieve: ElmNode = { type: 'Retrieve', dataType: '{http://hl7.org/fhir}Observation' }
/** As translators write it: without a type. */
const untyped: ElmNode = { name: 'Weights' }
const set: ElmNode = { type: 'ValueSetRef', name: 'Weights' }
const element = (path: string, scope = 'O'): ElmNode => ({ type: 'Property', path, scope })
const concept = (operand: ElmNode): ElmNode => ({ type: 'FunctionRef', name: 'ToConcept', operand: [operand] })
const inSet = (code: ElmNode): ElmNode => ({ type: 'InValueSet', code, valueset: untyped })
const other: ElmNode = { type: 'IsNull', operand: element('value') }
const query = (where: ElmNode, expression = retrieve): ElmNode => ({
  type: 'Query',
  source: [{ alias: 'O', expression }],
  where,
})
const and = (...operand: ElmNode[]): ElmNode => ({ type: 'And', operand })
const coding = (where: ElmNode): ElmNode => ({
  type: 'Exists',
  operand: { type: 'Query', source: [{ alias: 'C', expression: element('code.coding') }], where },
})
const ofCoding = inSet({ type: 'FunctionRef', name: 'ToCode', operand: [{ type: 'AliasRef', name: 'C' }] })
const code: ElmNode = { type: 'CodeRef', name: 'Weight' }

describe('a retrieve that its query narrows by code', () => {
  it.each<[string, ElmNode, ElmNode]>([
    ['by a value set', inSet(concept(element('code'))), set],
    ['by a value set, among other conditions', and(other, and(inSet(concept(element('code'))), other)), set],
    ['by one of its codings', coding(and(ofCoding, other)), set],
    [
      'by a code',
      { type: 'Equivalent', operand: [concept(element('code')), { type: 'ToConcept', operand: code }] },
      { type: 'ToConcept', operand: code },
    ],
  ])('%s is a retrieve of these codes', (_name, where, codes) => {
    expect(narrowedRetrieves(query(where))).toEqual([[retrieve, { ...retrieve, codeProperty: 'code', codes }]])
  })

  it.each<[string, ElmNode]>([
    ['no condition that it always has to meet', { type: 'Or', operand: [inSet(concept(element('code'))), other] }],
    ['the codes that it must not have', { type: 'Not', operand: inSet(concept(element('code'))) }],
    ['another alias', inSet(concept(element('code', 'P')))],
    ['what is computed', inSet({ type: 'First', operand: element('code.coding') })],
    ['any coding of another list', coding(inSet({ type: 'AliasRef', name: 'X' }))],
  ])('is not narrowed by %s', (_name, where) => {
    expect(narrowedRetrieves(query(where))).toEqual([])
  })

  it('that has codes keeps them', () => {
    const coded = { ...retrieve, codeProperty: 'code', codes: code }
    expect(narrowedRetrieves(query(inSet(concept(element('code'))), coded))).toEqual([])
  })
})
