/**
 * The CQL of a form with seven libraries over a chart of 10,000 resources: as Precert fills the form (only what its items
 * need, in the engine's thread), and as plain cql-execution runs every define of the form's libraries. Times are of the
 * processor, all threads together, in ms; the first answer's is of the clock.
 */
import { readFileSync } from 'node:fs'
import type { Coding, ValueSet } from 'fhir/r4'
import cql from 'cql-execution'
import cqlFhir from 'cql-exec-fhir'
import { readCqlPackage, type CqlPackage } from '#domain/dtr/cql/package.ts'
import type { SourceResource } from '#domain/dtr/expression/expression.ts'
import { counts } from '#domain/dtr/form/form-figures.ts'
import { parseQuestionnairePackage, type QuestionnairePackage } from '#domain/dtr/package/questionnaire-package.ts'
import { readConcepts } from '#domain/dtr/package/value-sets.ts'
import { createCqlRuntime } from '../server/cql/cql-runtime.ts'
import { entriesOf, fillWithCql } from '../test/support/cql-form.ts'
import { readSharedJson } from '../test/support/shared-data.ts'
import { generateCqlChart } from './cql-chart.ts'
import { median } from './median.ts'

const RESOURCES = 10_000
const RUNS = 3
const NOW = '2024-04-07T09:00:00-04:00'
const PACKAGE = 'respiratory-assist-device.package.json'
const CHART = new URL('../test/support/respiratory-chart.json', import.meta.url)

/** Runs both, one after the other. */
export async function runCql(): Promise<object> {
  const body = readSharedJson('forms').get(PACKAGE)
  const parsed = body === undefined ? undefined : parseQuestionnairePackage(body)
  const form = parsed?.ok === true ? parsed.value.packages[0] : undefined
  if (form === undefined) return { skipped: `This run needs ${PACKAGE} among the shared data, which is not here.` }
  const known = entriesOf(JSON.parse(readFileSync(CHART, 'utf8')))
  const chart = [...known, ...generateCqlChart(RESOURCES - known.length, 'pat015', qualifying(form.valueSets))]
  const orders = known.filter(({ resourceType }) => resourceType === 'DeviceRequest')
  const own = await timeFilling(form, chart, orders)
  const every = await timeEveryDefine(form, chart, orders)
  return {
    resources: chart.length,
    libraries: form.libraries.length,
    precert_ms: own.cpuMs,
    precert_wall_ms: own.wallMs,
    every_define_ms: every.cpuMs,
    every_define_wall_ms: every.wallMs,
    defines: every.defines,
    ratio: Number((own.cpuMs / every.cpuMs).toFixed(4)),
    first_answer_ms: own.firstMs,
  }
}

/** The codes that the form's conditions must have. */
function qualifying(valueSets: readonly ValueSet[]): readonly Coding[] {
  const set = valueSets.find(({ url }) => url?.endsWith('1219.122') === true)
  return set === undefined ? [] : (readConcepts(set) ?? [])
}

interface Timed {
  readonly cpuMs: number
  readonly wallMs: number
}

async function timed(work: () => Promise<unknown>): Promise<Timed> {
  const [before, from] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(before)
  return { cpuMs: Math.round((user + system) / 1000), wallMs: Math.round(performance.now() - from) }
}

async function timeFilling(
  form: QuestionnairePackage,
  chart: readonly SourceResource[],
  orders: readonly SourceResource[],
): Promise<Timed & { firstMs: number }> {
  const runtime = createCqlRuntime()
  try {
    // The thread runs and the model is read, as on a server that has become ready.
    await fillWithCql(runtime, form, chart.slice(0, 10), { now: NOW, orders })
    const runs: (Timed & { firstMs: number })[] = []
    for (let run = 0; run < RUNS; run += 1) {
      const from = performance.now()
      let firstMs = 0
      const time = await timed(() =>
        fillWithCql(runtime, form, chart, {
          now: NOW,
          orders,
          onAdded(state) {
            if (firstMs === 0 && counts(state).fromChart > 0) firstMs = Math.round(performance.now() - from)
          },
        }),
      )
      runs.push({ ...time, firstMs })
    }
    const middle = (read: (run: Timed & { firstMs: number }) => number): number => median(runs.map(read))
    return {
      cpuMs: middle(({ cpuMs }) => cpuMs),
      wallMs: middle(({ wallMs }) => wallMs),
      firstMs: middle(({ firstMs }) => firstMs),
    }
  } finally {
    await runtime.close()
  }
}

async function timeEveryDefine(
  form: QuestionnairePackage,
  chart: readonly SourceResource[],
  orders: readonly SourceResource[],
): Promise<Timed & { defines: number }> {
  const cqlPackage = readCqlPackage({ ...form, patientId: 'pat015' })
  const bundle = { resourceType: 'Bundle', entry: chart.map((resource) => ({ resource })) }
  let defines = 0
  const time = await timed(async () => {
    for (const library of mainLibraries(form, cqlPackage)) {
      const source = cqlFhir.PatientSource.FHIRv401()
      source.loadBundles([bundle])
      const parameters = { device_request: cqlFhir.FHIRWrapper.FHIRv401().wrap(orders[0]) }
      const executor = new cql.Executor(library, codeService(cqlPackage), parameters)
      await executor.exec(source, new cql.DateTime(2024, 4, 7, 9, 0, 0, 0, -4))
      defines += Object.keys(library.expressions).length
    }
  })
  return { ...time, defines }
}

function mainLibraries(form: QuestionnairePackage, { libraries }: CqlPackage) {
  const repository = new cql.Repository(libraries.map(({ elm }) => ({ library: elm })))
  const named = (form.questionnaire.extension ?? []).flatMap(({ valueCanonical }) => valueCanonical ?? [])
  return libraries
    .filter(({ url }) => url !== null && named.includes(url))
    .flatMap(({ id }) => repository.resolve(id) ?? [])
}

function codeService({ valueSets }: CqlPackage) {
  const byUrl = [...valueSets].map(([url, codes]) => [url, { '': codes }] as const)
  return new cql.CodeService(Object.fromEntries(byUrl) as never)
}
