import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../http/metrics.ts'
import type { Store } from '../store/store.ts'

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

/**
 * `GET /health` for load balancers: 200 when the database answers, else 503. `GET /metrics` for a collector on this machine:
 * anybody else gets a 404.
 */
export function healthRoutes(app: FastifyInstance, deps: { readonly store: Store; readonly metrics: Metrics }): void {
  app.get('/health', async (_request, reply) => {
    const healthy = await deps.store.ping()
    return reply.code(healthy ? 200 : 503).send({ status: healthy ? 'ok' : 'database-unavailable' })
  })

  app.get('/metrics', async (request, reply) => {
    const isLocal = LOOPBACK.has(request.socket.remoteAddress ?? '') && request.headers['x-forwarded-for'] === undefined
    if (!isLocal) return reply.code(404).send()
    return reply.type(deps.metrics.contentType).send(await deps.metrics.read())
  })
}
