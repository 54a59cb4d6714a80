/** The routes of cases and forms over a forms room, asked without a port by whoever holds the room's launch. */
import Fastify, { type FastifyInstance } from 'fastify'
import { createEvaluator } from '#domain/dtr/fhirpath-evaluator.ts'
import { err } from '#domain/result.ts'
import { createCaseService, type CaseServiceDeps } from '../../server/cases/case-service.ts'
import { caseRoutes } from '../../server/routes/cases.ts'
import { formRoutes } from '../../server/routes/form.ts'
import { ROOM_NOW, type FormRoom } from './form-room.ts'
import { hcpcsUnits } from './hcpcs-units.ts'

export interface ReviewApp {
  readonly call: <T>(method: 'GET' | 'POST', path: string, body?: object) => Promise<{ status: number; body: T }>
  readonly close: () => Promise<void>
}

/** Nothing here sends: what would go out is asserted where it is built. */
export async function openReviewApp(room: FormRoom): Promise<ReviewApp> {
  const noLive = { announce: () => Promise.resolve(), listen: () => () => undefined }
  const cases = createCaseService({
    store: room.store,
    payers: new Map([[room.payer.id, room.payer]]),
    tenants: new Map([[room.launch.tenant.id, room.launch.tenant]]),
    forms: room.forms,
    reopenForm: room.forms.reopen,
    ehr: () => room.ehr,
    coverage: { group: () => Promise.resolve(err({ reason: 'group-not-found' })) },
    units: hcpcsUnits,
    policies: new Map(),
    evaluator: createEvaluator(),
    live: noLive,
    intermediary: { acceptSubmission: () => Promise.resolve(false) },
    baseUrl: 'https://precert.example',
    now: () => ROOM_NOW,
    newId: () => crypto.randomUUID(),
  } as unknown as CaseServiceDeps)
  const app: FastifyInstance = Fastify()
  app.decorateRequest('launch', { getter: () => room.launch })
  caseRoutes(app, { cases, live: noLive as never })
  formRoutes(app, { forms: room.forms })
  await app.ready()
  return {
    async call<T>(method: 'GET' | 'POST', path: string, body?: object) {
      const answer = await app.inject({ method, url: path, ...(body === undefined ? {} : { payload: body }) })
      if (answer.statusCode >= 500) throw new Error(answer.body)
      return { status: answer.statusCode, body: answer.json<T>() }
    },
    close: () => app.close(),
  }
}
