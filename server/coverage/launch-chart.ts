/**
 * The chart of one launch as the coverage screen needs it, read in as few rounds as references allow and shared by the calls
 * that come together. Works on any chart: what cannot be read is absent and said so, never an exception.
 */
import type { Coverage, FhirResource, Organization, Patient } from 'fhir/r4'
import { listActiveCoverages } from '#domain/context/coverage.ts'
import { isOrder, readOrderDate, type Order } from '#domain/context/order.ts'
import { isSameReference, listReferences, normalizeReference, referenceTo } from '#domain/fhir/reference.ts'
import { ok, type Result } from '#domain/result.ts'
import { permits } from '#domain/smart/scopes.ts'
import { addToDate, dateIn } from '#domain/time.ts'
import type { EhrClient, EhrFailure, LaunchContext } from '../context.ts'
import type { HookContextRow } from '../store/repositories/hook-contexts.ts'
import type { Store } from '../store/store.ts'
import { readAssertion, type Assertion } from './assertion-record.ts'
import { createExpiringMap } from './expiring-map.ts'
import { APP_CONTEXT_PREFIX } from './order-sign-hook.ts'

const PURPOSE = { caseId: null, neededBy: 'coverage' }
/** How long one reading serves: the screens of a launch come within seconds of each other. */
const CHART_LIFE_SECONDS = 45
const CHART_LIMIT = 500
/** Signed orders stay on the screen for two weeks; older ones are the past, not the question. */
const OPEN_ORDER_DAYS = 14
/** The orders that a PAS line may ask for (pas.md §2.11); other orders are put to a payer where a hook or a launch names them. */
const SEARCHED_TYPES = ['MedicationRequest', 'ServiceRequest', 'DeviceRequest', 'NutritionOrder'] as const
const PROPOSALS: readonly string[] = ['proposal', 'plan', 'option']
/** What orders point to and a request must name. */
const FOLLOWED =
  /^(Condition|Device|Encounter|Endpoint|Location|Medication|Organization|Practitioner|PractitionerRole)\//
const SUBSCRIBER = /^(Patient|RelatedPerson)\//
const MAX_FOLLOWED = 60

export interface LaunchChart {
  readonly patient: Patient
  /** Active on the day, self-pay left out. */
  readonly coverages: readonly Coverage[]
  readonly organizations: readonly Organization[]
  readonly orders: readonly Order[]
  readonly known: readonly FhirResource[]
  /** False where coverages or orders could not be read: then their absence says nothing. */
  readonly readable: boolean
}

export interface LaunchCharts {
  patient(launch: LaunchContext): Promise<Result<Patient, EhrFailure>>
  chart(launch: LaunchContext): Promise<Result<LaunchChart, EhrFailure>>
  hookContext(launch: LaunchContext): Promise<HookContextRow | null>
  /** Read again next time. */
  forget(launch: LaunchContext): void
}

export interface LaunchChartsDeps {
  readonly store: Pick<Store, 'read' | 'hookContexts' | 'assertions'>
  readonly openEhr: (launch: LaunchContext) => EhrClient
  readonly now: () => string
}

