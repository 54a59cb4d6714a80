/** `$questionnaire-package` and `$next-question` of DTR 2.2 or 2.0.1, behind SMART Backend Services (spec-120). */
import type { FastifyInstance } from 'fastify'
import { askedForm, furtherForms } from './further-forms.ts'
import { sendRefusal, sendResource } from './fhir-http.ts'
import { answerNextQuestion } from './next-question.ts'
import type { Payer } from './payer.ts'
import { writeTrackingNumber } from './processing.ts'
import { buildPackageAnswer, parsePackageRequest } from './questionnaire-package.ts'

/** Adds the operations. */
export function dtrRoutes(app: FastifyInstance, payer: Payer): void {
  app.post('/fhir/Questionnaire/$questionnaire-package', async (request, reply) => {
    if (payer.requireScope(request.headers.authorization, 'system/Questionnaire.r', reply) === undefined) return reply
    if (await payer.meetFault('dtr', reply)) return reply
    const dialect = payer.options.dtrDialect ?? '2.2'
    const parsed = parsePackageRequest(request.body, (context) => isKnownContext(payer, context), dialect)
    if (!parsed.ok) return sendRefusal(reply, parsed.error)
    const further = furtherForms(parsed.value.coverage, payer.fhirBase, dialect)
    return sendResource(
      reply,
      buildPackageAnswer(parsed.value, payer.questionnaire, payer.frame(), {
        dialect,
        further,
        instead: asksForForm(payer, parsed.value.context) ? [askedForm(dialect)] : [],
      }),
    )
  })
  app.post('/fhir/Questionnaire/$next-question', async (request, reply) => {
    if (payer.requireScope(request.headers.authorization, 'system/Questionnaire.r', reply) === undefined) return reply
    if (await payer.meetFault('dtr', reply)) return reply
    const dialect = payer.options.dtrDialect ?? '2.2'
    const next = answerNextQuestion(request.body, dialect)
    return next.ok ? sendResource(reply, next.value) : sendRefusal(reply, next.error)
  })
}

/** Whether a context is the trace number of a request that waits for a form of its own. */
function asksForForm({ ledger, options }: Payer, context: string | null): boolean {
  return ledger
    .requests()
    .some(
      ({ behavior, serial }) => behavior === 'ask-form' && writeTrackingNumber(options.receiverId, serial) === context,
    )
}

/** A coverage assertion that asked for documentation, or the trace number of a request that waits for the form (spec-109). */
function isKnownContext({ ledger, options }: Payer, context: string): boolean {
  return (
    ledger.knowsAssertion(context) ||
    ledger.requests().some((request) => writeTrackingNumber(options.receiverId, request.serial) === context)
  )
}
