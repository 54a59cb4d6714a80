/** The coverage screen's value (contract/launch.ts) out of a chart and its assessments. */
import type { CoverageView, OrderGroupView } from '#domain/contract/launch.ts'
import type { Coverage } from 'fhir/r4'
import { readMemberId } from '#domain/context/coverage.ts'
import { describeGroup, type OrderGroup } from '#domain/context/order-group.ts'
import { readOrderDisplay } from '#domain/context/order.ts'
import { findPayer, readLineOfBusiness, readPayor, readPlanName } from '#domain/context/payer-registry.ts'
import { combineStates } from '#domain/crd/coverage-state.ts'
import { buildCoverageTitle, readNextStep } from '#domain/crd/coverage-title.ts'
import { readQuotes, viewDetermination } from '#domain/crd/determination.ts'
import { isSameReference, referenceTo } from '#domain/fhir/reference.ts'
import type { PayerConfig } from '../config.ts'
import type { LaunchChart } from './launch-chart.ts'
import type { OrderAssessment } from './order-assessment.ts'
import type { ClocksPort } from './ports.ts'

/** A group's case and its form's progress, as stored. */
export interface GroupCase {
  readonly caseId: string
  readonly state: string
  readonly prefill: { readonly answered: number; readonly total: number } | null
  readonly estimatedTime: string | null
}

export interface CoverageViewInput {
  readonly chart: LaunchChart
  readonly groups: readonly (OrderGroup & { readonly assessments: readonly OrderAssessment[] })[]
  readonly payers: readonly PayerConfig[]
  readonly cases: ReadonlyMap<string, GroupCase>
  readonly clocks: ClocksPort
}

type Problem = NonNullable<CoverageView['problem']>

const viewPayer = ({ id, name, phone }: PayerConfig) => ({ id, name, phone })

function readProblem({ chart, groups }: CoverageViewInput): Problem | null {
  if (chart.orders.length === 0) return { reason: chart.readable ? 'no-orders' : 'chart-unreadable' }
  const assignments = groups.flatMap(({ assessments }) => assessments.map(({ assignment }) => assignment))
  const unknown = assignments.find(({ kind }) => kind === 'unknown-payer')
  if (assignments.some(({ kind }) => kind === 'several-coverages')) return { reason: 'several-coverages' }
  if (assignments.some(({ kind }) => kind === 'no-coverage'))
    return { reason: chart.readable ? 'no-coverage' : 'chart-unreadable' }
  if (unknown?.kind !== 'unknown-payer') return null
  return { reason: 'unknown-payer', params: { payer: unknown.payerName ?? '' } }
}

function viewCoverages({ chart, payers, groups }: CoverageViewInput): CoverageView['coverages'] {
  const used = groups.flatMap(({ assessments }) =>
    assessments.flatMap(({ assignment }) => ('coverage' in assignment ? (referenceTo(assignment.coverage) ?? []) : [])),
  )
  return chart.coverages.map((coverage) => {
    const identity = readPayor(coverage, chart.organizations)
    const payer = findPayer(identity, payers)
    return {
      reference: referenceTo(coverage) ?? '',
      payer: payer === null ? null : viewPayer(payer),
      payerName: payer?.name ?? identity.name ?? '',
      plan: readPlanName(coverage, payer),
      memberId: readMemberId(coverage),
      chosen: used.some((reference) => isSameReference(reference, referenceTo(coverage))),
    }
  })
}

function viewGroup(group: CoverageViewInput['groups'][number], input: CoverageViewInput): OrderGroupView {
  const { chart } = input
  const { assessments } = group
  const state = combineStates(assessments.map((assessment) => assessment.state))
  const asked = assessments.flatMap(({ assignment }) => (assignment.kind === 'payer' ? [assignment] : []))[0]
  const statements = assessments.flatMap(({ information }) => information ?? [])
  const questionnaires = new Set(statements.flatMap((information) => information.questionnaires))
  const held = input.cases.get(group.groupId)
  const { nextStep, owner } = readNextStep(
    state,
    statements.flatMap(({ docNeeded }) => docNeeded),
  )
  return {
    groupId: group.groupId,
    orders: assessments.map(({ assignment, state: orderState, information }) => {
      const { title: display, ...shown } = readOrderDisplay(assignment.order, chart.known)
      return { ...shown, display, determination: viewDetermination(orderState, information) }
    }),
    ...describeGroup(group, chart.known),
    kind: group.kind,
    state,
    payer: asked === undefined ? null : viewPayer(asked.payer),
    quotes: asked === undefined ? [] : readQuotes(statements, asked.payer.name),
    questionnaireCount: statements.length === 0 ? null : questionnaires.size,
    estimatedTime: held?.estimatedTime ?? null,
    prefill: held?.prefill ?? null,
    clocks: asked === undefined ? [] : viewClocks(asked, group, input.clocks),
    caseId: held?.caseId ?? null,
    caseState: held?.state ?? null,
    nextStep,
    owner,
  }
}

function viewClocks(
  asked: { readonly coverage: Coverage; readonly payer: PayerConfig },
  group: OrderGroup,
  clocks: ClocksPort,
): OrderGroupView['clocks'] {
  return clocks({ lineOfBusiness: readLineOfBusiness(asked.coverage, asked.payer), orders: group.orders })
}

/** Builds the view; pure but for the injected clock rules. */
export function buildCoverageView(input: CoverageViewInput): CoverageView {
  const problem = readProblem(input)
  const groups = input.groups.map((group) => viewGroup(group, input))
  const latest = input.groups
    .flatMap(({ assessments }) => assessments.flatMap(({ basis }) => (basis?.content.kind === 'stated' ? [basis] : [])))
    .sort((a, b) => b.answeredAt.localeCompare(a.answeredAt))[0]
  return {
    title: buildCoverageTitle(
      groups.map(({ state }) => state),
      problem?.reason ?? null,
    ),
    problem,
    coverages: viewCoverages(input),
    groups,
    answeredAt: latest?.answeredAt ?? null,
    answerMs: latest?.answerMs ?? null,
  }
}
