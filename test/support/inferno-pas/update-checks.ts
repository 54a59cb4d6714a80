/** The checks of the kit's update group (pas.md §5.1) on four submits of one request: the faults that it would report. */
import type { Bundle, Claim, ClaimItem, ClaimSupportingInfo, FhirResource } from 'fhir/r4'
import { isSameJson } from '../../../src/domain/crd/json.ts'
import { EXT } from '../../../src/domain/fhir/canonical.ts'
import { readExtension } from '../../../src/domain/fhir/extension.ts'
import { listReferences } from '../../../src/domain/fhir/reference.ts'
import { readCertification } from '../../../src/domain/pas/claim-marks.ts'
import { claimIn } from '../client-requests.ts'

type Message = Bundle<FhirResource>
type Entry = ClaimItem | ClaimSupportingInfo
/** Initial, one line more, one changed and one cancelled, all cancelled. */
export type Chain = readonly [Message, Message, Message, Message]

const entryOf = (bundle: Message, url: string | undefined): FhirResource | undefined =>
  bundle.entry?.find(({ fullUrl }) => fullUrl === url)?.resource
const priorIn = (bundle: Message): FhirResource | undefined =>
  entryOf(bundle, claimIn(bundle).related?.[0]?.claim?.reference)
const entriesOf = (claim: Claim): Entry[][] => [claim.item ?? [], claim.supportingInfo ?? []]
const isMarked = (entry: Entry): boolean =>
  readCertification(entry) === '3' || entry.modifierExtension?.some(({ url }) => url === EXT.infoCancelled) === true
const marked = (chain: Chain): Entry[] =>
  chain.slice(1).flatMap((one) => entriesOf(claimIn(one)).flat().filter(isMarked))
const pairs = (chain: Chain): [Claim, Claim][] =>
  chain.slice(1).map((one, index) => [claimIn(chain[index] ?? one), claimIn(one)])

export const referencedClaim = (chain: Chain): string[] =>
  chain.slice(1).flatMap((one) => (priorIn(one)?.resourceType === 'Claim' ? [] : ['the prior Claim is not there']))

export const grandparentExcluded = (chain: Chain): string[] =>
  chain.slice(2).flatMap((one) => {
    const parent = priorIn(one)
    const grandparent = parent?.resourceType === 'Claim' ? parent.related?.[0]?.claim?.reference : undefined
    if (grandparent === undefined) return ['the prior Claim names no prior of its own']
    return entryOf(one, grandparent) === undefined ? [] : ['the prior Claim’s own prior is there']
  })

/** Each is there once, whatever is reached from the first Claim. */
export function referencedResources(chain: Chain): string[] {
  return chain.flatMap((bundle) => {
    const seen = new Set<string>()
    const faults: string[] = []
    const visit = (url: string, isPrimary: boolean): void => {
      if (seen.has(url)) return
      seen.add(url)
      const found = bundle.entry?.filter(({ fullUrl }) => fullUrl === url) ?? []
      if (found.length !== 1) faults.push(`${url} is there ${String(found.length)} times`)
      const resource = found[0]?.resource
      for (const { path, reference } of listReferences(resource, ''))
        if (isPrimary || resource?.resourceType !== 'Claim' || !path.includes('related')) visit(reference, false)
    }
    visit(bundle.entry?.[0]?.fullUrl ?? '', true)
    return faults
  })
}

export const entriesPreserved = (chain: Chain): string[] =>
  pairs(chain).flatMap(([before, claim]) =>
    entriesOf(before).flatMap((entries, list) => {
      const now = new Set((entriesOf(claim)[list] ?? []).map(({ sequence }) => sequence))
      return entries.flatMap(({ sequence }) => (now.has(sequence) ? [] : [`${String(sequence)} is gone`]))
    }),
  )

export const cancelledEntries = (chain: Chain): string[] =>
  marked(chain).flatMap((entry) =>
    entry.modifierExtension?.find(({ url }) => url === EXT.infoCancelled)?.valueBoolean === true
      ? []
      : [`${String(entry.sequence)} is not marked as cancelled`],
  )

export const cancelledItems = (chain: Chain): string[] =>
  chain
    .slice(1)
    .flatMap((one) => (claimIn(one).item ?? []).filter(isMarked))
    .flatMap((item) =>
      readCertification(item) === '3' ? [] : [`${String(item.sequence)} is not certified as cancelled`],
    )

/** How many were cancelled: a chain without any tells nothing. */
export const countCancelled = (chain: Chain): number => marked(chain).length

const IGNORED: readonly string[] = [EXT.infoChanged, EXT.certificationType, EXT.infoCancelled]
const content = ({ extension, modifierExtension, ...rest }: Entry): unknown => ({
  ...rest,
  extension: (extension ?? []).filter(({ url }) => !IGNORED.includes(url)),
  modifierExtension: (modifierExtension ?? []).filter(({ url }) => !IGNORED.includes(url)),
})

export const changedEntries = (chain: Chain): string[] =>
  pairs(chain).flatMap(([before, claim]) =>
    entriesOf(claim).flatMap((entries, list) =>
      entries.flatMap((entry) => {
        const old = (entriesOf(before)[list] ?? []).find(({ sequence }) => sequence === entry.sequence)
        const isChanged =
          old !== undefined && (!isSameJson(content(old), content(entry)) || isMarked(entry) !== isMarked(old))
        const expected = old === undefined ? 'added' : isChanged ? 'changed' : undefined
        const said = readExtension(entry, EXT.infoChanged)?.valueCode
        return said === expected ? [] : [`${String(entry.sequence)} is ${String(said)}, not ${String(expected)}`]
      }),
    ),
  )

export const cancelRequest = (chain: Chain): string[] =>
  readCertification(claimIn(chain[3])) === '3' ? [] : ['the whole is not certified as cancelled']
