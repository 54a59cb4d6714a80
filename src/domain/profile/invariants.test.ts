import { readFileSync } from 'node:fs'
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import { describe, expect, it } from 'vitest'
import { faultsOf } from '../../../test/support/fhir-faults.ts'
import { profileSet } from '../../../test/support/profile-set.ts'
import { compileInvariant } from './invariants.ts'
import { NATIVE } from './native-invariants.ts'
import { compilePath, holds, type PathContext } from './path/compile.ts'
import { isJson, type Item } from './path/item.ts'
import type { InvariantFacts } from './table.ts'
import { Walk } from './walk.ts'
import { walkElement } from './walk-element.ts'
import type { Definition } from './definition.ts'

/**
 * What `fhirpath` cannot answer without a server or a package; and `is Boolean`, which it takes for System.Boolean alone,
 * so that no FHIR boolean ever is one (que-7).
 */
const NOT_FOR_FHIRPATH = /memberOf|conformsTo|htmlChecks|resolve\(\)|is Boolean/
/** The types on which the native ones are asked. */
const BASES: Readonly<Record<string, string>> = {
  'ref-1': 'Reference',
  'per-1': 'Period',
  'qty-3': 'Quantity',
  'cpt-2': 'ContactPoint',
  'att-1': 'Attachment',
  'us-core-17': 'Identifier',
}

