/**
 * The assertions of the public PAS test kit's client suites (v2.2.1 and v2.0.1, pas.md §11.2, §5.1) on what our client sends,
 * by their ids: requests of every kind, updates, cancellations, inquiries, and the must-support elements of each.
 */
import { describe, expect, it } from 'vitest'
import type { Bundle, Claim, ClaimItem, ClaimSupportingInfo, FhirResource } from 'fhir/r4'
import { isSameJson } from '#domain/crd/json.ts'
import { EXT, SYSTEM } from '#domain/fhir/canonical.ts'
import { readExtension } from '#domain/fhir/extension.ts'
import { listReferences } from '#domain/fhir/reference.ts'
import { readCertification } from '#domain/pas/claim-marks.ts'
import { downcastRequest } from '#domain/pas/request-codec.ts'
import { validatePasInquiryBundle, validatePasRequestBundle } from '#domain/pas/validate-request-bundle.ts'
import { claimIn, inquiriesAbout, requestOfKind, updateChain, type Chain } from '../support/client-requests.ts'
import { CLAIM_INQUIRY_ELEMENTS, CLAIM_UPDATE_ELEMENTS } from '../support/inferno-pas/claim-must-support.ts'
import { isShown } from '../support/inferno-pas/shown.ts'
import { profileSet } from '../support/profile-set.ts'
import { REQUEST_KINDS } from '../support/request-kinds.ts'
import { hasShared, readSharedPackage } from '../support/shared-data.ts'

type Message = Bundle<FhirResource>
type Entry = ClaimItem | ClaimSupportingInfo

const KINDS = Object.keys(REQUEST_KINDS)
const CHAINS = new Map(KINDS.map((kind) => [kind, updateChain(kind)]))
const steps = ({ initial, added, modified, cancelled }: Chain): Message[] => [initial, added, modified, cancelled]
const updates = ({ added, modified, cancelled }: Chain): Message[] => [added, modified, cancelled]
const faults = (bundle: Message): unknown[] => validatePasRequestBundle(profileSet('pas-2.2.1'), bundle)
const inquiryFaults = (bundle: Message): unknown[] => validatePasInquiryBundle(profileSet('pas-2.2.1'), bundle)
const chainOf = (kind: string): Chain => {
  const chain = CHAINS.get(kind)
  if (chain === undefined) throw new Error(`no chain of ${kind}`)
  return chain
}
const entryOf = (bundle: Message, url: string | undefined): FhirResource | undefined =>
  bundle.entry?.find(({ fullUrl }) => fullUrl === url)?.resource
const priorUrl = (bundle: Message): string | undefined => claimIn(bundle).related?.[0]?.claim?.reference
const entriesOf = (claim: Claim): Entry[][] => [claim.item ?? [], claim.supportingInfo ?? []]

const UUID_V4 = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('pas_client_v221_request_bundle_validation_test', () => {
  it.each(KINDS)('%s', (kind) => {
    const bundle = requestOfKind(kind)
    expect(faults(bundle)).toEqual([])
    expect(bundle.entry?.[0]?.resource?.resourceType).toBe('Claim')
    for (const { fullUrl = '' } of bundle.entry ?? [])
      expect(/^https?:/.test(fullUrl) || UUID_V4.test(fullUrl)).toBe(true)
    // References of every entry are full addresses, and none is contained (§11.1, 2 and 3).
    const urls = bundle.entry?.map(({ fullUrl }) => fullUrl) ?? []
    expect(new Set(urls).size).toBe(urls.length)
    const references = (bundle.entry ?? []).flatMap(({ resource }) => listReferences(resource, ''))
    expect(references.filter(({ reference }) => !urls.includes(reference))).toEqual([])
  })

  it('no reference closes a circle (§11.1, 4)', () => {
    for (const kind of KINDS) {
      const bundle = requestOfKind(kind)
      const visit = (url: string, open: readonly string[]): void => {
        expect(open).not.toContain(url)
        for (const { reference } of listReferences(entryOf(bundle, url), '')) visit(reference, [...open, url])
      }
      visit(bundle.entry?.[0]?.fullUrl ?? '', [])
    }
  })
})

