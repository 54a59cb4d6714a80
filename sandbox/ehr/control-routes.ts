/** The sandbox's control API for the player and the tests: what the order screen does, in JSON, and the record. */
import type { FastifyInstance } from 'fastify'
import { ORDER_TEMPLATES, type OrderTemplate } from '../charts/orders.ts'
import type { Recorder } from '../recorder.ts'
import type { Charts } from './charts.ts'
import type { OrderDesk } from './order-desk.ts'
import { isObject, readPath, type StoredResource } from './resource.ts'
import type { ResourceStore } from './store.ts'

export interface ControlRoutesOptions {
  readonly store: ResourceStore
  readonly charts: Charts
  readonly desk: OrderDesk
  readonly recorder: Recorder
  readonly addOrders: (
    patientId: string,
    template: OrderTemplate,
    doseMgPerKg: number | undefined,
  ) => readonly StoredResource[]
  readonly launch: (input: {
    readonly user: string
    readonly patientId: string
    readonly orders: readonly string[]
    readonly appContext: string | null
    readonly denyScopes?: readonly string[]
  }) => string
  readonly setDelay: (delayMs: number) => void
}

/** Adds `/sandbox/api/*`. */
export function controlRoutes(app: FastifyInstance, options: ControlRoutesOptions): void {
  const { store, charts, desk } = options

  app.post('/sandbox/api/orders', async (request, reply) => {
    const body = toBody(request.body)
    const template = ORDER_TEMPLATES.find((known) => known === body['template'])
    const patientId = String(body['patientId'])
    if (template === undefined || store.read('Patient', patientId) === undefined)
      return reply.code(400).send({ error: 'patientId and template must be known' })
    const dose = body['doseMgPerKg']
    return { orders: options.addOrders(patientId, template, typeof dose === 'number' ? dose : undefined) }
  })

  app.post('/sandbox/api/sign', async (request, reply) => {
    const body = toBody(request.body)
    const patientId = String(body['patientId'])
    const signing = await desk.sign(patientId, toUser(body['user']), charts.readEncounterId(patientId))
    if (signing === undefined) return reply.code(409).send({ error: 'there is no draft to sign' })
    const { cards, applied, ms, problems, orders } = signing
    return { cards, appliedActions: applied, ms, problems, orders }
  })

  app.post('/sandbox/api/launch', async (request, reply) => {
    const body = toBody(request.body)
    const patientId = String(body['patientId'])
    if (store.read('Patient', patientId) === undefined) return reply.code(400).send({ error: 'patientId is unknown' })
    const appContext = body['appContext']
    const url = options.launch({
      user: toUser(body['user']),
      patientId,
      orders: desk.listCurrent(patientId),
      appContext: typeof appContext === 'string' ? appContext : null,
      denyScopes: readPath(body, 'denyScopes').map(String),
    })
    return { url }
  })

  app.post('/sandbox/api/dismiss', async (request) => {
    const body = toBody(request.body)
    return { dismissed: await desk.dismissCard(String(body['patientId']), String(body['card']), null) }
  })

  app.post('/sandbox/api/behavior', async (request) => {
    const delayMs = toBody(request.body)['delayMs']
    if (typeof delayMs === 'number') options.setDelay(delayMs)
    return {}
  })

  app.get('/sandbox/api/patients', async () => ({ personas: charts.personaIds, others: charts.otherIds }))
  app.get<{ Params: { patientId: string; type: string } }>('/sandbox/api/chart/:patientId/:type', async (request) => ({
    resources: store.list(request.params.type, request.params.patientId),
  }))
  app.get('/sandbox/api/record', async () => ({ messages: options.recorder.drain() }))
}

const toBody = (body: unknown): Readonly<Record<string, unknown>> => (isObject(body) ? body : {})

/** `lena-ruiz` or `Practitioner/lena-ruiz`; the clinician where nobody is named. */
function toUser(user: unknown): string {
  const name = typeof user === 'string' ? user : 'lena-ruiz'
  return name.includes('/') ? name : `Practitioner/${name}`
}
