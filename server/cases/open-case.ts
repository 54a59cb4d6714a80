/** Opens a case for a group of orders: one case a group, however often and by how many people it is asked for. */
import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import { readPatientBanner } from '#domain/context/patient-context.ts'
import { isSameReference, referenceTo } from '#domain/fhir/reference.ts'
import { listEarlierOrders, type EarlierApproval } from '#domain/pas/line-particulars.ts'
import { buildRequestLines, type HcpcsUnits, type RequestLine } from '#domain/pas/request-lines.ts'
import { dateIn } from '#domain/time.ts'
import { caseTitle } from '#domain/tracking/case-title.ts'
import { clocksFor, type Urgency } from '#domain/tracking/clock-rules.ts'
import type { PayerConfig } from '../config.ts'
import type { LaunchContext } from '../context.ts'
import type { ClockRow } from '../store/repositories/clocks.ts'
import type { LineRow } from '../store/repositories/lines.ts'
import type { Store } from '../store/store.ts'
import { NEW_DETAILS, type CaseContext } from './case-record.ts'
import type { CoveragePort, FormsPort, OrderGroupForCase } from './ports.ts'

export interface OpenCaseDeps {
  readonly store: Store
  readonly payers: ReadonlyMap<string, PayerConfig>
  readonly coverage: CoveragePort
  readonly forms: FormsPort
  readonly units: HcpcsUnits
  readonly now: () => string
  readonly newId: () => string
}

/** Gives the case's id. A group that has a case gets that one; else it is opened and its form begins to fill. */
export async function openCase(
  deps: OpenCaseDeps,
  launch: LaunchContext,
  groupId: string,
): Promise<Result<string, Failure>> {
  const { store } = deps
  const tenant = launch.tenant.id
  const find = () => store.read((tx) => store.cases.listByGroup(tx, tenant, launch.patientId, groupId))
  const known = (await find()).find((row) => row.state !== 'cancelled')
  if (known !== undefined) {
    deps.forms.start(launch, known.id)
    return ok(known.id)
  }
  const group = await deps.coverage.group(launch, groupId)
  if (!group.ok) return group
  const payer = deps.payers.get(group.value.payerId)
  if (payer === undefined) return err({ reason: 'unknown-payer' })
  const caseId = deps.newId()
  const earlier = await earlierApprovals(store, launch, group.value.orders)
  const written = await insertCase(deps, launch, { ...group.value, earlier }, payer, caseId)
  if (!written) {
    const other = (await find()).find((row) => row.state !== 'cancelled')
    if (other === undefined) throw new Error('a case of the group exists, but is not found')
    return ok(other.id)
  }
  deps.forms.start(launch, caseId)
  return ok(caseId)
}

/** What the patient's earlier requests were authorized under, for the orders that these renew or replace. */
async function earlierApprovals(
  store: Store,
  { tenant, patientId }: LaunchContext,
  orders: CaseContext['orders'],
): Promise<EarlierApproval[]> {
  const renewed = orders.flatMap(listEarlierOrders)
  if (renewed.length === 0) return []
  return store.read(async (tx) => {
    const found: EarlierApproval[] = []
    for (const { id } of await store.cases.listByPatient(tx, tenant.id, patientId))
      for (const { orderRef, authorizationNumber } of await store.lines.listByCase(tx, tenant.id, id))
        if (authorizationNumber !== null && renewed.some((one) => isSameReference(one, orderRef)))
          found.push({ orderRef, authorizationNumber })
    return found
  })
}

async function insertCase(
  deps: OpenCaseDeps,
  launch: LaunchContext,
  group: OrderGroupForCase,
  payer: PayerConfig,
  caseId: string,
): Promise<boolean> {
  const { store } = deps
  const at = deps.now()
  const tenant = launch.tenant.id
  const { groupId, payerId } = group
  const context: CaseContext = {
    service: group.service,
    patient: group.patient,
    coverage: group.coverage,
    insurer: group.insurer,
    orders: group.orders,
    known: group.known,
    lineOfBusiness: group.lineOfBusiness,
    assertionIds: group.assertionIds,
    earlier: group.earlier ?? [],
  }
  const banner = readPatientBanner(context.patient, dateIn(at, launch.tenant.timeZone))
  const lines = buildRequestLines(context.orders, {
    units: deps.units,
    weight: null,
    known: context.known,
    earlier: context.earlier ?? [],
  })
  return store.transaction(async (tx) => {
    await store.cases.holdGroup(tx, tenant, launch.patientId, groupId)
    const there = await store.cases.listByGroup(tx, tenant, launch.patientId, groupId)
    if (there.some((row) => row.state !== 'cancelled')) return false
    await store.cases.insert(tx, {
      tenant,
      id: caseId,
      groupId,
      patientId: launch.patientId,
      patientName: banner.name,
      patientBirthDate: banner.birthDate,
      patientMrn: banner.mrn,
      coverageRef: referenceTo(context.coverage) ?? '',
      payerId,
      state: 'draft',
      version: 1,
      title: caseTitle({
        state: 'draft',
        payerName: payer.name,
        payerPhone: payer.phone,
        lines: [],
        openRequests: 0,
        openAnswers: null,
        unknownStep: null,
      }),
      context,
      details: NEW_DETAILS,
      createdAt: at,
      updatedAt: at,
    })
    await store.lines.insert(tx, lineRows(tenant, caseId, lines))
    await store.clocks.save(tx, clockRows(tenant, caseId, context, lines, 'standard'))
    await store.events.append(tx, {
      tenant,
      caseId,
      at,
      kind: 'opened',
      actor: launch.user.name,
      payload: { params: { payer: payer.name } },
    })
    return true
  })
}

/** Rows of lines that nobody has decided. */
export function lineRows(
  tenant: string,
  caseId: string,
  lines: readonly Omit<RequestLine, 'particulars'>[],
): LineRow[] {
  return lines.map((line) => ({
    tenant,
    caseId,
    sequence: line.sequence,
    orderRef: line.orderRef,
    kind: line.kind,
    system: line.system,
    code: line.code,
    title: line.title,
    detail: line.detail,
    asked: line.quantity?.value ?? null,
    allowed: null,
    unit: line.quantity?.unit ?? null,
    startsOn: line.start,
    endsOn: line.end,
    status: 'none',
    authorizationNumber: null,
    decision: null,
  }))
}

/** The clocks of a request that has not left: limits without a start. */
export function clockRows(
  tenant: string,
  caseId: string,
  context: Pick<CaseContext, 'lineOfBusiness'>,
  lines: readonly Pick<RequestLine, 'sequence' | 'kind'>[],
  urgency: Urgency,
): ClockRow[] {
  return clocksFor(context.lineOfBusiness, urgency, lines).map(({ rule, scope, lineSequences }) => ({
    tenant,
    caseId,
    id: scope,
    scope,
    lineSequences,
    rule: rule.id,
    citation: rule.citation,
    limitValue: rule.limit.value,
    limitUnit: rule.limit.unit,
    startedAt: null,
    dueAt: null,
    stoppedAt: null,
  }))
}
