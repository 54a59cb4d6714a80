/** The cases as the routes use them: one object over this room's functions. */
import type { Attachable, AttachRequest, CaseView, RequestForm, ReviewView } from '#domain/contract/case.ts'
import type { CaseChange, ChangePreview, ChangeView, SendChangeRequest } from '#domain/contract/change.ts'
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import { isFrozen } from '#domain/tracking/case-state.ts'
import type { PayerConfig } from '../config.ts'
import type { LaunchContext } from '../context.ts'
import type { CaseDetails } from './case-record.ts'
import { changeCase } from './change-case.ts'
import { caseView, type CaseRows } from './case-view.ts'
import { clockRows, openCase, type OpenCaseDeps } from './open-case.ts'
import { findCase, readCase } from './read-case.ts'
import { resolveCase, type Resolution } from './resolve.ts'
import { attachDocuments, listAttachable } from './attach-documents.ts'
import { beginRequestForm, sendRequestForm } from './request-form.ts'
import { openForms, prepareReview } from './review.ts'
import { submitCase, type SubmitDeps, type SubmitRequest } from './submit.ts'
import { previewChange, sendChange, viewChange } from './send-change.ts'
import { enqueueWriteBack } from './write-back.ts'

export interface CaseServiceDeps extends Omit<SubmitDeps, 'coverage'>, OpenCaseDeps {}

export type CaseService = ReturnType<typeof createCaseService>

