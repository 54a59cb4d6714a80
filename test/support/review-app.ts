/** The routes of cases and forms over a forms room, asked without a port by whoever holds the room's launch. */
import type { Bundle, FhirResource } from 'fhir/r4'
import Fastify, { type FastifyInstance } from 'fastify'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import { err } from '#domain/result.ts'
import { createCaseService, type CaseServiceDeps } from '../../server/cases/case-service.ts'
import type { IntermediaryPort } from '../../server/cases/ports.ts'
import type { LaunchContext } from '../../server/context.ts'
import { caseRoutes } from '../../server/routes/cases.ts'
import { formRoutes } from '../../server/routes/form.ts'
import { ROOM_NOW, type FormRoom } from './form-room.ts'
import { hcpcsUnits } from './hcpcs-units.ts'
import { profileSet } from './profile-set.ts'

export interface ReviewApp {
  readonly taken: readonly Bundle<FhirResource>[]
  readonly call: <T>(method: 'GET' | 'POST', path: string, body?: object) => Promise<{ status: number; body: T }>
  /** Listens, for what only a connection can do; gives the address. */
  readonly listen: () => Promise<string>
  readonly close: () => Promise<void>
}

interface ReviewAppOptions {
  /** Who asks; whoever opened the room where it is not given. */
  readonly launch?: LaunchContext
}

/** Nothing here sends: a request that is taken in stands in `taken`. */
export async function openReviewApp(
  room: FormRoom,
  { launch = room.launch }: ReviewAppOptions = {},
): Promise<ReviewApp> {
  const taken: Bundle<FhirResource>[] = []
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
    intermediary: {
      acceptSubmission(_tx, { bundle }) {
        taken.push(bundle)
        return Promise.resolve(true)
      },
    } satisfies Pick<IntermediaryPort, 'acceptSubmission'>,
    profiles: profileSet('pas-2.2.1'),
    baseUrl: 'https://precert.example',
    now: () => ROOM_NOW,
    newId: () => crypto.randomUUID(),
  } as unknown as CaseServiceDeps)
  const app: FastifyInstance = Fastify()
  app.decorateRequest('launch', { getter: () => launch })
  caseRoutes(app, { cases, live: noLive as never })
  formRoutes(app, { forms: room.forms })
  await app.ready()
  return {
    taken,
    async call<T>(method: 'GET' | 'POST', path: string, body?: object) {
      const answer = await app.inject({ method, url: path, ...(body === undefined ? {} : { payload: body }) })
      if (answer.statusCode >= 500) throw new Error(answer.body)
      return { status: answer.statusCode, body: answer.json<T>() }
    },
    listen: () => app.listen({ host: '127.0.0.1', port: 0 }),
    close: () => app.close(),
  }
}
