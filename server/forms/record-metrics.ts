/** Writes the DTR metric record of a session when its forms are complete: codes, counts and times of what is kept anyway. */
import type { CodeableConcept, FhirResource, QuestionnaireResponse, Reference } from 'fhir/r4'
import { listCoverageInformation, readCoverageInformation } from '#domain/crd/coverage-information.ts'
import { withOrderStatements } from '#domain/dtr/adaptive/determination.ts'
import { buildMetricRecord, type MetricAction, type MetricForm } from '#domain/dtr/package/metric-record.ts'
import { canonicalOf } from '#domain/dtr/response/questionnaire-response.ts'
import { SYSTEM } from '#domain/fhir/canonical.ts'
import { isSameReference, referenceTo } from '#domain/fhir/reference.ts'
import type { CaseContext } from '../cases/case-record.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { AccessLogRow } from '../store/repositories/access-log.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import type { Store } from '../store/store.ts'
import type { Tx } from '../store/tx.ts'
import type { FormPackage } from './form-record.ts'
import { orderStatementsOf } from './order-statements.ts'
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
  const accesses = await store.accessLog.listByCase(tx, tenant.id, caseId)
  const forms = rows.map((row) => formOf(row, at))
  const statements = rows.flatMap((row) => orderStatementsOf(row) ?? [])
  const [registered] = payer.identifiers
  const record = buildMetricRecord({
    app: about.baseUrl,
    providerNpi: requesterNpi(context),
    groupNpi: tenant.organization.npi,
    payer: { system: registered?.system ?? '', value: registered?.value ?? payer.id },
    orders: context.orders.flatMap(orderedItem),
    coverageInformation: context.orders
      .map((order) => statements.reduce((all, said) => withOrderStatements(all, said), order))
      .flatMap(listCoverageInformation)
      .map(readCoverageInformation),
    resumed: rows.some(({ work }) => workOf({ work }).ehr.reference !== null),
    fromTask: false,
    actions: [...actions, ...accesses.flatMap(accessAction), ...forms.map(userResponse)].toSorted((one, other) =>
      one.requestTime < other.requestTime ? -1 : Number(one.requestTime > other.requestTime),
    ),
    resources: countedByType(accesses),
    forms,
  })
  await store.dtrMetrics.put(tx, { tenant: tenant.id, caseId, launchId, at, record })
}

/** A query of the EHR, or a response that was stored there. The log keeps no times of answers and no HTTP codes. */
function accessAction({ action, resourceType, at }: AccessLogRow): MetricAction[] {
  const isStored = action === 'create' || action === 'update'
  if (isStored && resourceType !== 'QuestionnaireResponse') return []
  const actionDetail = isStored ? 'storeqr' : 'mrquery'
  return [{ actionDetail, requestTime: at, responseTime: null, httpResponse: null, questionnaire: null, issues: [] }]
}

/** From the form on the screen to the user's handing it back: no HTTP of anyone's (dtr.md §9). */
const userResponse = ({ canonical, openedAt, closedAt }: MetricForm): MetricAction => ({
  actionDetail: 'userresponse',
  requestTime: openedAt,
  responseTime: closedAt,
  httpResponse: null,
  questionnaire: canonical,
  issues: [],
})

/** Outcomes of a read or search that gave resources, all that there are or a part. */
const GAVE: ReadonlySet<string> = new Set(['ok', 'incomplete'])

/** How many resources of each type the EHR gave; a read that does not say gave one. */
function countedByType(accesses: readonly AccessLogRow[]): { type: string; count: number }[] {
  const counted = new Map<string, number>()
  for (const { action, resourceType, outcome, count } of accesses)
    if ((action === 'read' || action === 'search') && GAVE.has(outcome))
      counted.set(resourceType, (counted.get(resourceType) ?? 0) + (count ?? (action === 'read' ? 1 : 0)))
  return [...counted].map(([type, count]) => ({ type, count }))
}

/** The NPI of who ordered, where the chart has it; it identifies a provider, not a patient. */
function requesterNpi({ orders, known }: CaseContext): string | null {
  const find = (reference: string | undefined): FhirResource | undefined =>
    known.find((one) => isSameReference(referenceTo(one), reference))
  for (const order of orders) {
    const { requester, orderer, prescriber } = order as {
      readonly requester?: Reference
      readonly orderer?: Reference
      readonly prescriber?: Reference
    }
    const named = find((requester ?? orderer ?? prescriber)?.reference)
    const person = named?.resourceType === 'PractitionerRole' ? find(named.practitioner?.reference) : named
    const identifier = person?.resourceType === 'Practitioner' ? person.identifier : undefined
    const npi = identifier?.find(({ system }) => system === SYSTEM.npi)?.value
    if (npi !== undefined) return npi
  }
  return null
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