describe('pas_client_v221_claim_update', () => {
  it.each(KINDS)('request_validation_{initial,add_item,modify_cancel,cancel_all}: %s', (kind) => {
    for (const bundle of steps(chainOf(kind))) expect(faults(bundle)).toEqual([])
  })

  it.each(KINDS)('referenced_claim_test: %s', (kind) => {
    for (const bundle of updates(chainOf(kind))) expect(entryOf(bundle, priorUrl(bundle))?.resourceType).toBe('Claim')
  })

  it.each(KINDS)('grandparent_excluded_test: %s', (kind) => {
    for (const bundle of updates(chainOf(kind)).slice(1)) {
      const parent = entryOf(bundle, priorUrl(bundle)) as Claim
      expect(parent.related?.[0]?.claim?.reference).toBeDefined()
      expect(entryOf(bundle, parent.related?.[0]?.claim?.reference)).toBeUndefined()
    }
  })

  it.each(KINDS)('referenced_resources_test: %s', (kind) => {
    for (const bundle of steps(chainOf(kind))) {
      const seen = new Set<string>()
      const visit = (url: string, isPrimary: boolean): void => {
        if (seen.has(url)) return
        seen.add(url)
        const found = bundle.entry?.filter(({ fullUrl }) => fullUrl === url) ?? []
        expect(found).toHaveLength(1)
        for (const { path, reference } of listReferences(found[0]?.resource, ''))
          if (isPrimary || found[0]?.resource?.resourceType !== 'Claim' || !path.includes('related'))
            visit(reference, false)
      }
      visit(bundle.entry?.[0]?.fullUrl ?? '', true)
    }
  })

  it.each(KINDS)('entries_preserved_test: %s', (kind) => {
    const claims = steps(chainOf(kind)).map(claimIn)
    claims.slice(1).forEach((claim, index) => {
      const before = claims[index]
      entriesOf(claim).forEach((entries, list) => {
        const sequences = entries.map(({ sequence }) => sequence)
        for (const { sequence } of before === undefined ? [] : (entriesOf(before)[list] ?? []))
          expect(sequences).toContain(sequence)
      })
    })
  })

  const isMarked = (entry: Entry): boolean =>
    readCertification(entry) === '3' || entry.modifierExtension?.some(({ url }) => url === EXT.infoCancelled) === true
  const cancelledEntries = (kind: string): Entry[] =>
    updates(chainOf(kind)).flatMap((bundle) => entriesOf(claimIn(bundle)).flat().filter(isMarked))

  it.each(KINDS)('cancelled_entries_test: %s', (kind) => {
    const entries = cancelledEntries(kind)
    expect(entries.length).toBeGreaterThan(0)
    for (const entry of entries)
      expect(entry.modifierExtension?.find(({ url }) => url === EXT.infoCancelled)?.valueBoolean).toBe(true)
  })

  it.each(KINDS)('cancelled_items_certtype_test: %s', (kind) => {
    const items = updates(chainOf(kind)).flatMap((bundle) => (claimIn(bundle).item ?? []).filter(isMarked))
    expect(items.map(readCertification)).toEqual(items.map(() => '3'))
  })

  it.each(KINDS)('changed_entries_test: %s', (kind) => {
    const IGNORED: readonly string[] = [EXT.infoChanged, EXT.certificationType, EXT.infoCancelled]
    const content = ({ extension, modifierExtension, ...rest }: Entry): unknown => ({
      ...rest,
      extension: (extension ?? []).filter(({ url }) => !IGNORED.includes(url)),
      modifierExtension: (modifierExtension ?? []).filter(({ url }) => !IGNORED.includes(url)),
    })
    const claims = steps(chainOf(kind)).map(claimIn)
    claims.slice(1).forEach((claim, index) => {
      entriesOf(claim).forEach((entries, list) => {
        const before = entriesOf(claims[index]!)[list] ?? []
        for (const entry of entries) {
          const old = before.find(({ sequence }) => sequence === entry.sequence)
          const isChanged =
            old !== undefined && (!isSameJson(content(old), content(entry)) || isMarked(entry) !== isMarked(old))
          const expected = old === undefined ? 'added' : isChanged ? 'changed' : undefined
          expect(readExtension(entry, EXT.infoChanged)?.valueCode).toBe(expected)
        }
      })
    })
  })

  it.each(KINDS)('cancel_request_test: %s', (kind) => {
    expect(readCertification(claimIn(chainOf(kind).cancelled))).toBe('3')
  })
})

describe('pas_client_v221_submit_request_must_support_claim_update', () => {
  const claims = KINDS.flatMap((kind) => updates(chainOf(kind)).map(claimIn))
  it('lists 112 elements, each once', () => {
    expect(new Set(CLAIM_UPDATE_ELEMENTS).size).toBe(112)
  })
  it.each(CLAIM_UPDATE_ELEMENTS)('%s', (id) => {
    expect(isShown(claims, id)).toBe(true)
  })
  it('and none is seen where it is not', () => {
    expect(isShown([{}], 'Claim.item.extension:infoChanged')).toBe(false)
    expect(isShown(claims, 'Claim.related.reference')).toBe(false)
  })
})

