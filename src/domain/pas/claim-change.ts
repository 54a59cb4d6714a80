/**
 * From what a person changes to the Claim that is wanted: edits of lines, lines left out, and a fresh Claim of what is new,
 * whose sequences are brought behind those in use. Pure; no argument is changed. `diffClaims` tells what became of it.
 */
import type { Claim, ClaimCareTeam, ClaimDiagnosis, ClaimItem, ClaimSupportingInfo } from 'fhir/r4'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { isSameReference } from '../fhir/reference.ts'
import { CERTIFICATION, certificationType, isCancelled, isTemporary } from './claim-marks.ts'
import { omit, X12_UNITS } from './profile-parts.ts'

/** New values of a line; what is undefined stays. */
export interface LineEdit {
  readonly sequence: number
  /** Decimal string, in the unit that the line is counted in. */
  readonly quantity?: string
  /** Full dates. */
  readonly start?: string
  readonly end?: string
}

export interface ClaimChange {
  /** Everything is cancelled; whatever else is asked for does not count. */
  readonly cancelAll: boolean
  readonly edits: readonly LineEdit[]
  readonly cancelled: readonly number[]
  /** Lines that the payer approved: what is asked for beyond them is an extension. */
  readonly approved: readonly number[]
  /** What is new, as the builder makes it; an item under a sequence in use takes that line's place. Null: nothing is new. */
  readonly fresh: Claim | null
}

/** The least sequence that no entry has had. */
export function nextSequence(of: readonly { readonly sequence: number }[] | undefined): number {
  return Math.max(0, ...(of ?? []).map(({ sequence }) => sequence)) + 1
}

const servicedOf = (start: string, end: string): Pick<ClaimItem, 'servicedDate' | 'servicedPeriod'> =>
  start === end ? { servicedDate: start } : { servicedPeriod: { start, end } }

/** First and last day of service of an item; undefined where it has none. */
function daysOf(item: ClaimItem): { start: string; end: string } | undefined {
  const start = item.servicedDate ?? item.servicedPeriod?.start
  const end = item.servicedDate ?? item.servicedPeriod?.end ?? start
  return start === undefined || end === undefined ? undefined : { start, end }
}

/** What a line is counted in that had no quantity before. */
const PLAIN_UNITS = { unit: X12_UNITS.UN, system: SYSTEM.x12QuantityQualifier, code: 'UN' }

function edited(item: ClaimItem, { quantity, start, end }: LineEdit): ClaimItem {
  const days = daysOf(item)
  const from = start ?? days?.start
  const to = end ?? days?.end ?? from
  const dated = from === undefined || to === undefined ? {} : servicedOf(from, to)
  const isDated = start !== undefined || end !== undefined
  return {
    ...(isDated ? omit(item, 'servicedDate', 'servicedPeriod') : item),
    ...(isDated ? dated : {}),
    ...(quantity === undefined ? {} : { quantity: { ...(item.quantity ?? PLAIN_UNITS), value: Number(quantity) } }),
  }
}

/** More, or longer, than what was approved is an extension (X12 1322 `4`); anything else is a revision. */
function certified(before: ClaimItem, after: ClaimItem): ClaimItem {
  const [old, wanted] = [daysOf(before), daysOf(after)]
  const isLonger = old !== undefined && wanted !== undefined && wanted.end > old.end && wanted.start >= old.start
  const isMore = (after.quantity?.value ?? 0) > (before.quantity?.value ?? 0)
  if (!isLonger && !isMore) return after
  const others = (after.extension ?? []).filter(({ url }) => url !== EXT.certificationType)
  return { ...after, extension: [...others, certificationType(CERTIFICATION.extension)] }
}

type Renumber = ReadonlyMap<number, number>

/** Takes what is not there yet behind what is; gives the list and the new number of each fresh entry. */
function append<T extends { readonly sequence: number }>(
  known: readonly T[],
  fresh: readonly T[],
  isSame: (a: T, b: T) => boolean,
): { all: T[]; numbers: Renumber } {
  const all = [...known]
  const numbers = new Map<number, number>()
  for (const one of fresh) {
    const there = all.find((other) => isSame(other, one))
    const sequence = there?.sequence ?? nextSequence(all)
    if (there === undefined) all.push({ ...one, sequence })
    numbers.set(one.sequence, sequence)
  }
  return { all, numbers }
}

const isSameMember = (a: ClaimCareTeam, b: ClaimCareTeam): boolean =>
  isSameReference(a.provider.reference, b.provider.reference) &&
  readExtension(a, EXT.careTeamClaimScope)?.valueBoolean === readExtension(b, EXT.careTeamClaimScope)?.valueBoolean

