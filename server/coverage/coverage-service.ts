/**
 * The coverage screen's service, and the group of orders a case is opened for. Statements of the hook are used as stored; an
 * order that nobody asked about is asked about now, the screen waiting only briefly: then it shows *asking* and reads again.
 */
import type { CoverageView, LaunchView } from '#domain/contract/launch.ts'
import { groupOrders } from '#domain/context/order-group.ts'
import { readPatientBanner } from '#domain/context/patient-context.ts'
import { isSameReference, referenceTo } from '#domain/fhir/reference.ts'
import { err, ok, type Result } from '#domain/result.ts'
import { missingScopes } from '#domain/smart/scopes.ts'
import { dateIn } from '#domain/time.ts'
import type { PayerConfig } from '../config.ts'
import type { EhrFailure, LaunchContext } from '../context.ts'
import type { CaseRow } from '../store/repositories/cases.ts'
import type { Store } from '../store/store.ts'
import { readAssertion, type Assertion } from './assertion-record.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import { buildCoverageView, type GroupCase } from './coverage-view.ts'
import { readCoverageGroup, type CoverageFailure, type CoverageGroup, type Situation } from './coverage-group.ts'
import { createExpiringMap } from './expiring-map.ts'
import type { LaunchChart, LaunchCharts } from './launch-chart.ts'
import { assignOrder, groupByCoverage, type Assignment } from './order-assignment.ts'
import { assessOrder, type OrderAssessment } from './order-assessment.ts'
import { withinTime, type PayerInquiries } from './payer-inquiry.ts'
import type { ClocksPort, FormProgressPort } from './ports.ts'

/** A quick payer is shown at once; a slow one is shown as being asked. */
const SCREEN_WAIT_MS = 900
/** After *Ask again* a person expects to wait, as long as a hook would. */
const ASK_WAIT_MS = 4_000
const CHOICE_LIFE_SECONDS = 12 * 3600
const CHOICE_LIMIT = 5_000

export interface CoverageServiceDeps {
  readonly payers: readonly PayerConfig[]
  readonly store: Pick<Store, 'read' | 'assertions' | 'cases'>
  readonly charts: LaunchCharts
  readonly inquiries: PayerInquiries
  readonly background: BackgroundTasks
  readonly now: () => string
  readonly clocks: ClocksPort
  readonly formProgress: FormProgressPort
}

export interface CoverageService {
  launchView(launch: LaunchContext): Promise<Result<LaunchView, CoverageFailure>>
  view(launch: LaunchContext): Promise<Result<CoverageView, CoverageFailure>>
  choose(launch: LaunchContext, coverageReference: string): Promise<Result<CoverageView, CoverageFailure>>
  ask(launch: LaunchContext, groupId: string): Promise<Result<CoverageView, CoverageFailure>>
  group(launch: LaunchContext, groupId: string): Promise<Result<CoverageGroup, CoverageFailure>>
}

