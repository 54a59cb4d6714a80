/** `Questionnaire/$questionnaire-package` of DTR 2.2, behind SMART Backend Services (spec-120). */
import type { FastifyInstance } from 'fastify'
import { sendRefusal, sendResource } from './fhir-http.ts'
import type { Payer } from './payer.ts'
import { writeTrackingNumber } from './processing.ts'
import { buildPackageAnswer, parsePackageRequest } from './questionnaire-package.ts'

/** Adds the operation. */
export function dtrRoutes(app: FastifyInstance, payer: Payer): void {
  app.post('/fhir/Questionnaire/$questionnaire-package', async (request, reply) => {
    if (payer.requireScope(request.headers.authorization, 'system/Questionnaire.r', reply) === undefined) return reply
    if (await payer.meetFault('dtr', reply)) return reply
    const parsed = parsePackageRequest(request.body, (context) => isKnownContext(payer, context))
    if (!parsed.ok) return sendRefusal(reply, parsed.error)
    return sendResource(reply, buildPackageAnswer(parsed.value, payer.questionnaire, payer.frame()))
  })
}

/** A coverage assertion that asked for documentation, or the trace number of a request that waits for the form (spec-109). */
function isKnownContext({ ledger, options }: Payer, context: string): boolean {
  return (
    ledger.knowsAssertion(context) ||
    ledger.requests().some((request) => writeTrackingNumber(options.receiverId, request.serial) === context)
  )
}
