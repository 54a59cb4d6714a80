/**
 * The questionnaire that a payer's request for information names (pas.md §6.4; PAS 2.2.1, additional information): back into
 * DTR with the request's trace number as the only context, and the completed response to the payer as an attachment.
 */
import type { RequestForm } from '#domain/contract/case.ts'
import { buildSubmitAttachment } from '#domain/pas/submit-attachment.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { mayFillForm } from '#domain/tracking/case-actions.ts'
import type { LaunchContext } from '../context.ts'
import { attachmentInput, openRequest, serviceDateOf, type AttachDeps } from './attach-documents.ts'
import { readDetails, type CaseContext } from './case-record.ts'
import { changeCase } from './change-case.ts'
import { findCase } from './read-case.ts'
import { responseFor } from './request.ts'
import { completedForms, openForms, type ReviewDeps } from './review.ts'

export type RequestFormDeps = AttachDeps & Pick<ReviewDeps, 'forms' | 'evaluator'>

/** Begins the form of a request, or finds the one that was begun; gives its id. It is filled in the background. */
export async function beginRequestForm(
  deps: RequestFormDeps,
  launch: LaunchContext,
  caseId: string,
  { requestId }: RequestForm,
): Promise<Result<{ formId: string }, Failure>> {
  const found = await findCase(deps.store, launch, caseId)
  if (!found.ok) return found
  const payer = deps.payers.get(found.value.payerId)
  if (payer === undefined) return err({ reason: 'unknown-payer' })
  const begun = await deps.store.transaction(async (tx): Promise<Result<{ formId: string }, Failure>> => {
    const row = await deps.store.cases.lock(tx, launch.tenant.id, caseId)
    const request = row && openRequest(row, payer, requestId, mayFillForm)
    if (row === undefined || request === undefined) return err({ reason: 'not-allowed-now' })
    if (request.formId !== null) return ok({ formId: request.formId })
    const { requests } = readDetails(row.details)
    const formId = deps.forms.askedFormId(requests.filter((one) => one.formId !== null).length + 1)
    const changed = requests.map((one) => (one.id === requestId ? { ...one, formId } : one))
    await changeCase(deps, tx, row, { details: { requests: changed } }, deps.now())
    return ok({ formId })
  })
  if (begun.ok) deps.forms.start(launch, caseId)
  return begun
}

/** Completes the form of a request and sends it. A second click finds the first under way and sends nothing. */
export async function sendRequestForm(
  deps: RequestFormDeps,
  launch: LaunchContext,
  caseId: string,
  { requestId }: RequestForm,
): Promise<Result<null, Failure>> {
  const found = await findCase(deps.store, launch, caseId)
  if (!found.ok) return found
  const tenant = launch.tenant.id
  const payer = deps.payers.get(found.value.payerId)
  if (payer === undefined) return err({ reason: 'unknown-payer' })
  if (launch.user.role !== 'clinician') return err({ reason: 'may-not-sign' })
  const request = openRequest(found.value, payer, requestId, mayFillForm)
  if (request === undefined || request.formId === null) return err({ reason: 'not-allowed-now' })
  const form = await deps.forms.readAsked(tenant, caseId, request.formId)
  if (!form.ok) return form
  const opened = openForms(form.value, payer, deps.evaluator)
  const blockers = opened.flatMap(({ completion }) => completion.blockers)
  if (blockers.length > 0) return err({ reason: 'not-ready', params: { count: blockers.length } })
  const at = deps.now()
  const completed = completedForms({ opened }, launch, at)
  const lines = await deps.store.read((tx) => deps.store.lines.listByCase(tx, tenant, caseId))
  const { requests } = readDetails(found.value.details)
  const input = attachmentInput(
    { context: found.value.context as CaseContext, launch, payer },
    { request, requests, serviceDate: serviceDateOf(lines, request) },
    completed.map(({ response }) => responseFor(payer, response)),
  )
  if (!input.ok) return input
  const calls = buildSubmitAttachment(input.value)
  if (!calls.ok) return calls

  return deps.store.transaction(async (tx): Promise<Result<null, Failure>> => {
    const row = await deps.store.cases.lock(tx, tenant, caseId)
    if (row === undefined) return err({ reason: 'case-not-found' })
    if (openRequest(row, payer, requestId, mayFillForm) === undefined) return err({ reason: 'not-allowed-now' })
    await deps.forms.completeAsked(tx, { tenant, caseId, launchId: launch.launchId, at }, completed)
    await deps.intermediary.attach(tx, { tenant, caseId, requestId, payerId: payer.id, calls: calls.value, at })
    const documents = opened.map(({ state }) => state.model.questionnaire.title ?? request.id)
    const answer = { at, by: launch.user.name, documents, status: 'sending' as const, reason: null }
    const changed = readDetails(row.details).requests.map((one) => (one.id === requestId ? { ...one, answer } : one))
    const payload = { params: { payer: payer.name, count: documents.length } }
    const event = { kind: 'form-sent' as const, actor: launch.user.name, payload }
    await changeCase(deps, tx, row, { details: { requests: changed }, event }, at)
    return ok(null)
  })
}
