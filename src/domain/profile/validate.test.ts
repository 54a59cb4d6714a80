import type { Bundle, FhirResource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { pasRequestInput } from '../../../test/support/pas-request.ts'
import { profileSet } from '../../../test/support/profile-set.ts'
import { faultsOf } from '../../../test/support/fhir-faults.ts'
import { buildPasRequestBundle } from '../pas/request-bundle.ts'
import { TOLERATED_CONTEXTS } from '../pas/published-package.ts'
import { isError, type ProfileIssue } from './issue.ts'
import { validateMessage } from './validate.ts'

type Json = Record<string, unknown>
const PAS = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition'
const REQUEST = `${PAS}/profile-pas-request-bundle`
const X12 = 'https://codesystem.x12.org/005010'

function bundle(): Bundle<FhirResource> {
  const built = buildPasRequestBundle(pasRequestInput({ urgency: { level: 'expedited', reason: 'Flare' } }))
  if (!built.ok) throw new Error(built.error.reason)
  return structuredClone(built.value.bundle)
}
const at = (type: string): number => bundle().entry?.findIndex(({ resource }) => resource?.resourceType === type) ?? -1
const entry = (type: string): string => `Bundle.entry[${at(type)}].resource`
const CLAIM = 'Bundle.entry[0].resource'

/** Follows `Bundle.a.b[0]`; the last name is given to `change` with its owner. */
function broken(path: string, change: (owner: Json, name: string) => void): unknown {
  const body = bundle()
  const names = path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .slice(1)
  const last = names.pop() ?? ''
  change(
    names.reduce<Json>((owner, name) => owner[name] as Json, body as unknown as Json),
    last,
  )
  return body
}
const set = (value: unknown) => (owner: Json, name: string) => void (owner[name] = value)
const remove = (owner: Json, name: string): void => void delete owner[name]
const concept = (system: string, code: string): object => ({ coding: [{ system, code }] })
const add = (extension: object) => (owner: Json, name: string) =>
  void (owner[name] = [...((owner[name] as unknown[] | undefined) ?? []), extension])

const validate = (body: unknown, isStrict = true): ProfileIssue[] =>
  validateMessage(profileSet('pas-2.2.1'), body, {
    profiles: [REQUEST],
    isStrict,
    toleratedContexts: TOLERATED_CONTEXTS,
  })

/** The faults that were injected, each with the element at which it must be reported. */
const INJECTED: readonly (readonly [kind: string, where: string, (owner: Json, name: string) => void, at: string])[] = [
  ['missing required', `${CLAIM}.patient`, remove, CLAIM],
  ['missing required extension', `${CLAIM}.item[0].extension`, set([]), `${CLAIM}.item[0]`],
  ['missing slice', `${entry('Coverage')}.identifier[0].type`, remove, entry('Coverage')],
  ['wrong fixed code', `${CLAIM}.use`, set('claim'), `${CLAIM}.use`],
  ['wrong pattern', `${CLAIM}.insurance[0].focal`, set(false), `${CLAIM}.insurance[0].focal`],
  ['wrong slice', `${CLAIM}.supportingInfo[0].valueString`, set('x'), `${CLAIM}.supportingInfo[0]`],
  ['code outside its binding', `${CLAIM}.type`, set(concept(`${X12}/x`, 'vision')), `${CLAIM}.type`],
  [
    'code unknown to its system',
    `${CLAIM}.priority`,
    set(concept('http://terminology.hl7.org/CodeSystem/processpriority', 'x')),
    `${CLAIM}.priority`,
  ],
  [
    'unknown extension',
    `${CLAIM}.insurance[0].extension`,
    add({ url: 'http://example.org/x', valueString: 'x' }),
    `${CLAIM}.insurance[0].extension[0]`,
  ],
  [
    'extension in a wrong place',
    `${CLAIM}.item[0].extension`,
    add({ url: `${PAS}/extension-levelOfServiceCode`, valueCodeableConcept: concept(`${X12}/1338`, 'U') }),
    `${CLAIM}.item[0]`,
  ],
  [
    'extension of a wrong type',
    `${CLAIM}.extension`,
    add({ url: `${PAS}/extension-authorizationNumber`, valueInteger: 1 }),
    `${CLAIM}.extension[2]`,
  ],
  [
    'unknown modifier',
    `${CLAIM}.item[0].modifierExtension`,
    set([{ url: 'http://example.org/m', valueBoolean: true }]),
    `${CLAIM}.item[0].modifierExtension[0]`,
  ],
  [
    'wrong reference target',
    `${CLAIM}.insurer.reference`,
    (owner) => void (owner['reference'] = bundle().entry?.[at('Patient')]?.fullUrl),
    `${CLAIM}.insurer`,
  ],
  [
    'wrong type in a reference that leads outside',
    `${CLAIM}.insurer.reference`,
    set('https://other.example/fhir/Patient/1'),
    `${CLAIM}.insurer`,
  ],
  [
    'too many',
    `${CLAIM}.identifier`,
    (owner, name) => void (owner[name] = [1, 2, 3].map((n) => ({ system: 'urn:x', value: String(n) }))),
    CLAIM,
  ],
  ['not a date', `${entry('Patient')}.birthDate`, set('1992-13-01'), `${entry('Patient')}.birthDate`],
  ['not a day', `${entry('Patient')}.birthDate`, set('1992-02-30'), `${entry('Patient')}.birthDate`],
  [
    'duplicate fullUrl',
    'Bundle.entry',
    (owner, name) => void (owner[name] as unknown[]).push((owner[name] as unknown[])[1]),
    'Bundle',
  ],
  ['claim not first', 'Bundle.entry', (owner, name) => void (owner[name] as unknown[]).reverse(), 'Bundle'],
  ['unknown element', `${CLAIM}.bogus`, set('x'), CLAIM],
  ['list for a single value', `${CLAIM}.status`, set(['active']), `${CLAIM}.status`],
  ['single value for a list', `${CLAIM}.identifier`, set({ value: 'x' }), `${CLAIM}.identifier`],
  ['null', `${CLAIM}.patient`, set(null), `${CLAIM}.patient`],
  [
    'choice of a type not allowed',
    `${CLAIM}.item[0].servicedPeriod.start`,
    set(7),
    `${CLAIM}.item[0].serviced.ofType(Period).start`,
  ],
  [
    'invariant of R4',
    `${CLAIM}.item[0].servicedPeriod`,
    set({ start: '2026-12-02', end: '2026-12-01' }),
    `${CLAIM}.item[0].serviced.ofType(Period)`,
  ],
  [
    'invariant of a profile',
    `${CLAIM}.item[0].servicedPeriod.start`,
    set('2026-12'),
    `${CLAIM}.item[0].serviced.ofType(Period).start`,
  ],
  ['self-beneficiary', `${entry('Coverage')}.relationship`, set({ text: 'x' }), entry('Coverage')],
  ['pd-1', `${entry('PractitionerRole')}.telecom`, remove, entry('PractitionerRole')],
  [
    'Luhn digit of an NPI',
    `${entry('Practitioner')}.identifier[0].value`,
    set('1003000127'),
    `${entry('Practitioner')}.identifier[0]`,
  ],
]

describe('validation by tables', () => {
  it('finds nothing wrong with a request of our own', () => expect(validate(bundle())).toEqual([]))

  it.each(INJECTED)('reports %s', (_kind, where, change, path) => {
    const issues = validate(broken(where, change)).filter(isError)
    const all = issues.flatMap(({ details = [], ...issue }) => [issue, ...details])
    expect(all.map((issue) => issue.path)).toContain(path)
  })

  it('ignores, as a receiver, an extension that it does not know, unless it is a modifier', () => {
    const unknown = add({ url: 'http://example.org/x', valueString: 'x' })
    expect(validate(broken(`${CLAIM}.extension`, unknown), false).filter(isError)).toEqual([])
    expect(validate(broken(`${CLAIM}.item[0].modifierExtension`, unknown), false).filter(isError)).not.toEqual([])
  })

  it('tolerates the wrong contexts of the published package, exactly those', () => {
    const number = add({ url: `${PAS}/extension-authorizationNumber`, valueString: 'A1' })
    expect(validate(broken(`${CLAIM}.extension`, number)).filter(isError)).toEqual([])
    const elsewhere = validate(broken(`${CLAIM}.insurance[0].extension`, number)).filter(isError)
    expect(elsewhere.map(({ id, path }) => [id, path])).toContainEqual([
      'Extension_EXTP_Context_Wrong',
      `${CLAIM}.insurance[0]`,
    ])
  })

  it('answers anything, however hostile, and never throws', () => {
    let deep: unknown = { reference: 'x' }
    for (let index = 0; index < 5_000; index++) deep = { extension: [{ url: 'x', valueReference: deep }] }
    const bodies: unknown[] = [null, 1, 'x', [], {}, { resourceType: 'Bundle' }, { resourceType: 'Nothing' }]
    bodies.push({ resourceType: 'Claim', item: deep }, { resourceType: 'Patient', ...(deep as Json) })
    bodies.push({ resourceType: '__proto__' }, JSON.parse('{"resourceType":"Patient","__proto__":{"a":1}}'))
    for (const body of bodies) expect(validate(body).length).toBeGreaterThan(0)
    for (const { body } of faultsOf(bundle(), 100, 7)) expect(Array.isArray(validate(body))).toBe(true)
  })

  it('holds an element that repeats another to the invariants of that one', () => {
    const parameter = [{ name: 'outer', part: [{ name: 'inner' }] }]
    expect(validateMessage(profileSet('pas-2.2.1'), { resourceType: 'Parameters', parameter })).toMatchObject([
      { severity: 'error', path: 'Parameters.parameter[0].part[0]', id: expect.stringMatching(/#inv-1$/) as string },
    ])
  })
})
