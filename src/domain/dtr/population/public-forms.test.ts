/**
 * Forms that nobody here wrote: every expression of theirs is evaluated, or its item says why not; none is silent. Their
 * languages are mostly CQL, which is still to come: that must be said on each item.
 */
import { isAdaptive } from '../adaptive/adaptive.ts'
import type { Coverage, Patient, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { hasShared, readSharedJson, readSharedPackage } from '../../../../test/support/shared-data.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { issues, listItems } from '../form/form-state.ts'
import { EMPTY_META } from '../form/open-form.ts'
import { populate } from './population.ts'
import {
  completeQuestionnaire,
  parseQuestionnairePackage,
  type QuestionnairePackage,
} from '../package/questionnaire-package.ts'
import { buildEmptyResponse, toResponse } from '../response/questionnaire-response.ts'

const patient: Patient = {
  resourceType: 'Patient',
  id: 'p1',
  birthDate: '1980-05-01',
  name: [{ family: 'Doe', given: ['Jane'] }],
}
const author = { reference: 'Practitioner/1', name: 'A' }
const edit = { at: '2026-11-22T10:00:00Z', author }

async function fill(form: Pick<QuestionnairePackage, 'questionnaire' | 'valueSets'>) {
  const questionnaire = completeQuestionnaire(form)
  let ids = 0
  const { state } = await populate(
    {
      questionnaire,
      response: buildEmptyResponse({
        questionnaire,
        patient,
        coverage: { resourceType: 'Coverage', id: 'c1' } as Coverage,
        orders: [],
        purposes: [],
        author,
        at: edit.at,
      }),
      meta: EMPTY_META,
      today: '2026-11-22',
      evaluator: createEvaluator(),
      launchContexts: new Map([['patient', [patient]]]),
      scoredCodes: [],
      at: edit.at,
      newEvidenceId: () => String((ids += 1)),
    },
    (wanted) =>
      Promise.resolve(
        wanted.map(({ query }) => ({
          query,
          bundle: { resourceType: 'Bundle', type: 'searchset' },
          found: 0,
          complete: true,
          failure: null,
        })),
      ),
  )
  return state
}

/** Link ids of items with any expression of their own. */
function withExpressions(items: readonly QuestionnaireItem[] = []): string[] {
  return items.flatMap((item) => [
    ...(item.extension?.some(
      ({ url, valueExpression }) => valueExpression !== undefined || /cqf-(expression|calculatedValue)$/.test(url),
    ) === true
      ? [item.linkId]
      : []),
    ...withExpressions(item.item),
  ])
}

const packages = [...readSharedJson('forms')].filter(([name]) => name.includes('package'))
const forms = packages.flatMap(([name, body]) => {
  const answer = parseQuestionnairePackage(body)
  return answer.ok
    ? answer.value.packages.map((form) => [`${name}: ${form.questionnaire.id ?? ''}`, form] as const)
    : []
})
const examples = [...readSharedPackage('hl7.fhir.us.davinci-dtr-2.0.1', 'package/example/Questionnaire-')].map(
  ([name, questionnaire]) => [name, { questionnaire: questionnaire as Questionnaire, valueSets: [] }] as const,
)

describe.skipIf(!hasShared('forms'))('public forms (../shared/data/forms)', () => {
  it('every package is read, whatever its shape', () => {
    expect(
      packages
        .map(([name, body]) => [name, parseQuestionnairePackage(body)])
        .filter(([, answer]) => !(answer as { ok: boolean }).ok),
    ).toEqual([])
    expect(forms.map(([name]) => name.split(':')[0])).toEqual(expect.arrayContaining(packages.map(([name]) => name)))
  })

  it.each([...forms, ...examples])('%s opens, and no expression is silent', async (_name, form) => {
    const state = await fill(form)
    if (isAdaptive(form.questionnaire)) return
    const byLinkId = new Map(listItems(state).map((item) => [item.linkId, item]))
    const silent = withExpressions(form.questionnaire.item).filter((linkId) => {
      const item = byLinkId.get(linkId)
      return item !== undefined && item.enabled && item.answers.length === 0 && item.lookup === null
    })
    expect(silent).toEqual([])
    expect(issues(state).filter(({ message }) => message.key === 'form.issue.cycle')).toEqual([])
    expect(toResponse(state, edit).resourceType).toBe('QuestionnaireResponse')
  })
})
