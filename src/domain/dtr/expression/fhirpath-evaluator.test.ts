import { describe, expect, it } from 'vitest'
import type { EvaluationScope } from './expression.ts'
import { createEvaluator } from './fhirpath-evaluator.ts'

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze)
  return Object.freeze(value)
}

const observation = (id: string, value: number) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }], text: 'Weight' },
  effectiveDateTime: '2026-10-02',
  valueQuantity: { value, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
})
const first = observation('o0', 68.4)
const second = observation('o1', 70)
const weights = freeze({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: [{ resource: first }, { resource: second }],
})
const evaluator = createEvaluator()

function evaluate(expression: string, names: Record<string, unknown> = { w: weights }, more = {}) {
  const compiled = evaluator.compile({ language: 'text/fhirpath', expression })
  if (!compiled.ok) return compiled
  const scope: EvaluationScope = {
    focus: { resourceType: 'QuestionnaireResponse' },
    names: new Map(Object.entries(names)),
    today: '2026-11-22',
    now: '2026-11-22T09:41:00.000-05:00',
    ...more,
  }
  return compiled.value.evaluate(scope)
}

function evaluated(expression: string, names?: Record<string, unknown>, more = {}) {
  const result = evaluate(expression, names, more)
  if (!result.ok) throw new Error(result.error.key)
  return result.value
}

describe('values and where they came from', () => {
  it('a value read from a search result names its resource and its path there', () => {
    const result = evaluated("%w.entry.resource.where(status = 'final').first().value.ofType(Quantity)")
    expect(result.values).toEqual([{ type: 'Quantity', value: first.valueQuantity }])
    expect(result.sources).toEqual([{ resource: first, path: 'Observation.value' }])
    expect(result.sources[0]?.resource).toBe(weights.entry[0]?.resource)
    expect(result.computed).toBe(false)
  })

  it('a repeated element keeps its position in the path', () => {
    expect(evaluated('%w.entry.resource.last().code.coding.code').sources).toEqual([
      { resource: second, path: 'Observation.code.coding[0].code' },
    ])
  })

  it('a whole resource is its own source without a path', () => {
    const result = evaluated('%w.entry.resource.first()')
    expect(result.values[0]?.type).toBe('Observation')
    expect(result.sources).toEqual([{ resource: first, path: null }])
  })

  it('a computed value rests on the resources at the ends of its paths, not on all that a criterion looked at', () => {
    const result = evaluated("iif(%w.entry.resource.where(id = 'o1').exists(), 'yes', 'no')")
    expect(result.values).toEqual([{ type: 'string', value: 'yes' }])
    expect(result.computed).toBe(true)
    expect(result.sources).toEqual([{ resource: second, path: null }])
  })

  it('a value computed from a value handed on by another expression keeps the origin', () => {
    const handed = evaluated('%w.entry.resource.first().value.ofType(Quantity).value').raw
    expect(evaluated('%kg', { kg: handed }).sources).toEqual([{ resource: first, path: 'Observation.value.value' }])
    const sum = evaluated('%kg + 1', { kg: handed })
    expect(sum.values).toEqual([{ type: 'decimal', value: 69.4 }])
    expect(sum.sources).toEqual([{ resource: first, path: 'Observation.value.value' }])
  })

  it('a name whose value was computed passes on the sources it is known to rest on', () => {
    const sources = new Map([['kg', [{ resource: first, path: 'Observation.value' }]]])
    expect(evaluated('%kg * 5', { kg: [68.4] }, { sources }).sources).toEqual(sources.get('kg'))
  })

  it('false from an absence has no source', () => {
    const result = evaluated("%w.entry.resource.where(id = 'o9').exists()")
    expect(result.values).toEqual([{ type: 'boolean', value: false }])
    expect(result.sources).toEqual([])
  })

  it('quantities, dates and calendar durations come as FHIR has them', () => {
    expect(evaluated("5 'mg'").values[0]?.value).toEqual({
      value: 5,
      unit: 'mg',
      system: 'http://unitsofmeasure.org',
      code: 'mg',
    })
    expect(evaluated('4 weeks').values[0]?.value).toMatchObject({ value: 4, code: 'wk' })
    expect(evaluated('@2026-03').values).toEqual([{ type: 'date', value: '2026-03' }])
  })
})

