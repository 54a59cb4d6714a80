/** `Claim/$submit` and `Claim/$inquire` of PAS 2.2.1: raw Bundle in; Bundle, Parameters or one OperationOutcome out. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { answerFault, type Payer } from './payer.ts'
import { refuse, sendRefusal, sendResource } from './fhir-http.ts'
import { buildInquiryAnswer, findMatches } from './inquiry.ts'
import { parsePasRequest } from './pas-request.ts'
import { takeIn } from './processing.ts'

const SCOPE = 'system/Claim.c'

/** Adds the two operations. */
export function pasRoutes(app: FastifyInstance, payer: Payer): void {
  app.post('/fhir/Claim/$submit', async (request, reply) => {
    if (payer.requireScope(request.headers.authorization, SCOPE, reply) === undefined) return reply
    const { delayMs, mode } = payer.behavior.take('pas')
    await payer.sleep(delayMs)
    if (mode === 'error-500') {
      answerFault(mode, reply, payer.keepSilent)
      return reply
    }
    const parsed = parsePasRequest(request.body, 'submit')
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
    if (answer !== null) return sendResource(reply, answer)
    payer.keepSilent(reply)
    return reply
  })

  app.post('/fhir/Claim/$inquire', async (request, reply) => {
    if (payer.requireScope(request.headers.authorization, SCOPE, reply) === undefined) return reply
    if (await payer.meetFault('pas', reply)) return reply
    const parsed = parsePasRequest(request.body, 'inquire')
    if (!parsed.ok) return sendRefusal(reply, parsed.error)
    return sendResource(reply, buildInquiryAnswer(findMatches(parsed.value, payer.ledger.requests()), payer.newId()))
  })
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
