/** `/api/launch/:launchId/cases/:caseId/form` and its evidence. Behind the launch guard; the prefix is the caller's. */
import type { FastifyInstance } from 'fastify'
import { saveFormRequestSchema } from '#domain/contract/form.ts'
import type { FormService } from '../forms/form-service.ts'
import { parseBody } from '../http/parse-body.ts'
import { sendFailure } from '../http/send-failure.ts'

export interface FormRoutesDeps {
  readonly forms: FormService
}

interface FormParams {
  readonly Params: { readonly caseId: string; readonly evidenceId: string }
}

/** A form of a thousand items with its meta. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024

export function formRoutes(app: FastifyInstance, { forms }: FormRoutesDeps): void {
  app.get<FormParams>('/cases/:caseId/form', async (request, reply) => {
    const view = await forms.view(request.launch, request.params.caseId)
    return view.ok ? reply.send(view.value) : sendFailure(reply, view.error)
  })

  app.put<FormParams>('/cases/:caseId/form', { bodyLimit: BODY_LIMIT_BYTES }, async (request, reply) => {
    const body = parseBody(saveFormRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    const saved = await forms.save(request.launch, request.params.caseId, body.value)
    return saved.ok ? reply.send(saved.value) : sendFailure(reply, saved.error)
  })

  app.get<FormParams>('/cases/:caseId/evidence/:evidenceId', async (request, reply) => {
    const { caseId, evidenceId } = request.params
    const evidence = await forms.evidence(request.launch, caseId, evidenceId)
    return evidence.ok ? reply.send(evidence.value) : sendFailure(reply, evidence.error)
  })
}
