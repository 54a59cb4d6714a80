/**
 * How CQL enters population: an expression that has not been evaluated is wanted; the caller evaluates it where engines run
 * (a worker) and adds what came. Nothing here runs CQL.
 */
import type { Expression } from 'fhir/r4'
import type { Message, Result } from '../../result.ts'
import type { Evaluated, SourceResource, TypedValue, ValueSource } from '../expression/expression.ts'

/** What evaluating an expression takes. */
export interface CqlPlan {
  /** Searches that fetch what its retrieves can see, and no more. */
  readonly searches: readonly string[]
  /** Types outside the patient's compartment that it retrieves: read by the references that lead to them. */
  readonly referenced: readonly string[]
  /** `Library.define` as people read it; null for an expression that names none. */
  readonly foundBy: string | null
}

/** Knows the libraries of a package. A Message says why an expression cannot be evaluated. */
export interface CqlPlanner {
  plan(expression: Expression): Result<CqlPlan, Message>
}

/** An expression whose searches are all made and that waits for its evaluation. */
export interface WantedEvaluation {
  readonly id: string
  readonly expression: Expression
  /** Link id of the item that needed it first. */
  readonly neededBy: string
  /** What its searches and reads gave. */
  readonly resources: readonly SourceResource[]
}

export interface CqlValues {
  readonly values: readonly TypedValue[]
  /** The retrieved resources that the values were found in; for a computed value, those that were looked at. */
  readonly sources: readonly ValueSource[]
  readonly computed: boolean
}

export interface CqlEvaluation {
  readonly id: string
  readonly result: Result<CqlValues, Message>
}

/** Evaluates each, in this order where the engine has one thread; a failure is a result. */
export type EvaluateCql = (wanted: readonly WantedEvaluation[]) => readonly Promise<CqlEvaluation>[]

/** A finished evaluation as an expression sees it. */
export interface CqlFinding extends Evaluated {
  readonly queries: readonly string[]
  readonly foundBy: string | null
  readonly partial: boolean
}
