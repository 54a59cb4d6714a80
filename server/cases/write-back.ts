/**
 * The signed summary: rendered as a PDF, kept with the case, and written to the chart as a DocumentReference while the
 * launch's token lives. The record of a change (`change-record.ts`) goes the same way, added to what is there. What could not
 * be written says so on the case and is tried again at the next launch.
 */
import { readMemberId } from '#domain/context/coverage.ts'
import { readPatientBanner } from '#domain/context/patient-context.ts'
import { message } from '#domain/result.ts'
import { dateIn } from '#domain/time.ts'
import { buildSummaryDocument } from '#domain/tracking/summary-document.ts'
import { buildSummaryReference } from '#domain/tracking/summary-reference.ts'
import type { EhrFailure, LaunchContext } from '../context.ts'
import { labelOf } from '../documents/labels.ts'
import { renderPdf } from '../documents/render-pdf.ts'
import type { DocumentRow } from '../store/repositories/documents.ts'
import type { LeasedJob } from '../store/repositories/jobs.ts'
import type { Store } from '../store/store.ts'
import type { Tx } from '../store/tx.ts'
import type { CaseDetails, Signature } from './case-record.ts'
import { noteOnCase, type ChangeCaseDeps } from './change-case.ts'
import { prepareReview, type ReviewDeps } from './review.ts'

export const SUMMARY_JOB = 'case-summary'

/** Failures after which the same launch cannot succeed any more. */
const FINAL: ReadonlySet<EhrFailure['reason']> = new Set([
  'forbidden',
  'unauthorized',
  'scope-missing',
  'not-found',
  'ehr-nonsense',
])

export interface WriteBackDeps extends ReviewDeps, ChangeCaseDeps {
  readonly store: Store
  readonly payers: ReviewDeps['payers']
  /** The launch as its guard sees it; null once it has ended. */
  readonly launchById: (tenant: string, launchId: string) => Promise<LaunchContext | null>
}

/** Puts a document row and its job beside the submission that it sums up. */
export async function enqueueSummary(
  deps: Pick<WriteBackDeps, 'store' | 'newId'>,
  tx: Tx,
  about: { launch: LaunchContext; caseId: string; service: string; at: string },
): Promise<void> {
  const { launch, caseId, at } = about
  const documentId = deps.newId()
  const title = labelOf(message('document.summary.title', { service: about.service }))
  await deps.store.documents.insert(tx, {
    tenant: launch.tenant.id,
    id: documentId,
    caseId,
    kind: 'summary',
    title,
    contentType: 'application/pdf',
    content: null,
    createdAt: at,
    writtenToChart: null,
    writeFailure: null,
  })
  await enqueueWriteBack(deps, tx, { tenant: launch.tenant.id, caseId, documentId, launchId: launch.launchId, at })
}

/** One attempt a document and launch, however often it is asked for. */
export async function enqueueWriteBack(
  deps: Pick<WriteBackDeps, 'store' | 'newId'>,
  tx: Tx,
  about: { tenant: string; caseId: string; documentId: string; launchId: string; at: string },
): Promise<void> {
  const { tenant, caseId, documentId, launchId, at } = about
  await deps.store.jobs.enqueue(
    tx,
    {
      tenant,
      id: deps.newId(),
      kind: SUMMARY_JOB,
      payload: { caseId, documentId, launchId },
      dedupe: `${documentId}/${launchId}`,
      maxAttempts: 6,
    },
    at,
  )
}

/** The job's handler. Safe to run twice: the chart is asked for the document's identifier before it is written. */
export function createSummaryJob(deps: WriteBackDeps): (job: LeasedJob) => Promise<void> {
  const { store } = deps
  return async (job) => {
    const { caseId, documentId, launchId } = job.payload as { caseId: string; documentId: string; launchId: string }
    const { tenant } = job
    const finish = (work: (tx: Tx) => Promise<void>): Promise<void> =>
      store.transaction(async (tx) => {
        await work(tx)
        if (!(await store.jobs.complete(tx, job, deps.now()))) throw new Error('the lease went to another worker')
      })
    const document = await store.read((tx) => store.documents.find(tx, tenant, caseId, documentId))
    if (document === undefined || document.writtenToChart !== null) return finish(() => Promise.resolve())
    const launch = await deps.launchById(tenant, launchId)
    if (launch === null) return finish((tx) => fail(deps, tx, document, 'unauthorized'))
    const content = document.content ?? (await renderSummary(deps, launch, document))
    if (document.content === null)
      await store.transaction((tx) => store.documents.update(tx, { tenant, id: documentId }, { content }))
    const written = await writeToChart(deps, launch, { ...document, content })
    if (written.ok) return finish((tx) => succeed(deps, tx, document, written.value))
    if (!FINAL.has(written.error.reason) && job.attempts < job.maxAttempts) throw new Error(written.error.reason)
    return finish((tx) => fail(deps, tx, document, written.error.reason))
  }
}

