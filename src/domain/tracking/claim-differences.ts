/** The difference of two versions of a Claim as a person reads it before it is sent. Pure. */
import type { Claim, ClaimItem } from 'fhir/r4'
import type { Differences, LineFacts } from '../contract/change.ts'
import { cancelsAll, type ClaimDiff } from '../pas/claim-diff.ts'
import { readCertification } from '../pas/claim-marks.ts'

/** Words for what the Claim knows by number and reference. */
export interface DifferenceNames {
  readonly lineTitle: (sequence: number) => string
  readonly documentTitle: (reference: string) => string | null
}

function factsOf(item: ClaimItem): LineFacts {
  const { quantity } = item
  return {
    code: item.productOrService.coding?.[0]?.code ?? null,
    asked: quantity?.value === undefined ? null : { value: String(quantity.value), unit: quantity.code ?? '' },
    start: item.servicedDate ?? item.servicedPeriod?.start ?? null,
    end: item.servicedDate ?? item.servicedPeriod?.end ?? null,
  }
}

/**
 * @param prior the version that the payer has
 * @param next the version that would be sent, as `writeClaimUpdate` wrote it
 */
export function describeDifferences(prior: Claim, next: Claim, diff: ClaimDiff, names: DifferenceNames): Differences {
  const { added, changed, cancelled } = diff.items
  const line = (sequence: number): Pick<Differences['lines'][number], 'sequence' | 'title' | 'certification'> => {
    const item = next.item?.find((one) => one.sequence === sequence)
    const certification = item === undefined ? null : (readCertification(item) ?? null)
    return { sequence, title: names.lineTitle(sequence), certification }
  }
  const lines: Differences['lines'] = [
    ...changed.map(({ before, after }) => ({
      ...line(after.sequence),
      change: 'changed' as const,
      before: factsOf(before),
      after: factsOf(after),
    })),
    ...cancelled.map((item) => ({
      ...line(item.sequence),
      change: 'cancelled' as const,
      before: factsOf(item),
      after: null,
    })),
    ...added.map((item) => ({ ...line(item.sequence), change: 'added' as const, before: null, after: factsOf(item) })),
  ]
  const infos = diff.supportingInfo.added
  return {
    cancelsAll: cancelsAll(prior, diff),
    lines: lines.toSorted((one, other) => one.sequence - other.sequence),
    documents: infos.flatMap(({ valueReference }) =>
      valueReference?.reference === undefined ? [] : (names.documentTitle(valueReference.reference) ?? ''),
    ),
    messages: infos.flatMap(({ valueString }) => valueString ?? []),
  }
}