/** Builds the shared readings. */
export function createLaunchCharts(deps: LaunchChartsDeps): LaunchCharts {
  const patients = createExpiringMap<Promise<Result<Patient, EhrFailure>>>(CHART_LIFE_SECONDS, CHART_LIMIT)
  const charts = createExpiringMap<Promise<Result<LaunchChart, EhrFailure>>>(CHART_LIFE_SECONDS, CHART_LIMIT)
  const keyOf = ({ tenant, launchId }: LaunchContext): string => `${tenant.id} ${launchId}`

  /** Gives the reading under way, or begins one; a failed one is not kept. */
  const share = <T>(
    map: ReturnType<typeof createExpiringMap<Promise<Result<T, EhrFailure>>>>,
    key: string,
    read: () => Promise<Result<T, EhrFailure>>,
  ): Promise<Result<T, EhrFailure>> => {
    const held = map.get(key, deps.now())
    if (held !== undefined) return held
    const reading = read().then(
      (result) => {
        if (!result.ok) map.delete(key)
        return result
      },
      (error: unknown) => {
        map.delete(key)
        throw error
      },
    )
    map.set(key, reading, deps.now())
    return reading
  }

  const hookContext = async (launch: LaunchContext): Promise<HookContextRow | null> => {
    if (launch.appContext?.startsWith(APP_CONTEXT_PREFIX) !== true) return null
    const id = launch.appContext.slice(APP_CONTEXT_PREFIX.length)
    const row = await deps.store.read((tx) => deps.store.hookContexts.find(tx, launch.tenant.id, id, deps.now()))
    // Authorised anew: the row counts only for the patient of this launch (crd.md §3.2, appContext).
    return row?.patientId === launch.patientId ? row : null
  }

  const patient = (launch: LaunchContext): Promise<Result<Patient, EhrFailure>> =>
    share(patients, keyOf(launch), async () => {
      const read = await deps.openEhr(launch).read(`Patient/${launch.patientId}`, PURPOSE)
      if (!read.ok) return read
      return read.value.resourceType === 'Patient'
        ? ok(read.value)
        : { ok: false, error: { reason: 'ehr-nonsense', status: 200 } }
    })

  return {
    patient,
    hookContext,
    chart: (launch) =>
      share(charts, keyOf(launch), async () => {
        const ehr = deps.openEhr(launch)
        const [who, coverages, orders] = await Promise.all([
          patient(launch),
          readCoverages(ehr, launch, dateIn(deps.now(), launch.tenant.timeZone)),
          readOrders(deps, ehr, launch, hookContext),
        ])
        if (!who.ok) return who
        const pointed = targetsOf([...orders.resources, ...coverages.resources])
        const [followed, charges] = await Promise.all([
          followReferences(ehr, [...pointed, ...subscribersOf(coverages.resources, launch)]),
          readCharges(ehr, launch, orders.resources),
        ])
        const known = [...followed, ...charges]
        return ok({
          patient: who.value,
          coverages: coverages.resources,
          organizations: known.filter((resource): resource is Organization => resource.resourceType === 'Organization'),
          orders: orders.resources,
          known,
          readable: coverages.readable && orders.readable,
        })
      }),
    forget(launch) {
      charts.delete(keyOf(launch))
      patients.delete(keyOf(launch))
    },
  }
}

interface Found<T> {
  readonly resources: readonly T[]
  readonly readable: boolean
}

async function readCoverages(ehr: EhrClient, launch: LaunchContext, today: string): Promise<Found<Coverage>> {
  // No status in the query: some EHRs have no such search (crd.md §5, Oracle).
  const found = await ehr.search('Coverage', `patient=${launch.patientId}`, PURPOSE)
  if (!found.ok) return { resources: [], readable: false }
  const coverages = found.value.resources.filter(
    (resource): resource is Coverage => resource.resourceType === 'Coverage',
  )
  const own = coverages.filter(
    ({ beneficiary }) =>
      beneficiary === undefined || isSameReference(beneficiary.reference, `Patient/${launch.patientId}`),
  )
  return { resources: listActiveCoverages(own, today), readable: found.value.complete }
}

/** The orders of the hook, else those the launch names, else the patient's open ones. */
async function readOrders(
  deps: LaunchChartsDeps,
  ehr: EhrClient,
  launch: LaunchContext,
  hookContext: LaunchCharts['hookContext'],
): Promise<Found<Order>> {
  const hook = await hookContext(launch)
  const named = hook?.orderRefs ?? launch.fhirContext.filter((reference) => isOrder(typeOnly(reference)))
  if (named.length === 0) return searchOpenOrders(ehr, launch, dateIn(deps.now(), launch.tenant.timeZone))
  const kept = hook === null ? [] : await readKeptOrders(deps, launch)
  const read = await Promise.all(named.map((reference) => readNamedOrder(ehr, reference, kept)))
  return { resources: read.flatMap((order) => order ?? []), readable: read.every((order) => order !== undefined) }
}

function typeOnly(reference: string): { resourceType: string | undefined } {
  return { resourceType: normalizeReference(reference).split('/')[0] }
}

/**
 * One order: null where the chart no longer has it and nothing was kept, undefined where it could not be read. Unsigned
 * orders are not readable in some EHRs: then the order of the hook call stands.
 */
