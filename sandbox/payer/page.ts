/** The payer's page: what it received, what it said, and a person's buttons. Plain HTML, one form a button, no script. */
import type { FastifyInstance } from 'fastify'
import { FAULT_MODES, type FaultMode } from './behavior.ts'
import type { PayerRequest } from './ledger.ts'
import { renderPage } from './page-html.ts'
import type { Payer } from './payer.ts'
import { decideNow, notifyAgain, type Ruling } from './processing.ts'

const RULINGS: readonly Ruling[] = ['by-policy', 'approve', 'deny', 'pend']

/** Adds `/` and the forms behind its buttons. */
export function pageRoutes(app: FastifyInstance, payer: Payer): void {
  app.get('/', async (_request, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
      )
      .send(renderPage(describePayer(payer), newestFirst(payer.ledger.requests()))),
  )

  app.post('/sandbox/decide', async (request, reply) => {
    const form = new URLSearchParams(String(request.body))
    const ruling = RULINGS.find((one) => one === form.get('ruling')) ?? 'by-policy'
    await decideNow(payer, form.get('id') ?? '', ruling, true)
    return reply.redirect('/', 303)
  })

  app.post('/sandbox/notify', async (request, reply) => {
    await notifyAgain(payer, new URLSearchParams(String(request.body)).get('id') ?? '')
    return reply.redirect('/', 303)
  })

  app.post('/sandbox/behavior', async (request, reply) => {
    const form = new URLSearchParams(String(request.body))
    const delayMs = Math.min(60_000, Math.max(0, Number(form.get('delayMs')) || 0))
    const mode: FaultMode = FAULT_MODES.find((one) => one === form.get('mode')) ?? 'none'
    payer.behavior.set({ delayMs, mode, times: null })
    return reply.redirect('/', 303)
  })
}

export interface PayerDescription {
  readonly name: string
  readonly id: string
  readonly dialect: string
  readonly deduplicates: boolean
  readonly questionnaire: string
  readonly criteria: readonly string[]
  readonly delayMs: number
  readonly mode: FaultMode
  readonly subscriptions: number
}

function describePayer({ options, behavior, questionnaire, ledger }: Payer): PayerDescription {
  const { delayMs, mode } = behavior.current()
  return {
    name: options.name,
    id: options.id,
    dialect: options.dialect,
    deduplicates: options.deduplicates,
    questionnaire: questionnaire.canonical,
    criteria: questionnaire.policy.criteria.map((criterion) => criterion.label),
    delayMs,
    mode,
    subscriptions: ledger.subscriptions().filter((one) => one.resource.status === 'active').length,
  }
}

function newestFirst(requests: readonly PayerRequest[]): readonly PayerRequest[] {
  return requests.toReversed()
}
