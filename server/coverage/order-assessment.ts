/** Where each order stands: its coverage and payer, the statement that applies, and whether the payer should be asked. */
import type { Extension } from 'fhir/r4'
import type { CoverageState } from '#domain/contract/launch.ts'
import { readOrderCodings, type Order } from '#domain/context/order.ts'
import {
  listCoverageInformation,
  readCoverageInformation,
  type CoverageInformation,
} from '#domain/crd/coverage-information.ts'
import { readCoverageState, selectStatement } from '#domain/crd/coverage-state.ts'
import { upcastCoverageInformation } from '#domain/crd/upcast.ts'
import { referenceTo } from '#domain/fhir/reference.ts'
import { millisecondsBetween } from '#domain/time.ts'
import { findLatestStatement, listAbout, listStated, type Assertion } from './assertion-record.ts'
import type { LaunchChart } from './launch-chart.ts'
import type { Assignment } from './order-assignment.ts'

/** After a failed or silent answer nobody asks again by itself for this long; a person may at any time. */
const ASK_AGAIN_AFTER_MS = 5 * 60_000

export interface OrderAssessment {
  readonly assignment: Assignment
  readonly reference: string
  readonly state: CoverageState
  readonly information: CoverageInformation | null
  /** 2.2.1 extensions to carry on the order in later messages (resp-46). */
  readonly extensions: readonly Extension[]
  /** The stored answer that the state rests on, for its time. */
  readonly basis: Assertion | undefined
  readonly shouldAsk: boolean
}

export interface AssessmentInput {
  readonly chart: LaunchChart
  readonly assertions: readonly Assertion[]
  readonly isAwaited: (orderReference: string) => boolean
  readonly today: string
  readonly now: string
}

/** Reasons that mean that nothing came back; everything else came back and was of no use. */
const NO_ANSWER: readonly string[] = ['payer-timeout', 'payer-unavailable', 'payer-busy']

function stateWithoutStatement(last: Assertion | undefined, awaited: boolean): CoverageState {
  if (awaited) return 'asking'
  if (last === undefined || last.content.kind !== 'failed') return 'no-answer'
  return NO_ANSWER.includes(last.content.reason) ? 'no-answer' : 'unknown'
}

function extensionsOf(order: Order, statement: Assertion | undefined): Extension[] {
  const stored = listStated(statement)
  // What stands on the order in the chart counts where nothing newer is stored: the EHR may have asked by itself.
  if (stored.length > 0) return stored
  return listCoverageInformation(order).map((extension) => upcastCoverageInformation(extension).extension)
}

/** Assesses one assigned order. */
export function assessOrder(assignment: Assignment, input: AssessmentInput): OrderAssessment {
  const { order } = assignment
  const reference = referenceTo(order) ?? ''
  const coverageReference = 'coverage' in assignment ? (referenceTo(assignment.coverage) ?? null) : null
  const about = listAbout(input.assertions, reference)
  const basis = findLatestStatement(about, coverageReference)
  const extensions = extensionsOf(order, basis)
  const common = { assignment, reference, extensions, basis: basis ?? about[0] }
  const statement = selectStatement(extensions.map(readCoverageInformation), {
    order,
    codings: readOrderCodings(order, input.chart.known),
    orderReferences: input.chart.orders.flatMap((other) => referenceTo(other) ?? []),
    coverageReference,
    today: input.today,
  })
  if (statement.kind === 'applies') {
    const { information } = statement
    return { ...common, state: readCoverageState(information), information, shouldAsk: false }
  }
  if (assignment.kind !== 'payer') return { ...common, state: 'unknown', information: null, shouldAsk: false }
  const [last] = about
  const awaited = input.isAwaited(reference)
  const rested = last === undefined || millisecondsBetween(last.answeredAt, input.now) > ASK_AGAIN_AFTER_MS
  const shouldAsk = !awaited && (rested || statement.kind === 'expired')
  if (statement.kind === 'silent')
    return { ...common, state: stateWithoutStatement(last, awaited), information: null, shouldAsk }
  return {
    ...common,
    state: awaited ? 'asking' : 'unknown',
    information: null,
    shouldAsk: statement.kind === 'expired' && shouldAsk,
  }
}
