/**
 * Updates and cancellations (spec pas.md §5): the version before must be known, what is cancelled is answered as cancelled,
 * and a version that a later one has taken the place of is decided no more.
 */
import type { ClaimItem } from 'fhir/r4'
import { EXT } from '../../src/domain/fhir/canonical.ts'
import type { Ledger, PayerRequest } from './ledger.ts'
import { findEntry, readClaim } from './pas-bundle.ts'
import { writeIdentifier, type PasRequest } from './pas-request.ts'
import type { MemberFault, Verdict } from './verdict.ts'

/** Identifier of the Claim that a request updates, which 2.0.1 only names; undefined where it is a new request. */
function priorOf({ bundle }: Pick<PayerRequest, 'bundle'>): string | undefined {
  const related = readClaim(bundle)?.related?.[0]?.claim
  const prior = findEntry(bundle, related?.reference, bundle.entry?.[0]?.fullUrl)?.resource
  if (prior?.resourceType === 'Claim') return writeIdentifier(prior.identifier?.[0])
  return related?.identifier === undefined ? undefined : writeIdentifier(related.identifier)
}

/** The fault of an update of what this payer never got. */
export function checkPrior(request: PasRequest, ledger: Ledger): MemberFault | undefined {
  const prior = priorOf(request)
  if (prior === undefined || ledger.requests().some((one) => one.claimIdentifier === prior)) return undefined
  return {
    code: 'AA',
    followUp: 'C',
    element: '2000E-TRN02',
    path: 'Bundle.entry[0].resource.related[0].claim',
    note: 'The request that this updates is not known here.',
  }
}

/** Whether a later version has taken the place of this one. */
export function isReplaced(request: PayerRequest, ledger: Ledger): boolean {
  return ledger.requests().some((one) => priorOf(one) === request.claimIdentifier)
}

const isCancelled = (item: ClaimItem | undefined): boolean =>
  item?.modifierExtension?.some(({ url, valueBoolean }) => url === EXT.infoCancelled && valueBoolean) === true

/** The verdict with every cancelled line answered as cancelled; nothing more is asked for where all are. */
export function withCancellations({ claim }: PasRequest, verdict: Verdict): Verdict {
  if (verdict.kind === 'rejected') return verdict
  const lines = verdict.lines.map((line) =>
    isCancelled(claim.item?.find(({ sequence }) => sequence === line.sequence))
      ? { sequence: line.sequence, action: 'C' as const, reasons: [], notes: [] }
      : line,
  )
  return lines.every(({ action }) => action === 'C')
    ? { kind: 'decided', byHuman: false, lines }
    : { ...verdict, lines }
}
