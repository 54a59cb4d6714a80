/** Documents of the chart as the answer to what a payer asked for: chosen by a person, read with their bytes, sent from the outbox. */
import type { Attachable, AttachRequest, CaseView, InformationRequest } from '#domain/contract/case.ts'
import { SYSTEM } from '#domain/fhir/canonical.ts'
import { referenceTo } from '#domain/fhir/reference.ts'
import { readMemberId } from '#domain/pas/member-resources.ts'
import { buildSubmitAttachment, titleOf, type AttachmentInput } from '#domain/pas/submit-attachment.ts'
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import { hasMoreToCome, mayAttach, mayDo } from '#domain/tracking/case-actions.ts'
import { describeDocument, listDocuments } from '#domain/tracking/documents.ts'
import { routeOf, type PayerConfig } from '../config.ts'
import type { LaunchContext } from '../context.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { LineRow } from '../store/repositories/lines.ts'
import { readDetails, type CaseContext, type CaseDetails } from './case-record.ts'
import { changeCase, type ChangeCaseDeps } from './change-case.ts'
import type { IntermediaryPort } from './ports.ts'
import { findCase } from './read-case.ts'
import { chartDocuments, inlineDocuments, type ReviewDeps } from './review.ts'

export interface AttachDeps extends ChangeCaseDeps, Pick<ReviewDeps, 'ehr' | 'now'> {
  readonly intermediary: IntermediaryPort
}

export type PayerRequest = InformationRequest

/** The chart's documents, newest first. */
export async function listAttachable(
  deps: AttachDeps,
  launch: LaunchContext,
  caseId: string,
): Promise<Result<Attachable, Failure>> {
  const found = await findCase(deps.store, launch, caseId)
  if (!found.ok) return found
  return ok(listDocuments(await chartDocuments(deps, launch, caseId)).map(describeDocument))
}

/** Sends the chosen documents for one request. A second click finds the first under way and sends nothing. */
export async function attachDocuments(
  deps: AttachDeps,
  launch: LaunchContext,
  caseId: string,
  { requestId, references }: AttachRequest,
): Promise<Result<null, Failure>> {
  const found = await findCase(deps.store, launch, caseId)
  if (!found.ok) return found
  const payer = deps.payers.get(found.value.payerId)
  if (payer === undefined) return err({ reason: 'unknown-payer' })
  const request = openRequest(found.value, payer, requestId)
  if (request === undefined) return err({ reason: 'not-allowed-now' })
  const listed = listDocuments(await chartDocuments(deps, launch, caseId))
  const chosen = listed.filter((document) => references.includes(referenceTo(document) ?? ''))
  if (chosen.length !== new Set(references).size) return err({ reason: 'document-not-found', path: 'references' })
  const documents = await inlineDocuments(deps, launch, caseId, chosen)
  if (!documents.ok) return documents
  const lines = await deps.store.read((tx) => deps.store.lines.listByCase(tx, launch.tenant.id, caseId))
  const context = found.value.context as CaseContext
  const { requests } = readDetails(found.value.details)
  const answered = { request, requests, serviceDate: serviceDateOf(lines, request) }
  const input = attachmentInput({ context, launch, payer }, answered, documents.value)
  if (!input.ok) return input
  const calls = buildSubmitAttachment(input.value)
  if (!calls.ok) return calls

  const tenant = launch.tenant.id
  const at = deps.now()
  return deps.store.transaction(async (tx): Promise<Result<null, Failure>> => {
    const row = await deps.store.cases.lock(tx, tenant, caseId)
    if (row === undefined) return err({ reason: 'case-not-found' })
    if (openRequest(row, payer, requestId) === undefined) return err({ reason: 'not-allowed-now' })
    await deps.intermediary.attach(tx, { tenant, caseId, requestId, payerId: payer.id, calls: calls.value, at })
    const titles = documents.value.map(titleOf)
    const answer = { at, by: launch.user.name, documents: titles, status: 'sending' as const, reason: null }
    const { requests } = row.details as CaseDetails
    const changed = requests.map((one) => (one.id === requestId ? { ...one, answer } : one))
    const payload = { params: { payer: payer.name, count: titles.length } }
    const event = { kind: 'attached' as const, actor: launch.user.name, payload }
    await changeCase(deps, tx, row, { details: { requests: changed }, event }, at)
    return ok(null)
  })
}

/** The request, where it may be answered now in the way that `may` judges. */
export function openRequest(
  row: CaseRow,
  payer: PayerConfig,
  requestId: string,
  may: (request: PayerRequest) => boolean = mayAttach,
): PayerRequest | undefined {
  const request = readDetails(row.details).requests.find(({ id }) => id === requestId)
  const attachable = request !== undefined && routeOf(payer, request.payerUrl).kind === 'send' && may(request)
  const state = row.state as CaseView['state']
  return mayDo('answer-request', { state, payerDeduplicates: false, attachable, sent: false }) ? request : undefined
}

/** When the line that was asked about begins, else the first of all; null where no line says. */
export function serviceDateOf(lines: readonly LineRow[], { lineSequence }: PayerRequest): string | null {
  const about = lines.filter(({ sequence }) => lineSequence === null || sequence === lineSequence)
  return about.flatMap(({ startsOn }) => startsOn ?? []).toSorted()[0] ?? null
}

interface AnsweredRequest {
  readonly request: PayerRequest
  /** All of the case. */
  readonly requests: readonly PayerRequest[]
  readonly serviceDate: string | null
}

/** What an attachment says of the request that it answers. */
export function attachmentInput(
  { context, launch, payer }: { context: CaseContext; launch: LaunchContext; payer: PayerConfig },
  { request, requests, serviceDate }: AnsweredRequest,
  documents: AttachmentInput['documents'],
): Result<AttachmentInput, Failure> {
  if (payer.pas === null) return err({ reason: 'unknown-payer' })
  const member = readMemberId(context.coverage, payer.memberIdSystem)
  if (member === undefined) return err({ reason: 'member-id-missing' })
  const { system, value } = request.tracking ?? { system: null, value: request.id }
  return ok({
    version: payer.pas.version,
    tracking: { ...(system === null ? {} : { system }), value },
    payer: payer.identifiers[0] ?? null,
    organization: { system: SYSTEM.npi, value: launch.tenant.organization.npi },
    member,
    serviceDate,
    line: request.lineSequence,
    codes: request.codes.map(({ system, code }) => ({ ...(system === '' ? {} : { system }), code })),
    documents,
    moreToCome: hasMoreToCome(request, requests),
    limitBytes: payer.pas.attachmentLimitBytes,
  })
}
