import type { Bundle, Questionnaire, ValueSet } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import {
  completeQuestionnaire,
  isExpired,
  parseQuestionnairePackage,
  readOutcomeText,
} from './questionnaire-package.ts'

const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  url: 'https://p.example/Questionnaire/q',
  version: '2',
  status: 'active',
  item: [{ linkId: 'a', type: 'choice', answerValueSet: 'https://p.example/ValueSet/v|1' }],
}
const draft = {
  resourceType: 'QuestionnaireResponse',
  status: 'in-progress',
  questionnaire: 'https://p.example/Questionnaire/q|2',
} as const
const valueSet = (version: string): ValueSet => ({
  resourceType: 'ValueSet',
  status: 'active',
  url: 'https://p.example/ValueSet/v',
  version,
})
const bundle: Bundle = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [{ resource: questionnaire }, { resource: draft }, { resource: valueSet('2') }, { resource: valueSet('1') }],
}
const outcome = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'warning', code: 'informational', details: { text: 'Call us.' } }],
} as const

describe('an answer to $questionnaire-package', () => {
  it.each([
    [
      'DTR 2.2 Parameters',
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'packagebundle', resource: bundle },
          { name: 'outcome', resource: outcome },
        ],
      },
    ],
    [
      'DTR 2.0.1 Parameters',
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'PackageBundle', resource: bundle },
          { name: 'operationOutcome', resource: outcome },
        ],
      },
    ],
    [
      'its OperationDefinition’s names',
      { resourceType: 'Parameters', parameter: [{ name: 'return', resource: bundle }] },
    ],
    ['a bare Bundle', bundle],
    ['a Bundle without a type', { ...bundle, type: undefined }],
  ])('%s is read by structure', (_name, body) => {
    const answer = parseQuestionnairePackage(body)
    expect(answer).toMatchObject({
      ok: true,
      value: { packages: [{ questionnaire: { url: questionnaire.url }, draft, libraries: [] }] },
    })
  })

  it('an outcome without a package is an answer, with the payer’s words', () => {
    const answer = parseQuestionnairePackage(outcome)
    expect(answer).toMatchObject({ ok: true, value: { packages: [] } })
    expect(answer.ok && answer.value.outcome !== null ? readOutcomeText(answer.value.outcome) : '').toBe('Call us.')
    expect(parseQuestionnairePackage({ resourceType: 'Parameters' })).toMatchObject({
      ok: true,
      value: { packages: [], outcome: null },
    })
  })

  it.each([[null], ['text'], [[]], [{}], [{ resourceType: 'Patient' }]])('%j is no package', (body) => {
    expect(parseQuestionnairePackage(body)).toMatchObject({ ok: false, error: { reason: 'package-nonsense' } })
  })
})

describe('a form of a package', () => {
  it('carries the value sets that it names, in the version that it names; the payer’s own is not changed', () => {
    const before = JSON.stringify(questionnaire)
    const complete = completeQuestionnaire({ questionnaire, valueSets: [valueSet('2'), valueSet('1')] })
    expect(complete.contained).toEqual([valueSet('1')])
    expect(JSON.stringify(questionnaire)).toBe(before)
    expect(completeQuestionnaire({ questionnaire: complete, valueSets: [valueSet('1')] })).toBe(complete)
  })

  it('has ended the day after its effective period', () => {
    const until = (end: string) => ({ ...questionnaire, effectivePeriod: { end } })
    expect([
      isExpired(until('2026-11-21'), '2026-11-22'),
      isExpired(until('2026-11-22'), '2026-11-22'),
      isExpired(until('2026-11'), '2026-11-22'),
    ]).toEqual([true, false, false])
    expect(isExpired(questionnaire, '2026-11-22')).toBe(false)
  })
})

describe('a package that is not one', () => {
  const parse = (resource: unknown) => parseQuestionnairePackage(resource)

  it('an empty body says that nothing has changed', () => {
    expect(parse(undefined)).toEqual({ ok: true, value: { packages: [], outcome: null } })
  })
  it('libraries without their questionnaire are a failure that says so', () => {
    const lone = { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Library' } }] }
    expect(parse(lone)).toMatchObject({ ok: false, error: { reason: 'package-without-questionnaire' } })
  })
  it.each([
    [{ item: 'none' }, 'Questionnaire.item'],
    [{ item: [{ linkId: 4, type: 'string' }] }, 'Questionnaire.item[0].linkId'],
    [{ item: [{ linkId: 'a', type: 'choice', answerOption: {} }] }, 'Questionnaire.item[0].answerOption'],
    [{ title: ['x'] }, 'Questionnaire.title'],
  ])('a questionnaire with %j is malformed, and where is said', (fault, path) => {
    const wrong = { resourceType: 'Bundle', entry: [{ resource: { ...questionnaire, ...fault } }] }
    expect(parse(wrong)).toMatchObject({ ok: false, error: { reason: 'package-malformed', path } })
  })
  it('an item without a link id does not take the form with it', () => {
    const items = [{ linkId: 'a', type: 'group', item: [{ type: 'display', text: 'words' }] }]
    const bundle = { resourceType: 'Bundle', entry: [{ resource: { ...questionnaire, item: items } }] }
    expect(parse(bundle)).toMatchObject({ ok: true, value: { packages: [{ questionnaire: { item: items } }] } })
  })
  it('entries that are null or no resources are passed over', () => {
    const holey = { resourceType: 'Bundle', entry: [null, {}, { resource: 4 }, { resource: questionnaire }] }
    expect(parse(holey)).toMatchObject({ ok: true, value: { packages: [{ questionnaire }] } })
  })
  it('a form that is nested without end is refused and not walked', () => {
    let item: unknown[] = []
    for (let depth = 0; depth < 5_000; depth += 1) item = [{ linkId: String(depth), type: 'group', item }]
    const deep = { resourceType: 'Bundle', entry: [{ resource: { ...questionnaire, item } }] }
    expect(parse(deep)).toMatchObject({ ok: false, error: { reason: 'package-malformed' } })
  })
  it('the same form for two orders is one form', () => {
    const twice = { resourceType: 'Parameters', parameter: [{ resource: bundle }, { resource: bundle }] }
    expect(parse(twice)).toMatchObject({ ok: true, value: { packages: [{ questionnaire }] } })
  })
})
