import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Evaluated, EvaluationScope } from './expression.ts'
import { createEvaluator } from './fhirpath-evaluator.ts'
import type { ResourceNode } from './resource-node.ts'

const planned = createEvaluator()
const plain = createEvaluator({ planned: false })

const scopeOf = (names: Record<string, unknown>): EvaluationScope => ({
  focus: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
  names: new Map(Object.entries(names)),
  today: '2026-11-22',
  now: '2026-11-22T09:41:00.000-05:00',
})

/** Everything about a result, nodes by what they are and where they stand. */
function whole(evaluated: Evaluated) {
  const raw = evaluated.raw.map((value) => {
    if (typeof value !== 'object' || value === null || !('parentResNode' in value)) return String(value)
    const { data, path, fhirNodeDataType, propName, index } = value as ResourceNode
    return { data, path, fhirNodeDataType, propName, index }
  })
  const { values, sources, computed } = evaluated
  return {
    values,
    raw,
    computed,
    paths: sources.map(({ path }) => path),
    from: sources.map(({ resource }) => resource),
  }
}

function bothWays(expression: string, names: Record<string, unknown>) {
  const [one, other] = [planned, plain].map((evaluator) => {
    const compiled = evaluator.compile({ language: 'text/fhirpath', expression })
    const result = compiled.ok ? compiled.value.evaluate(scopeOf(names)) : compiled
    return result.ok ? whole(result.value) : result.error
  })
  return { one, other }
}

function expectSame(expression: string, names: Record<string, unknown>): void {
  const { one, other } = bothWays(expression, names)
  expect(one, expression).toEqual(other)
  if (one !== undefined && other !== undefined && 'from' in one && 'from' in other)
    one.from.forEach((resource, index) => expect(resource, expression).toBe(other.from[index]))
}

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze)
  return Object.freeze(value)
}

/** Mostly what FHIR says; now and then what charts hold all the same. */
const seldom = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd })

const code = fc.constantFrom('A', 'B', 'C', 'a', 'A B', 'a\tb', 'final', '')
const system = fc.constantFrom('http://loinc.org', 'http://snomed.info/sct', 'urn:x')
const strange = fc.constantFrom<unknown>(null, 5, true, {}, [], ['A', 'B'], [null], { system: 'urn:x' }, 'A')
const coding = fc.record(
  { system: seldom(system, strange), code: seldom(code, strange), display: code, _code: fc.constant(undefined) },
  { requiredKeys: [], noNullPrototype: true },
)
const oddCoding = fc.constantFrom<unknown>(
  null,
  { code: 'A', _code: { id: 'x' } },
  { _code: { extension: [] } },
  { code: ['A'], resourceType: 'code' },
  'A',
)
const concept = fc.record(
  { coding: seldom(fc.array(seldom(coding, oddCoding), { maxLength: 3 }), strange), text: code },
  { requiredKeys: [], noNullPrototype: true },
)
const quantity = fc.record(
  {
    value: fc.integer({ min: 0, max: 9 }),
    unit: fc.constant('kg'),
    system: fc.constant('http://unitsofmeasure.org'),
    code: fc.constant('kg'),
    comparator: fc.constantFrom('<', undefined),
  },
  { requiredKeys: ['value'], noNullPrototype: true },
)
const resource = fc.record(
  {
    resourceType: fc.constantFrom('Observation', 'Condition', 'MedicationRequest', 'Procedure', 'Basic', 'code'),
    id: code,
    status: seldom(fc.constantFrom('final', 'active', 'A'), strange),
    code: seldom(concept, strange),
    category: seldom(fc.array(concept, { maxLength: 2 }), strange),
    medicationCodeableConcept: concept,
    medicationReference: fc.record({ reference: fc.constantFrom('Medication/A', 'Medication/B') }),
    valueQuantity: quantity,
    valueString: code,
    valueCodeableConcept: concept,
    effectiveDateTime: fc.constantFrom('2026-10-01', '2020', '2026-11-22T09:00:00Z', 'A'),
    onsetDateTime: fc.constantFrom('2026-10-01', '2020'),
    deceasedBoolean: fc.boolean(),
    active: fc.boolean(),
    _status: fc.constantFrom(undefined, undefined, undefined, { id: 'x' }),
    contained: fc.array(fc.record({ resourceType: fc.constant('Medication'), code: concept }), { maxLength: 1 }),
  },
  { requiredKeys: ['resourceType'], noNullPrototype: true },
)
const entry = fc.record({ resource: seldom(resource, fc.constantFrom(undefined, null)) }, { noNullPrototype: true })
/** Small ones are looked through, large ones are indexed. */
const bundle = fc
  .oneof(fc.array(entry, { maxLength: 8 }), fc.array(entry, { minLength: 20, maxLength: 40 }))
  .map((entries) => freeze({ resourceType: 'Bundle', type: 'searchset', entry: entries }))

