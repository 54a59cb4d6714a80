/**
 * What the other rooms ask of a case's forms: read for its review, completed with its signature, opened again after a
 * rejection, how far they are.
 */
import type { FhirResource, QuestionnaireResponse } from 'fhir/r4'
import type { FormMeta } from '#domain/contract/form.ts'
import { readFormFacts } from '#domain/dtr/form/form-facts.ts'
import { chartElsewhere } from '#domain/dtr/form/open-form.ts'
import { mayAmend } from '#domain/dtr/item/entry-mode.ts'
import { err, ok } from '#domain/result.ts'
import type { CaseContext } from '../cases/case-record.ts'
import type { FormForReview, FormsPort, UnreadForm } from '../cases/ports.ts'
import type { FormProgressPort } from '../coverage/ports.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import type { Tx } from '../store/tx.ts'
import { FORM_COPY_JOB } from './copy-job.ts'
import { enqueueFormJob } from './form-job.ts'
import { askedFormId, isAskedForm, isOfAsked, MAIN_FORM, type FormPackage } from './form-record.ts'
import type { FormServiceDeps } from './form-service.ts'
import { orderStatementsOf } from './order-statements.ts'
import { recordMetrics } from './record-metrics.ts'
import { keyOf, workOf } from './save-form.ts'

type Deps = Pick<FormServiceDeps, 'store' | 'payers' | 'tenants' | 'baseUrl' | 'newId'>

export interface FormsOfCase extends Omit<FormsPort, 'start'> {
  readonly progress: FormProgressPort
}

export function createFormsOfCase(deps: Deps): FormsOfCase {
  const { store } = deps

  const keepMetrics = async (tx: Tx, about: Parameters<FormsPort['complete']>[1]): Promise<void> => {
    const row = await store.cases.find(tx, about.tenant, about.caseId)
    const payer = deps.payers.get(row?.payerId ?? '')
    const tenant = deps.tenants.get(about.tenant)
    if (row === undefined || payer === undefined || tenant === undefined) return
    const context = row.context as CaseContext
    await recordMetrics(store, tx, { ...about, tenant, payer, context, baseUrl: deps.baseUrl })
  }

  const readForms = async (
    tenant: string,
    caseId: string,
    isWanted: (formId: string) => boolean,
  ): ReturnType<FormsPort['read']> => {
    const rows = (await store.read((tx) => store.forms.listByCase(tx, tenant, caseId))).filter(
      ({ formId, status }) => status !== 'stopped' && isWanted(formId),
    )
    const [main, ...others] = rows
    if (main === undefined) return err({ reason: 'form-missing' })
    if (main.status === 'populating') return err({ reason: 'form-populating' })
    if (!isReadable(main)) return err({ reason: 'form-failed' })
    const evidence = await store.read((tx) => store.evidence.listByCase(tx, tenant, caseId))
    const resources = evidence.map(({ resource }) => resource)
    return ok({
      ...forReview(main, resources),
      others: others.filter(isReadable).map((row) => forReview(row, resources)),
      unread: others.filter((row) => !isReadable(row)).map(unreadForm),
    })
  }

  const completeAsked: FormsPort['completeAsked'] = async (tx, about, responses) => {
    for (const { formId, response } of responses) {
      const key = { tenant: about.tenant, caseId: about.caseId, formId }
      await store.forms.update(tx, key, { status: 'completed', response, savedAt: about.at })
      await enqueueFormJob(deps, tx, FORM_COPY_JOB, key, about.launchId, about.at)
    }
  }

  return {
    read: (tenant, caseId) => readForms(tenant, caseId, (formId) => !isAskedForm(formId)),

    askedFormId,

    readAsked: (tenant, caseId, asked) => readForms(tenant, caseId, (formId) => isOfAsked(formId, asked)),

    completeAsked,

    async complete(tx, about, responses) {
      await completeAsked(tx, about, responses)
      await keepMetrics(tx, about)
    },

    async reopen(tx, tenant, caseId, at) {
      for (const row of await store.forms.listByCase(tx, tenant, caseId)) {
        // What the payer itself completed is not opened again: it asks no more questions.
        if (row.status !== 'completed' || workOf(row).adaptive !== null || isAskedForm(row.formId)) continue
        const { questionnaire } = row.package as FormPackage
        // What was answered in order knows no way back (SDC 4 entryMode).
        if (!mayAmend(readFormFacts(questionnaire).entryMode, row.status)) continue
        // The answers stay; an amended response is completed and signed again.
        const response = { ...(row.response as QuestionnaireResponse), status: 'in-progress' as const }
        await store.forms.update(tx, keyOf(row), { status: 'in-progress', response, savedAt: at })
      }
    },

    async progress(launch, caseId) {
      const key = { tenant: launch.tenant.id, caseId, formId: MAIN_FORM }
      const row = await store.read((tx) => store.forms.find(tx, key))
      const kept = (row?.package ?? null) as FormPackage | null
      return { prefill: kept?.prefill ?? null, estimatedTime: row?.summary?.estimatedTime ?? null }
    },
  }
}

const isReadable = ({ status, response }: FormRow): boolean =>
  status !== 'populating' && status !== 'failed' && response !== null

function unreadForm({ formId, position, summary, status, failure }: FormRow): UnreadForm {
  const known = status === 'populating' ? 'populating' : 'failed'
  return { formId, position, title: summary?.title ?? null, status: known, failure }
}

function forReview(row: FormRow, evidence: readonly FhirResource[]): Omit<FormForReview, 'others' | 'unread'> {
  const kept = row.package as FormPackage
  return {
    formId: row.formId,
    position: row.position,
    questionnaire: kept.questionnaire,
    response: row.response as QuestionnaireResponse,
    meta: row.meta as FormMeta,
    today: row.today,
    chart: chartElsewhere(kept.chart),
    evidence,
    adaptive: workOf(row).adaptive === null ? null : row.status === 'completed' ? 'completed' : 'answering',
    statements: orderStatementsOf(row),
  }
}
