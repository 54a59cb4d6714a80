import fc from 'fast-check'
import type { Bundle, Claim, DocumentReference, FhirResource, ServiceRequest } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { hcpcsUnits } from '../../../test/support/hcpcs-units.ts'
import { pasRequestInput } from '../../../test/support/pas-request.ts'
import { profileSet } from '../../../test/support/profile-set.ts'
import { EXT } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { listReferences, referenceTo } from '../fhir/reference.ts'
import { isCancelled, readCertification } from './claim-marks.ts'
import type { ClaimChange } from './claim-change.ts'
import { readPasRequest } from './pas-request.ts'
import { downcastRequest, upcastRequest } from './request-codec.ts'
import { buildPasRequestBundle } from './request-bundle.ts'
import type { PasRequestInput } from './request-input.ts'
import { buildRequestLines } from './request-lines.ts'
import { buildUpdateBundle } from './update-bundle.ts'
import { validatePasRequestBundle } from './validate-request-bundle.ts'

const NO_CHANGE: Omit<ClaimChange, 'fresh'> = { cancelAll: false, edits: [], cancelled: [], approved: [] }

function original(): Bundle<FhirResource> {
  const built = buildPasRequestBundle(pasRequestInput())
  if (!built.ok) throw new Error(built.error.reason)
  return built.value.bundle
}

/** Nothing but what a test adds, under the identifiers of version n. */
function additions(version: number, change: Partial<PasRequestInput> = {}): PasRequestInput {
  const uuid = `6f2d3f7e-5d3a-4b8f-9f57-${String(version).padStart(12, '0')}`
  return pasRequestInput({
    identifiers: {
      bundle: { system: 'https://precert.example/submission', value: `bundle-v${String(version)}` },
      claim: { system: 'urn:trnorg:1311234567', value: `claim-v${String(version)}` },
      claimId: uuid,
    },
    orders: [],
    lines: [],
    documents: [],
    questionnaireResponses: [],
    ...change,
  })
}

function update(
  prior: Bundle<FhirResource>,
  version: number,
  change: Partial<Omit<ClaimChange, 'fresh'>>,
  more: Partial<PasRequestInput> = {},
): Bundle<FhirResource> {
  const built = buildUpdateBundle({
    prior,
    change: { ...NO_CHANGE, ...change },
    numbers: [],
    additions: additions(version, more),
  })
  if (!built.ok) throw new Error(built.error.reason)
  return built.value.bundle
}

const claimOf = (bundle: Bundle<FhirResource>): Claim => bundle.entry?.[0]?.resource as Claim
const claimsIn = (bundle: Bundle<FhirResource>): number =>
  (bundle.entry ?? []).filter(({ resource }) => resource?.resourceType === 'Claim').length
const faultsOf = (bundle: Bundle<FhirResource>): unknown[] => validatePasRequestBundle(profileSet('pas-2.2.1'), bundle)

