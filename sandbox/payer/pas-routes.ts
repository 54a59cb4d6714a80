/**
 * `Claim/$submit` and `Claim/$inquire` of PAS 2.2.1 and 2.0.1, each below its own base: raw Bundle in; Bundle, Parameters or
 * one OperationOutcome out.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Bundle, FhirResource } from 'fhir/r4'
import { answerFault, type Payer } from './payer.ts'
import { refuse, sendRefusal, sendResource } from './fhir-http.ts'
import { buildInquiryAnswer, buildOlderInquiryAnswer, findMatches } from './inquiry.ts'
import { toPartialAnswer } from './older-response.ts'
import { parsePasRequest, type PasRequest } from './pas-request.ts'
import { PAS_PATH, PAS_VERSIONS, type PasVersion } from './pas-version.ts'
import { takeIn, tellOutOfOrder } from './processing.ts'

const SCOPE = 'system/Claim.c'

/** Adds the two operations of each version. */
export function pasRoutes(app: FastifyInstance, payer: Payer): void {
  for (const version of PAS_VERSIONS) addOperations(app, payer, version)
}

function addOperations(app: FastifyInstance, payer: Payer, version: PasVersion): void {
  app.post(`${PAS_PATH[version]}/Claim/$submit`, async (request, reply) => {
    if (payer.requireScope(request.headers.authorization, SCOPE, reply) === undefined) return reply
    const { delayMs, mode } = payer.behavior.take('pas')
    await payer.sleep(delayMs)
    if (mode === 'error-500' || mode === 'refuse-422') {
      answerFault(mode, reply, payer.keepSilent)
      return reply
    }
    const parsed = parsePasRequest(request.body, 'submit', version)
    if (!parsed.ok) return sendRefusal(reply, parsed.error)
    const intake = takeIn(payer, parsed.value, String(request.body))
    if (intake.kind === 'conflict')
      return sendRefusal(
        reply,
        refuse(409, 'conflict', 'Another request was received under these identifiers.', 'Bundle.identifier'),
      )
    const { answer } = intake.request
    if (mode === 'silent' || mode === 'drop-after-processing' || answer === null) recordUnanswered(payer, request)
    if (answerFault(mode, reply, payer.keepSilent)) return reply
    if (intake.request.behavior === 'out-of-order' && intake.request.state === 'pended' && answer !== null) {
      await tellOutOfOrder(payer, intake.request.id, async () => void (await sendResource(reply, answer)))
      return reply
    }
    if (answer !== null) return sendResource(reply, say(answer, parsed.value))
    payer.keepSilent(reply)
    return reply
  })

  app.post(`${PAS_PATH[version]}/Claim/$inquire`, async (request, reply) => {
    if (payer.requireScope(request.headers.authorization, SCOPE, reply) === undefined) return reply
    if (await payer.meetFault('pas', reply)) return reply
    const parsed = parsePasRequest(request.body, 'inquire', version)
    if (!parsed.ok) return sendRefusal(reply, parsed.error)
    const matches = findMatches(parsed.value, payer.ledger)
    const id = payer.newId()
    return sendResource(
      reply,
      version === '2.0.1'
        ? buildOlderInquiryAnswer(matches, { now: payer.now(), id })
        : buildInquiryAnswer(matches, id),
    )
  })
}

/** An update of 2.0.1 is answered as far as it goes; an inquiry gives the whole. */
function say(answer: Bundle<FhirResource>, request: PasRequest): Bundle<FhirResource> {
  const isOlderUpdate = request.version === '2.0.1' && request.claim.related !== undefined
  return isOlderUpdate ? toPartialAnswer(answer, request) : answer
}

/** The recorder writes a request down with its answer; one that never gets any is written down here. */
function recordUnanswered(payer: Payer, request: FastifyRequest): void {
  payer.options.recorder.record({
    time: payer.now(),
    from: 'precert',
    to: payer.options.id,
    kind: 'fhir',
    method: request.method,
    url: payer.options.baseUrl + request.url,
    direction: 'request',
    status: null,
    contentType: request.headers['content-type'] ?? null,
    body: String(request.body),
  })
}