const readSandbox = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../sandbox/${file}`, import.meta.url), 'utf8'))
const PERIOD = { start: '2026-12-01', end: '2026-12-31' }
const SAMPLES: readonly unknown[] = [
  readSandbox('payer/fixtures/pas-request.json'),
  readSandbox('player/other-vendor-request.json'),
  {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
    effectiveDateTime: '2026-11-20',
    valueQuantity: { value: 70, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
    referenceRange: [{ low: { value: 1, system: 'http://unitsofmeasure.org', code: 'kg' } }],
    component: [{ code: { text: 'x' }, valueString: 'y' }],
  },
  {
    resourceType: 'MedicationRequest',
    status: 'active',
    intent: 'order',
    subject: { reference: 'Patient/1' },
    medicationCodeableConcept: { text: 'x' },
    dosageInstruction: [
      {
        timing: { repeat: { boundsPeriod: PERIOD, frequency: 1, period: 8, periodUnit: 'wk', count: 3 } },
        doseAndRate: [{ doseQuantity: { value: 1, code: 'mg', system: 'http://unitsofmeasure.org' } }],
      },
    ],
    contained: [{ resourceType: 'Medication', id: 'm' }],
  },
  {
    resourceType: 'Questionnaire',
    status: 'active',
    item: [
      { linkId: '1', type: 'group', item: [{ linkId: '2', type: 'choice', answerOption: [{ valueString: 'a' }] }] },
      { linkId: '3', type: 'display', text: 'x' },
      { linkId: '4', type: 'string', enableWhen: [{ question: '2', operator: 'exists', answerBoolean: true }] },
    ],
  },
  {
    resourceType: 'Patient',
    name: [{ family: 'Doe', given: ['Jo'] }],
    telecom: [{ system: 'phone', value: '1' }],
    contact: [{ name: { family: 'Roe' }, period: PERIOD }],
    identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1003000126', period: PERIOD }],
  },
]

/** Walks and keeps what every invariant was asked about. */
class Recorder extends Walk {
  readonly asked: { definition: Definition; item: Item; context: PathContext }[] = []
  override checkInvariants(run: Parameters<Walk['checkInvariants']>[0], definition: Definition, item: Item): void {
    if (definition.invariants.length > 0) this.asked.push({ definition, item, context: run.context })
  }
}

function questions(body: unknown): Recorder['asked'] {
  if (!isJson(body)) return []
  const recorder = new Recorder(profileSet('pas-2.2.1'), { isStrict: true, toleratedContexts: new Set() }, walkElement)
  const type = String(body['resourceType'])
  const place = { resource: body, type, path: type, kind: 'root' as const, owner: undefined, fullUrl: undefined }
  recorder.check(recorder.places.add(place), [])
  return recorder.asked
}

describe('invariants', () => {
  it('all compile: those of every shipped table', () => {
    for (const guide of ['pas-2.2.1', 'pas-2.0.1'])
      for (const expression of profileSet(guide).expressions())
        expect(compilePath(expression), expression).toBeDefined()
  })

  it('give what fhirpath gives, on good and on broken messages', () => {
    const table = profileSet('pas-2.2.1').invariants()
    const expressions = new Map<string, InvariantFacts>(table.map((facts) => [`${facts[0]} ${facts[1]}`, facts]))
    const compiled = new Map<string, (item: unknown, names: object) => unknown[]>()
    let compared = 0
    const differences = new Set<string>()
    const bodies = SAMPLES.flatMap((sample, at) => [sample, ...faultsOf(sample, 12, at).map(({ body }) => body)])
    for (const body of bodies)
      for (const { definition, item, context } of questions(body))
        for (const { id, severity } of definition.invariants) {
          const facts = expressions.get(`${id} ${severity}`)
          if (facts === undefined || NOT_FOR_FHIRPATH.test(facts[2]) || !isJson(item.value)) continue
          const base = definition.path.replace(/\[x\]$/, '')
          const key = `${base} ${facts[2]}`
          const run =
            compiled.get(key) ??
            (fhirpath.compile({ base: base.includes('.') ? base : (item.type ?? base), expression: facts[2] }, r4, {
              traceFn: () => undefined,
            }) as (item: unknown, names: object) => unknown[])
          compiled.set(key, run)
          let theirs: boolean
          try {
            const names = { resource: context.resource.value, rootResource: context.rootResource.value }
            theirs = holds(run(item.value, names).map((value) => ({ value })))
          } catch {
            // They refuse some broken values; ours says no or nothing.
            continue
          }
          const own = compilePath(facts[2])
          const ours = own && holds(own([item], { path: context, self: undefined, index: 0 }))
          compared += 1
          if (ours !== theirs) differences.add(`${id} ours ${String(ours)} theirs ${String(theirs)}`)
        }
    expect(compared).toBeGreaterThan(1_000)
    expect([...differences]).toEqual([])
  })

  it('have native code for what the shipped tables ask', () => {
    const asked = ['pas-2.2.1', 'pas-2.0.1'].flatMap((guide) => [...profileSet(guide).expressions()])
    const expressions = Object.values(NATIVE).flatMap((byExpression) => Object.keys(byExpression))
    expect(expressions.filter((expression) => !asked.includes(expression))).toEqual([])
  })

  it('have native code that agrees with their expression', () => {
    const values: unknown[] = [
      ...['#a', '#', '#b', 'Patient/1', undefined].map((reference) => ({ reference, display: 'x' })),
      ...[
        ['2026-01-01', '2026-01-02'],
        ['2026-01-02', '2026-01-01'],
        ['2026', '2026-01'],
        [undefined, '2026'],
      ].map(([start, end]) => ({ start, end })),
      { code: 'x' },
      { code: 'x', system: 'y' },
      ...['x', '1003000126', '1003000127', '1234567893', '100300012', '10030001260', '100300012x'].map((value) => ({
        value,
      })),
      { value: 'x', system: 'phone' },
      { data: 'AA==' },
      { data: 'AA==', contentType: 'x' },
      { contained: [{ contained: [{}] }] },
      { contained: [{ meta: { versionId: '1' } }] },
      { contained: [{ meta: { security: [{ code: 'x' }] } }] },
      {},
    ].map((value) => JSON.parse(JSON.stringify(value)) as unknown)
    const resource = { resourceType: 'Basic', contained: [{ resourceType: 'Patient', id: 'a' }] }
    const context: PathContext = {
      resource: { value: resource },
      rootResource: { value: resource },
      resolve: () => undefined,
      memberOf: () => undefined,
      conformsTo: () => true,
    }
    const corrected = (expression: string): string =>
      expression.startsWith('reference.startsWith')
        ? `reference.exists() implies (reference = '#' or (${expression}))`
        : expression
    for (const [key, byExpression] of Object.entries(NATIVE))
      for (const expression of Object.keys(byExpression)) {
        if (NOT_FOR_FHIRPATH.test(expression)) continue
        const native = compileInvariant([`x#${key}`, 'error', expression])
        for (const value of values) {
          const names = { resource, rootResource: resource }
          const theirs = holds(
            fhirpath
              .evaluate(value, { base: BASES[key] ?? 'Basic', expression: corrected(expression) }, names, r4, {
                traceFn: () => undefined,
              })
              .map((one: unknown) => ({ value: one })),
          )
          expect([key, value, native.holds({ value }, context)]).toEqual([key, value, theirs])
        }
      }
  })
})