const visit: ServiceRequest = {
  resourceType: 'ServiceRequest',
  id: 'sr-visit',
  status: 'active',
  intent: 'order',
  code: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: '99214' }] },
  subject: { reference: 'Patient/pat-1' },
  requester: { reference: 'PractitionerRole/lena-ruiz-gi' },
  quantityQuantity: { value: 2 },
  occurrencePeriod: { start: '2027-01-10', end: '2027-08-01' },
  reasonCode: [{ coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K50.00' }] }],
}
const withVisit = (sequence: number): Partial<PasRequestInput> => ({
  orders: [visit],
  lines: buildRequestLines([visit], { units: hcpcsUnits, weight: null, known: [], earlier: [] }).map((line) => ({
    ...line,
    sequence,
  })),
})
const labReport: DocumentReference = {
  ...pasRequestInput().documents[0]!,
  id: 'lab-2',
  description: 'Newer laboratory report',
}

describe('the Bundle of an update', () => {
  it('holds the new version first and the one before, each with all that they point to, and obeys every rule', () => {
    const bundle = update(original(), 2, { edits: [{ sequence: 1, quantity: '200', end: '2027-08-01' }] })
    expect(faultsOf(bundle)).toEqual([])
    expect(claimsIn(bundle)).toBe(2)
    expect(claimOf(bundle).related?.[0]?.claim?.reference).toBe(original().entry?.[0]?.fullUrl)
  })

  it('adds a line with its order, diagnosis and date, and a document with its bytes', () => {
    const bundle = update(original(), 2, {}, { ...withVisit(4), documents: [labReport], message: 'Two more visits' })
    expect(faultsOf(bundle)).toEqual([])
    const claim = claimOf(bundle)
    const line = claim.item?.find(({ sequence }) => sequence === 4)
    const code = claim.diagnosis?.find(({ sequence }) => sequence === line?.diagnosisSequence?.[0])
    expect(code?.diagnosisCodeableConcept?.coding?.[0]?.code).toBe('K50.00')
    expect(code?.type).toBeUndefined()
    expect(claim.careTeam).toHaveLength(1)
    expect(claim.supportingInfo?.map((info) => readExtension(info, EXT.infoChanged)?.valueCode)).toEqual([
      'changed',
      undefined,
      undefined,
      'added',
      'added',
    ])
    expect(bundle.entry?.some(({ resource }) => resource && referenceTo(resource) === 'DocumentReference/lab-2')).toBe(
      true,
    )
    expect(claim.supportingInfo?.at(-1)?.valueString).toBe('Two more visits')
  })

  it('calls more than what was approved an extension, and less a revision', () => {
    const certification = (edit: ClaimChange['edits'][number]): string | undefined =>
      readCertification(claimOf(update(original(), 2, { edits: [edit], approved: [1] })).item![0]!)
    expect(certification({ sequence: 1, quantity: '9000' })).toBe('4')
    expect(certification({ sequence: 1, end: '2029-01-01' })).toBe('4')
    expect(certification({ sequence: 1, quantity: '1' })).toBe('S')
  })

  it('takes over an order that changed: the order in the Bundle is the changed one', () => {
    const orders = pasRequestInput().orders.map((order) =>
      order.resourceType === 'ServiceRequest' ? { ...order, quantityQuantity: { value: 99 } } : order,
    )
    const line = buildRequestLines(orders, { units: hcpcsUnits, weight: null, known: [], earlier: [] }).find(
      ({ kind }) => kind === 'administration',
    )!
    const order = orders.find((one) => referenceTo(one) === line.orderRef)!
    const bundle = update(original(), 2, {}, { orders: [order], lines: [line] })
    expect(faultsOf(bundle)).toEqual([])
    expect(claimOf(bundle).item?.find(({ sequence }) => sequence === line.sequence)?.quantity?.value).toBe(99)
    const held = bundle.entry?.find(({ resource }) => resource && referenceTo(resource) === line.orderRef)?.resource
    expect(held).toMatchObject({ quantityQuantity: { value: 99 } })
  })

  it('keeps what was sent as it was sent, whatever the chart holds of it meanwhile', () => {
    const drafts = pasRequestInput().orders.map((order) => ({ ...order, status: 'draft' }) as FhirResource)
    const bundle = update(original(), 2, {}, { documents: [labReport], known: [...pasRequestInput().known, ...drafts] })
    expect(faultsOf(bundle)).toEqual([])
  })

  it('leaves the predecessor of the version before outside, but named', () => {
    const second = update(original(), 2, { edits: [{ sequence: 1, quantity: '9' }] })
    const third = update(second, 3, { cancelled: [2] })
    expect(faultsOf(third)).toEqual([])
    expect(claimsIn(third)).toBe(2)
    const prior = third.entry?.find(({ fullUrl }) => fullUrl === second.entry?.[0]?.fullUrl)?.resource as Claim
    expect(prior.related).toEqual(claimOf(second).related)
  })

  it('cancels everything', () => {
    const bundle = update(original(), 2, { cancelAll: true })
    expect(faultsOf(bundle)).toEqual([])
    expect(readCertification(claimOf(bundle))).toBe('3')
    expect(claimOf(bundle).item?.every(isCancelled)).toBe(true)
  })

  it('is traced by its own numbers alone', () => {
    const bundle = update(original(), 2, { edits: [{ sequence: 1, quantity: '9' }] })
    expect(readPasRequest(bundle)?.traces).toEqual(['claim-v2-1', bundle.entry?.[0]?.fullUrl])
    expect(readPasRequest(bundle)?.priorClaim).toBe(claimOf(original()).identifier?.[0]?.value)
  })

  it('goes to a payer of 2.0.1, too, as one Claim that replaces', () => {
    const { resource, losses } = downcastRequest(update(original(), 2, { edits: [{ sequence: 1, quantity: '9' }] }))
    expect(validatePasRequestBundle(profileSet('pas-2.0.1'), resource, '2.0.1')).toEqual([])
    expect(claimsIn(resource)).toBe(1)
    expect(losses).toContain('prior-claim')
    expect(upcastRequest(resource).resource.entry?.[0]?.resource).toMatchObject({
      related: [{ relationship: { coding: [{ code: 'prior' }] } }],
    })
  })

  it('says so where nothing changed', () => {
    const built = buildUpdateBundle({ prior: original(), change: NO_CHANGE, numbers: [], additions: additions(2) })
    expect(built).toEqual({ ok: false, error: { reason: 'nothing-changed' } })
  })
})

describe('over any chain of changes', () => {
  const change = fc.record({
    edits: fc.array(
      fc.record({ sequence: fc.integer({ min: 1, max: 5 }), quantity: fc.integer({ min: 1, max: 99 }).map(String) }),
    ),
    cancelled: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 1 }),
    adds: fc.boolean(),
  })
  it('every Bundle is closed, holds each instance once, and all that was ever sent', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let prior = original()
        changes.forEach(({ edits, cancelled, adds }, index) => {
          const next = Math.max(...(claimOf(prior).item ?? []).map(({ sequence }) => sequence)) + 1
          const built = buildUpdateBundle({
            prior,
            change: { ...NO_CHANGE, edits, cancelled },
            numbers: [],
            additions: additions(index + 2, adds ? withVisit(next) : {}),
          })
          if (!built.ok) return expect(built.error.reason).toBe('nothing-changed')
          const { bundle } = built.value
          const urls = (bundle.entry ?? []).map(({ fullUrl }) => fullUrl)
          expect(new Set(urls).size).toBe(urls.length)
          const outside = (bundle.entry ?? []).flatMap(({ resource }, at) =>
            listReferences(resource, String(resource?.resourceType))
              .filter(({ path }) => at === 0 || !path.startsWith('Claim.related'))
              .filter(({ reference }) => !urls.includes(reference)),
          )
          expect(outside).toEqual([])
          const kept = claimOf(bundle).item?.map(({ sequence }) => sequence)
          for (const { sequence } of claimOf(prior).item ?? []) expect(kept).toContain(sequence)
          prior = bundle
        })
      }),
      { numRuns: 60 },
    )
  })
})
