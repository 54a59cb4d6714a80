/**
 * The one interface behind which every expression language stands: FHIRPath and x-fhir-query now, CQL to come. An
 * expression in a language nobody here speaks is an issue on the item, never a guess.
 */
import type { Expression } from 'fhir/r4'
import type { Message } from '../result.ts'

/** Where a result was read: the resource, and the FHIRPath of the value inside it (null for the whole resource). */
export interface ValueSource {
  readonly resource: SourceResource
  readonly path: string | null
}

export interface SourceResource {
  readonly resourceType: string
  readonly id?: string | undefined
}

export interface EvaluationResult {
  /** FHIR JSON of each value; quantities, dates and times as FHIR writes them. */
  readonly values: readonly TypedValue[]
  /** Resources that the values came from, or that a computed value rests on. */
  readonly sources: readonly ValueSource[]
  /** Failure of this one expression; the values are then empty. */
  readonly issues: readonly Message[]
}

/** A value with its FHIR or System type, e.g. `Coding`, `Quantity`, `date`, `System.String`. */
export interface TypedValue {
  readonly type: string
  readonly value: unknown
}

/** What an expression may see. Names carry no `%`. */
export interface EvaluationScope {
  /** Focus of the expression (SDC: the QuestionnaireResponse). */
  readonly focus: unknown
  readonly names: ReadonlyMap<string, unknown>
  /** today() in the tenant's zone, `YYYY-MM-DD`, and now() with offset. */
  readonly today: string
  readonly now: string
}

export interface CompiledExpression {
  readonly language: string
  /** Names after `%` that it reads. */
  readonly names: readonly string[]
  /** Link ids it compares with; null where it reads the response in a way that names none: then any answer may matter. */
  readonly linkIds: readonly string[] | null
  readonly evaluate: (scope: EvaluationScope) => EvaluationResult
}

/** Compiles expressions, once each. A malformed expression or an unknown language is a Message. */
export interface ExpressionEvaluator {
  compile(expression: Expression): { readonly compiled: CompiledExpression } | { readonly failure: Message }
}

/** Values of launch contexts and chart variables that in-form expressions need, by scope key (`scope.ts`). */
export type ChartValues = Readonly<Record<string, readonly unknown[]>>