const text = code.map((value) => `'${value.replace('\t', '\\t')}'`)
const url = system.map((value) => `'${value}'`)
const oneOf = (...parts: string[]) => fc.constantFrom(...parts)
const ofCoding = fc.oneof(
  fc.tuple(url, text).map(([s, c]) => `system = ${s} and code = ${c}`),
  fc.tuple(url, text).map(([s, c]) => `code=${c} and ${s} = system`),
  fc.tuple(text, oneOf('=', '~', '!=', '!~')).map(([c, operator]) => `code ${operator} ${c}`),
  fc.tuple(text, text).map(([a, b]) => `code = ${a} or code = ${b}`),
  fc.tuple(text, text).map(([a, b]) => `code in (${a} | ${b})`),
  fc.tuple(url, text, text).map(([s, a, b]) => `system = ${s} and (code = ${a} or code = ${b})`),
  fc.tuple(text, text).map(([a, b]) => `(${a} | ${b}) contains code`),
  text.map((c) => `(code = ${c}).not()`),
  text.map((c) => `code.startsWith(${c})`),
  url.map((s) => `system = ${s}`),
)
const conceptPath = oneOf(
  'code.coding',
  'category.coding',
  'code.coding',
  'medication.coding',
  'medication.ofType(CodeableConcept).coding',
  '(medication as CodeableConcept).coding',
  'value.coding',
  '$this.code.coding',
  'contained.code.coding',
)
const atom = fc.oneof(
  fc.tuple(conceptPath, ofCoding).map(([path, c]) => `${path}.exists(${c})`),
  fc.tuple(conceptPath, ofCoding).map(([path, c]) => `${path}.where(${c}).exists()`),
  fc.tuple(conceptPath, ofCoding).map(([path, c]) => `${path}.where(${c}).empty()`),
  fc.tuple(conceptPath, text).map(([path, c]) => `${path}.code = ${c}`),
  fc.tuple(conceptPath, text).map(([path, c]) => `${path}.first().code ~ ${c}`),
  fc.tuple(conceptPath, text, text).map(([path, a, b]) => `${path}.code in (${a} | ${b})`),
  fc.tuple(conceptPath, ofCoding, text).map(([path, c, d]) => `${path}.where(${c}).display = ${d}`),
  text.map((c) => `status = ${c}`),
  oneOf(
    "status = 'final'",
    'value.exists()',
    'value > 3',
    "value = 'A'",
    'active = true',
    'active',
    'value.empty()',
    'effective > today() - 6 months',
    "effective = '2020'",
    '$this is Observation',
    "resourceType = 'Observation'",
    '$this.is(Condition)',
    'code.exists()',
    'code.text',
    "id.matches('^A')",
    '$index < 3',
    'code.coding.any(code = 1)',
    "medication.reference = 'Medication/A'",
    'deceased = false',
  ),
)
const criterion = fc.oneof(
  { weight: 3, arbitrary: atom },
  fc.tuple(atom, atom).map(([a, b]) => `${a} and ${b}`),
  fc.tuple(atom, atom).map(([a, b]) => `(${a}) or (${b})`),
  fc.tuple(atom, atom, atom).map(([a, b, c]) => `${a} and (${b} or ${c})`),
  fc.tuple(atom, atom).map(([a, b]) => `${a} implies ${b}`),
)
const start = oneOf(
  '%w.entry.resource',
  '%w.entry.resource',
  '%w.entry.resource.ofType(Observation)',
  "%w.entry.resource.where(resourceType = 'Observation')",
  '%w.entry.resource.where($this is Condition)',
  '%w.entry.where(resource is Observation).resource',
  '%list',
  '%v.entry.select(resource)',
)
const end = oneOf(
  '',
  '.value',
  '.value.ofType(Quantity).value.last()',
  '.exists()',
  '.count()',
  '.code.coding.display',
  '.code.text.first()',
  '[0].id',
  '.sort(-effective).first().value',
  '.value.sum()',
  ".where(status = 'final').id",
  '.code.coding.code.distinct()',
)
const chain = fc.oneof(
  fc.tuple(start, criterion, end).map(([from, c, to]) => `${from}.where(${c})${to}`),
  fc.tuple(start, criterion).map(([from, c]) => `${from}.exists(${c})`),
  fc.tuple(start, criterion, criterion, end).map(([from, c, d, to]) => `${from}.where(${c}).where(${d})${to}`),
  fc.tuple(start, end).map(([from, to]) => `${from}${to}`),
)
const expression = fc.oneof(
  { weight: 3, arbitrary: chain },
  fc.tuple(chain, chain).map(([a, b]) => `iif(${a}.exists(), 'yes', ${b})`),
  fc.tuple(chain, chain).map(([a, b]) => `${a} | ${b}`),
  fc.tuple(start, chain).map(([a, b]) => `${a}.where(id in (${b}).id)`),
  fc.tuple(chain, chain).map(([a, b]) => `(${a}).count() > (${b}).count()`),
)

