/** A group of orders out of an assessed chart: what a case is opened with. */
import type { Coverage, FhirResource, Organization, Patient } from 'fhir/r4'
import { describeGroup, type OrderGroup } from '#domain/context/order-group.ts'
import type { Order } from '#domain/context/order.ts'
import { readLineOfBusiness, readPayor } from '#domain/context/payer-registry.ts'
import type { CoverageInformation } from '#domain/crd/coverage-information.ts'
import { mergeAnnotations } from '#domain/crd/merge-annotations.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import type { PayerConfig } from '../config.ts'
import type { EhrFailure } from '../context.ts'
import type { LaunchChart } from './launch-chart.ts'
import type { OrderAssessment } from './order-assessment.ts'
import type { LineOfBusiness } from './ports.ts'

export type CoverageFailure =
  EhrFailure | Failure<'group-not-found' | 'coverage-not-found' | 'no-coverage' | 'several-coverages' | 'unknown-payer'>

/** A chart with every order of it assessed. */
export interface Situation {
  readonly chart: LaunchChart
  readonly groups: readonly (OrderGroup & { readonly assessments: readonly OrderAssessment[] })[]
}

/** A group of orders with everything read about it: what a case is opened with. */
export interface CoverageGroup {
  readonly groupId: string
  readonly payerId: string
  readonly payer: PayerConfig
  readonly service: string
  readonly patient: Patient
  readonly coverage: Coverage
  readonly insurer: Organization
  /** With the payer's coverage-information on them (resp-46). */
  readonly orders: readonly Order[]
  readonly known: readonly FhirResource[]
  readonly lineOfBusiness: LineOfBusiness | null
  readonly assertionIds: readonly string[]
  readonly determinations: readonly CoverageInformation[]
}

/** Reads one group; fails where nobody could be asked about it. */
export function readCoverageGroup(situation: Situation, groupId: string): Result<CoverageGroup, CoverageFailure> {
  const group = situation.groups.find((each) => each.groupId === groupId)
  const assignment = group?.assessments[0]?.assignment
  if (group === undefined || assignment === undefined) return err({ reason: 'group-not-found' })
  if (assignment.kind !== 'payer') return err({ reason: assignment.kind })
  const { chart } = situation
  const { coverage, payer } = assignment
  return ok({
    groupId,
    payerId: payer.id,
    payer,
    service: describeGroup(group, chart.known).title,
    patient: chart.patient,
    coverage,
    insurer: readPayor(coverage, chart.organizations).organization ?? buildInsurer(payer),
    orders: group.assessments.map((each) => mergeAnnotations(each.assignment.order, each.extensions).order),
    known: chart.known,
    lineOfBusiness: readLineOfBusiness(coverage, payer),
    assertionIds: [...new Set(group.assessments.flatMap(({ information }) => information?.assertionId ?? []))],
    determinations: group.assessments.flatMap(({ information }) => information ?? []),
  })
}

/** The registry's entry as an Organization, where the chart names the payor by identifier alone. */
function buildInsurer(payer: PayerConfig): Organization {
  return {
    resourceType: 'Organization',
    id: payer.id,
    active: true,
    identifier: payer.identifiers.map(({ system, value }) => ({ system, value })),
    name: payer.name,
  }
}
