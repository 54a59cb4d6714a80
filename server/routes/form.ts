/**
 * `/api/launch/:launchId/cases/:caseId/form` and what can be done with it. `?form=` names one of several; without it the main
 * form is meant. Behind the launch guard; the prefix is the caller's.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import {
  acceptNumberRequestSchema,
  decideDifferencesRequestSchema,
  delegateRequestSchema,
  flagDeterminationRequestSchema,
  formOptionsRequestSchema,
  nextQuestionRequestSchema,
  presenceRequestSchema,
  retryFormRequestSchema,
  saveFormRequestSchema,
  saveToEhrRequestSchema,
} from '#domain/contract/form.ts'
import type { Failure, Result } from '#domain/result.ts'
import type { FormAt, FormService } from '../forms/form-service.ts'
import { parseBody } from '../http/parse-body.ts'
import { sendFailure } from '../http/send-failure.ts'

export interface FormRoutesDeps {
  readonly forms: FormService
}

interface FormParams {
  readonly Params: { readonly caseId: string; readonly evidenceId: string }
  readonly Querystring: { readonly form?: string | string[] }
}

/** A form of a thousand items with its meta. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024

const formIdOf = ({ form }: FormParams['Querystring']): string => (typeof form === 'string' ? form : 'main')

export function formRoutes(app: FastifyInstance, { forms }: FormRoutesDeps): void {
  const at = (request: FastifyRequest<FormParams>): FormAt => ({
    launch: request.launch,
    caseId: request.params.caseId,
    formId: formIdOf(request.query),
  })
  const send = (reply: FastifyReply, done: Result<unknown, Failure>): FastifyReply =>
    done.ok ? reply.send(done.value) : sendFailure(reply, done.error)

  app.get<FormParams>('/cases/:caseId/form', async (request, reply) => {
    const { launch, caseId, formId } = at(request)
    return send(reply, await forms.view(launch, caseId, formId))
  })

  app.put<FormParams>('/cases/:caseId/form', { bodyLimit: BODY_LIMIT_BYTES }, async (request, reply) => {
    const body = parseBody(saveFormRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    const { launch, caseId, formId } = at(request)
    return send(reply, await forms.save(launch, caseId, body.value, formId))
  })

  app.get<FormParams>('/cases/:caseId/form/history', async (request, reply) =>
    send(reply, await forms.history(at(request))),
  )

  /** One thing that can be done with a form: its body checked, then done. */
  const act = <S extends z.ZodType>(
    name: string,
    schema: S,
    work: (where: FormAt, body: z.infer<S>) => Promise<Result<unknown, Failure>>,
  ): void => {
    app.post<FormParams>(`/cases/:caseId/form/${name}`, async (request, reply) => {
      const body = parseBody(schema, request.body)
      return body.ok ? send(reply, await work(at(request), body.value)) : sendFailure(reply, body.error)
    })
  }
  act('retry', retryFormRequestSchema, (where) => forms.retry(where))
  app.post<FormParams>('/cases/:caseId/form/next', async (request, reply) => {
    const body = parseBody(nextQuestionRequestSchema, request.body)
    if (!body.ok) return sendFailure(reply, body.error)
    // Who goes away while the payer is asked takes the question back: the call ends, nothing of its answer is kept.
    const gone = new AbortController()
    reply.raw.on('close', () => {
      if (!reply.raw.writableEnded) gone.abort()
    })
    return send(reply, await forms.next(at(request), body.value.version, gone.signal))
  })
  act('differences', decideDifferencesRequestSchema, (where, { version, decisions }) =>
    forms.decide(where, version, decisions),
  )
  act('ehr', saveToEhrRequestSchema, (where, { version, onto }) => forms.saveToEhr(where, version, onto))
  act('delegation', delegateRequestSchema, (where, { part, owner }) => forms.delegate(where, part, owner))
  act('presence', presenceRequestSchema, (where, { itemKey }) => forms.presence(where, itemKey))
  act('determination', flagDeterminationRequestSchema, (where, { assertionId, reason }) =>
    forms.flagDetermination(where, assertionId, reason),
  )
  act('authorization-number', acceptNumberRequestSchema, (where, asked) => forms.acceptNumber(where, asked))
  act('options', formOptionsRequestSchema, (where, search) => forms.options(where, search))

  app.get<FormParams>('/cases/:caseId/evidence/:evidenceId', async (request, reply) => {
    const { caseId, evidenceId } = request.params
    return send(reply, await forms.evidence(request.launch, caseId, evidenceId))
  })
}
