/** Public forms over public charts: each CQL expression of theirs is evaluated, or its item says why not. */
import { afterAll, describe, expect, it } from 'vitest'
import type { SourceResource } from '#domain/dtr/expression/expression.ts'
import { listItems } from '#domain/dtr/form/form-state.ts'
import { listCqlExpressions } from '#domain/dtr/cql/inline.ts'
import { isCql } from '#domain/dtr/cql/language.ts'
import { parseQuestionnairePackage } from '#domain/dtr/package/questionnaire-package.ts'
import { createCqlRuntime } from '../../server/cql/cql-runtime.ts'
import { entriesOf, fillWithCql } from '../support/cql-form.ts'
import { hasShared, readSharedJson, readSharedPackage } from '../support/shared-data.ts'

const now = '2026-11-22T10:00:00-05:00'
const runtime = createCqlRuntime()
afterAll(() => runtime.close())

const forms = [...readSharedJson('forms')]
  .filter(([name]) => name.includes('package'))
  .flatMap(([name, body]) => {
    const answer = parseQuestionnairePackage(body)
    return answer.ok
      ? answer.value.packages.map((form) => [`${name}: ${form.questionnaire.id ?? ''}`, form] as const)
      : []
  })
const charts = readSharedJson('charts')
const examples = [...readSharedPackage('hl7.fhir.us.davinci-dtr-2.0.1', 'package/example/')].flatMap(([name, body]) => {
  const answer = parseQuestionnairePackage(
    (body as { resourceType: string }).resourceType === 'Questionnaire'
      ? { resourceType: 'Bundle', entry: [{ resource: body }] }
      : body,
  )
  return answer.ok ? answer.value.packages.map((form) => [name, form] as const) : []
})
const withCql = examples.filter(([, { questionnaire }]) => listCqlExpressions(questionnaire).length > 0)
const cases = [...forms, ...withCql].flatMap(([name, form]) =>
  [...charts.keys()].map((chart) => [name, chart, form] as const),
)

/** What an EHR would hold besides: the order that the form is for. */
const orderFor = (chart: readonly SourceResource[]): SourceResource => {
  const patient = chart.find(({ resourceType }) => resourceType === 'Patient')
  const practitioner = chart.find(({ resourceType }) => resourceType === 'Practitioner')
  const encounter = chart.find(({ resourceType }) => resourceType === 'Encounter')
  return {
    resourceType: 'DeviceRequest',
    id: 'order',
    status: 'draft',
    intent: 'order',
    subject: { reference: `Patient/${patient?.id ?? ''}` },
    performer: { reference: `Practitioner/${practitioner?.id ?? ''}` },
    encounter: { reference: `Encounter/${encounter?.id ?? ''}` },
    codeCodeableConcept: {
      coding: [{ system: 'https://bluebutton.cms.gov/resources/codesystem/hcpcs', code: 'E1390' }],
    },
  } as SourceResource
}

describe.skipIf(!hasShared('forms') || !hasShared('charts'))('CQL of public forms over public charts', () => {
  it.each(cases)('%s over %s: no expression is silent', async (_name, chartName, form) => {
    const chart = entriesOf(charts.get(chartName))
    const { state } = await fillWithCql(runtime, form, chart, { now, orders: [orderFor(chart)] })
    const silent = listItems(state).filter((item) => {
      const definition = state.model.definitions.get(item.linkId)
      const { initial = null, calculated = null } = definition?.expressions ?? {}
      const has = [initial, calculated].some((expression) => expression !== null && isCql(expression))
      return has && item.enabled && item.answers.length === 0 && item.lookup === null
    })
    expect(silent.map(({ linkId }) => linkId)).toEqual([])
    const reasons = new Set(listItems(state).flatMap(({ lookup }) => lookup?.reason?.key ?? []))
    expect(
      [...reasons].filter((reason) => /unsupported-language|cql-(timeout|memory)|unexpected/.test(reason)),
    ).toEqual([])
  })
})
