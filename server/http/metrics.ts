import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'

export interface Metrics {
  readonly registry: Registry
  readonly contentType: string
  read(): Promise<string>
}

/** A registry of this process's own. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return { registry, contentType: registry.contentType, read: () => registry.metrics() }
}

/** Measures every answer by route template and status. */
export function measureAnswers(app: FastifyInstance, { registry }: Metrics): void {
  const histogram = new Histogram({
    name: 'http_request_seconds',
    help: 'Time to answer, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const labels = { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode }
    histogram.observe(labels, reply.elapsedTime / 1000)
  })
}

/** Counts what payers told us that reached no request: by payer and reason. */
export function countUnmatchedEvents({ registry }: Metrics): (event: { payerId: string; reason: string }) => void {
  const counter = new Counter({
    name: 'pas_events_unmatched_total',
    help: 'Events of payers that reached no request',
    labelNames: ['payer', 'reason'],
    registers: [registry],
  })
  return ({ payerId, reason }) => counter.inc({ payer: payerId, reason })
}