describe('the clock', () => {
  it('today() and now() are those passed in, whatever the machine says', () => {
    expect(evaluated('today()').values).toEqual([{ type: 'date', value: '2026-11-22' }])
    expect(evaluated('today() - 90 days').values).toEqual([{ type: 'date', value: '2026-08-24' }])
    expect(evaluated('now()').values).toEqual([{ type: 'dateTime', value: '2026-11-22T09:41:00.000-05:00' }])
    expect(evaluated('%w.entry.resource.where(effective > today() - 90 days).count()').values[0]?.value).toBe(2)
    expect(
      evaluated('%w.entry.resource.where(effective > today() - 90 days).count()', undefined, { today: '2027-03-01' })
        .values[0]?.value,
    ).toBe(0)
  })
})

describe('faults', () => {
  it('a malformed expression, an undefined name and a foreign language are messages', () => {
    expect(evaluate('%w.entry.where(')).toMatchObject({ ok: false, error: { key: 'form.lookup.malformed-expression' } })
    expect(evaluate('%nobody')).toMatchObject({ ok: false, error: { key: 'form.lookup.expression-error' } })
    expect(evaluator.compile({ language: 'text/cql', expression: '"Lib".X' })).toMatchObject({
      ok: false,
      error: { key: 'form.lookup.unsupported-language', params: { language: 'text/cql' } },
    })
  })
})

describe('why an expression failed', () => {
  it.each([
    ["%w.memberOf('http://x')", 'unsupported-function', { function: 'memberOf' }],
    ['%w.entry.nonsense()', 'unsupported-function', { function: 'nonsense' }],
    ['%w.entry.resource.sort(-status).id', 'failed-function', { function: 'sort' }],
    ['%w.entry.resource.single()', 'single-value', undefined],
    ['%w.entry.resource.value.value > 3', 'single-value', undefined],
    ['%w.entry.resource.id.toInteger()', 'single-value', undefined],
  ])('%s: %s', (expression, reason, params) => {
    const failed = evaluate(expression)
    expect(failed).toMatchObject({ ok: false, error: { key: `form.lookup.${reason}`, ...(params && { params }) } })
    expect(JSON.stringify(failed)).not.toContain('68.4')
  })
})

describe('resolve()', () => {
  const requester = { resourceType: 'Practitioner', id: 'd', name: [{ family: 'Roe' }] }
  const order = freeze({
    resourceType: 'ServiceRequest',
    id: 's',
    contained: [{ resourceType: 'Organization', id: 'o', name: 'Ward' }],
    requester: { reference: 'Practitioner/d' },
    performer: [{ reference: '#o' }, { reference: 'Practitioner/gone' }, { display: 'nobody' }],
  })
  const more = {
    resolve: (reference: string) => (reference === 'Practitioner/d' ? requester : undefined),
  }
  it('follows references to what is at hand and to what is contained, and leaves out the rest', () => {
    const found = evaluated('%s.requester.resolve().name.family', { s: order }, more)
    expect(found.values).toEqual([{ type: 'string', value: 'Roe' }])
    expect(found.sources).toEqual([{ resource: requester, path: 'Practitioner.name[0].family' }])
    expect(evaluated('%s.performer.resolve().name', { s: order }, more).values).toEqual([
      { type: 'string', value: 'Ward' },
    ])
    expect(evaluated('%s.performer.where(resolve() is Organization).reference', { s: order }, more).values).toEqual([
      { type: 'string', value: '#o' },
    ])
  })
  it('is looked up again each time', () => {
    expect(evaluated('%s.requester.resolve()', { s: order }, { resolve: () => undefined }).values).toEqual([])
    expect(evaluated('%s.requester.resolve()', { s: order }, more).values).toHaveLength(1)
  })
})

it('a name that an expression defines itself is none that it needs', () => {
  const compiled = evaluator.compile({
    language: 'text/fhirpath',
    expression: "%w.defineVariable('n', entry.first()).select(%n.resource.id)",
  })
  expect(compiled).toMatchObject({ ok: true, value: { names: ['w'] } })
  expect(evaluated("%w.defineVariable('n', entry.first()).select(%n.resource.id)").values[0]?.value).toBe('o0')
})