const diagnosisCode = ({ diagnosisCodeableConcept }: ClaimDiagnosis): string | undefined =>
  diagnosisCodeableConcept?.coding?.[0]?.code

const isSameDiagnosis = (a: ClaimDiagnosis, b: ClaimDiagnosis): boolean => diagnosisCode(a) === diagnosisCode(b)

/** One principal diagnosis a Claim, and it has one. */
const further = (diagnosis: ClaimDiagnosis): ClaimDiagnosis => omit(diagnosis, 'type')

const isDated = (info: ClaimSupportingInfo): boolean =>
  ['patientEvent', 'admissionDates', 'dischargeDates'].some((code) => isTemporary(info.category, code))

const linked = (links: readonly number[] | undefined, numbers: Renumber): number[] | undefined =>
  links?.flatMap((link) => numbers.get(link) ?? [])

/** Takes over from the fresh Claim what is new in it. */
function withFresh(wanted: Claim, fresh: Claim): Claim {
  const team = append(wanted.careTeam ?? [], fresh.careTeam ?? [], isSameMember)
  const diagnoses = append(wanted.diagnosis ?? [], (fresh.diagnosis ?? []).map(further), isSameDiagnosis)
  const infos = append(
    wanted.supportingInfo ?? [],
    (fresh.supportingInfo ?? []).filter((info) => !isDated(info)),
    () => false,
  )
  const items = (fresh.item ?? []).map((item): ClaimItem => {
    const careTeamSequence = linked(item.careTeamSequence, team.numbers)
    const diagnosisSequence = linked(item.diagnosisSequence, diagnoses.numbers)
    const informationSequence = linked(item.informationSequence, infos.numbers)
    return {
      ...item,
      ...(careTeamSequence === undefined ? {} : { careTeamSequence }),
      ...(diagnosisSequence === undefined ? {} : { diagnosisSequence }),
      ...(informationSequence === undefined ? {} : { informationSequence }),
    }
  })
  const kept = (wanted.item ?? []).map((item) => {
    const fresher = items.find(({ sequence }) => sequence === item.sequence)
    if (fresher === undefined) return item
    const { informationSequence } = item
    return { ...fresher, ...(informationSequence === undefined ? {} : { informationSequence }) }
  })
  const added = items.filter(({ sequence }) => !kept.some((item) => item.sequence === sequence))
  return {
    ...wanted,
    ...(team.all.length > 0 ? { careTeam: team.all } : {}),
    ...(diagnoses.all.length > 0 ? { diagnosis: diagnoses.all } : {}),
    ...(infos.all.length > 0 ? { supportingInfo: infos.all } : {}),
    item: [...kept, ...added],
  }
}

/** The event spans every line that stays. */
function withPatientEvent(claim: Claim): Claim {
  const days = (claim.item ?? []).filter((item) => !isCancelled(item)).flatMap((item) => daysOf(item) ?? [])
  const start = days.map((one) => one.start).toSorted()[0]
  const end = days
    .map((one) => one.end)
    .toSorted()
    .at(-1)
  if (start === undefined || end === undefined || claim.supportingInfo === undefined) return claim
  const timing = start === end ? { timingDate: start } : { timingPeriod: { start, end } }
  return {
    ...claim,
    supportingInfo: claim.supportingInfo.map((info) =>
      isTemporary(info.category, 'patientEvent') && !isCancelled(info)
        ? { ...omit(info, 'timingDate', 'timingPeriod'), ...timing }
        : info,
    ),
  }
}

/** The Claim that is wanted, given the one that the payer has. What was cancelled before stays so. */
export function applyChange(prior: Claim, change: ClaimChange): Claim {
  const cancelledBefore = (entry: { readonly modifierExtension?: ClaimItem['modifierExtension'] }): boolean =>
    isCancelled(entry as ClaimItem)
  if (change.cancelAll)
    return {
      ...prior,
      item: (prior.item ?? []).filter(cancelledBefore),
      supportingInfo: (prior.supportingInfo ?? []).filter(cancelledBefore),
    }
  const items = (prior.item ?? [])
    .filter((item) => cancelledBefore(item) || !change.cancelled.includes(item.sequence))
    .map((item) => {
      const edit = change.edits.find(({ sequence }) => sequence === item.sequence)
      return edit === undefined || isCancelled(item) ? item : edited(item, edit)
    })
  const edit = { ...prior, item: items }
  const wanted = withPatientEvent(change.fresh === null ? edit : withFresh(edit, change.fresh))
  return {
    ...wanted,
    item: (wanted.item ?? []).map((item) => {
      const before = (prior.item ?? []).find(({ sequence }) => sequence === item.sequence)
      return before !== undefined && change.approved.includes(item.sequence) ? certified(before, item) : item
    }),
  }
}