export function createCaseService(deps: CaseServiceDeps) {
  const { store } = deps

  const view = async (launch: LaunchContext, caseId: string): Promise<Result<CaseView, Failure>> => {
    const rows = await readCase(store, launch, caseId, null)
    if (!rows.ok) return rows
    await retryWriteBack(launch, rows.value)
    const payer = deps.payers.get(rows.value.row.payerId)
    if (payer === undefined) return err({ reason: 'unknown-payer' })
    return ok(caseView({ ...rows.value, openAnswers: await openAnswers(launch, rows.value, payer) }, payer))
  }

  /** How much stands against completing the forms while the case is a draft: only then are they read. */
  const openAnswers = async (launch: LaunchContext, rows: CaseRows, payer: PayerConfig): Promise<number | null> => {
    if (rows.row.state !== 'draft') return null
    const form = await deps.forms.read(launch.tenant.id, rows.row.id)
    if (!form.ok || form.value.unread.some(({ status }) => status === 'populating')) return null
    const opened = openForms(form.value, payer, deps.evaluator)
    return opened.reduce((sum, { completion }) => sum + completion.blockers.length, 0)
  }

  /** A summary that an earlier launch could not write is tried again by this one, once. */
  const retryWriteBack = async (launch: LaunchContext, rows: CaseRows): Promise<void> => {
    const failed = rows.documents.filter(
      (document) => document.writtenToChart === null && document.writeFailure !== null,
    )
    if (failed.length === 0) return
    const at = deps.now()
    await store.transaction(async (tx) => {
      for (const document of failed)
        await enqueueWriteBack(deps, tx, {
          tenant: document.tenant,
          caseId: document.caseId,
          documentId: document.id,
          launchId: launch.launchId,
          at,
        })
    })
  }

  /** Changes what will be sent, while it still may be changed; `version` is the one that the person saw. */
  const amend = async (
    launch: LaunchContext,
    caseId: string,
    version: number,
    change: (details: CaseDetails) => { details: Partial<CaseDetails>; kind: 'documents-changed' | 'urgency-changed' },
  ): Promise<Result<null, Failure>> => {
    const found = await findCase(store, launch, caseId)
    if (!found.ok) return found
    const at = deps.now()
    return store.transaction(async (tx): Promise<Result<null, Failure>> => {
      const row = await store.cases.lock(tx, launch.tenant.id, caseId)
      if (row === undefined) return err({ reason: 'case-not-found' })
      if (row.version !== version) return err({ reason: 'case-changed' })
      if (isFrozen(row.state as CaseView['state'])) return err({ reason: 'already-sent' })
      const { details, kind } = change(row.details as CaseDetails)
      if (details.urgency !== undefined) {
        const context = row.context as Parameters<typeof clockRows>[2]
        const lines = await store.lines.listByCase(tx, row.tenant, caseId)
        await store.clocks.save(tx, clockRows(row.tenant, caseId, context, lines, details.urgency.level))
      }
      await changeCase(deps, tx, row, { details, event: { kind, actor: launch.user.name } }, at)
      return ok(null)
    })
  }

  return {
    open: (launch: LaunchContext, groupId: string): Promise<Result<string, Failure>> => openCase(deps, launch, groupId),

    view,

    async review(launch: LaunchContext, caseId: string): Promise<Result<ReviewView, Failure>> {
      const prepared = await prepareReview(deps, launch, caseId)
      return prepared.ok ? ok(prepared.value.view) : prepared
    },

    setDocuments: (
      launch: LaunchContext,
      caseId: string,
      request: { version: number; references: readonly string[] },
    ) =>
      amend(launch, caseId, request.version, () => ({
        details: { documents: request.references },
        kind: 'documents-changed',
      })),

    setUrgency: (
      launch: LaunchContext,
      caseId: string,
      request: { version: number; level: 'standard' | 'expedited'; reason: string | null },
    ) => {
      const reason = request.reason?.trim() ?? ''
      // Expedited review needs its reason (content.md 6.6; 42 CFR 422.570, 438.210(d)(2)).
      if (request.level === 'expedited' && reason === '')
        return Promise.resolve(err({ reason: 'urgency-reason-missing', path: 'reason' }))
      return amend(launch, caseId, request.version, () => ({
        details: { urgency: { level: request.level, reason: request.level === 'expedited' ? reason : null } },
        kind: 'urgency-changed',
      }))
    },

    async submit(launch: LaunchContext, caseId: string, request: SubmitRequest): Promise<Result<CaseView, Failure>> {
      const submitted = await submitCase(deps, launch, caseId, request)
      return submitted.ok ? view(launch, caseId) : submitted
    },

    /** The chart's documents that may answer a request of the payer. */
    attachable: (launch: LaunchContext, caseId: string): Promise<Result<Attachable, Failure>> =>
      listAttachable(deps, launch, caseId),

    async attach(launch: LaunchContext, caseId: string, request: AttachRequest): Promise<Result<CaseView, Failure>> {
      const attached = await attachDocuments(deps, launch, caseId, request)
      return attached.ok ? view(launch, caseId) : attached
    },

    /** Begins the questionnaire that a request of the payer names. */
    requestForm: (
      launch: LaunchContext,
      caseId: string,
      request: RequestForm,
    ): Promise<Result<{ formId: string }, Failure>> => beginRequestForm(deps, launch, caseId, request),

    async sendRequestForm(
      launch: LaunchContext,
      caseId: string,
      request: RequestForm,
    ): Promise<Result<CaseView, Failure>> {
      const sent = await sendRequestForm(deps, launch, caseId, request)
      return sent.ok ? view(launch, caseId) : sent
    },

    async resolve(launch: LaunchContext, caseId: string, resolution: Resolution): Promise<Result<CaseView, Failure>> {
      const resolved = await resolveCase(deps, launch, caseId, resolution)
      return resolved.ok ? view(launch, caseId) : resolved
    },

    /** What could be changed of a request that the payer has. */
    change: (launch: LaunchContext, caseId: string): Promise<Result<ChangeView, Failure>> =>
      viewChange(deps, launch, caseId),

    /** What the payer would be told of a change. */
    previewChange: (
      launch: LaunchContext,
      caseId: string,
      change: CaseChange,
    ): Promise<Result<ChangePreview, Failure>> => previewChange(deps, launch, caseId, change),

    async sendChange(
      launch: LaunchContext,
      caseId: string,
      request: SendChangeRequest,
    ): Promise<Result<CaseView, Failure>> {
      const sent = await sendChange(deps, launch, caseId, request)
      return sent.ok ? view(launch, caseId) : sent
    },

    /** The bytes of one of the case's documents. */
    async document(
      launch: LaunchContext,
      caseId: string,
      documentId: string,
    ): Promise<Result<{ title: string; contentType: string; content: Uint8Array }, Failure>> {
      const found = await findCase(store, launch, caseId)
      if (!found.ok) return found
      const document = await store.read((tx) => store.documents.find(tx, launch.tenant.id, caseId, documentId))
      if (document === undefined || document.content === null) return err({ reason: 'document-not-found' })
      return ok({ title: document.title, contentType: document.contentType, content: document.content })
    },
  }
}