/** Builds the service. */
export function createCoverageService(deps: CoverageServiceDeps): CoverageService {
  const choices = createExpiringMap<string>(CHOICE_LIFE_SECONDS, CHOICE_LIMIT)
  const choiceKey = (launch: LaunchContext): string => `${launch.tenant.id} ${launch.launchId}`
  const todayOf = (launch: LaunchContext): string => dateIn(deps.now(), launch.tenant.timeZone)

  const readAssertions = async (launch: LaunchContext): Promise<Assertion[]> => {
    const rows = await deps.store.read((tx) =>
      deps.store.assertions.listByPatient(tx, launch.tenant.id, launch.patientId),
    )
    return rows.map(readAssertion)
  }

  /** A person's choice in this launch, else the coverage that a payer was already asked about for these orders. */
  const chosenCoverage = (
    launch: LaunchContext,
    chart: LaunchChart,
    assertions: readonly Assertion[],
  ): string | null => {
    const chosen = choices.get(choiceKey(launch), deps.now())
    if (chosen !== undefined) return chosen
    const references = chart.orders.flatMap((order) => referenceTo(order) ?? [])
    const asked = assertions.find(({ orderRef }) =>
      references.some((reference) => isSameReference(orderRef, reference)),
    )
    return asked?.coverageRef ?? null
  }

  const assess = async (launch: LaunchContext, chart: LaunchChart): Promise<Situation> => {
    const assertions = await readAssertions(launch)
    const chosen = chosenCoverage(launch, chart, assertions)
    const input = {
      chart,
      assertions,
      isAwaited: (reference: string) => deps.inquiries.isAwaited(launch.tenant.id, launch.patientId, reference),
      today: todayOf(launch),
      now: deps.now(),
    }
    return {
      chart,
      groups: groupOrders(chart.orders).map((group) => ({
        ...group,
        assessments: group.orders.map((order) =>
          assessOrder(assignOrder(order, { ...chart, payers: deps.payers, chosen }), input),
        ),
      })),
    }
  }

  /** Asks payers about these orders; gives when all have answered, or the wait is over. */
  const askAbout = async (
    launch: LaunchContext,
    chart: LaunchChart,
    assignments: readonly Assignment[],
    waitMs: number,
  ): Promise<void> => {
    const answers = groupByCoverage(assignments).map(({ payer, coverage, orders }) =>
      deps.inquiries.ask({
        tenant: launch.tenant,
        payer,
        origin: 'app',
        source: { kind: 'launch', launchId: launch.launchId },
        userId: launch.user.fhirUser,
        patientId: launch.patientId,
        encounterId: launch.encounterId,
        coverage,
        orders,
        known: [chart.patient, ...chart.known],
        configuration: {},
      }),
    )
    if (answers.length === 0) return
    const all = Promise.all(answers)
    deps.background.run('payer-inquiry', () => all)
    await withinTime(
      all.catch(() => null),
      waitMs,
    )
  }

  const open = async (launch: LaunchContext): Promise<Result<Situation, EhrFailure>> => {
    const chart = await deps.charts.chart(launch)
    return chart.ok ? ok(await assess(launch, chart.value)) : chart
  }

  const render = async (launch: LaunchContext, situation: Situation): Promise<CoverageView> =>
    buildCoverageView({
      ...situation,
      payers: deps.payers,
      cases: await readCases(deps, launch),
      clocks: deps.clocks,
    })

  const assignmentsOf = (situation: Situation, only: (assessment: OrderAssessment) => boolean): Assignment[] =>
    situation.groups.flatMap(({ assessments }) => assessments.filter(only).map(({ assignment }) => assignment))

  const view = async (launch: LaunchContext): Promise<Result<CoverageView, CoverageFailure>> => {
    const first = await open(launch)
    if (!first.ok) return first
    const toAsk = assignmentsOf(first.value, ({ shouldAsk }) => shouldAsk)
    const isAsking = first.value.groups.some(({ assessments }) => assessments.some(({ state }) => state === 'asking'))
    if (toAsk.length === 0 && !isAsking) return ok(await render(launch, first.value))
    await askAbout(launch, first.value.chart, toAsk, SCREEN_WAIT_MS)
    return ok(await render(launch, await assess(launch, first.value.chart)))
  }

  return {
    view,

    async launchView(launch) {
      const [patient, hook, cases] = await Promise.all([
        deps.charts.patient(launch),
        deps.charts.hookContext(launch),
        listCases(deps, launch),
      ])
      if (!patient.ok) return patient
      return ok({
        launchId: launch.launchId,
        user: {
          name: launch.user.name,
          role: launch.user.role,
          reference: launch.user.fhirUser,
          npi: launch.user.npi,
          maySign: launch.user.role === 'clinician',
        },
        patient: readPatientBanner(patient.value, todayOf(launch)),
        needPatientBanner: launch.needPatientBanner,
        ehrName: launch.tenant.ehrName,
        timeZone: launch.tenant.timeZone,
        missingScopes: missingScopes(launch.tenant.scopes, launch.grantedScopes),
        focusGroupId: hook?.groupId ?? null,
        cases: cases.map(({ id, groupId, state, title }) => ({ caseId: id, groupId, state, title })),
      })
    },

    async choose(launch, coverageReference) {
      const chart = await deps.charts.chart(launch)
      if (!chart.ok) return chart
      const coverage = chart.value.coverages.find((each) => isSameReference(referenceTo(each), coverageReference))
      const reference = coverage && referenceTo(coverage)
      if (reference === undefined) return err({ reason: 'coverage-not-found' })
      choices.set(choiceKey(launch), reference, deps.now())
      return view(launch)
    },

    async ask(launch, groupId) {
      deps.charts.forget(launch)
      const situation = await open(launch)
      if (!situation.ok) return situation
      const group = situation.value.groups.find((each) => each.groupId === groupId)
      if (group === undefined) return err({ reason: 'group-not-found' })
      const assignments = group.assessments.map(({ assignment }) => assignment)
      await askAbout(launch, situation.value.chart, assignments, ASK_WAIT_MS)
      return ok(await render(launch, await assess(launch, situation.value.chart)))
    },

    async group(launch, groupId) {
      const situation = await open(launch)
      return situation.ok ? readCoverageGroup(situation.value, groupId) : situation
    },
  }
}

function listCases(deps: CoverageServiceDeps, launch: LaunchContext): Promise<CaseRow[]> {
  return deps.store.read((tx) => deps.store.cases.listByPatient(tx, launch.tenant.id, launch.patientId))
}

/** The newest open case of each group with its form's progress. */
async function readCases(deps: CoverageServiceDeps, launch: LaunchContext): Promise<Map<string, GroupCase>> {
  const open = (await listCases(deps, launch)).filter(({ state }) => state !== 'cancelled')
  const entries = await Promise.all(
    open.map(async ({ id, groupId, state }) => {
      const progress = await deps.formProgress(launch, id)
      return [groupId, { caseId: id, state, ...progress }] as const
    }),
  )
  // listByPatient gives the latest first: it must win
  return new Map(entries.reverse())
}
