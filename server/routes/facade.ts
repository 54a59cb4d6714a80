/**
 * The façade: the FHIR server that payers get. Read and search only, by our own short token; the EHR's address and token stay
 * inside (crd.md §4.2).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { buildOperationOutcome } from '#domain/fhir/operation-outcome.ts'
import type { FacadeGrants, OpenGrant } from '../coverage/facade-grants.ts'
import type { FacadeFailure } from '../coverage/facade-view.ts'
import type { Result } from '#domain/result.ts'

export interface FacadeRoutesDeps {
  readonly grants: Pick<FacadeGrants, 'find'>
}

interface TypeParams {
  readonly Params: { readonly tenant: string; readonly type: string; readonly id: string }
}

type OutcomeCode = Parameters<typeof buildOperationOutcome>[0][0]['code']

const ANSWER: Readonly<Record<FacadeFailure['reason'], readonly [status: number, code: OutcomeCode]>> = {
  'type-not-allowed': [403, 'forbidden'],
  'other-patient': [403, 'forbidden'],
  'parameter-not-allowed': [400, 'not-supported'],
  'not-found': [404, 'not-found'],
  forbidden: [403, 'forbidden'],
  'scope-missing': [403, 'forbidden'],
  // The EHR's refusal is not the payer's: its own token was good.
  unauthorized: [502, 'exception'],
  conflict: [502, 'exception'],
  'ehr-unavailable': [502, 'transient'],
  'ehr-nonsense': [502, 'exception'],
  'ehr-timeout': [504, 'timeout'],
}

function sendOutcome(reply: FastifyReply, status: number, code: OutcomeCode, text: string): FastifyReply {
  return reply
    .code(status)
    .type('application/fhir+json')
    .send(buildOperationOutcome([{ severity: 'error', code, text }]))
}

function sendResult(reply: FastifyReply, result: Result<unknown, FacadeFailure>): FastifyReply {
  if (result.ok) return reply.type('application/fhir+json').send(result.value)
  const [status, code] = ANSWER[result.error.reason]
  return sendOutcome(reply, status, code, result.error.reason)
}

export function facadeRoutes(app: FastifyInstance, { grants }: FacadeRoutesDeps): void {
  const path = '/facade/:tenant/fhir/:type'

  const openGrant = async (request: FastifyRequest, reply: FastifyReply): Promise<OpenGrant | undefined> => {
    const { tenant } = request.params as TypeParams['Params']
    const token = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const grant = token === undefined ? undefined : await grants.find(tenant, token)
    if (grant === undefined) {
      reply.header('www-authenticate', 'Bearer')
      sendOutcome(reply, 401, 'login', 'token-invalid')
    }
    return grant
  }

  app.get<TypeParams>(`${path}/:id`, async (request, reply) => {
    const grant = await openGrant(request, reply)
    if (grant === undefined) return reply
    return sendResult(reply, await grant.view.read(`${request.params.type}/${request.params.id}`))
  })

  app.get<TypeParams>(path, async (request, reply) => {
    const grant = await openGrant(request, reply)
    if (grant === undefined) return reply
    const query = request.url.split('?')[1] ?? ''
    return sendResult(reply, await grant.view.search(request.params.type, query))
  })
}