async function readNamedOrder(
  ehr: EhrClient,
  reference: string,
  kept: readonly Assertion[],
): Promise<Order | null | undefined> {
  const read = await ehr.read(reference, PURPOSE)
  if (read.ok) return isOrder(read.value) ? read.value : null
  const held = kept.find(({ orderRef }) => isSameReference(orderRef, reference))?.content.order
  return held ?? (read.error.reason === 'not-found' ? null : undefined)
}

async function readKeptOrders(deps: LaunchChartsDeps, launch: LaunchContext): Promise<Assertion[]> {
  const rows = await deps.store.read((tx) =>
    deps.store.assertions.listByPatient(tx, launch.tenant.id, launch.patientId),
  )
  return rows.map(readAssertion)
}

async function searchOpenOrders(ehr: EhrClient, launch: LaunchContext, today: string): Promise<Found<Order>> {
  const found = await Promise.all(
    SEARCHED_TYPES.map((type) => ehr.search(type, `patient=${launch.patientId}&status=draft,active`, PURPOSE)),
  )
  const since = addToDate(today, { days: -OPEN_ORDER_DAYS }) ?? today
  const orders = found.flatMap((result) => (result.ok ? result.value.resources.filter(isOrder) : []))
  return {
    resources: orders.filter((order) => isOpenOrder(order, since)),
    // A type that the EHR does not offer or the launch may not read is no failure; all of them is.
    readable: found.some(({ ok: isRead }) => isRead),
  }
}

function isOpenOrder(order: Order, since: string): boolean {
  if ('intent' in order && order.intent !== undefined && PROPOSALS.includes(order.intent)) return false
  if (order.status === 'draft') return true
  const date = readOrderDate(order)
  return order.status === 'active' && date !== null && date.slice(0, 10) >= since
}

/** The prices of what is ordered, where the launch may look for them: they point to their order, not it to them. */
async function readCharges(
  ehr: EhrClient,
  { patientId, grantedScopes }: LaunchContext,
  orders: readonly Order[],
): Promise<FhirResource[]> {
  if (orders.length === 0 || !permits(grantedScopes, 'ChargeItem', 's')) return []
  const found = await ehr.search('ChargeItem', `patient=${patientId}`, PURPOSE)
  if (!found.ok) return []
  return found.value.resources.filter((resource) =>
    listReferences(resource, '').some(({ reference }) =>
      orders.some((order) => isSameReference(reference, referenceTo(order))),
    ),
  )
}

/** Whom coverages are of, where that is somebody else than the patient (pas.md §2.7). */
function subscribersOf(coverages: readonly Coverage[], { patientId }: LaunchContext): string[] {
  const references = coverages.flatMap(({ subscriber }) => subscriber?.reference ?? []).map(normalizeReference)
  return [...new Set(references)].filter(
    (reference) => SUBSCRIBER.test(reference) && reference !== `Patient/${patientId}`,
  )
}

/** What was pointed to, and what roles and encounters among that point to. Unreadable targets are absent. */
async function followReferences(ehr: EhrClient, pointed: readonly string[]): Promise<FhirResource[]> {
  const first = await readAll(ehr, pointed, [])
  const second = targetsOf(
    first.filter(({ resourceType }) => resourceType === 'PractitionerRole' || resourceType === 'Encounter'),
  )
  return readAll(ehr, second, first)
}

function targetsOf(resources: readonly FhirResource[]): string[] {
  const references = resources.flatMap((resource) => listReferences(resource, '')).map(({ reference }) => reference)
  return [...new Set(references.map(normalizeReference))].filter((reference) => FOLLOWED.test(reference))
}

async function readAll(
  ehr: EhrClient,
  references: readonly string[],
  known: readonly FhirResource[],
): Promise<FhirResource[]> {
  const missing = references.filter((reference) => !known.some((resource) => referenceTo(resource) === reference))
  const read = await Promise.all(missing.slice(0, MAX_FOLLOWED).map((reference) => ehr.read(reference, PURPOSE)))
  return [...known, ...read.flatMap((result) => (result.ok ? [result.value] : []))]
}
