import fc from 'fast-check'
import type { Bundle, Claim, FhirResource, Medication, MedicationRequest, Reference } from 'fhir/r4'
import { profileSet } from '../../../test/support/profile-set.ts'
import { describe, expect, it } from 'vitest'
import { pasRequestInput, uuidFor } from '../../../test/support/pas-request.ts'
import { listReferences } from '../fhir/reference.ts'
import { closeOver, type PoolEntry } from './closure.ts'
import { omit } from './profile-parts.ts'
import { buildPasRequestBundle } from './request-bundle.ts'
import type { PasRequestInput } from './request-input.ts'
import { validatePasRequestBundle } from './validate-request-bundle.ts'

function build(change: Partial<PasRequestInput> = {}): Bundle<FhirResource> {
  const built = buildPasRequestBundle(pasRequestInput(change))
  if (!built.ok) throw new Error(built.error.reason)
  return built.value.bundle
}
const claimOf = (bundle: Bundle<FhirResource>): Claim => bundle.entry?.[0]?.resource as Claim
const find = <T extends FhirResource>(bundle: Bundle<FhirResource>, type: T['resourceType']): T =>
  bundle.entry?.find(({ resource }) => resource?.resourceType === type)?.resource as T

describe('the request Bundle', () => {
  it('obeys every rule that it touches', () => {
    expect(validatePasRequestBundle(profileSet('pas-2.2.1'), build())).toEqual([])
    expect(
      validatePasRequestBundle(profileSet('pas-2.2.1'), build({ urgency: { level: 'expedited', reason: 'Flare' } })),
    ).toEqual([])
  })

  it('starts with the Claim, whose identifiers fit into a trace number', () => {
    const bundle = build()
    expect(claimOf(bundle).resourceType).toBe('Claim')
    expect(bundle.identifier?.value?.length).toBeLessThanOrEqual(50)
    expect(claimOf(bundle).item?.map(({ sequence }) => sequence)).toEqual([1, 2, 3])
    expect(claimOf(bundle).item?.[0]?.extension?.[0]?.valueIdentifier?.value).toBe(
      `${claimOf(bundle).identifier?.[0]?.value ?? ''}-1`,
    )
  })

  it('points from each line to its order, in PAS form, with the coverage information kept', () => {
    const bundle = build()
    const order = find<MedicationRequest>(bundle, 'MedicationRequest')
    expect(order).toMatchObject({ status: 'active', intent: 'order', groupIdentifier: { value: 'G-1001' } })
    expect(JSON.stringify(order.extension)).toContain('coverage-assertion-id')
    const requested = claimOf(bundle).item?.[0]?.extension?.find(({ url }) => url.endsWith('requestedService'))
    expect(requested?.valueReference?.reference).toBe('https://ehr.example/fhir/MedicationRequest/mr-1')
  })

  it('types the member id MB, adds X12 18 to self, and leaves out what a profile does not allow', () => {
    const bundle = build()
    const patient = find(bundle, 'Patient')
    expect(patient).toMatchObject({ identifier: [{ value: 'CSA100001' }, { value: 'MRN-1' }] })
    expect(JSON.stringify(find(bundle, 'Coverage'))).toContain('"code":"18"')
    expect(JSON.stringify(find(bundle, 'DocumentReference'))).not.toContain('Binary/b-1')
  })

  it('asks for urgent review when expedited, and only then', () => {
    const urgent = claimOf(build({ urgency: { level: 'expedited', reason: 'Flare' } }))
    expect(JSON.stringify(urgent.extension)).toContain('"code":"U"')
    expect(urgent.supportingInfo?.at(-1)?.valueString).toBe('Flare')
    expect(JSON.stringify(claimOf(build()).extension)).not.toContain('1338')
  })

  it('keeps what points out of the request as a logical reference', () => {
    const [reference] = (find(build(), 'Patient') as { generalPractitioner?: Reference[] }).generalPractitioner ?? []
    expect(reference).toEqual({
      type: 'Practitioner',
      identifier: { system: 'https://ehr.example/fhir', value: 'Practitioner/someone-else' },
      display: 'Another doctor',
    })
  })

  it('leaves out whom the chart knows under a number that is no NPI, unless they ask', () => {
    const stranger: FhirResource = {
      resourceType: 'Practitioner',
      id: 'someone-else',
      identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '93410' }],
    }
    const bundle = build({ known: [...pasRequestInput().known, stranger] })
    expect(JSON.stringify(bundle)).not.toContain('93410')
    expect(validatePasRequestBundle(profileSet('pas-2.2.1'), bundle)).toEqual([])
  })

  it('holds the requesting organization once, and no false address for what we made', () => {
    const ehr = { ...omit(pasRequestInput().organization, 'telecom'), id: 'ehr-org', name: 'As the EHR calls it' }
    const bundle = build({
      organization: omit(pasRequestInput().organization, 'id'),
      known: [...pasRequestInput().known, ehr].map((one) =>
        one.resourceType === 'PractitionerRole' ? { ...one, organization: { reference: 'Organization/ehr-org' } } : one,
      ),
    })
    const organizations = bundle.entry?.filter(({ resource }) => resource?.resourceType === 'Organization')
    expect(organizations?.map(({ fullUrl }) => fullUrl?.split('/').at(-1))).toEqual(['caresource-oh', 'ehr-org'])
    expect(organizations?.[1]?.resource).toMatchObject({ name: 'Lakeside Gastroenterology' })
    const response = bundle.entry?.find(({ resource }) => resource?.resourceType === 'QuestionnaireResponse')
    expect(response?.fullUrl).toMatch(/^urn:uuid:/)
    expect(validatePasRequestBundle(profileSet('pas-2.2.1'), bundle)).toEqual([])
  })

  it('breaks the cycle of encounter and condition', () => {
    const encounter = find(build(), 'Encounter')
    const condition = find(build(), 'Condition')
    expect(JSON.stringify(encounter)).toContain('/Condition/crohns')
    expect(listReferences(condition, 'Condition').map(({ path }) => path)).toEqual(['Condition.subject'])
  })

  it.each([
    ['no-lines', { lines: [] }],
    ['member-id-missing', { coverage: omit(omit(pasRequestInput().coverage, 'identifier'), 'subscriberId') }],
    ['relationship-missing', { coverage: omit(pasRequestInput().coverage, 'relationship') }],
    ['requester-missing', { known: [] }],
    ['line-incomplete', { lines: pasRequestInput().lines.map((line) => ({ ...line, problems: ['weight-missing'] })) }],
    [
      'document-without-bytes',
      {
        documents: pasRequestInput().documents.map((one) => ({
          ...one,
          content: [{ attachment: { url: 'Binary/1' } }],
        })),
      },
    ],
  ] as [string, Partial<PasRequestInput>][])('refuses to make up what is missing: %s', (reason, change) => {
    expect(buildPasRequestBundle(pasRequestInput(change))).toMatchObject({ ok: false, error: { reason } })
  })

  it('is the same for the same input', () => {
    expect(JSON.stringify(build())).toBe(JSON.stringify(build()))
  })

  it('does not change what it was given', () => {
    const input = pasRequestInput()
    const before = JSON.stringify(input)
    buildPasRequestBundle(input)
    expect(JSON.stringify(input)).toBe(before)
  })
})

