/**
 * The one interface behind which every expression language stands: FHIRPath, x-fhir-query and CQL (`cql-language.ts`). An
 * expression in a language nobody here speaks is an issue on the item, never a guess.
 */
import type { Expression } from 'fhir/r4'
import type { Message, Result } from '../../result.ts'
import type { CqlFinding } from '../cql/evaluation.ts'
import type { Absence } from '../form/scope.ts'
import type { ConvertUnit } from './units.ts'

export const LANGUAGE = { fhirpath: 'text/fhirpath', query: 'application/x-fhir-query' } as const

export interface SourceResource {
  readonly resourceType: string
  readonly id?: string | undefined
}

/** Where a result was read: the resource, and the FHIRPath of the value inside it (null for the whole resource). */
export interface ValueSource {
  readonly resource: SourceResource
  readonly path: string | null
}

/** A value with its FHIR type (`Coding`, `dateTime`, `Quantity`, `string`…); complex values are FHIR JSON. */
export interface TypedValue {
  readonly type: string
  readonly value: unknown
}

export interface Evaluated {
  readonly values: readonly TypedValue[]
  /** Resources that the values came from; for a computed value, those it rests on. */
  readonly sources: readonly ValueSource[]
  /** Whether some value was computed instead of read as it stands. */
  readonly computed: boolean
  /** The values as the language holds them: hand these to other expressions, so that they keep their origin. */
  readonly raw: readonly unknown[]
}

/** What an expression may see. Names carry no `%`. */
export interface EvaluationScope {
  /** Focus of the expression: SDC says the QuestionnaireResponse. */
  readonly focus: unknown
  readonly names: ReadonlyMap<string, unknown>
  /** Sources of names whose values were computed, since such a value has lost its resource. */
  readonly sources?: ReadonlyMap<string, readonly ValueSource[]>
  /** today() and now() with offset, in the tenant's zone. */
  readonly today: string
  readonly now: string
  /** The resource that a reference leads to, for resolve(); undefined where it cannot be had. */
  readonly resolve?: (reference: string) => object | undefined
}

export interface CompiledExpression {
  /** Names after `%` that it reads. */
  readonly names: readonly string[]
  /**
   * Link ids that pick what it reads of the response (each stands for its descendants too); empty where it reads none of
   * it; null where it reads the response without naming items: then any answer may matter.
   */
  readonly linkIds: readonly string[] | null
  /** Whether it follows references: what it gives rests on more than its names. */
  readonly resolves: boolean
  /** Which entries of the Bundle that a name stands for it reads (`%name.entry[0]…`); null for all. */
  entriesOf(name: string): readonly number[] | null
  evaluate(scope: EvaluationScope): Result<Evaluated, Message>
  /** Does ahead of time what the first evaluation would have to do. */
  prepare(): void
}

/** Compiles expressions of one language, each text once. A malformed expression or a foreign language is a Message. */
export interface ExpressionEvaluator {
  compile(expression: Expression): Result<CompiledExpression, Message>
  /** UCUM conversion, which comes with the engine. */
  readonly convert?: ConvertUnit
}

/** One search of the chart and what it gave; `bundle` is what an expression sees. */
export interface ChartSearch {
  readonly query: string
  readonly bundle: object | null
  readonly found: number | null
  readonly complete: boolean
  readonly failure: string | null
}

/**
 * The chart as expressions reach it. On the server searches are made as they are asked for; a browser holds no chart and
 * only knows the values that the server computed for its in-form expressions.
 */
export interface ChartAccess {
  /** A launch context, or a chart variable by its declaration key; undefined where it is not here. */
  value(key: string): readonly unknown[] | undefined
  /** A search already made; undefined where it has not been, null where this place cannot search at all. */
  search(query: string): ChartSearch | undefined | null
  /** A resource that is here already, by `Type/id`; left out where nothing is kept. */
  held?(reference: string): SourceResource | undefined
  /** What a CQL expression gave. It reads the chart alone, so that it is the same wherever it stands. */
  cql(expression: Expression): Result<CqlFinding, Absence>
  /** Link id of the item that asks from here on, for the access log. */
  askFor(linkId: string): void
}
