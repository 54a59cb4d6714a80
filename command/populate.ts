/**
 * `npm run populate`: fills a form from a chart in a file and prints one JSON object. Ends with 1 only where its input
 * could not be read; an expression that fails is part of the answer.
 */
import {
  parseQuestionnairePackage,
  type QuestionnairePackage,
} from '../src/domain/dtr/package/questionnaire-package.ts'
import { createEvaluator } from '../src/domain/dtr/expression/fhirpath-evaluator.ts'
import { err, ok, type Result } from '../src/domain/result.ts'
import { createCqlRuntime } from '../server/cql/cql-runtime.ts'
import { readArguments, USAGE, type PopulateArguments } from './arguments.ts'
import { readChart, readLaunch, type Chart } from './chart-file.ts'
import { fillForm, type FilledForm } from './fill-form.ts'
import { readLibraries, readResource } from './read-files.ts'

/** Reads the form with all that belongs to it, by the same parser as a payer's answer. */
function readForms({ form }: PopulateArguments): Result<readonly QuestionnairePackage[], string> {
  const file = 'package' in form ? form.package : form.questionnaire
  const read =
    'package' in form
      ? [readResource(form.package)]
      : [readResource(form.questionnaire), ...readLibraries(form.libraries)]
  const failed = read.find((one) => !one.ok)
  if (failed?.ok === false) return failed
  const resources = read.flatMap((one) => (one.ok ? [one.value] : []))
  const [first] = resources
  const isWhole = 'package' in form && first?.resourceType !== 'Questionnaire'
  // A Bundle among the libraries brings what it holds.
  const entry = resources.flatMap((one) => (one.resourceType === 'Bundle' ? (one.entry ?? []) : [{ resource: one }]))
  const parsed = parseQuestionnairePackage(isWhole ? first : { resourceType: 'Bundle', type: 'collection', entry })
  if (!parsed.ok) return err(`${file} cannot be read: ${parsed.error.reason} ${parsed.error.path ?? ''}`.trim())
  return parsed.value.packages.length === 0
    ? err(`${file} cannot be read: it holds no Questionnaire`)
    : ok(parsed.value.packages)
}

function readChartFile(file: string): Result<Chart, string> {
  const bundle = readResource(file)
  if (!bundle.ok) return bundle
  return bundle.value.resourceType === 'Bundle'
    ? ok(readChart(bundle.value))
    : err(`${file} cannot be read: it holds a ${bundle.value.resourceType}, not a Bundle`)
}

async function fillAll(given: PopulateArguments): Promise<Result<FilledForm[], string>> {
  const forms = readForms(given)
  if (!forms.ok) return forms
  const chart = readChartFile(given.chart)
  if (!chart.ok) return chart
  const cql = createCqlRuntime()
  const common = {
    chart: chart.value,
    launch: readLaunch(chart.value, given.order),
    evaluator: createEvaluator(),
    cql,
    at: new Date(given.at ?? Date.now()).toISOString(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  }
  try {
    const filled: FilledForm[] = []
    for (const form of forms.value) filled.push(await fillForm({ ...common, form }))
    return ok(filled)
  } finally {
    await cql.close()
  }
}

const given = readArguments(process.argv.slice(2))
const filled = given.ok ? await fillAll(given.value) : err(`${given.error}\n${USAGE}`)
if (filled.ok) {
  const [first] = filled.value
  const { response, expressions, issues } = first ?? {}
  process.stdout.write(`${JSON.stringify({ response, expressions, issues, forms: filled.value })}\n`)
} else {
  process.stderr.write(`${filled.error}\n`)
  process.exitCode = 1
}
