/**
 * `/api/launch/:launchId/fhir/*`: the chart of the launch's patient, read-only, for the evidence view and look-ups in the
 * browser. The token stays here; the patient is checked on every resource that goes out.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { FhirResource } from 'fhir/r4'
import { buildSearchset } from '#domain/crd/payer-request.ts'
import { rewriteReferences } from '#domain/crd/rewrite-references.ts'
import type { Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import type { Failure } from '#domain/result.ts'
import { isDirectoryType, isVisibleTo } from '#domain/smart/patient-view.ts'
import type { EhrClient, LaunchContext } from '../context.ts'
import { sendFailure } from '../http/send-failure.ts'

export interface EhrProxyDeps {
  readonly baseUrl: string
  readonly ehr: (launch: LaunchContext) => EhrClient
}

const FHIR_JSON = 'application/fhir+json; charset=utf-8'
const PURPOSE = { caseId: null, neededBy: 'evidence-view' }
const TYPE = /^[A-Z][A-Za-z]{1,40}$/
/** Parameters that look past the patient: chains, reverse chains, filters, includes. */
const REFUSED_PARAMETER = /[.]|^_(has|filter|query|include|revinclude|contained)/
const PATIENT_PARAMETERS = new Set(['patient', 'subject', 'beneficiary'])

/** Registers the proxy; the prefix (`/api/launch/:launchId`) and its guards are the caller's. */
export function ehrProxyRoutes(app: FastifyInstance, deps: EhrProxyDeps): void {
  const proxyBase = (launch: LaunchContext): string => `${deps.baseUrl}/api/launch/${launch.launchId}/fhir`
  const answer = (reply: FastifyReply, launch: LaunchContext, resource: FhirResource): FastifyReply =>
    reply.type(FHIR_JSON).send(rewriteReferences(resource, launch.tenant.fhirBase, proxyBase(launch)))

  app.get<{ Params: { type: string; id: string } }>('/fhir/:type/:id', async (request, reply) => {
    const { launch } = request
    const { type, id } = request.params
    const read = await deps.ehr(launch).read(`${type}/${id}`, PURPOSE)
    if (!read.ok) return sendFailure(reply, read.error)
    // What is not this patient's is as if it were not there.
    if (!isVisibleTo(launch.patientId, read.value)) return sendFailure(reply, { reason: 'not-found' })
    return answer(reply, launch, read.value)
  })

  app.get<{ Params: { type: string } }>('/fhir/:type', async (request, reply) => {
    const { launch } = request
    const { type } = request.params
    const query = readSearch(type, new URL(request.url, deps.baseUrl).searchParams, launch.patientId)
    if (!query.ok) return sendFailure(reply, query.error)
    const found = await deps.ehr(launch).search(type, query.value.toString(), PURPOSE)
    if (!found.ok) return sendFailure(reply, found.error)
    if (!found.value.complete) return sendFailure(reply, { reason: 'ehr-nonsense', path: 'link' })
    const matches = found.value.resources.filter((resource) => isVisibleTo(launch.patientId, resource))
    const searchset = buildSearchset(proxyBase(launch), `${type}?${query.value.toString()}`, { matches, included: [] })
    return answer(reply, launch, searchset)
  })

  app.route({
    method: ['POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/fhir/*',
    handler: (_request, reply) => sendFailure(reply, { reason: 'read-only' }),
  })
}

/** The search as it goes to the EHR: always for the launch's patient where the type belongs to one. */
function readSearch(
  type: string,
  asked: URLSearchParams,
  patientId: string,
): Result<URLSearchParams, Failure<'not-found' | 'invalid-request' | 'other-patient'>> {
  if (!TYPE.test(type)) return err({ reason: 'not-found' })
  const forwarded = new URLSearchParams()
  for (const [name, value] of asked) {
    if (REFUSED_PARAMETER.test(name)) return err({ reason: 'invalid-request', path: name })
    if (!PATIENT_PARAMETERS.has(name)) forwarded.append(name, value)
    else if (value.replace(/^Patient\//, '') !== patientId) return err({ reason: 'other-patient', path: name })
  }
  if (type === 'Patient') forwarded.set('_id', patientId)
  else if (!isDirectoryType(type)) forwarded.set('patient', patientId)
  return ok(forwarded)
}