describe('a planned expression', () => {
  it('gives what the plain expression gives: values, types, order, sources, faults', () => {
    fc.assert(
      fc.property(bundle, bundle, fc.array(expression, { minLength: 1, maxLength: 8 }), (w, v, expressions) => {
        const list = w.entry.flatMap(({ resource: one }) => (one === null || one === undefined ? [] : [one]))
        for (const one of expressions) expectSame(one, { w, v, list })
      }),
      { numRuns: 150 },
    )
  }, 60_000)

  it('does so for a response, by link id', () => {
    const item = (linkId: string, value: string, below: object[] = []) => ({
      linkId,
      answer: [{ valueString: value }],
      item: below,
    })
    const response = freeze({
      resourceType: 'QuestionnaireResponse',
      item: Array.from({ length: 30 }, (_, at) =>
        item(`g${String(at % 20)}`, 'x', [item(`q${String(at)}`, String(at))]),
      ),
    })
    for (const one of [
      "%resource.repeat(item).where(linkId = 'q7').answer.value",
      "%resource.item.where(linkId = 'g3').item.where(linkId = 'q23').answer.value.first()",
      "%resource.descendants().where(linkId = 'q1' or linkId = 'q2').answer.value",
      "%resource.item.exists(linkId = 'g19' and answer.value = 'x')",
    ])
      expectSame(one, { resource: response })
  })

  it('is not misled by a name that the expression defines itself, by positions or by running totals', () => {
    const names = { w: freeze({ resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Basic', id: 'A' } }] }) }
    for (const one of [
      "defineVariable('w2', %w.entry.resource).select(%w.entry.where($index = 0))",
      '%w.entry.resource.where($index = 0).id',
      '%w.entry.aggregate($this.resource.where($total.empty()), {})',
      "%w.entry.resource.where(trace('x').id = 'A')",
      '%w.entry.resource.where(constructor.exists())',
      '%w.entry.resource.where(id = %w.entry.first().resource.id).id',
    ])
      expectSame(one, names)
  })

  it('keeps what a clock decided apart from what another day decides', () => {
    const w = freeze({
      resourceType: 'Bundle',
      entry: [{ resource: { resourceType: 'Observation', effectiveDateTime: '2026-10-02' } }],
    })
    const compiled = planned.compile({
      language: 'text/fhirpath',
      expression: '%w.entry.resource.where(effective > today() - 90 days).count()',
    })
    const count = (today: string) => {
      const result = compiled.ok ? compiled.value.evaluate({ ...scopeOf({ w }), today }) : compiled
      return result.ok ? result.value.values[0]?.value : undefined
    }
    expect([count('2026-11-22'), count('2027-03-01')]).toEqual([1, 0])
  })
})
