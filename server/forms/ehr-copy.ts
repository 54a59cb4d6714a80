/**
 * The response's copy in the EHR (DTR spec-151 to 153): written when a person asks for it or completes the form, never by
 * itself. Created where it was never stored, updated with If-Match afterwards. Somebody else's change there is a conflict
 * that shows both; an EHR that does not say where it put a resource, or grants no writing, is said.
 */
import type { QuestionnaireResponse } from 'fhir/r4'
import type { EhrConflict } from '#domain/contract/form.ts'
import { downcastResponse } from '#domain/dtr/response/downcast-response.ts'
import type { ExpressionEvaluator } from '#domain/dtr/expression/expression.ts'
import { chartElsewhere, EMPTY_META, openForm } from '#domain/dtr/form/open-form.ts'
import { listCopyConflicts } from '#domain/dtr/response/response-differences.ts'
import { upcastResponse } from '#domain/dtr/response/upcast-response.ts'
import { message, type Message } from '#domain/result.ts'
import type { PayerConfig } from '../config.ts'
import type { EhrClient, EhrFailure } from '../context.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import type { EhrLink, FormPackage } from './form-record.ts'
import { workOf } from './save-form.ts'

export interface CopyDeps {
  readonly ehr: EhrClient
  readonly evaluator: ExpressionEvaluator
  readonly baseUrl: string
  readonly now: () => string
}

export interface CopyResult {
  readonly link: EhrLink
  readonly conflict: EhrConflict | null
}

/** Writes the row's response. `onto` is the EHR's version that a merge was made onto. */
export async function writeCopy(
  deps: CopyDeps,
  row: FormRow,
  payer: PayerConfig,
  onto: string | null,
): Promise<CopyResult> {
  const { ehr: before, conflict } = workOf(row)
  const kept = row.response as QuestionnaireResponse
  const purpose = { caseId: row.caseId, neededBy: 'form' }
  const failed = (state: EhrLink['state'], failure: Message): CopyResult => ({
    link: { ...before, state, failure },
    conflict: state === 'conflict' ? conflict : null,
  })
  const written = downcastResponse(kept, {
    version: payer.dtr?.version ?? '2.2',
    bareCanonical: payer.dtr?.bareCanonical ?? false,
  })
  if (!written.ok) return failed('failed', message(`form.ehr.${written.error.reason}`, written.error.params))
  const identifier = { system: `${deps.baseUrl}/form`, value: `${row.caseId}/${row.formId}` }
  const { id: _id, ...content } = { identifier, ...written.value.resource }
  const saved = (reference: string | null, versionId: string | null): CopyResult => ({
    link: {
      state: 'saved',
      reference,
      versionId,
      savedAt: deps.now(),
      formVersion: row.version,
      written: kept,
      failure: reference === null ? message('form.ehr.unlocated') : null,
    },
    conflict: null,
  })

  const place = before.reference ?? (before.state === 'none' ? null : await locate())
  if (place === null) return create()
  return update(place, onto ?? before.versionId ?? (await versionAt(place)))

  async function create(): Promise<CopyResult> {
    const created = await deps.ehr.create(content, purpose)
    if (created.ok) return saved(created.value.reference, created.value.versionId)
    // Stored, but nobody says where: the next save looks for it by its identifier.
    if (created.error.reason === 'ehr-nonsense' && created.error.status === 201) return saved(await locate(), null)
    return failed(stateOf(created.error), message(`form.ehr.${created.error.reason}`))
  }

  async function update(reference: string, versionId: string | null): Promise<CopyResult> {
    const id = reference.split('/')[1] ?? ''
    const meta = { ...content.meta, ...(versionId === null ? {} : { versionId }) }
    const changed = await deps.ehr.update({ ...content, id, meta }, purpose)
    if (changed.ok) return saved(reference, changed.value.versionId)
    if (changed.error.reason === 'not-found') return create()
    if (changed.error.reason !== 'conflict')
      return failed(stateOf(changed.error), message(`form.ehr.${changed.error.reason}`))
    const current = await deps.ehr.read(reference, purpose)
    if (!current.ok) return failed('failed', message(`form.ehr.${current.error.reason}`))
    const theirs = readConflict(deps, row, before, current.value as QuestionnaireResponse)
    return {
      link: { ...before, reference, state: 'conflict', failure: message('form.ehr.conflict') },
      conflict: theirs,
    }
  }

  async function versionAt(reference: string): Promise<string | null> {
    const current = await deps.ehr.read(reference, purpose)
    return current.ok ? (current.value.meta?.versionId ?? null) : null
  }

  async function locate(): Promise<string | null> {
    const query = new URLSearchParams({ identifier: `${identifier.system}|${identifier.value}` })
    if (kept.subject?.reference !== undefined) query.set('patient', kept.subject.reference.replace(/^Patient\//, ''))
    const found = await deps.ehr.search('QuestionnaireResponse', query.toString(), purpose)
    const mine = found.ok
      ? found.value.resources.find(
          (one) =>
            one.resourceType === 'QuestionnaireResponse' &&
            one.identifier?.value === identifier.value &&
            one.identifier.system === identifier.system,
        )
      : undefined
    return mine?.id === undefined ? null : `QuestionnaireResponse/${mine.id}`
  }
}

/** A scope that was not granted is the user's to know; an EHR without the resource can never take it. */
function stateOf({ reason, status }: EhrFailure): EhrLink['state'] {
  if (reason === 'scope-missing' || reason === 'forbidden') return 'no-scope'
  return status === 404 || status === 405 || status === 501 ? 'unsupported' : 'failed'
}

function readConflict(deps: CopyDeps, row: FormRow, link: EhrLink, theirs: QuestionnaireResponse): EhrConflict {
  const { questionnaire, chart } = row.package as FormPackage
  const open = (response: QuestionnaireResponse) =>
    openForm({
      questionnaire,
      response: upcastResponse(response, 'client').resource,
      meta: EMPTY_META,
      today: row.today,
      evaluator: deps.evaluator,
      chart: chartElsewhere(chart),
    })
  const author = theirs.author?.display ?? theirs.author?.reference ?? null
  const lastUpdated = theirs.meta?.lastUpdated ?? null
  const mine = row.response as QuestionnaireResponse
  return {
    versionId: theirs.meta?.versionId ?? null,
    lastUpdated,
    author,
    items: listCopyConflicts(open(mine), open(theirs), open(link.written ?? { ...mine, item: [] }), {
      by: author,
      at: lastUpdated,
    }),
  }
}
