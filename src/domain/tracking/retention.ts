/**
 * How long a request and its answers are kept (PAS 2.2.1 spec-73, pas.md §1.1): at least six months after the planned service
 * is expected to be complete, so that whoever may ask finds it. What is still open, and what names no end, is kept. Pure.
 */
import { addToDate } from '../time.ts'

const KEPT_MONTHS = 6

export interface KeptRequest {
  /** The last day of service that the request names, `YYYY-MM-DD`; null where it names none. */
  readonly servicesEnd: string | null
  /** The day of the payer's last word, in the organization's zone; null where there is none yet. */
  readonly answeredOn: string | null
  /** The payer answered or refused it: nobody waits to learn what became of it. */
  readonly isClosed: boolean
}

/** The first day on which a request may be deleted; null where no day is known, and it is kept. */
export function keptUntil({ servicesEnd, answeredOn, isClosed }: KeptRequest): string | null {
  if (!isClosed || servicesEnd === null || answeredOn === null) return null
  // An answer may come after the service: whoever got it late has six months, too.
  const from = answeredOn > servicesEnd ? answeredOn : servicesEnd
  const last = addToDate(from, { months: KEPT_MONTHS })
  return (last && addToDate(last, { days: 1 })) ?? null
}

/** Whether a request may be deleted on a day; never earlier than six months after its service. */
export function mayDelete(request: KeptRequest, today: string): boolean {
  const until = keptUntil(request)
  return until !== null && today >= until
}
