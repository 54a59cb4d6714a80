import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiError } from '#domain/contract/common.ts'
import type { Failure } from '#domain/result.ts'
import { statusOf } from './failure-status.ts'

/** Answers an expected failure in the shape of `errorSchema`; `ref` is the request id that the log carries. */
export function sendFailure(reply: FastifyReply, failure: Failure): FastifyReply {
  const body: ApiError = {
    reason: failure.reason,
    ...(failure.params === undefined ? {} : { params: { ...failure.params } }),
    ...(failure.path === undefined ? {} : { path: failure.path }),
    ref: reply.request.id,
  }
  return reply.code(statusOf(failure.reason)).send(body)
}

const BY_CODE: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'not-json',
}

/** The reason of an error that Fastify or a plugin threw before a route could answer; undefined for a bug of ours. */
export function reasonOf(error: FastifyError): string | undefined {
  const known = BY_CODE[error.code]
  if (known !== undefined) return known
  if (error.statusCode === 429) return 'too-many-requests'
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) return 'invalid-request'
  return undefined
}

/** Error handler of the whole server: a bug is logged and says nothing to the outside but its reference. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const reason = error instanceof RefusedBody ? error.reason : reasonOf(error)
  if (reason === undefined) request.log.error({ bug: describeError(error) }, 'request failed')
  return sendFailure(reply, { reason: reason ?? 'internal' })
}

/** A body that the JSON parser refuses. */
export class RefusedBody extends Error {
  readonly statusCode = 400
  readonly reason: string
  constructor(reason: string) {
    super(reason)
    this.name = 'RefusedBody'
    this.reason = reason
  }
}

/**
 * What the log may know of an error: its class, code and where it happened. The message stays out: drivers and parsers put
 * values into it.
 */
export function describeError(error: unknown): { name: string; code: string | null; at: readonly string[] } {
  if (!(error instanceof Error)) return { name: typeof error, code: null, at: [] }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const cause = error.cause instanceof Error ? error.cause : error
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null
  return { name: error.name, code, at: frames.slice(0, 8).map((line) => line.trim()) }
}
