/**
 * Whether our Subscription at a payer still brings what the payer decides (pas.md §6.1, §6.2; R4 subscriptions backport): when
 * to look, what to do with what is found there, and which events did not arrive. The client, not the server, re-activates. Pure.
 */
import type { Subscription } from 'fhir/r4'
import { EXT } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { addDuration, isEarlier } from '../time.ts'
import type { PasNotification } from './notification.ts'

const LOOK_EVERY_SECONDS = 3_600
/** A heartbeat may be late, and one may be lost. */
const HEARTBEATS_MISSED = 3

export interface CaredFor {
  readonly checkedAt: string | null
  /** When it told us anything last. */
  readonly heardAt: string | null
  /** How often the payer promised to say that it lives; null where it did not. */
  readonly heartbeatSeconds: number | null
}

/** Whether the payer should be asked for it now: by the hour, and sooner where it is more silent than it promised. */
export function isLookDue({ checkedAt, heardAt, heartbeatSeconds }: CaredFor, now: string): boolean {
  if (checkedAt === null) return true
  const isOver = (since: string, seconds: number): boolean => !isEarlier(now, addDuration(since, { seconds }))
  if (isOver(checkedAt, LOOK_EVERY_SECONDS)) return true
  if (heartbeatSeconds === null) return false
  const silence = heartbeatSeconds * HEARTBEATS_MISSED
  const last = heardAt !== null && isEarlier(checkedAt, heardAt) ? heardAt : checkedAt
  return isOver(last, silence)
}

export type Care =
  | 'keep'
  /** PUT with status `requested`: it is in error, off, or not as we want it. */
  | 'reactivate'
  /** The payer has none. */
  | 'replace'

/** What a Subscription needs that was found so; null where the payer does not have it. */
export function careOf(found: unknown, endpoint: string): Care {
  if (found === null || typeof found !== 'object') return 'replace'
  const { status, channel } = found as Partial<Subscription>
  if (status !== 'active' && status !== 'requested') return 'reactivate'
  // A payer that keeps the address to itself has it as it was given.
  const known = channel?.endpoint
  return known === undefined || known === endpoint ? 'keep' : 'reactivate'
}

/** How often the payer promises a heartbeat; null where it does not. */
export function readHeartbeat(found: unknown): number | null {
  const channel = (found as Partial<Subscription> | null | undefined)?.channel
  const period = readExtension(channel, EXT.backportHeartbeatPeriod)
  const seconds = period?.valueUnsignedInt ?? period?.valuePositiveInt ?? period?.valueInteger
  return typeof seconds === 'number' && seconds > 0 ? seconds : null
}

export interface EventSpan {
  readonly from: number
  readonly to: number
}

/** `eventCount` of a Subscription whose next event may have any number: it was re-activated, and the payer may count anew. */
export const COUNT_UNKNOWN = -1

/**
 * The events that should have come before this notification, and have not.
 * @param eventCount the highest number that is known
 */
export function readGap(
  eventCount: number,
  {
    type,
    eventsSinceStart,
    events,
  }: Pick<PasNotification, 'type' | 'eventsSinceStart'> & {
    readonly events: readonly { readonly number: number | null }[]
  },
): EventSpan | null {
  if (eventCount === COUNT_UNKNOWN || type === 'handshake') return null
  const later = events.flatMap(({ number }) => (number !== null && number > eventCount ? number : []))
  const before = type === 'heartbeat' ? (eventsSinceStart ?? eventCount) + 1 : Math.min(...later)
  return Number.isFinite(before) && before > eventCount + 1 ? { from: eventCount + 1, to: before - 1 } : null
}
