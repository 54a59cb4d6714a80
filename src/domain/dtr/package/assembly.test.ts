import { describe, expect, it } from 'vitest'
import type { Bundle, Extension, Questionnaire, QuestionnaireItem, ValueSet } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readCompletion } from '../form/completion.ts'
import { issues, listItems } from '../form/form-state.ts'
import { EMPTY_META, openForm } from '../form/open-form.ts'
import { assembleQuestionnaire } from './assembly.ts'
import { parseQuestionnairePackage } from './questionnaire-package.ts'

const BASE = 'https://payer.example/Questionnaire'
const form = (name: string, item: QuestionnaireItem[], more: Partial<Questionnaire> = {}): Questionnaire => ({
  resourceType: 'Questionnaire',
  id: name,
  url: `${BASE}/${name}`,
  version: '1',
  status: 'active',
  item,
  ...more,
})
const sub = (canonical: string): Extension => ({ url: EXT.subQuestionnaire, valueCanonical: canonical })
const variable = (name: string, expression: string): Extension => ({
  url: EXT.variable,
  valueExpression: { name, language: 'text/fhirpath', expression },
})
const place = (linkId: string, canonical: string, ...extension: Extension[]): QuestionnaireItem => ({
  linkId,
  type: 'display',
  text: 'A part',
  extension: [sub(canonical), ...extension],
})
const context = (name: string): Extension => ({
  url: EXT.launchContext,
  extension: [{ url: 'name', valueCoding: { code: name } }],
})
const valueSet = (name: string): ValueSet => ({ resourceType: 'ValueSet', id: 'kinds', status: 'active', name })
const linkIds = ({ item = [] }: Pick<Questionnaire, 'item'>): string[] =>
  item.flatMap((one) => [one.linkId, ...linkIds({ item: one.item ?? [] })])

const PERSON = form(
  'person',
  [
    { linkId: 'name', type: 'string' },
    { linkId: 'nick', type: 'string', enableWhen: [{ question: 'name', operator: 'exists', answerBoolean: true }] },
    { linkId: 'kind', type: 'choice', answerValueSet: '#kinds' },
  ],
  {
    extension: [variable('one', '1'), variable('two', "'theirs'"), context('user')],
    contained: [valueSet('theirs')],
  },
)

