/**
 * The CQL of one form, from its package to values: sources translated, missing value sets expanded, a session of the engine
 * opened, and each wanted expression evaluated there. Gives what population needs (`PopulateInput.cql`).
 */
import type { Library, Questionnaire, ValueSet } from 'fhir/r4'
import type { CqlAtHand } from '#domain/dtr/population/chart.ts'
import type { CqlEvaluation, CqlPlanner, EvaluateCql, WantedEvaluation } from '#domain/dtr/cql/evaluation.ts'
import { listCqlExpressions } from '#domain/dtr/cql/inline.ts'
import { readCqlPackage, type CqlPackage, type Translations } from '#domain/dtr/cql/package.ts'
import { bindParameters, chosenParameters, parameterKey, type CqlParameters } from '#domain/dtr/cql/parameters.ts'
import type { Reach } from '#domain/dtr/cql/reach.ts'
import { findProvenance } from '#domain/dtr/cql/provenance.ts'
import { readCqlValues } from '#domain/dtr/cql/values.ts'
import { fhirTypeOf } from '#domain/dtr/cql/elm.ts'
import type { SourceResource } from '#domain/dtr/expression/expression.ts'
import { referenceTo } from '#domain/fhir/reference.ts'
import { err, message, ok, type Message } from '#domain/result.ts'
import type { CqlEngine, CqlSession } from './cql-engine.ts'
import type { CqlTranslator } from './cql-translator.ts'
import type { EngineFailure } from './engine-messages.ts'
import { withFhirHelpers } from './fhir-helpers.ts'

/** Asks a terminology server for a value set; undefined where it cannot be had. */
export type ExpandValueSet = (canonical: string) => Promise<ValueSet | undefined>

export interface FormCqlInput {
  readonly questionnaire: Questionnaire
  readonly libraries: readonly Library[]
  readonly valueSets: readonly ValueSet[]
  /** The patient first, then the orders, then all else (`listLaunched`). */
  readonly launched: readonly SourceResource[]
  /** The instant of the evaluation in the tenant's zone. */
  readonly now: string
  readonly expand?: ExpandValueSet
}

export interface FormCql extends CqlAtHand {
  readonly evaluate: EvaluateCql
  close(): void
}

export interface FormCqlDeps {
  readonly engine: CqlEngine
  readonly translator: CqlTranslator
}

/** Undefined where the form has no CQL. */
export async function openFormCql(deps: FormCqlDeps, input: FormCqlInput): Promise<FormCql | undefined> {
  const [patient] = input.launched
  if (patient === undefined) return undefined
  const cql = await readCompletely(deps.translator, input, patient.id ?? '')
  if (cql.libraries.length === 0 && cql.untranslated.length === 0) return bare(cql, input)
  const parameters = bindParameters(cql.libraries, input.launched)
  const session = deps.engine.open({
    libraries: cql.libraries.flatMap(({ elm }) => (elm === null ? [] : [{ library: elm }])),
    valueSets: [...cql.valueSets],
    parameters: [...parameters],
    patient,
    now: input.now,
  })
  const run = new Run(cql, session, parameters, patient)
  return {
    planner: sayingWhich(cql, chosenParameters(cql.libraries, input.launched)),
    launched: input.launched,
    evaluate: (wanted) => wanted.map((one) => run.evaluate(one)),
    close: () => session.close(),
  }
}

/** What was found for one of several orders names it: `Library.Define (ServiceRequest/1)`. */
function sayingWhich(cql: CqlPackage, chosen: ReadonlyMap<string, SourceResource>): CqlPlanner {
  if (chosen.size === 0) return cql
  return {
    plan(expression) {
      const plan = cql.plan(expression)
      const resolved = cql.resolve(expression)
      if (!plan.ok || !resolved.ok || plan.value.foundBy === null) return plan
      const about = cql.reach(resolved.value).parameters.flatMap((one) => chosen.get(keyOf(one)) ?? [])
      const named = [...new Set(about)].flatMap((resource) => referenceTo(resource) ?? [])
      return named.length === 0 ? plan : ok({ ...plan.value, foundBy: `${plan.value.foundBy} (${named.join(', ')})` })
    },
  }
}