describe('pas_client_v221_inquire_request', () => {
  const bundles = KINDS.flatMap((kind) => [
    ...inquiriesAbout(requestOfKind(kind)),
    ...inquiriesAbout(chainOf(kind).cancelled),
  ])
  it('bundle_validation_test: every way to ask about every kind', () => {
    for (const bundle of bundles) expect(inquiryFaults(bundle)).toEqual([])
  })
  it('a patient, a provider and an insurer are always named', () => {
    for (const { patient, provider, insurer } of bundles.map(claimIn))
      for (const party of [patient, provider, insurer]) expect(party?.reference).toBeDefined()
  })
  const claims = bundles.map(claimIn)
  it('must_support_claim_inquiry lists 92 elements, each once', () => {
    expect(new Set(CLAIM_INQUIRY_ELEMENTS).size).toBe(92)
  })
  it.each(CLAIM_INQUIRY_ELEMENTS)('must_support_claim_inquiry: %s', (id) => {
    expect(isShown(claims, id)).toBe(true)
  })
})

describe('pas_client_v221_submit_request_profiles_must_support', () => {
  it('each of the four order profiles is asked for by some request', () => {
    const types = new Set(
      KINDS.flatMap((kind) =>
        (requestOfKind(kind).entry ?? []).flatMap(({ resource }) => resource?.resourceType ?? []),
      ),
    )
    for (const type of ['DeviceRequest', 'MedicationRequest', 'NutritionOrder', 'ServiceRequest', 'Encounter'] as const)
      expect(types).toContain(type)
  })
})

describe('davinci_pas_client_suite_v201', () => {
  const older = (bundle: Message): Message => downcastRequest(bundle).resource
  it.each(KINDS)('request_bundle_validation_test: %s', (kind) => {
    for (const bundle of steps(chainOf(kind)))
      expect(validatePasRequestBundle(profileSet('pas-2.0.1'), older(bundle), '2.0.1')).toEqual([])
  })
  it.each(KINDS)('inquiry_request_bundle_validation_test: %s', (kind) => {
    const asked = inquiriesAbout(requestOfKind(kind)).filter((bundle) => claimIn(bundle).item !== undefined)
    for (const bundle of asked)
      expect(validatePasInquiryBundle(profileSet('pas-2.0.1'), older(bundle), '2.0.1')).toEqual([])
  })

  const needed = 'fhir-packages/hl7.fhir.us.davinci-pas-2.0.1.tgz'
  const mustSupport = (profile: string): string[] => {
    const path = `package/StructureDefinition-${profile}.json`
    const [table] = readSharedPackage('hl7.fhir.us.davinci-pas-2.0.1', path).values()
    const { snapshot } = table as { snapshot: { element: { id: string; mustSupport?: boolean }[] } }
    return snapshot.element.flatMap(({ id, mustSupport: isNeeded }) => (isNeeded === true ? [id] : []))
  }
  it.skipIf(!hasShared(needed))(
    `must support of the Claim Update, by its profile (needs ../shared/data/${needed})`,
    () => {
      const claims = KINDS.flatMap((kind) => updates(chainOf(kind)).map((bundle) => claimIn(older(bundle))))
      expect(mustSupport('profile-claim-update').filter((id) => !isShown(claims, id))).toEqual([])
    },
  )
  it.skipIf(!hasShared(needed))(`must support of the inquiry, by its profile (needs ../shared/data/${needed})`, () => {
    const bundles = KINDS.flatMap((kind) => [
      ...inquiriesAbout(requestOfKind(kind)),
      ...inquiriesAbout(chainOf(kind).cancelled),
    ])
    const claims = bundles.map((bundle) => claimIn(older(bundle)))
    // The whole's certification type is of 2.2.1: there is none to ask by (§13).
    const shown = mustSupport('profile-claim-inquiry').filter((id) => id !== 'Claim.extension:certificationType')
    expect(shown.filter((id) => !isShown(claims, id))).toEqual([])
  })
})

describe('pas_client_v221 transmission', () => {
  it('every request and inquiry names its sender: notifications are filtered by it', () => {
    for (const kind of KINDS) {
      const transmission = readExtension(claimIn(requestOfKind(kind)), EXT.transmissionIdentifiers)
      expect(readExtension(transmission, 'interchangeSenderID')?.valueString).toBe('PRECERT01')
    }
  })
  it('units are those of X12 673 (prof-1 to prof-3)', () => {
    const quantities = KINDS.flatMap((kind) =>
      (claimIn(requestOfKind(kind)).item ?? []).flatMap(({ quantity }) => quantity ?? []),
    )
    for (const { value, unit, system } of quantities) {
      expect(value).toBeDefined()
      expect(unit).toBeDefined()
      expect(system).toBe(SYSTEM.x12QuantityQualifier)
    }
  })
})
