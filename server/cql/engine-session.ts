/**
 * The CQL of one form, ready to run: its libraries, value sets, parameters and chart. Runs one define at a time; what a
 * define was worth is kept, so that others that use it need not compute it again. Lives in the worker thread.
 */
import cql from 'cql-execution'
import type { CodeService, DateTime, PatientContext, Repository, ValueSet } from 'cql-execution'
import type { Coding } from 'fhir/r4'
import type { CqlResult } from '#domain/dtr/cql/result.ts'
import type { ElmLibrary } from '#domain/dtr/cql/elm.ts'
import { encodeResult } from './encode-result.ts'
import { wrapFhir } from './fhir-element.ts'
import { IndexedChart } from './indexed-chart.ts'
import { prepareElm } from './prepare-elm.ts'
import './sort-order.ts'

export interface SessionInput {
  /** ELM libraries, each `{library: …}`. */
  readonly libraries: readonly { readonly library: ElmLibrary }[]
  readonly valueSets: readonly (readonly [canonical: string, codes: readonly Coding[]])[]
  /** FHIR resources by `parameterKey`; lists for parameters of a list type. */
  readonly parameters: readonly (readonly [key: string, value: object | readonly object[]])[]
  readonly patient: object
  /** The instant of the evaluation with its offset: now() and today(). */
  readonly now: string
}

export interface DefineName {
  readonly library: string
  readonly version: string | null
  readonly define: string
}

export class MissingValueSet extends Error {
  readonly canonical: string

  constructor(canonical: string) {
    super('value set is missing')
    this.canonical = canonical
  }
}

export class EngineSession {
  private readonly chart = new IndexedChart()
  private readonly repository: Repository
  private readonly codeService: CodeService
  private readonly parameters: Record<string, unknown>
  private readonly executionTime: DateTime
  private readonly contexts = new Map<string, PatientContext>()

  constructor(input: SessionInput) {
    const libraries = input.libraries.map(({ library }) => library)
    for (const library of libraries) prepareElm(library, libraries)
    this.repository = new cql.Repository(input.libraries)
    this.codeService = new PackageCodes(input.valueSets) as unknown as CodeService
    this.chart.add([input.patient])
    this.parameters = Object.fromEntries(
      input.parameters.map(([key, value]) => [
        key,
        Array.isArray(value) ? this.chart.add(value as object[]) : wrapFhir(value),
      ]),
    )
    this.executionTime = parseInstant(input.now)
  }

  add(resources: readonly object[]): void {
    this.chart.add(resources)
  }

  async evaluate(name: DefineName): Promise<CqlResult> {
    const context = this.contextOf(name)
    const definition = context.library.expressions[name.define] as Definition | undefined
    if (definition === undefined) throw new Error('no such define')
    const known = (context.context_values as Readonly<Record<string, unknown>>)[name.define]
    return encodeResult(known === undefined ? await definition.execute(context) : known)
  }

  private contextOf({ library, version }: DefineName): PatientContext {
    const key = `${library}|${version ?? ''}`
    const known = this.contexts.get(key)
    if (known !== undefined) return known
    const resolved = this.repository.resolve(library, version ?? undefined)
    if (resolved === undefined) throw new Error('no such library')
    const context = new cql.PatientContext(
      resolved,
      // All that the engine asks of its patient is records.
      this.chart as never,
      this.codeService,
      this.parameters,
      this.executionTime,
    )
    this.contexts.set(key, context)
    return context
  }
}

interface Definition {
  execute(context: PatientContext): Promise<unknown>
}

/** The package's codes, made into engine objects when first asked for. A set that is not here fails who needs it, alone. */
class PackageCodes {
  private readonly codes: ReadonlyMap<string, readonly Coding[]>
  private readonly made = new Map<string, ValueSet>()

  constructor(valueSets: SessionInput['valueSets']) {
    this.codes = new Map(valueSets)
  }

  findValueSet(id: string, version?: string | null): ValueSet {
    const canonical = version === undefined || version === null ? id : `${id}|${version}`
    const known = this.made.get(canonical)
    if (known !== undefined) return known
    const codes = this.codes.get(canonical) ?? this.codes.get(id)
    if (codes === undefined) throw new MissingValueSet(canonical)
    const set = new cql.ValueSet(
      id,
      version ?? '',
      codes.map(({ code = '', system, version: of }) => new cql.Code(code, system, of)),
    )
    this.made.set(canonical, set)
    return set
  }

  findValueSetsByOid(id: string): ValueSet[] {
    return [this.findValueSet(id)]
  }
}

/** The instant in its own offset: today() is the date there, whatever zone the server is in. */
function parseInstant(now: string): DateTime {
  const [, date = '', time = '00:00:00', offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/.exec(now) ?? []
  const parsed = cql.DateTime.parse(`${date}T${time}.000${offset === 'Z' ? '+00:00' : offset}`)
  if (parsed === null) throw new Error('the instant of the evaluation cannot be read')
  return parsed
}
