/** The log: JSON lines without addresses, bodies or people. */
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { pino } from 'pino'
import type { Config } from '../config.ts'

/** A safety net: no code logs these, and should one do so, they do not come through. */
const REDACTED = [
  'authorization',
  'cookie',
  'access_token',
  'refresh_token',
  'id_token',
  'client_assertion',
  'code',
  'state',
  'launch',
]

export function createLog(level: Config['logLevel']): Logger {
  return pino({
    level,
    base: null,
    redact: {
      paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*["${name}"]`]),
      censor: '[redacted]',
    },
    timestamp: pino.stdTimeFunctions.isoTime,
  })
}

/** One line per answer: the route's template, never the address. */
export function logAnswers(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    )
  })
}
