/** What the chain of a case keeps of each thing that happened: enough for a line of the timeline, and no more. */
import type { Message } from '#domain/result.ts'
import { message } from '#domain/result.ts'
import type { CaseView } from '#domain/contract/case.ts'
import type { EventRow } from '../store/repositories/events.ts'

export type CaseEventKind =
  | 'opened'
  | 'filled'
  | 'form-saved'
  | 'form-expired'
  | 'form-delegated'
  | 'form-taken-back'
  | 'form-determined'
  | 'form-determination-flagged'
  | 'form-number-accepted'
  | 'form-written'
  | 'form-not-written'
  | 'orders-written'
  | 'orders-not-written'
  | 'signed'
  | 'sent'
  | 'pended'
  | 'asked'
  | 'decided'
  | 'attached'
  | 'form-sent'
  | 'attachment-received'
  | 'attachment-refused'
  | 'attachment-unanswered'
  | 'rejected'
  | 'not-sent'
  | 'unknown'
  | 'resending'
  | 'inquired'
  | 'inquiry-found'
  | 'inquiry-others'
  | 'inquiry-nothing'
  | 'inquiry-not-reached'
  | 'recorded'
  | 'urgency-changed'
  | 'changed'
  | 'cancelling'
  | 'change-refused'
  | 'earlier-answer'
  | 'documents-changed'
  | 'written-to-chart'
  | 'write-failed'

export interface CaseEventPayload {
  readonly params?: Readonly<Record<string, string | number>>
  readonly detail?: Message
}

/** The intermediary's own events are for whoever audits the chain; the timeline says the same in a person's words. */
const AUDIT_ONLY = 'pas-'

/** The timeline, newest first: the chain without what only an audit needs. */
export function toTimeline(events: readonly EventRow[]): CaseView['timeline'] {
  return events
    .filter((event) => !event.kind.startsWith(AUDIT_ONLY))
    .map(toTimelineEntry)
    .reverse()
}

/** A timeline entry. The sentence is `timeline.<kind>`. */
function toTimelineEntry(event: EventRow): CaseView['timeline'][number] {
  const payload = (event.payload ?? {}) as CaseEventPayload
  return {
    at: event.at,
    kind: event.kind,
    message: message(`timeline.${event.kind}`, payload.params),
    detail: payload.detail ?? null,
    actor: event.actor,
  }
}
