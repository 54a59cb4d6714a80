/**
 * Sign and send. Identifiers are minted, the Bundle is built and checked, and then one transaction holds all of it: case,
 * lines, form, submission, exchange, event, job. Nothing is sent from here (docs/decisions/0005).
 */
import { referenceTo } from '#domain/fhir/reference.ts'
import { buildPasRequestBundle } from '#domain/pas/request-bundle.ts'
import { validatePasRequestBundle } from '#domain/pas/validate-request-bundle.ts'
import { faultPath } from '#domain/profile/issue.ts'
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import { mayDo } from '#domain/tracking/case-actions.ts'
import type { LaunchContext } from '../context.ts'
import type { Tx } from '../store/tx.ts'
import { changeCase, type ChangeCaseDeps } from './change-case.ts'
import { clockRows, lineRows } from './open-case.ts'
import type { IntermediaryPort } from './ports.ts'
import { findCase } from './read-case.ts'
import { mintIdentifiers, requestInput, responseFor } from './request.ts'
import { completedForms, inlineDocuments, prepareReview, type Prepared, type ReviewDeps } from './review.ts'
import { enqueueSummary } from './write-back.ts'

export interface SubmitDeps extends ReviewDeps, ChangeCaseDeps {
  readonly intermediary: IntermediaryPort
  readonly payers: ReviewDeps['payers']
  readonly store: ReviewDeps['store']
}

export interface SubmitRequest {
  readonly submissionId: string
  /** The case's version that the signer saw: another change in between must be seen first. */
  readonly version: number
}

/** Signs and sends. The same `submissionId` again gives the same outcome and sends nothing. */
export async function submitCase(
  deps: SubmitDeps,
  launch: LaunchContext,
  caseId: string,
  request: SubmitRequest,
): Promise<Result<null, Failure>> {
  const found = await findCase(deps.store, launch, caseId)
  if (!found.ok) return found
  const tenant = launch.tenant.id
  const before = await deps.store.read((tx) =>
    deps.store.submissions.findBySubmissionId(tx, tenant, caseId, request.submissionId),
  )
  if (before !== undefined) return ok(null)
  const prepared = await prepareReview(deps, launch, caseId)
  if (!prepared.ok) return prepared
  const refusal = refuse(prepared.value, request)
  if (refusal !== null) return err(refusal)
  const chosen = new Set(prepared.value.view.documents.flatMap((each) => (each.included ? each.reference : [])))
  const going = prepared.value.documents.filter((each) => chosen.has(referenceTo(each) ?? ''))
  const documents = await inlineDocuments(deps, launch, caseId, going)
  if (!documents.ok) return documents

  const at = deps.now()
  const { context, details, form, payer, lines, view } = prepared.value
  const completed = completedForms(prepared.value, launch, at)
  const identifiers = mintIdentifiers(deps.baseUrl, launch.tenant, deps.newId)
  const built = buildPasRequestBundle(
    requestInput({
      tenant: launch.tenant,
      payer,
      context,
      details,
      form,
      responses: completed.map(({ response }) => responseFor(payer, response)),
      documents: documents.value,
      lines,
      identifiers,
      at,
    }),
  )
  if (!built.ok) return built
  const [fault] = validatePasRequestBundle(deps.profiles, built.value.bundle)
  if (fault !== undefined) return err({ reason: 'request-invalid', path: faultPath(fault) })

  return deps.store.transaction(async (tx): Promise<Result<null, Failure>> => {
    const row = await deps.store.cases.lock(tx, tenant, caseId)
    if (row === undefined) return err({ reason: 'case-not-found' })
    if (row.version !== request.version) return err({ reason: 'case-changed' })
    const accepted = await deps.intermediary.acceptSubmission(tx, {
      tenant,
      caseId,
      submissionId: request.submissionId,
      payerId: row.payerId,
      bundle: built.value.bundle,
      at,
    })
    if (!accepted) return ok(null)
    await freeze(deps, tx, tenant, caseId, prepared.value)
    await deps.store.cases.update(tx, { tenant, id: caseId }, { context }, at)
    await deps.forms.complete(tx, { tenant, caseId, launchId: launch.launchId, at }, completed)
    await changeCase(
      deps,
      tx,
      row,
      {
        state: 'sending',
        details: {
          documents: view.documents.filter((document) => document.included).map((document) => document.reference),
          traceNumber: identifiers.claim.value,
          sentAt: null,
          decidedAt: null,
          decisionSource: null,
          requests: [],
          answer: [],
          errors: [],
          unknown: null,
          answerCreatedAt: null,
          signed: { by: launch.user.name, npi: launch.user.npi, fhirUser: launch.user.fhirUser, at },
        },
        event: { kind: 'signed', actor: launch.user.name },
      },
      at,
    )
    await enqueueSummary(deps, tx, { launch, caseId, service: context.service, at })
    return ok(null)
  })
}

/** Why it may not be sent now; null where it may. */
function refuse({ view, payer, rows }: Prepared, request: SubmitRequest): Failure | null {
  if (!view.signer.maySign) return { reason: 'may-not-sign' }
  if (rows.row.version !== request.version) return { reason: 'case-changed' }
  if (
    !mayDo('submit', {
      state: view.state === 'draft' ? 'ready' : view.state,
      payerDeduplicates: payer.pas?.deduplicates ?? false,
      attachable: false,
      sent: false,
    })
  )
    return { reason: 'already-sent' }
  const blocking = view.problems.filter((problem) => problem.severity === 'blocks')
  return blocking.length > 0 ? { reason: 'not-ready', params: { count: blocking.length } } : null
}

/** The lines and clocks become what was asked for with the weight that the form states. */
async function freeze(
  deps: SubmitDeps,
  tx: Tx,
  tenant: string,
  caseId: string,
  { lines, context, details }: Prepared,
): Promise<void> {
  for (const row of lineRows(tenant, caseId, lines)) {
    // A number that a person accepted of an adaptive form's determination stays until the payer answers.
    const { sequence, tenant: _tenant, caseId: _caseId, authorizationNumber: _number, ...line } = row
    await deps.store.lines.update(tx, { tenant, caseId, sequence }, line)
  }
  await deps.store.clocks.save(tx, clockRows(tenant, caseId, context, lines, details.urgency.level))
}
