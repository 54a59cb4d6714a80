/** The payer's CDS service: discovery, order-sign, feedback. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Coverage, FhirResource, Organization } from 'fhir/r4'
import { isSameReference } from '../../src/domain/fhir/reference.ts'
import { dateIn } from '../../src/domain/time.ts'
import { err, ok, type Result } from '../../src/domain/result.ts'
import { buildCoverageInformation } from './coverage-information.ts'
import { findCoverageRule } from './coverage-rules.ts'
import { buildCards, buildService, PREFETCH } from './crd-service.ts'
import { parseHookCall, readOnlyCoverage, type HookCall } from './crd-request.ts'
import { openFacade, pickResources, type Facade } from './facade.ts'
import { refuse, sendRefusal, type Refusal } from './fhir-http.ts'
import { CRD_SERVICE_ID, PAYER_ID_SYSTEM } from './options.ts'
import type { Payer } from './payer.ts'

/** Adds `/cds-services`. Every call is checked again from nothing: JWT, envelope, orders, coverage. */
export function crdRoutes(app: FastifyInstance, payer: Payer): void {
  const { options, access } = payer
  const serviceUrl = `${options.baseUrl}/cds-services/${CRD_SERVICE_ID}`
  const seenInstances = new Set<string>()

  app.get('/cds-services', async () => ({ services: [buildService(options)] }))

  app.post(`/cds-services/${CRD_SERVICE_ID}`, async (request, reply) => {
    const jwt = await access.verifyHook(request.headers.authorization, serviceUrl)
    if (!jwt.ok) return sendRefusal(reply, refuse(401, 'login', jwt.error))
    if (await payer.meetFault('crd', reply)) return reply
    const call = parseHookCall(request.body, {
      dialect: options.dialect,
      prefetchKeys: Object.keys(PREFETCH[options.dialect]),
      clientBaseUrl: options.client.baseUrl,
      serviceId: CRD_SERVICE_ID,
    })
    if (!call.ok) return sendRefusal(reply, call.error)
    if (seenInstances.has(call.value.hookInstance))
      return sendRefusal(reply, refuse(400, 'duplicate', 'This hookInstance was used before.'))
    seenInstances.add(call.value.hookInstance)
    return answerCall(payer, call.value, reply)
  })

  app.post(`/cds-services/${CRD_SERVICE_ID}/feedback`, async (request, reply) => {
    const jwt = await access.verifyHook(request.headers.authorization, `${serviceUrl}/feedback`)
    return jwt.ok ? reply.code(200).send() : sendRefusal(reply, refuse(401, 'login', jwt.error))
  })
}

async function answerCall(payer: Payer, call: HookCall, reply: FastifyReply): Promise<FastifyReply> {
  const facade = call.fhir === null ? undefined : openFacade(call.fhir, payer.send)
  const coverage = await findCoverage(payer, call, facade)
  if (!coverage.ok) return sendRefusal(reply, coverage.error)
  if (call.configuration['coverage-info'] === false) return reply.send({ cards: [] })
  return reply.send(buildAnswer(payer, call, coverage.value))
}

/** The Coverage of the prefetch, else of the façade; it must be one of ours. */
async function findCoverage(
  payer: Payer,
  call: HookCall,
  facade: Facade | undefined,
): Promise<Result<Coverage & { id: string }, Refusal>> {
  const { dialect, id } = payer.options
  const prefetched = Object.values(call.prefetch).flatMap((value) => pickResources(value, 'Coverage'))
  const known = 'coverage' in call.prefetch || prefetched.length > 0
  if (!known && facade === undefined)
    return err(refuse(412, 'required', 'No coverage was sent, and there is nowhere to ask.'))
  const coverages = known
    ? prefetched
    : pickResources(
        await facade?.read(`Coverage?patient=${encodeURIComponent(call.patientId)}&status=active`),
        'Coverage',
      )
  const only = readOnlyCoverage(coverages, dialect)
  if (!only.ok) return only
  const insurer = await findInsurer(only.value, call, facade)
  const ours = insurer?.some((identifier) => identifier.system === PAYER_ID_SYSTEM && identifier.value === id)
  return ours === true
    ? ok(only.value)
    : err(
        refuse(
          dialect === '2.2' ? 400 : 422,
          'invalid',
          'The payor of this Coverage is not served here.',
          'Coverage.payor',
        ),
      )
}

/** Identifiers of the payor: logical, contained, prefetched, or read from the façade. */
async function findInsurer(
  coverage: Coverage,
  call: HookCall,
  facade: Facade | undefined,
): Promise<Organization['identifier']> {
  const [payor] = coverage.payor
  if (payor?.identifier !== undefined) return [payor.identifier]
  const { reference } = payor ?? {}
  if (reference === undefined) return undefined
  if (reference.startsWith('#'))
    return pickResources(
      coverage.contained?.find((resource) => `#${resource.id ?? ''}` === reference),
      'Organization',
    )[0]?.identifier
  const prefetched = Object.values(call.prefetch)
    .flatMap((value) => pickResources(value, 'Organization'))
    .find((organization) => isSameReference(`Organization/${organization.id ?? ''}`, reference))
  if (prefetched !== undefined) return prefetched.identifier
  const relative = /Organization\/[A-Za-z0-9.-]{1,64}$/.exec(reference)?.[0]
  return relative === undefined ? undefined : pickResources(await facade?.read(relative), 'Organization')[0]?.identifier
}

/** One system action for each order that a rule covers: the order as it came, with the statement added. */
function buildAnswer(payer: Payer, call: HookCall, coverage: Coverage & { id: string }): object {
  const { options } = payer
  const assertionId = `${options.receiverId}-${payer.newId()}`
  const date = dateIn(payer.now(), 'America/New_York')
  const ruled = call.orders.flatMap((order) => {
    const rule = findCoverageRule(order)
    return rule === undefined ? [] : [{ order, rule }]
  })
  const systemActions = ruled.map(({ order, rule }) => ({
    type: 'update',
    description: `${options.name}: ${rule.reason}`,
    resource: annotate(
      order,
      buildCoverageInformation(
        {
          coverage: `Coverage/${coverage.id}`,
          rule,
          questionnaire: payer.questionnaire.canonical,
          assertionId,
          date,
          payer: { name: options.name, phone: options.phone, policyUrl: payer.questionnaire.policyUrl },
        },
        options.dialect,
      ),
    ),
  }))
  const needsPa = ruled.some(({ rule }) => rule.paNeeded === 'auth-needed')
  if (needsPa) payer.ledger.noteAssertion(assertionId)
  return {
    cards: needsPa ? buildCards(options, payer.newId()) : [],
    ...(systemActions.length === 0 ? {} : { systemActions }),
  }
}

/** Nothing but the extension may differ from what was sent (CRD resp-37). */
function annotate(order: FhirResource, extension: ReturnType<typeof buildCoverageInformation>): FhirResource {
  const kept = 'extension' in order ? (order.extension ?? []) : []
  const others = kept.filter((existing) => existing.url !== extension.url)
  return { ...order, extension: [...others, extension] } as FhirResource
}
