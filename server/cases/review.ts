/** The review page: everything that will be sent, problems with where to mend them, criteria, who signs. */
import type { DocumentReference, FhirResource } from 'fhir/r4'
import type { ReviewView } from '#domain/contract/case.ts'
import { readCompletion, type Completion } from '#domain/dtr/form/completion.ts'
import { NEWEST_DTR } from '#domain/dtr/package/dtr-version.ts'
import { evaluateCriteria, type Policy } from '#domain/dtr/form/criteria.ts'
import type { ExpressionEvaluator } from '#domain/dtr/expression/expression.ts'
import { openForm } from '#domain/dtr/form/open-form.ts'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import { toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { buildPasRequestBundle } from '#domain/pas/request-bundle.ts'
import type { HcpcsUnits, RequestLine } from '#domain/pas/request-lines.ts'
import type { ProfileSet } from '#domain/profile/profile-set.ts'
import { validatePasRequestBundle } from '#domain/pas/validate-request-bundle.ts'
import type { Failure, Result } from '#domain/result.ts'
import { ok } from '#domain/result.ts'
import { listDocuments, reviewDocuments } from '#domain/tracking/documents.ts'
import { diagnosisProblems, reviewDiagnoses } from '#domain/tracking/diagnoses.ts'
import { isFrozen } from '#domain/tracking/case-state.ts'
import {
  bundleProblems,
  formProblems,
  lineProblems,
  requestProblems,
  subscriberProblems,
  reviewAnswers,
  unreadProblems,
} from '#domain/tracking/review.ts'
import type { PayerConfig } from '../config.ts'
import type { LaunchContext } from '../context.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { Store } from '../store/store.ts'
import type { CaseContext, CaseDetails } from './case-record.ts'
import { clockView, lineView, type CaseRows } from './case-view.ts'
import { lineRows } from './open-case.ts'
import type { CompletedForm, CoveragePort, EhrPort, FormForReview, FormsPort } from './ports.ts'
import { readCase } from './read-case.ts'
import { mintIdentifiers, requestInput, requestLines, responseFor } from './request.ts'

export interface ReviewDeps {
  readonly store: Store
  readonly payers: ReadonlyMap<string, PayerConfig>
  readonly forms: FormsPort
  readonly ehr: EhrPort
  /** Reads patient and coverage anew while the case may still be changed; left out where nobody reviews. */
  readonly coverage?: CoveragePort
  readonly units: HcpcsUnits
  /** By questionnaire canonical without version. */
  readonly policies: ReadonlyMap<string, Policy>
  readonly evaluator: ExpressionEvaluator
  /** The rule tables of PAS 2.2.1. */
  readonly profiles: ProfileSet
  readonly baseUrl: string
  readonly now: () => string
  readonly newId: () => string
}

/** One form of the case, and what stands against its completion. */
export interface OpenedForm {
  readonly formId: string
  readonly position: number
  readonly state: FormState
  readonly completion: Completion
}

/** Everything read and reckoned once, for the page and for the submission. */
export interface Prepared {
  readonly rows: CaseRows
  readonly payer: PayerConfig
  readonly context: CaseContext
  readonly details: CaseDetails
  readonly form: FormForReview
  /** Every form that can be read, open; the first first. */
  readonly opened: readonly [OpenedForm, ...OpenedForm[]]
  readonly lines: readonly RequestLine[]
  readonly documents: readonly DocumentReference[]
  readonly view: ReviewView
}

/** Reads case and form and says what would be sent now. */
export async function prepareReview(
  deps: ReviewDeps,
  launch: LaunchContext,
  caseId: string,
): Promise<Result<Prepared, Failure>> {
  const rows = await readCase(deps.store, launch, caseId, null)
  if (!rows.ok) return rows
  const form = await deps.forms.read(launch.tenant.id, caseId)
  if (!form.ok) return form
  const { row } = rows.value
  const payer = deps.payers.get(row.payerId)
  if (payer === undefined) throw new Error(`the case's payer ${row.payerId} is no longer configured`)
  const context = await currentContext(deps, launch, row)
  const details = row.details as CaseDetails
  const { evidence } = form.value
  const lines = requestLines(context, form.value, deps.units)
  const documents = listDocuments([...(await chartDocuments(deps, launch, caseId)), ...evidence])
  const opened = openForms(form.value, payer, deps.evaluator)
  const part = { rows: rows.value, payer, context, details, form: form.value, opened, lines, documents }
  return ok({ ...part, view: reviewView(deps, launch, part) })
}

/** Opens every form of a case that can be read, and judges its completion as its payer's version of DTR has it. */
export function openForms(
  form: FormForReview,
  { dtr }: Pick<PayerConfig, 'dtr'>,
  evaluator: ExpressionEvaluator,
): [OpenedForm, ...OpenedForm[]] {
  const open = ({ formId, position, adaptive, ...kept }: Omit<FormForReview, 'others' | 'unread'>): OpenedForm => {
    const state = openForm({ ...kept, evaluator })
    const completion = readCompletion(state, { version: dtr?.version ?? NEWEST_DTR, adaptive })
    return { formId, position, state, completion }
  }
  return [open(form), ...form.others.map(open)]
}

/**
 * The case's context with patient, coverage and insurer as the chart has them now: after a rejection it is often they that
 * were corrected. The orders stay those that the form was filled for. A sent case keeps what was sent.
 */
async function currentContext(deps: ReviewDeps, launch: LaunchContext, row: CaseRow): Promise<CaseContext> {
  const context = row.context as CaseContext
  if (deps.coverage === undefined || isFrozen(row.state as ReviewView['state'])) return context
  const group = await deps.coverage.group(launch, row.groupId)
  if (!group.ok || group.value.payerId !== row.payerId) return context
  const { patient, coverage, insurer } = group.value
  return { ...context, patient, coverage, insurer }
}

/** The patient's documents as the chart lists them now; none where the chart cannot be read: the form's own still go. */
export async function chartDocuments(
  deps: Pick<ReviewDeps, 'ehr'>,
  launch: LaunchContext,
  caseId: string,
): Promise<FhirResource[]> {
  const found = await deps
    .ehr(launch)
    .search('DocumentReference', `patient=${encodeURIComponent(launch.patientId)}&_sort=-date&_count=20`, {
      caseId,
      neededBy: 'documents',
    })
  return found.ok ? found.value.resources : []
}

function reviewView(deps: ReviewDeps, launch: LaunchContext, prepared: Omit<Prepared, 'view'>): ReviewView {
  const { rows, payer, details, form, opened, lines, context } = prepared
  const [{ state }] = opened
  const forms = reviewForms(prepared)
  const policy = deps.policies.get((form.questionnaire.url ?? '').split('|')[0] ?? '')
  const documents = reviewDocuments(prepared.documents, state, form.meta, details.documents)
  const at = deps.now()
  const known = [...context.known, ...form.evidence]
  const built = buildPasRequestBundle(
    requestInput({
      tenant: launch.tenant,
      payer,
      context,
      details,
      form,
      responses: completedForms(prepared, launch, at).map(({ response }) => responseFor(payer, response)),
      documents: [],
      lines,
      identifiers: mintIdentifiers(deps.baseUrl, launch.tenant, deps.newId),
      at,
    }),
  )
  return {
    caseId: rows.row.id,
    version: rows.row.version,
    state: rows.row.state as ReviewView['state'],
    lines: lineRows(rows.row.tenant, rows.row.id, lines).map(lineView),
    diagnoses: reviewDiagnoses(context.orders, known),
    forms,
    documents,
    problems: [
      ...reviewProblems(formsProblems(opened, forms), lines, built, deps.profiles),
      ...diagnosisProblems(context.orders, known),
    ],
    criteria: policy === undefined ? [] : evaluateCriteria(policy, state),
    policy:
      policy === undefined
        ? null
        : { title: policy.title, version: policy.version, reviewedOn: policy.reviewedOn, source: policy.source },
    signer: { name: launch.user.name, npi: launch.user.npi, maySign: launch.user.role === 'clinician' },
    payer: { id: payer.id, name: payer.name, phone: payer.phone },
    urgency: details.urgency,
    clocks: rows.clocks.map(clockView),
  }
}

/** All forms in the payer's order: answers of those that can be read, and why the others cannot. */
function reviewForms({ opened, form }: Pick<Prepared, 'opened' | 'form'>): ReviewView['forms'] {
  const ready = opened.map(({ formId, position, state, completion }) => ({
    position,
    formId,
    title: state.model.questionnaire.title ?? null,
    status: 'ready' as const,
    failure: null,
    mayComplete: completion.mayComplete,
    answers: reviewAnswers(state),
  }))
  const unread = form.unread.map((one) => ({ ...one, mayComplete: false, answers: null }))
  return [...ready, ...unread]
    .toSorted((one, other) => one.position - other.position)
    .map(({ position: _position, ...view }) => view)
}

const formsProblems = (opened: readonly OpenedForm[], forms: ReviewView['forms']): ReviewView['problems'] => [
  ...opened.flatMap(({ formId, completion }) => formProblems(formId, completion)),
  ...forms.flatMap(unreadProblems),
]

/** Every form of the case that can be read, as this person completes it. */
export function completedForms(
  { opened }: Pick<Prepared, 'opened'>,
  { user }: LaunchContext,
  at: string,
): CompletedForm[] {
  const edit = { at, author: { reference: user.fhirUser, name: user.name } }
  return opened.map(({ formId, state }) => ({ formId, response: toResponse(state, edit, 'completed') }))
}

/** Problems with where to mend them. The rules of the whole request are judged where nothing else stands against it. */
function reviewProblems(
  ofForms: ReviewView['problems'],
  lines: readonly RequestLine[],
  built: ReturnType<typeof buildPasRequestBundle>,
  profiles: ProfileSet,
): ReviewView['problems'] {
  const ofRequest = built.ok ? subscriberProblems(built.value.unresolved) : requestProblems(built.error)
  const found = [...ofForms, ...lineProblems(lines), ...ofRequest]
  if (!built.ok || found.some(({ severity }) => severity === 'blocks')) return found
  return [...found, ...bundleProblems(validatePasRequestBundle(profiles, built.value.bundle))]
}

/** The chosen documents with their bytes inline, read from the chart where they stand behind a link. */
export async function inlineDocuments(
  deps: Pick<ReviewDeps, 'ehr'>,
  launch: LaunchContext,
  caseId: string,
  documents: readonly DocumentReference[],
): Promise<Result<DocumentReference[], Failure>> {
  const inlined: DocumentReference[] = []
  for (const document of documents) {
    const content: DocumentReference['content'] = []
    for (const entry of document.content) {
      const { url, data } = entry.attachment
      if (data !== undefined || url === undefined) {
        content.push(entry)
        continue
      }
      const binary = await deps.ehr(launch).read(url, { caseId, neededBy: 'documents' })
      if (!binary.ok) return binary
      const { url: _url, ...attachment } = entry.attachment
      const bytes = binary.value.resourceType === 'Binary' ? binary.value.data : undefined
      content.push({ ...entry, attachment: { ...attachment, ...(bytes === undefined ? {} : { data: bytes }) } })
    }
    inlined.push({ ...document, content })
  }
  return ok(inlined)
}
