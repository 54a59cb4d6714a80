import { describe, expect, it } from 'vitest'
import type { Bundle, Claim, FhirResource } from 'fhir/r4'
import { EXT } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { buildPasRequestBundle } from './request-bundle.ts'
import { downcastRequest, upcastRequest } from './request-codec.ts'
import { validatePasRequestBundle } from './validate-request-bundle.ts'
import type { PasVersion } from './pas-response.ts'
import { profileSet } from '../../../test/support/profile-set.ts'
import { pasRequestInput } from '../../../test/support/pas-request.ts'

function request(change: (claim: Claim) => Claim = (claim) => claim): Bundle<FhirResource> {
  const built = buildPasRequestBundle(pasRequestInput())
  if (!built.ok) throw new Error(built.error.reason)
  const [first, ...rest] = built.value.bundle.entry ?? []
  return { ...built.value.bundle, entry: [{ ...first, resource: change(first?.resource as Claim) }, ...rest] }
}
const validate = (body: unknown, version: PasVersion) =>
  validatePasRequestBundle(profileSet(`pas-${version}`), body, version)
const claimIn = (bundle: Bundle<FhirResource>): Claim => bundle.entry?.[0]?.resource as Claim

describe('a request in 2.0.1', () => {
  it('leaves out what that version does not know, and names it', () => {
    const bundle = request()
    const before = structuredClone(bundle)
    const { resource, losses } = downcastRequest(bundle)
    expect(readExtension(claimIn(resource), EXT.transmissionIdentifiers)).toBeUndefined()
    expect(losses.toSorted()).toEqual(['document-information', 'transmission-identifiers'])
    expect(bundle).toEqual(before)
    expect(validate(resource, '2.0.1')).toEqual([])
  })

  it('puts the payer’s numbers at the lines, and a line without a code into an inquiry that has none', () => {
    const number = { url: EXT.authorizationNumber, valueString: 'AUTH-1' }
    const whole = request((claim) => ({ ...claim, extension: [number] }))
    const lined = claimIn(downcastRequest(whole).resource)
    expect(lined).not.toHaveProperty('extension')
    expect(lined.item?.every((item) => readExtension(item, number.url)?.valueString === 'AUTH-1')).toBe(true)
    const inquiry = request(({ item: _item, ...claim }) => ({ ...claim, extension: [number] }))
    expect(claimIn(downcastRequest(inquiry).resource).item).toEqual([
      {
        sequence: 1,
        productOrService: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'not-applicable' }],
        },
        extension: [number],
      },
    ])
  })

  it('takes answers and what the payer said of an order in the words of DTR and CRD 2.0.1', () => {
    const bundle = request()
    const order = bundle.entry?.find(({ resource }) => resource?.resourceType === 'MedicationRequest')
    const origin = { url: EXT.informationOrigin, extension: [{ url: 'source', valueCode: 'auto-client' }] }
    bundle.entry?.push({
      fullUrl: 'https://ehr.example/fhir/QuestionnaireResponse/answers',
      resource: {
        resourceType: 'QuestionnaireResponse',
        status: 'completed',
        questionnaire: 'https://payer.example/q|1',
        subject: { reference: 'Patient/p' },
        authored: '2026-11-28T10:00:00Z',
        extension: [
          { url: EXT.qrCoverage, valueReference: { reference: 'Coverage/c' } },
          { url: EXT.qrContext, valueReference: { reference: order?.fullUrl ?? '' } },
          { url: EXT.intendedUse, valueCodeableConcept: { coding: [{ code: 'withpa' }] } },
        ],
        item: [{ linkId: 'a', answer: [{ valueBoolean: true, extension: [origin] }] }],
      },
    })
    const { resource, losses } = downcastRequest(bundle)
    const answers = JSON.stringify(resource.entry?.at(-1)?.resource)
    expect(answers).not.toContain('auto-client')
    expect(answers).not.toContain(EXT.qrCoverage)
    // The order is signed: DTR 2.0.1 refers to drafts alone.
    expect(answers).not.toContain(`"reference":"${order?.fullUrl ?? ''}"`)
    expect(answers).toContain(`"value":"${order?.fullUrl ?? ''}"`)
    expect(losses).toContain('questionnaire-response')
  })

  it('declares no profile that 2.0.1 does not have', () => {
    const { resource } = downcastRequest(request())
    const declared = (resource.entry ?? []).flatMap((entry) => entry.resource?.meta?.profile ?? [])
    expect(resource.entry?.some((entry) => entry.resource?.resourceType === 'DocumentReference')).toBe(true)
    expect(declared.filter((url) => profileSet('pas-2.0.1').profile(url) === undefined)).toEqual([])
  })

  const REPLACES = {
    coding: [
      { code: 'replaces' },
      { system: 'http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship', code: 'prior' },
    ],
  }
  it('replaces its prior Claim, which is named and no longer included', () => {
    const prior = claimIn(request())
    const fullUrl = 'urn:uuid:0f0f4e1c-6ad0-4c4c-9d8c-1d2f3c4b5a60'
    const relationship = { coding: [{ code: 'prior' }] }
    const update = request((claim) => ({ ...claim, related: [{ claim: { reference: fullUrl }, relationship }] }))
    const { id: _id, ...priorClaim } = prior
    update.entry?.push({ fullUrl, resource: priorClaim })
    const { resource, losses } = downcastRequest(update)
    expect(resource.entry?.filter((entry) => entry.resource?.resourceType === 'Claim')).toHaveLength(1)
    expect(claimIn(resource).related).toEqual([
      { claim: { type: 'Claim', identifier: prior.identifier?.[0] }, relationship: REPLACES },
    ])
    expect(losses).toContain('prior-claim')
  })

  it('has the older address of the revenue codes; both ways', () => {
    const older = 'https://www.nubc.org/revenue-code'
    const newer = 'https://www.nubc.org/CodeSystem/RevenueCodes'
    const revenue = { coding: [{ system: newer, code: '0636' }] }
    const bundle = request((claim) => ({ ...claim, item: (claim.item ?? []).map((item) => ({ ...item, revenue })) }))
    const { resource } = downcastRequest(bundle)
    expect(claimIn(resource).item?.[0]?.revenue?.coding?.[0]?.system).toBe(older)
    expect(claimIn(upcastRequest(resource).resource).item).toEqual(claimIn(bundle).item)
  })
})

describe('the check of a 2.0.1 request', () => {
  const older = () =>
    request((claim) => ({
      ...claim,
      item: (claim.item ?? []).map((item) => {
        const { extension: _extension, locationCodeableConcept: _location, ...rest } = item
        return rest
      }),
    }))

  it('does not ask for what 2.2.1 alone requires', () => {
    expect(validate(older(), '2.2.1').length).toBeGreaterThan(0)
    expect(validate(older(), '2.0.1')).toEqual([])
  })

  it('asks for what both require, and never throws', () => {
    const broken = request((claim) => ({ ...claim, status: 'draft' }))
    expect(validate(broken, '2.0.1').map(({ path }) => path)).toEqual(['Bundle.entry[0].resource.status'])
    for (const body of [
      null,
      1,
      [],
      { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Claim', item: 1 } }] },
    ])
      expect(validate(body, '2.0.1').length).toBeGreaterThan(0)
  })
})