describe('what an expression reads', () => {
  const reads = (expression: string) => {
    const compiled = evaluator.compile({ language: 'text/fhirpath', expression })
    return compiled.ok ? { names: compiled.value.names, linkIds: compiled.value.linkIds } : null
  }
  it('names and link ids are read off the expression', () => {
    expect(reads("%resource.repeat(item).where(linkId = 'a').answer.value + %kg")).toEqual({
      names: ['resource', 'kg'],
      linkIds: ['a'],
    })
    expect(
      reads("iif(%resource.item.where(linkId='x/1').item.where('b' = linkId).answer.exists(), 1, 2)")?.linkIds,
    ).toEqual(['b'])
    expect(reads("item.where(linkId in ('a' | 'b')).answer.value")?.linkIds).toEqual(['a', 'b'])
    expect(reads("%w.entry.resource.where(status = 'final')")?.linkIds).toEqual([])
    expect(reads('today()')?.linkIds).toEqual([])
  })
  it('a chain from the response that picks no item depends on everything', () => {
    expect(reads('%resource.descendants().where(value.exists()).count()')?.linkIds).toBeNull()
    expect(reads("%resource.item.where(linkId='a').exists() and %resource.item.count() > 2")?.linkIds).toBeNull()
    expect(reads('item.answer.value.sum()')?.linkIds).toBeNull()
  })
  it('of picks one below the other the last counts, unless an outer one looks below itself', () => {
    expect(
      reads("%resource.item.where(linkId='a').item.where(linkId='b').item.where(linkId='c').answer")?.linkIds,
    ).toEqual(['c'])
    expect(reads("%resource.item.where(linkId='a').answer.item.where(linkId='b')")?.linkIds).toEqual(['a'])
    expect(reads("%resource.item.where(linkId='a').item.where(answer.exists())")?.linkIds).toEqual(['a'])
    expect(
      reads("%resource.item.where(linkId='a' and item.exists()).item.where(linkId='b').answer.value")?.linkIds,
    ).toEqual(['a'])
  })
  it.each([
    ['%b.entry[0].resource.id | %b.entry[2].resource.id', [0, 2]],
    ['%b.entry.first().resource', [0]],
    ['%b.entry.skip(1).first().resource.entry', [1]],
    ['%a.entry.where(resource.id = %b.entry[1].resource.id)', [1]],
    ['%b.entry[0].resource.id | %b.entry.resource.id', null],
    ['%b.entry.skip(1).resource', null],
    ['%b.entry[%n].resource', null],
    ['iif(%b.exists(), %b.entry[0].resource)', null],
  ])('%s reads these entries of a Bundle', (expression, entries) => {
    const compiled = evaluator.compile({ language: 'text/fhirpath', expression })
    expect(compiled.ok && compiled.value.entriesOf('b')).toEqual(entries)
  })
  it('a criterion that lets other items through is none', () => {
    for (const criterion of [
      'linkId = %wanted',
      "linkId = 'a' & '1'",
      "linkId != 'a'",
      "(linkId = 'a').not()",
      "linkId = 'a' or answer.exists()",
      "linkId.startsWith('a')",
    ])
      expect(reads(`%resource.item.where(${criterion}).answer.value`)?.linkIds).toBeNull()
    expect(reads("%resource.item.where(linkId = 'a' or linkId = 'b')")?.linkIds).toEqual(['a', 'b'])
    expect(reads("%resource.item.where(answer.exists() and linkId = 'a')")?.linkIds).toEqual(['a'])
  })
})

describe('a result that is kept', () => {
  it('is given again only while names, clock and answers are the same', () => {
    const names = { w: weights }
    const ask = `%w.entry.resource.where(status = 'final').value.value.first()`
    const once = evaluated(ask, names)
    expect(evaluated(ask, names)).toBe(once)
    const other = freeze({ resourceType: 'Bundle', type: 'searchset', entry: [{ resource: second }] })
    expect(evaluated(ask, { w: other }).values).toEqual([{ type: 'decimal', value: 70 }])
    const day = 'iif(%w.exists(), today())'
    expect(evaluated(day, names).values[0]?.value).toBe('2026-11-22')
    expect(evaluated(day, names, { today: '2026-11-23' }).values[0]?.value).toBe('2026-11-23')
    const status = 'iif(%w.exists(), status)'
    expect(
      evaluated(status, names, { focus: { resourceType: 'QuestionnaireResponse', status: 'completed' } }).values,
    ).toHaveLength(1)
    expect(evaluated(status, names).values).toEqual([])
  })
})
