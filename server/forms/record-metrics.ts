/** Writes the DTR metric record of a session when its forms are complete: codes, counts and times of what is kept anyway. */
import type { CodeableConcept, QuestionnaireResponse } from 'fhir/r4'
import { listCoverageInformation, readCoverageInformation } from '#domain/crd/coverage-information.ts'
import { buildMetricRecord, type MetricAction, type MetricForm } from '#domain/dtr/metric-record.ts'
import { canonicalOf } from '#domain/dtr/questionnaire-response.ts'
import type { CaseContext } from '../cases/case-record.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import type { Store } from '../store/store.ts'
import type { Tx } from '../store/tx.ts'
import type { FormPackage } from './form-record.ts'
import { workOf } from './save-form.ts'

export interface MetricsAbout {
  readonly tenant: TenantConfig
  readonly caseId: string
  readonly launchId: string
  readonly payer: PayerConfig
  readonly context: CaseContext
  readonly baseUrl: string
  readonly at: string
}

const ACTION: Readonly<Record<string, MetricAction['actionDetail']>> = {
  'dtr-package': 'qpackage',
  'dtr-next-question': 'nextq',
}

/** Builds and keeps the record, in the transaction that completes the forms. */
export async function recordMetrics(store: Store, tx: Tx, about: MetricsAbout): Promise<void> {
  const { tenant, caseId, launchId, payer, context, at } = about
  const rows = (await store.forms.listByCase(tx, tenant.id, caseId)).filter(({ package: kept }) => kept !== null)
  const exchanges = await store.exchanges.listByCase(tx, tenant.id, caseId)
  const actions = exchanges.flatMap((request): MetricAction[] => {
    const actionDetail = ACTION[request.kind]
    if (actionDetail === undefined || request.direction !== 'out') return []
    const answer = exchanges.find(({ requestId }) => requestId === request.id)
    const httpResponse = answer?.httpStatus ?? null
    return [
      {
        actionDetail,
        requestTime: request.at,
        responseTime: answer?.at ?? null,
        httpResponse,
        questionnaire: null,
        issues: [],
      },
    ]
  })
  const [registered] = payer.identifiers
  const record = buildMetricRecord({
    app: about.baseUrl,
    providerNpi: null,
    groupNpi: tenant.organization.npi,
    payer: { system: registered?.system ?? '', value: registered?.value ?? payer.id },
    orders: context.orders.flatMap(orderedItem),
    coverageInformation: context.orders.flatMap(listCoverageInformation).map(readCoverageInformation),
    resumed: rows.some(({ work }) => workOf({ work }).ehr.reference !== null),
    fromTask: false,
    actions,
    resources: [],
    forms: rows.map((row) => formOf(row, at)),
  })
  await store.dtrMetrics.put(tx, { tenant: tenant.id, caseId, launchId, at, record })
}

function orderedItem(order: CaseContext['orders'][number]): CodeableConcept[] {
  const { code, codeCodeableConcept, medicationCodeableConcept } = order as {
    readonly code?: CodeableConcept
    readonly codeCodeableConcept?: CodeableConcept
    readonly medicationCodeableConcept?: CodeableConcept
  }
  const coding = (code ?? codeCodeableConcept ?? medicationCodeableConcept)?.coding
  return coding === undefined ? [] : [{ coding }]
}

function formOf(row: FormRow, at: string): MetricForm {
  const { questionnaire, retrievedAt } = row.package as FormPackage
  const { adaptive, problems } = workOf(row)
  return {
    canonical: canonicalOf(questionnaire),
    adaptive: adaptive !== null,
    populated: false,
    failures: [...new Set(problems.map(({ kind }) => kind))],
    enabledQuestions: row.summary?.total ?? 0,
    response: row.response as QuestionnaireResponse,
    openedAt: retrievedAt,
    closedAt: at,
  }
}
