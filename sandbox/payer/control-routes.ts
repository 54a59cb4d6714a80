/** The payer's controls as JSON, for tests and the headless player: what was received, decide, tell again, misbehave. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { FAULT_MODES, SERVICES, type Behavior } from './behavior.ts'
import { parseJsonObject, sendRefusal } from './fhir-http.ts'
import type { PayerRequest } from './ledger.ts'
import type { Payer } from './payer.ts'
import { decideNow, notifyAgain } from './processing.ts'

/** Which request: by the payer's own id, or the newest under an identifier value. */
const targetSchema = z.object({
  id: z.string().optional(),
  bundleIdentifier: z.string().optional(),
  claimIdentifier: z.string().optional(),
})
const decideSchema = targetSchema.extend({
  ruling: z.enum(['by-policy', 'approve', 'deny', 'pend']).default('by-policy'),
})
const notifySchema = targetSchema.extend({ which: z.enum(['present', 'earlier']).default('present') })
const behaviorSchema = z.object({
  delayMs: z.number().int().min(0).max(60_000).optional(),
  mode: z.enum(FAULT_MODES).optional(),
  services: z.array(z.enum(SERVICES)).optional(),
  times: z.number().int().min(1).nullable().optional(),
  notificationCopies: z.number().int().min(0).max(5).optional(),
})

/** Adds `/sandbox/api`. */
export function controlRoutes(app: FastifyInstance, payer: Payer): void {
  const { ledger, behavior, options } = payer

  app.get('/sandbox/api/requests', async () => ({
    payer: options.id,
    requests: ledger.requests().map(summarize),
    byBundleIdentifier: countBy(ledger.requests(), (request) => request.bundleIdentifier),
    byClaimIdentifier: countBy(ledger.requests(), (request) => request.claimIdentifier),
    deliveries: ledger.deliveries(),
    subscriptions: ledger.subscriptions().map(({ resource, senderId, events }) => ({
      id: resource.id,
      status: resource.status,
      senderId,
      events,
    })),
  }))

  app.post('/sandbox/api/decide', async (request, reply) => {
    const body = parseControl(request.body, decideSchema)
    const target = body && findTarget(payer, body)
    if (!body || !target) return reply.code(404).send({ error: 'no such request' })
    const decided = await decideNow(payer, target.id, body.ruling, true)
    return decided === undefined ? reply.code(404).send({ error: 'no such request' }) : summarize(decided)
  })

  app.post('/sandbox/api/notify', async (request, reply) => {
    const body = parseControl(request.body, notifySchema)
    const target = body && findTarget(payer, body)
    const told = body && target && (await notifyAgain(payer, target.id, body.which))
    return told ? summarize(told) : reply.code(404).send({ error: 'no answer to tell' })
  })

  app.get('/sandbox/api/behavior', async () => behavior.current())
  app.post('/sandbox/api/behavior', async (request, reply) => {
    const parsed = parseJsonObject(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.error)
    const change = behaviorSchema.safeParse(parsed.value)
    return change.success
      ? behavior.set(dropUndefined(change.data))
      : reply.code(400).send({ error: z.prettifyError(change.error) })
  })

  app.get('/sandbox/api/record', async () => ({ messages: options.recorder.drain() }))
}

function dropUndefined(change: z.infer<typeof behaviorSchema>): Partial<Behavior> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}

function parseControl<T>(body: unknown, schema: z.ZodType<T>): T | undefined {
  const parsed = parseJsonObject(body)
  return parsed.ok ? schema.safeParse(parsed.value).data : undefined
}

function findTarget(payer: Payer, target: z.infer<typeof targetSchema>): PayerRequest | undefined {
  const named = (identifier: string, value: string | undefined): boolean =>
    value !== undefined && identifier.endsWith(`|${value}`)
  return payer.ledger
    .requests()
    .toReversed()
    .find(
      (request) =>
        request.id === target.id ||
        named(request.bundleIdentifier, target.bundleIdentifier) ||
        named(request.claimIdentifier, target.claimIdentifier),
    )
}

/** A request without its bundles. */
function summarize(request: PayerRequest): object {
  const HIDDEN = new Set(['bundle', 'answer', 'earlier', 'bodyHash'])
  return Object.fromEntries(Object.entries(request).filter(([name]) => !HIDDEN.has(name)))
}

/** How often each identifier arrived, and how often it was processed: more than once is a request decided twice. */
function countBy(
  requests: readonly PayerRequest[],
  key: (request: PayerRequest) => string,
): Record<string, { received: number; processed: number }> {
  const counts: Record<string, { received: number; processed: number }> = {}
  for (const request of requests) {
    const name = key(request)
    const before = counts[name] ?? { received: 0, processed: 0 }
    counts[name] = { received: before.received + request.received, processed: before.processed + 1 }
  }
  return counts
}