describe('the closure', () => {
  const BASE = 'https://ehr.example/fhir'
  const graph = fc
    .integer({ min: 1, max: 12 })
    .chain((size) =>
      fc.array(
        fc.array(fc.tuple(fc.integer({ min: 0, max: size + 2 }), fc.integer({ min: 0, max: 3 })), { maxLength: 5 }),
        { minLength: size, maxLength: size },
      ),
    )
  const spell = (target: number, style: number): string =>
    [
      `Basic/b${target}`,
      `${BASE}/Basic/b${target}`,
      `Basic/b${target}/_history/2`,
      `https://other.example/Basic/b${target}`,
    ][style] ?? ''

  it('holds no dangling, no duplicate entry and no cycle, and reaches all that it can', () => {
    fc.assert(
      fc.property(graph, (edges) => {
        const pool: PoolEntry[] = edges.map((targets, index) => ({
          fullUrl: `${BASE}/Basic/b${index}`,
          resource: {
            resourceType: 'Basic',
            id: `b${index}`,
            code: {},
            extension: targets.map(([target, style]) => ({
              url: 'x',
              valueReference: { reference: spell(target, style) },
            })),
          },
        }))
        const root: PoolEntry = pool[0]!
        const { entries } = closeOver(root, [...pool, ...pool], BASE, uuidFor)
        const urls = entries.map(({ fullUrl }) => fullUrl)
        expect(new Set(urls).size).toBe(urls.length)
        const links = new Map(
          entries.map(({ fullUrl, resource }) => [
            fullUrl,
            listReferences(resource, '').map(({ reference }) => reference),
          ]),
        )
        for (const targets of links.values()) for (const target of targets) expect(urls).toContain(target)
        const acyclic = (at: string, open: string[]): boolean =>
          !open.includes(at) && (links.get(at) ?? []).every((next) => acyclic(next, [...open, at]))
        expect(acyclic(root.fullUrl, [])).toBe(true)
        expect(urls.sort()).toEqual(reachable(edges).sort())
      }),
      { numRuns: 200 },
    )
  })

  function reachable(edges: readonly (readonly [number, number][])[]): string[] {
    const seen = new Set([0])
    const queue = [0]
    for (let at = queue.pop(); at !== undefined; at = queue.pop())
      for (const [target, style] of edges[at] ?? [])
        if (style !== 3 && target < edges.length && !seen.has(target)) {
          seen.add(target)
          queue.push(target)
        }
    return [...seen].map((index) => `${BASE}/Basic/b${index}`)
  }

  it('brings contained resources out as entries', () => {
    const order: FhirResource = {
      resourceType: 'MedicationRequest',
      id: 'm',
      status: 'active',
      intent: 'order',
      contained: [{ resourceType: 'Medication', id: 'drug', code: { text: 'x' } } as Medication],
      medicationReference: { reference: '#drug' },
      subject: { display: 'x' },
    }
    const { entries } = closeOver({ fullUrl: `${BASE}/MedicationRequest/m`, resource: order }, [], BASE, uuidFor)
    expect(entries.map(({ resource }) => resource.resourceType)).toEqual(['MedicationRequest', 'Medication'])
    expect(JSON.stringify(entries)).not.toContain('contained')
  })
})
