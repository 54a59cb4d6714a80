/** A person's question to the payer about a case: what may be asked, and what its answer says. Pure. */
import type { Inquiry, LineView } from '../contract/case.ts'
import type { InquiryAsk, KnownCertification } from '../pas/inquiry-ask.ts'
import type { PasResponse } from '../pas/pas-response.ts'
import { err, ok, type Failure, type Result } from '../result.ts'

type Line = Pick<
  LineView,
  | 'sequence'
  | 'status'
  | 'start'
  | 'end'
  | 'authorizationNumber'
  | 'trackingNumber'
  | 'reviewActionCode'
  | 'issuedOn'
  | 'validFrom'
  | 'validTo'
>

/** A decision that stands names its certification; one that is awaited would hide behind what is known of it now. */
const STANDS: readonly LineView['status'][] = ['approved', 'partially-approved', 'modified', 'denied']

function certificationOf(line: Line): KnownCertification {
  const stands = STANDS.includes(line.status)
  const day = (value: string | null): string | null => (stands ? (value?.slice(0, 10) ?? null) : null)
  return {
    sequence: line.sequence,
    authorization: line.authorizationNumber,
    tracking: line.trackingNumber,
    reviewAction: stands ? line.reviewActionCode : null,
    issuedOn: day(line.issuedOn),
    validFrom: day(line.validFrom),
    validTo: day(line.validTo),
  }
}

/** The question as the payer will read it. Fails with `number-unknown` where no line has a number to ask by. */
export function askAbout(
  how: Exclude<Inquiry['how'], 'outcome'>,
  lines: readonly Line[],
): Result<InquiryAsk, Failure<'number-unknown'>> {
  const live = lines.filter(({ status }) => status !== 'cancelled')
  switch (how) {
    case 'item':
      return ok({ by: 'item', sequences: live.map(({ sequence }) => sequence), known: live.map(certificationOf) })
    case 'number': {
      const first = lines.find((line) => line.authorizationNumber !== null || line.trackingNumber !== null)
      return first === undefined
        ? err({ reason: 'number-unknown' })
        : ok({ by: 'number', authorization: first.authorizationNumber, tracking: first.trackingNumber })
    }
    case 'patient': {
      const start = live.flatMap((line) => line.start ?? []).toSorted()[0]
      const end = live
        .flatMap((line) => line.end ?? line.start ?? [])
        .toSorted()
        .at(-1)
      return ok({ by: 'patient', period: start === undefined || end === undefined ? null : { start, end } })
    }
  }
}

/** Something else that the payer has, as shown. */
export function otherAnswer(response: PasResponse): Inquiry['others'][number] {
  const numbers = response.lines.flatMap((line) => line.authorizationNumber ?? line.trackingNumber ?? [])
  const own = response.decision?.authorizationNumber
  const periods = response.lines.flatMap(({ validity }) => validity ?? [])
  return {
    numbers: [...new Set([...(own ? [own] : []), ...numbers])],
    statuses: [...new Set(response.lines.map(({ status }) => status))],
    validFrom: periods.flatMap(({ start }) => start ?? []).toSorted()[0] ?? null,
    validTo:
      periods
        .flatMap(({ end }) => end ?? [])
        .toSorted()
        .at(-1) ?? null,
  }
}
