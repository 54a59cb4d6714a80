/**
 * The record of a change for the chart, beside the signed summary: one document a change, rendered before it is sent (its
 * differences are not kept otherwise) and written to the chart by the summary's job (`write-back.ts`).
 */
import type { Differences } from '#domain/contract/change.ts'
import { readMemberId } from '#domain/context/coverage.ts'
import { readPatientBanner } from '#domain/context/patient-context.ts'
import { dateIn } from '#domain/time.ts'
import { buildChangeDocument, changeTitle } from '#domain/tracking/change-document.ts'
import type { PayerConfig } from '../config.ts'
import type { LaunchContext } from '../context.ts'
import { labelOf } from '../documents/labels.ts'
import { renderPdf } from '../documents/render-pdf.ts'
import type { Tx } from '../store/tx.ts'
import type { CaseContext } from './case-record.ts'
import { enqueueWriteBack, type WriteBackDeps } from './write-back.ts'

export interface ChangeRecord {
  readonly title: string
  readonly content: Uint8Array
}

export interface ChangeAbout {
  readonly context: CaseContext
  readonly payer: PayerConfig
  readonly differences: Differences
  readonly traceNumber: string
  readonly priorTraceNumber: string | null
  readonly at: string
}

/** The document, as a PDF. */
export async function renderChangeRecord(launch: LaunchContext, about: ChangeAbout): Promise<ChangeRecord> {
  const { context, payer, differences, traceNumber, priorTraceNumber, at } = about
  const { timeZone } = launch.tenant
  const sentAt = new Date(at)
  const { name, birthDate, mrn } = readPatientBanner(context.patient, dateIn(at, timeZone))
  const model = buildChangeDocument(differences, {
    patientName: name,
    birthDate,
    mrn,
    memberId: readMemberId(context.coverage),
    payer: payer.name,
    service: context.service,
    traceNumber,
    priorTraceNumber,
    sentBy: launch.user.name,
    sentAt: new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'long', timeZone }).format(sentAt),
  })
  return { title: labelOf(changeTitle(differences, context.service)), content: await renderPdf(model, sentAt) }
}

/** Keeps it with the case, and sends it on its way into the chart. */
export async function enqueueChangeRecord(
  deps: Pick<WriteBackDeps, 'store' | 'newId'>,
  tx: Tx,
  about: { launch: LaunchContext; caseId: string; record: ChangeRecord; at: string },
): Promise<void> {
  const { launch, caseId, record, at } = about
  const tenant = launch.tenant.id
  const documentId = deps.newId()
  await deps.store.documents.insert(tx, {
    tenant,
    id: documentId,
    caseId,
    kind: 'change',
    title: record.title,
    contentType: 'application/pdf',
    content: record.content,
    createdAt: at,
    writtenToChart: null,
    writeFailure: null,
  })
  await enqueueWriteBack(deps, tx, { tenant, caseId, documentId, launchId: launch.launchId, at })
}