describe('a modular form', () => {
  const root = form(
    'root',
    [
      { linkId: 'a', type: 'string' },
      place('p1', `${BASE}/person|1`, variable('linkIdPrefix', "'x.'")),
      { linkId: 'g', type: 'group', item: [place('p2', 'Questionnaire/person', variable('linkIdPrefix', "'y.'"))] },
    ],
    {
      extension: [
        variable('two', "'ours'"),
        context('patient'),
        { url: EXT.assembleExpectation, valueCode: 'assemble-root' },
      ],
      contained: [valueSet('ours')],
    },
  )
  const assembled = assembleQuestionnaire(root, [PERSON])

  it('has the questions of its parts in their places, each under its prefix', () => {
    expect(linkIds(assembled)).toEqual(['a', 'x.name', 'x.nick', 'x.kind', 'g', 'y.name', 'y.nick', 'y.kind'])
    expect(assembled.item?.[2]?.enableWhen?.[0]?.question).toBe('x.name')
  })

  it('takes the parts that older rule sets name, and says which of them is missing', () => {
    const legacy = (linkId: string, name: string): QuestionnaireItem => ({
      linkId,
      type: 'display',
      extension: [{ url: EXT.legacySubQuestionnaire, valueCanonical: `questionnaire/${name}` }],
    })
    const whole = form('whole', [legacy('1', 'weights'), legacy('2', 'absent')])
    const part = form('weights', [{ linkId: 'kg', type: 'decimal' }])
    expect(linkIds(assembleQuestionnaire(whole, [part]))).toEqual(['kg', '2'])
    const response = { resourceType: 'QuestionnaireResponse' as const, status: 'in-progress' as const }
    const opened = openForm({ questionnaire: whole, response, meta: EMPTY_META, today: '2026-11-28' } as never)
    expect(JSON.stringify(issues(opened))).toContain('questionnaire/absent')
  })

  it('takes a part without a canonical by the address that it had, and by no other', () => {
    const { url, version, ...nameless } = PERSON
    const at = (canonical: string): Questionnaire => form('root', [place('p', canonical)])
    const here = `https://elsewhere.example/fhir/Questionnaire/person`
    expect(linkIds(assembleQuestionnaire(at(here), [nameless]))).toEqual(['name', 'nick', 'kind'])
    for (const other of [`${here}s`, 'https://elsewhere.example/fhir/Library/person', 'https://x.example/person'])
      expect(linkIds(assembleQuestionnaire(at(other), [nameless]))).toEqual(['p'])
    expect(linkIds(assembleQuestionnaire(at(here), [{ ...nameless, url, version }]))).toEqual(['p'])
  })

  it('has the variables and launch contexts of its parts; a name that means two things stays with its part', () => {
    const names = (assembled.extension ?? []).flatMap(({ valueExpression }) => valueExpression?.expression ?? [])
    expect(names).toEqual(["'ours'", '1'])
    expect((assembled.extension ?? []).filter(({ url }) => url === EXT.launchContext)).toHaveLength(2)
    const own = (assembled.item?.[1]?.extension ?? []).map(({ valueExpression }) => valueExpression?.expression)
    expect(own).toEqual(["'x.'", "'theirs'"])
  })

  it('keeps contained resources of one id apart, and needs no assembling any more', () => {
    expect(assembled.contained?.map(({ id }) => id)).toEqual(['kinds', 'kinds-2'])
    expect(assembled.item?.[3]?.answerValueSet).toBe('#kinds-2')
    expect((assembled.extension ?? []).some(({ url }) => url === EXT.assembleExpectation)).toBe(false)
  })

  it('keeps its canonical, and the payer’s questionnaire as it was', () => {
    expect([assembled.url, assembled.version]).toEqual([root.url, '1'])
    expect(linkIds(root)).toEqual(['a', 'p1', 'g', 'p2'])
    expect(assembleQuestionnaire(PERSON, [root])).toBe(PERSON)
  })

  it('takes a part along with the condition of its place', () => {
    const conditional = {
      ...place('p', '#inner'),
      enableWhen: [{ question: 'a', operator: 'exists' as const, answerBoolean: true }],
    }
    const inner = form('inner', [{ linkId: 'b', type: 'string' }])
    const { item } = assembleQuestionnaire(
      form('f', [{ linkId: 'a', type: 'string' }, conditional], { contained: [inner] }),
      [],
    )
    expect(item?.[1]).toMatchObject({
      linkId: 'p',
      type: 'group',
      enableWhen: conditional.enableWhen,
      item: [{ linkId: 'b' }],
    })
  })
})

const opened = (questionnaire: Questionnaire) =>
  openForm({
    questionnaire,
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
    meta: EMPTY_META,
    today: '2026-11-28',
    evaluator: null,
  })
const told = (questionnaire: Questionnaire) =>
  issues(opened(questionnaire)).map(({ itemKey, severity, message }) => [itemKey, severity, message.key])

describe('a part that cannot be put in', () => {
  it('is an error at its place, and nothing can be completed without it', () => {
    const incomplete = form('root', [{ linkId: 'g', type: 'group', item: [place('p', `${BASE}/gone`)] }])
    const state = opened(assembleQuestionnaire(incomplete, [PERSON]))
    expect(told(incomplete)).toEqual([['g/p', 'error', 'form.issue.part-missing']])
    expect(readCompletion(state).mayComplete).toBe(false)
    expect(listItems(state).map(({ linkId }) => linkId)).toEqual(['g', 'p'])
  })

  it('is so below a question, too, and of another version than is asked for', () => {
    const below = form('root', [{ linkId: 'q', type: 'string', item: [place('p', `${BASE}/person|2`)] }])
    expect(told(assembleQuestionnaire(below, [PERSON]))).toEqual([['q/p', 'error', 'form.issue.part-missing']])
  })

  it('is one that contains itself', () => {
    const one = form('one', [place('to-two', `${BASE}/two`)])
    const two = form('two', [{ linkId: 'b', type: 'string' }, place('to-one', `${BASE}/one`)])
    const assembled = assembleQuestionnaire(one, [one, two])
    expect(linkIds(assembled)).toEqual(['b', 'to-one'])
    expect(told(assembled)).toEqual([['to-one', 'error', 'form.issue.part-missing']])
  })
})

it('a package of a modular form is one form', () => {
  const root = form('root', [place('p', `${BASE}/person`)])
  const other = form('other', [{ linkId: 'c', type: 'string' }])
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [root, PERSON, other].map((resource) => ({ resource })),
  }
  const parsed = parseQuestionnairePackage(bundle)
  expect(parsed.ok && parsed.value.packages.map(({ questionnaire }) => linkIds(questionnaire))).toEqual([
    ['name', 'nick', 'kind'],
    ['c'],
  ])
})
