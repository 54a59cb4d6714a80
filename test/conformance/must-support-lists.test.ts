/**
 * The must-support lists of the public PAS test kit (pas.md §11.4) against the profiles of the published packages, in both
 * versions, so that none of them is a list of ours alone. That what is written shows each is tested by the kit's names
 * (`inferno-pas-client.test.ts`, `inferno-pas-server.test.ts`), and here once more by the packages' own paths.
 */
import type { Bundle, FhirResource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import { without } from '../../src/app/testing/must-support-elements.ts'
import { inquiriesAbout, requestOfKind, updateChain } from '../support/client-requests.ts'
import { COUNTS, MUST_SUPPORT, type Listed } from '../support/inferno-pas/must-support.ts'
import { isShown, listedIn } from '../support/inferno-pas/shown.ts'
import { ownMessages } from '../support/own-messages.ts'
import { REQUEST_KINDS } from '../support/request-kinds.ts'
import { hasShared, readSharedPackage } from '../support/shared-data.ts'

const packageOf = (version: PasVersion): string => `hl7.fhir.us.davinci-pas-${version}`
const neededFor = (version: PasVersion): string => `fhir-packages/${packageOf(version)}.tgz`
const VERSIONS: readonly PasVersion[] = ['2.2.1', '2.0.1']
const LISTED = Object.keys(MUST_SUPPORT['2.2.1']) as Listed[]

interface Element {
  readonly id: string
  readonly mustSupport?: boolean
  readonly patternCodeableConcept?: object
}

/** The package joins the words of some names by a hyphen, of others by nothing. */
const profileOf = (listed: Listed): string =>
  `profile-${listed.replaceAll('_', /^(claim|pas)_/.test(listed) ? '-' : '')}`

/** Of its snapshot. */
function mustSupport(version: PasVersion, profile: string): readonly Element[] {
  const [table] = readSharedPackage(packageOf(version), `package/StructureDefinition-${profile}.json`).values()
  return (table as { snapshot: { element: Element[] } }).snapshot.element.filter((one) => one.mustSupport === true)
}

/** Choices of which the kit asks for a type, or for two. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  'MedicationRequest.reported[x]': ['MedicationRequest.reportedBoolean', 'MedicationRequest.reportedReference'],
  'MedicationRequest.dosageInstruction.doseAndRate.dose[x]': [
    'MedicationRequest.dosageInstruction.doseAndRate.doseQuantity',
  ],
}

/**
 * As the test kit counts: a type of a choice by its own name, and in a slice of supportingInfo by what is below it alone; what
 * has a pattern, where the list has it, by the code in it; a slice itself where anything below it is of the list.
 */
function asTheKitCounts(version: PasVersion, elements: readonly Element[]): string[] {
  const counted = elements.flatMap(({ id, patternCodeableConcept }) => {
    if (/supportingInfo:\w+[.]timing\[x\]:\w+$/.test(id)) return []
    if (id === 'Claim.related.relationship' && patternCodeableConcept !== undefined) return [`${id}.coding.code`]
    return version === '2.2.1' && TYPES[id] !== undefined ? TYPES[id] : [id.replaceAll(/\w+\[x\]:/g, '')]
  })
  const slices = counted.flatMap((id) => /^Claim[.](careTeam|supportingInfo):\w+/.exec(id)?.[0] ?? [])
  return [...new Set([...counted, ...slices])]
}

describe.each(VERSIONS)('the lists of PAS %s', (version) => {
  it.skipIf(!hasShared(neededFor(version))).each(LISTED)(
    `%s is that of the package (needs ../shared/data/${neededFor(version)})`,
    (listed) => {
      const derived = asTheKitCounts(version, mustSupport(version, profileOf(listed)))
      expect(derived.toSorted()).toEqual([...MUST_SUPPORT[version][listed]].toSorted())
    },
  )
  it('are as long as the kit counts them', () => {
    for (const [listed, count] of Object.entries(COUNTS[version]))
      expect([listed, new Set(MUST_SUPPORT[version][listed as Listed]).size]).toEqual([listed, count])
  })
})

/** A date instead of a period is the same element by its other type: either shows it, and the kit asks for the period. */
const isOtherType = (id: string): boolean => id.endsWith('.timing[x]:timingDate')
const pathsOf = (profile: string): string[] =>
  mustSupport('2.2.1', profile).flatMap(({ id }) => (isOtherType(id) ? [] : [id]))
const KINDS = Object.keys(REQUEST_KINDS)
const missingFrom = (bundles: readonly Bundle<FhirResource>[], listed: Listed): string[] => {
  const resources = bundles.flatMap((bundle) => listedIn(bundle, listed))
  return pathsOf(profileOf(listed)).filter((id) => !isShown(resources, id))
}

describe.skipIf(!hasShared(neededFor('2.2.1')))(
  `what is written shows each by its path (needs ../shared/data/${neededFor('2.2.1')})`,
  () => {
    it('updates', () => {
      const sent = KINDS.flatMap((kind) => {
        const { added, modified, cancelled } = updateChain(kind)
        return [added, modified, cancelled]
      })
      expect(missingFrom(sent, 'claim_update')).toEqual([])
    })

    it('inquiries', () => {
      const sent = KINDS.flatMap((kind) => [
        ...inquiriesAbout(requestOfKind(kind)),
        ...inquiriesAbout(updateChain(kind).cancelled),
      ])
      expect(missingFrom(sent, 'claim_inquiry')).toEqual([])
    })

    it.each(['claimresponse', 'task', 'communication_request'] as const)(
      'the showcase of the simulated payer: %s',
      (listed) => {
        const showcase = ownMessages('pas-2.2.1').find(({ name }) => name === 'showcase')?.body as object
        const missing = mustSupport('2.2.1', profileOf(listed)).filter(({ id }) => {
          const less = without(showcase, id)
          return JSON.stringify(less) === JSON.stringify(showcase)
        })
        expect(missing).toEqual([])
      },
    )
  },
)

describe('an element is not seen where it is not', () => {
  it.each([
    ['Claim.item.extension:infoChanged', { item: [{ extension: [{ url: 'x' }] }] }],
    ['Coverage.class:plan.name', { class: [{ type: { coding: [{ code: 'group' }] }, name: 'G' }] }],
    ['Organization.identifier:PI', { identifier: [{ value: '1' }] }],
    ['Patient.telecom.use', { telecom: [{ system: 'phone' }] }],
    ['Bundle.entry:Claim.fullUrl', { entry: [{ resource: { resourceType: 'Claim' } }] }],
  ])('%s', (id, resource) => {
    expect(isShown([resource], id)).toBe(false)
  })
})
