/**
 * The must-support lists of the public PAS test kit (v2.2.1, pas.md §11.4) against the profiles of the published package, so
 * that none of them is a list of ours alone: 112 of the Claim Update, 92 of the inquiry, 72 of the ClaimResponse, 71 of an
 * inquiry's answer, 24 of the Task, 11 of the CommunicationRequest. That what we write shows each is tested by these lists
 * (`inferno-pas-client*.test.ts`), and here once more by the package's own paths.
 */
import type { Bundle, Claim, FhirResource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import {
  CLAIM_RESPONSE,
  COMMUNICATION_REQUEST,
  INQUIRY_RESPONSE,
  TASK,
  without,
} from '../../src/app/testing/must-support-elements.ts'
import { inquiriesAbout, requestOfKind, updateChain } from '../support/client-requests.ts'
import { CLAIM_INQUIRY_ELEMENTS, CLAIM_UPDATE_ELEMENTS, isShown } from '../support/inferno-pas-must-support.ts'
import { ownMessages } from '../support/own-messages.ts'
import { REQUEST_KINDS } from '../support/request-kinds.ts'
import { hasShared, readSharedPackage } from '../support/shared-data.ts'

const PACKAGE = 'hl7.fhir.us.davinci-pas-2.2.1'
const NEEDED = `fhir-packages/${PACKAGE}.tgz`

interface Element {
  readonly id: string
  readonly mustSupport?: boolean
  readonly patternCodeableConcept?: object
}

/** Of its snapshot. */
function mustSupport(profile: string): readonly Element[] {
  const [table] = readSharedPackage(PACKAGE, `package/StructureDefinition-${profile}.json`).values()
  return (table as { snapshot: { element: Element[] } }).snapshot.element.filter((one) => one.mustSupport === true)
}

/**
 * As the test kit counts: a type of a choice by its own name, and in a slice of supportingInfo by what is below it alone; what
 * has a pattern, where the list has it, by the code in it.
 */
function asTheKitCounts({ id, patternCodeableConcept }: Element): string[] {
  if (/supportingInfo:\w+[.]timing\[x\]:\w+$/.test(id)) return []
  if (id === 'Claim.related.relationship' && patternCodeableConcept !== undefined) return [`${id}.coding.code`]
  return [id.replaceAll(/\w+\[x\]:/g, '')]
}

describe.skipIf(!hasShared(NEEDED)).each([
  ['profile-claim-update', 112, CLAIM_UPDATE_ELEMENTS],
  ['profile-claim-inquiry', 92, CLAIM_INQUIRY_ELEMENTS],
  ['profile-claimresponse', 72, CLAIM_RESPONSE],
  ['profile-claiminquiryresponse', 71, INQUIRY_RESPONSE],
  ['profile-task', 24, TASK],
  ['profile-communicationrequest', 11, COMMUNICATION_REQUEST],
] as const)(`the list of %s (needs ../shared/data/${NEEDED})`, (profile, count, list) => {
  it(`is that of the package: ${String(count)} elements`, () => {
    const derived = mustSupport(profile).flatMap(asTheKitCounts)
    expect(derived).toHaveLength(count)
    expect(derived.toSorted()).toEqual([...list].toSorted())
  })
})

/** A date instead of a period is the same element by its other type: either shows it, and the kit asks for the period. */
const isOtherType = (id: string): boolean => id.endsWith('.timing[x]:timingDate')
const pathsOf = (profile: string): string[] => mustSupport(profile).flatMap(({ id }) => (isOtherType(id) ? [] : [id]))

const claimIn = (bundle: Bundle<FhirResource>): Claim => bundle.entry?.[0]?.resource as Claim
const KINDS = Object.keys(REQUEST_KINDS)

describe.skipIf(!hasShared(NEEDED))(`what is written shows each by its path (needs ../shared/data/${NEEDED})`, () => {
  it('updates', () => {
    const claims = KINDS.flatMap((kind) => {
      const { added, modified, cancelled } = updateChain(kind)
      return [added, modified, cancelled].map(claimIn)
    })
    expect(pathsOf('profile-claim-update').filter((id) => !isShown(claims, id))).toEqual([])
  })

  it('inquiries', () => {
    const claims = KINDS.flatMap((kind) =>
      [...inquiriesAbout(requestOfKind(kind)), ...inquiriesAbout(updateChain(kind).cancelled)].map(claimIn),
    )
    expect(pathsOf('profile-claim-inquiry').filter((id) => !isShown(claims, id))).toEqual([])
  })

  it.each(['profile-claimresponse', 'profile-task', 'profile-communicationrequest'])(
    'the showcase of the simulated payer: %s',
    (profile) => {
      const showcase = ownMessages('pas-2.2.1').find(({ name }) => name === 'showcase')?.body as object
      const missing = mustSupport(profile).filter(({ id }) => {
        const less = without(showcase, id)
        return JSON.stringify(less) === JSON.stringify(showcase)
      })
      expect(missing).toEqual([])
    },
  )
})