async function renderSummary(deps: WriteBackDeps, launch: LaunchContext, document: DocumentRow): Promise<Uint8Array> {
  const prepared = await prepareReview(deps, launch, document.caseId)
  if (!prepared.ok) throw new Error(prepared.error.reason)
  const { view, context, details } = prepared.value
  const signed = signatureOf(details)
  const { timeZone } = launch.tenant
  const banner = readPatientBanner(context.patient, dateIn(signed.at, timeZone))
  const model = buildSummaryDocument(
    { ...view, signer: { name: signed.by, npi: signed.npi, maySign: true } },
    {
      patientName: banner.name,
      birthDate: banner.birthDate,
      mrn: banner.mrn,
      memberId: readMemberId(context.coverage),
      service: context.service,
      traceNumber: details.traceNumber ?? '',
      signedAt: new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'long', timeZone }).format(
        new Date(signed.at),
      ),
    },
  )
  return renderPdf(model, new Date(signed.at))
}

function signatureOf(details: CaseDetails): Signature {
  if (details.signed === null) throw new Error('a summary was asked for a case that nobody signed')
  return details.signed
}

async function writeToChart(
  deps: WriteBackDeps,
  launch: LaunchContext,
  document: DocumentRow & { content: Uint8Array },
): Promise<{ ok: true; value: string } | { ok: false; error: EhrFailure }> {
  const { tenant, caseId, id } = document
  const row = await deps.store.read((tx) => deps.store.cases.find(tx, tenant, caseId))
  if (row === undefined) throw new Error('the document has no case')
  const isSummary = document.kind === 'summary'
  const signed = isSummary ? signatureOf(row.details as CaseDetails) : null
  const identifier = { system: `${deps.baseUrl}/document`, value: id }
  const ehr = deps.ehr(launch)
  const purpose = { caseId, neededBy: 'write-back' }
  const before = await ehr.search(
    'DocumentReference',
    `patient=${encodeURIComponent(launch.patientId)}&identifier=${encodeURIComponent(`${identifier.system}|${identifier.value}`)}`,
    purpose,
  )
  const there = before.ok
    ? before.value.resources.find(
        (resource) =>
          resource.resourceType === 'DocumentReference' &&
          resource.identifier?.some((each) => each.value === id) === true,
      )
    : undefined
  if (there?.id !== undefined) return { ok: true, value: `DocumentReference/${there.id}` }
  const created = await ehr.create(
    buildSummaryReference({
      patient: `Patient/${launch.patientId}`,
      // A change is signed by nobody: who sent it stands in the document.
      author: signed?.fhirUser ?? null,
      encounter: launch.encounterId === null ? null : `Encounter/${launch.encounterId}`,
      date: signed?.at ?? document.createdAt,
      title: document.title,
      appendsTo: isSummary ? null : await findEarlierInChart(deps, document),
      identifier,
      data: Buffer.from(document.content).toString('base64'),
    }),
    purpose,
  )
  return created.ok ? { ok: true, value: created.value.reference } : created
}

/** The latest earlier document of the case that the chart has. */
async function findEarlierInChart(deps: WriteBackDeps, { tenant, caseId, id }: DocumentRow): Promise<string | null> {
  const all = await deps.store.read((tx) => deps.store.documents.listByCase(tx, tenant, caseId))
  const at = all.findIndex((one) => one.id === id)
  return all.slice(0, at).findLast(({ writtenToChart }) => writtenToChart !== null)?.writtenToChart ?? null
}

async function succeed(deps: WriteBackDeps, tx: Tx, document: DocumentRow, reference: string): Promise<void> {
  await deps.store.documents.update(tx, document, { writtenToChart: reference, writeFailure: null })
  await note(deps, tx, document, 'written-to-chart')
}

async function fail(deps: WriteBackDeps, tx: Tx, document: DocumentRow, reason: EhrFailure['reason']): Promise<void> {
  await deps.store.documents.update(tx, document, { writeFailure: message(`case.document.failure.${reason}`) })
  await note(deps, tx, document, 'write-failed')
}

async function note(
  deps: WriteBackDeps,
  tx: Tx,
  document: DocumentRow,
  kind: 'written-to-chart' | 'write-failed',
): Promise<void> {
  const row = await deps.store.cases.lock(tx, document.tenant, document.caseId)
  const event = { kind, actor: null, payload: { params: { title: document.title } } }
  if (row !== undefined) await noteOnCase(deps, tx, row, event, deps.now())
}