const keyOf = ({ library, name }: Reach['parameters'][number]): string =>
  library.elm === null ? '' : parameterKey(library.elm.identifier, name)

/** No library at all: every CQL expression is told so by the planner, and nothing is ever evaluated. */
function bare(cql: CqlPackage, { launched }: FormCqlInput): FormCql {
  return { planner: cql, launched, evaluate: () => [], close: () => undefined }
}

/** The package with its sources translated and its missing value sets expanded, each once. */
async function readCompletely(translator: CqlTranslator, input: FormCqlInput, patientId: string): Promise<CqlPackage> {
  const { questionnaire, valueSets, expand } = input
  const libraries = await withFhirHelpers(input.libraries, listCqlExpressions(questionnaire))
  const given = readCqlPackage({ questionnaire, libraries, valueSets, patientId })
  const translations: Translations =
    given.untranslated.length === 0 ? new Map() : await translator.translate(given.untranslated, libraries)
  const whole =
    translations.size === 0 ? given : readCqlPackage({ questionnaire, libraries, valueSets, patientId, translations })
  if (expand === undefined || whole.missingValueSets.length === 0) return whole
  const expanded = await Promise.all(whole.missingValueSets.map(expand))
  const all = [...valueSets, ...expanded.filter((set) => set !== undefined)]
  return readCqlPackage({ questionnaire, libraries, valueSets: all, patientId, translations })
}

class Run {
  private readonly cql: CqlPackage
  private readonly session: CqlSession
  private readonly parameters: CqlParameters
  private readonly patient: SourceResource

  constructor(cql: CqlPackage, session: CqlSession, parameters: CqlParameters, patient: SourceResource) {
    this.cql = cql
    this.session = session
    this.parameters = parameters
    this.patient = patient
  }

  async evaluate({ id, expression, resources }: WantedEvaluation): Promise<CqlEvaluation> {
    const resolved = this.cql.resolve(expression)
    if (!resolved.ok) return { id, result: resolved }
    const { library, define } = resolved.value
    const { library: elmId, version } = { library: library.id, version: library.elm?.identifier.version ?? null }
    const answer = await this.session.evaluate({ library: elmId, version, define }, resources)
    if (!answer.ok) return { id, result: err(messageOf(answer.failure)) }
    const values = readCqlValues(answer.result)
    const provenance = findProvenance(values, [...this.seenBy(resolved.value), ...resources])
    return { id, result: ok({ values, ...provenance }) }
  }

  /** The patient and the orders, as far as the define can see them. */
  private seenBy(name: Parameters<CqlPackage['reach']>[0]): SourceResource[] {
    const { retrieves, parameters } = this.cql.reach(name)
    const patient = retrieves.some(({ node }) => fhirTypeOf(node['dataType']) === 'Patient') ? [this.patient] : []
    const given = parameters.flatMap((parameter) => this.parameters.get(keyOf(parameter)) ?? [])
    return [...new Set([...patient, ...given])]
  }
}

function messageOf(failure: EngineFailure): Message {
  switch (failure.reason) {
    case 'value-set':
      return message('form.lookup.cql-value-set', { canonical: failure.canonical })
    case 'timeout':
      return message('form.lookup.cql-timeout')
    case 'memory':
      return message('form.lookup.cql-memory')
    case 'too-much':
      return message('form.lookup.cql-too-much')
    case 'several':
      return message('form.lookup.cql-several')
    case 'unit':
      return message('form.lookup.cql-unit')
    case 'unordered':
      return message('form.lookup.cql-unordered')
    case 'failed':
      return message('form.lookup.expression-error')
  }
}
