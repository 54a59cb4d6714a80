/**
 * Another system's request in two statements: taken in and marked as sending, answered. What they write is what the single
 * repositories would, all of it or nothing; a request that takes any other course goes on with those.
 */
import { sql } from 'drizzle-orm'
import { executeNamed, type Tx } from '../tx.ts'
import type { ChainEnd, Events, NewEvent } from './events.ts'
import type { Exchanges, NewExchange } from './exchanges.ts'
import type { IdempotencyKey } from './idempotency.ts'
import type { NewJob } from './jobs.ts'
import type { PasMetrics } from './pas-metrics.ts'
import type { SubmissionRow } from './submissions.ts'

export interface DirectRequest {
  readonly key: IdempotencyKey
  readonly bodySha256: string
  readonly submission: SubmissionRow
  readonly exchange: NewExchange
  readonly event: NewEvent
  /** What wakes up when nothing comes back. */
  readonly job: NewJob & { readonly runAt: string; readonly maxAttempts: number }
}

export interface DirectAnswer {
  readonly key: IdempotencyKey
  readonly submission: SubmissionRow
  readonly exchange: NewExchange
  /** The payer has not decided. */
  readonly pended: boolean
  /** How the payer names the answer. */
  readonly reference: string | null
  readonly event: NewEvent
  /** The end of the submission's chain when it was sent. */
  readonly end: ChainEnd
  readonly job: Pick<NewJob, 'kind' | 'dedupe'>
  /** The request's PAS metric record. */
  readonly metric: unknown
  readonly at: string
}

export type DirectSubmissions = ReturnType<typeof createDirectSubmissions>

export function createDirectSubmissions(
  events: Pick<Events, 'link'>,
  exchanges: Pick<Exchanges, 'seal'>,
  pasMetrics: Pick<PasMetrics, 'seal'>,
) {
  return {
    /** Takes a request in, with no NOTIFY: its job is not due. Gives its chain's end; undefined where the key was used before. */
    async accept(db: Tx, request: DirectRequest): Promise<NonNullable<ChainEnd> | undefined> {
      const { key, submission, job } = request
      const link = events.link(null, request.event)
      const statement = sql`
        with fresh as (
          insert into idempotency (tenant, client_id, bundle_identifier, body_sha256, created_at)
          values (${key.tenant}, ${key.clientId}, ${key.bundleIdentifier}, ${request.bodySha256}, ${submission.createdAt})
          on conflict do nothing returning tenant
        ), sent as (
          insert into submission (tenant, id, source, payer_id, bundle_identifier, claim_identifier, trace_numbers,
            bundle_exchange_id, state, attempts, created_at, sent_at, pas_version, member_id, subscriber_id, provider_npis,
            prior_claim, services_end)
          select tenant, ${submission.id}, ${submission.source}, ${submission.payerId}, ${submission.bundleIdentifier},
            ${submission.claimIdentifier}, ${JSON.stringify(submission.traceNumbers)}::jsonb,
            ${submission.bundleExchangeId}, ${submission.state}, ${submission.attempts}::integer,
            ${submission.createdAt}::timestamptz, ${submission.sentAt}::timestamptz, ${submission.pasVersion},
            ${submission.memberId}, ${submission.subscriberId}, ${JSON.stringify(submission.providerNpis)}::jsonb,
            ${submission.priorClaim}, ${submission.servicesEnd}
          from fresh
        ), kept as (${insertExchange(exchanges.seal(request.exchange, request.bodySha256), sql`fresh`)}
        ), told as (${insertEvent(link, sql`fresh`)}
        ), waiting as (
          insert into job (tenant, id, kind, dedupe, payload, state, run_at, attempts, max_attempts, created_at)
          select tenant, ${job.id}, ${job.kind}, ${job.dedupe ?? null}, ${JSON.stringify(job.payload)}::jsonb, 'ready',
            ${job.runAt}::timestamptz, 0, ${job.maxAttempts}::integer, ${submission.createdAt}::timestamptz
          from fresh
        )
        select tenant from fresh`
      const written = await executeNamed(db, 'accept-directly', statement)
      return written.length > 0 ? { seq: link.seq, hash: link.hash } : undefined
    },

    /** Writes the payer's answer down and ends the job. False where the request is not as it was sent: nothing is written. */
    async answer(db: Tx, { key, submission, job, at, ...answer }: DirectAnswer): Promise<boolean> {
      const { tenant, id: submissionId } = submission
      const measured = pasMetrics.seal({ tenant, submissionId, at, record: answer.metric })
      const statement = sql`
        with moved as (
          update submission set state = 'answered', answered_at = ${at}::timestamptz,
            answer_exchange_id = ${answer.exchange.id}, answer_reference = ${answer.reference},
            metric_at = ${at}::timestamptz, pended = ${answer.pended}::boolean
          where tenant = ${tenant} and id = ${submissionId} and state = ${'sending'} and attempts = ${submission.attempts}::integer
          returning tenant
        ), kept as (${insertExchange(exchanges.seal(answer.exchange), sql`moved`)}
        ), told as (${insertEvent(events.link(answer.end, answer.event), sql`moved`)}
        ), measured as (
          insert into pas_metric (tenant, submission_id, at, record_sealed)
          select tenant, ${submissionId}, ${at}::timestamptz, ${measured.recordSealed}::bytea from moved
        ), repeated as (
          update idempotency set http_status = 200, answer_exchange_id = ${answer.exchange.id}
          where tenant = ${key.tenant} and client_id = ${key.clientId} and bundle_identifier = ${key.bundleIdentifier}
            and exists (select from moved)
        ), done as (
          update job set state = 'done', finished_at = ${at}::timestamptz, lease_owner = null, lease_until = null
          where tenant = ${tenant} and kind = ${job.kind} and dedupe = ${job.dedupe ?? null} and state = ${'ready'}
            and exists (select from moved)
        )
        select tenant from moved`
      return (await executeNamed(db, 'answer-directly', statement)).length > 0
    },
  }
}

const insertExchange = (row: ReturnType<Exchanges['seal']>, from: ReturnType<typeof sql>) => sql`
          insert into exchange (tenant, id, request_id, direction, kind, partner, content_type, http_status, body_sealed,
            body_sha256, at)
          select tenant, ${row.id}, ${row.requestId}, ${row.direction}, ${row.kind}, ${row.partner}, ${row.contentType},
            ${row.httpStatus}::integer, ${row.bodySealed}::bytea, ${row.bodySha256}, ${row.at}::timestamptz
          from ${from}`

const insertEvent = (row: ReturnType<Events['link']>, from: ReturnType<typeof sql>) => sql`
          insert into event (tenant, case_id, seq, at, kind, actor, payload_sealed, prev_hash, hash)
          select tenant, ${row.caseId}, ${row.seq}::integer, ${row.at}::timestamptz, ${row.kind}, ${row.actor},
            ${row.payloadSealed}::bytea, ${row.prevHash}, ${row.hash}
          from ${from}`
