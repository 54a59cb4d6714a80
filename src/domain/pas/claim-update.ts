/**
 * Writes the next version of a Claim (PAS Claim Update, pas.md §2.5, §5) from the one that the payer has and what differs.
 * Every entry ever sent appears again under its sequence; new ones come last. Pure; no argument is changed.
 */
import type { Claim, ClaimItem, ClaimSupportingInfo, Extension } from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '../fhir/canonical.ts'
import { cancelsAll, type ClaimDiff, type EntryDiff } from './claim-diff.ts'
import {
  CERTIFICATION,
  certificationType,
  marked,
  readCertification,
  unmarked,
  type ClaimEntry,
} from './claim-marks.ts'
import { omit } from './profile-parts.ts'
import { traceNumberOf } from './trace-number.ts'

/** Under which the payer knows a line: what it authorized (REF*BB), and what it tracks it by (REF*NT). */
export interface LineNumbers {
  readonly sequence: number
  readonly authorization: string | null
  readonly tracking: string | null
}

export interface UpdateIdentity {
  /** Lower-case UUID v4 of the new Claim. */
  readonly claimId: string
  readonly identifier: { readonly system: string; readonly value: string }
  readonly createdAt: string
  /** Under which the version before stands in the Bundle. */
  readonly priorFullUrl: string
  readonly numbers: readonly LineNumbers[]
}

const numberExtensions = (authorization: string | null, tracking: string | null): Extension[] => [
  ...(authorization === null ? [] : [{ url: EXT.authorizationNumber, valueString: authorization }]),
  ...(tracking === null ? [] : [{ url: EXT.administrationReferenceNumber, valueString: tracking }]),
]
const isNumber = ({ url }: Extension): boolean =>
  url === EXT.authorizationNumber || url === EXT.administrationReferenceNumber

/** What a version says of an item's certification: a change is a revision, unless it says that it extends or renews. */
const certificationOfChange = (before: ClaimItem, after: ClaimItem): string => {
  const wanted = readCertification(after)
  const says = wanted !== undefined && wanted !== CERTIFICATION.initial && wanted !== readCertification(before)
  return says ? wanted : CERTIFICATION.revised
}

/**
 * The numbers of an item that this version touches. Traces: its first one, by which it is known for life, and this version's,
 * by which an answer to this version can be told from one to an earlier. And those by which the payer knows it.
 */
function numbered(item: ClaimItem, before: ClaimItem | undefined, { identifier, numbers }: UpdateIdentity): ClaimItem {
  const known = numbers.find(({ sequence }) => sequence === item.sequence)
  const said = numberExtensions(known?.authorization ?? null, known?.tracking ?? null)
  const others = (item.extension ?? []).filter(
    (one) => one.url !== EXT.itemTraceNumber && !(said.length > 0 && isNumber(one)),
  )
  const first = (before?.extension ?? []).find(({ url }) => url === EXT.itemTraceNumber)
  const own: Extension = {
    url: EXT.itemTraceNumber,
    valueIdentifier: { system: identifier.system, value: traceNumberOf(identifier.value, item.sequence) },
  }
  return { ...item, extension: [...(first === undefined ? [] : [first]), own, ...said, ...others] }
}

/** The list of the next version, with what `mark` says of each entry that the difference names. */
function nextEntries<T extends ClaimEntry>(
  prior: readonly T[],
  { added, changed, cancelled }: EntryDiff<T>,
  mark: {
    added: (entry: T) => T
    changed: (before: T, after: T) => T
    cancelled: (entry: T) => T
  },
): T[] {
  const kept = prior.map((entry) => {
    const change = changed.find(({ before }) => before.sequence === entry.sequence)
    if (change !== undefined) return mark.changed(entry, change.after)
    return cancelled.some(({ sequence }) => sequence === entry.sequence) ? mark.cancelled(entry) : unmarked(entry)
  })
  return [...kept, ...added.map(mark.added)]
}

function nextItems(prior: Claim, { items }: ClaimDiff, identity: UpdateIdentity): ClaimItem[] {
  return nextEntries(prior.item ?? [], items, {
    added: (item) =>
      marked(numbered(item, undefined, identity), {
        infoChanged: 'added',
        certification: readCertification(item) ?? CERTIFICATION.initial,
      }),
    changed: (before, after) =>
      marked(numbered(after, before, identity), {
        infoChanged: 'changed',
        certification: certificationOfChange(before, after),
      }),
    cancelled: (item) =>
      marked(numbered(item, item, identity), {
        infoChanged: 'changed',
        certification: CERTIFICATION.cancel,
        cancelled: true,
      }),
  })
}

function nextSupportingInfo(prior: Claim, { supportingInfo }: ClaimDiff): ClaimSupportingInfo[] {
  return nextEntries(prior.supportingInfo ?? [], supportingInfo, {
    added: (info) => marked(info, { infoChanged: 'added' }),
    changed: (_before, after) => marked(after, { infoChanged: 'changed' }),
    cancelled: (info) => marked(info, { infoChanged: 'changed', cancelled: true }),
  })
}

/** The one value that all lines share, else null. */
function shared(values: readonly (string | null)[]): string | null {
  const said = new Set(values.filter((value) => value !== null))
  const [only = null] = said
  return said.size === 1 ? only : null
}

/** The numbers that hold for the whole; and one certification type, which says that everything is cancelled. */
function nextExtensions(claim: Claim, numbers: readonly LineNumbers[], isWhole: boolean): Extension[] {
  const said = numberExtensions(
    shared(numbers.map(({ authorization }) => authorization)),
    shared(numbers.map(({ tracking }) => tracking)),
  )
  const others = (claim.extension ?? []).filter(
    (one) => one.url !== EXT.certificationType && !said.some(({ url }) => url === one.url),
  )
  return [...others, ...said, ...(isWhole ? [certificationType(CERTIFICATION.cancel)] : [])]
}

/** The next version: `diff` applied to `prior`. */
export function writeClaimUpdate(prior: Claim, diff: ClaimDiff, identity: UpdateIdentity): Claim {
  const gone = (Object.keys(diff.head) as (keyof Claim)[]).filter((name) => diff.head[name] === undefined)
  const head = { ...omit(prior, ...gone), ...omit(diff.head, ...gone) } as Claim
  const extension = nextExtensions(head, identity.numbers, cancelsAll(prior, diff))
  const supportingInfo = nextSupportingInfo(prior, diff)
  return {
    ...omit(head, 'extension', 'supportingInfo'),
    id: identity.claimId,
    meta: { profile: [PROFILE.pasClaimUpdate] },
    ...(extension.length > 0 ? { extension } : {}),
    identifier: [{ ...head.identifier?.[0], ...identity.identifier }],
    created: identity.createdAt,
    // Active, also where everything is cancelled.
    status: 'active',
    related: [
      {
        claim: { reference: identity.priorFullUrl },
        relationship: { coding: [{ system: SYSTEM.relatedClaim, code: 'prior' }] },
      },
    ],
    ...(supportingInfo.length > 0 ? { supportingInfo } : {}),
    item: nextItems(prior, diff, identity),
  }
}
