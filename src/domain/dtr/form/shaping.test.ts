import type { Extension, QuestionnaireItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { listDisclosures, readCompletion } from './completion.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { answer, giveOptions, sign } from './form-edit.ts'
import type { FormState } from './form-state.ts'
import { chartElsewhere, EMPTY_META, openForm } from './open-form.ts'
import { toResponse } from '../response/questionnaire-response.ts'

const edit = { at: '2026-11-28T10:00:00Z', author: { reference: 'Practitioner/p', name: 'P' } }
const fhirpath = (expression: string) => ({ language: 'text/fhirpath' as const, expression })
const answerOf = (linkId: string) => `%resource.item.where(linkId='${linkId}').answer.value`
const dynamic = (expression: string) => ({
  extension: [{ url: EXT.cqfExpression, valueExpression: fhirpath(expression) }],
})
const open = (items: Partial<QuestionnaireItem>[], extension: Extension[] = []) =>
  openForm({
    questionnaire: {
      resourceType: 'Questionnaire',
      status: 'active',
      extension,
      item: items.map((item, index) => ({ linkId: `q${String(index)}`, type: 'string', ...item })),
    },
    response: { resourceType: 'QuestionnaireResponse', status: 'in-progress', questionnaire: 'urn:q' },
    meta: EMPTY_META,
    today: '2026-11-28',
    evaluator: createEvaluator(),
  })
const give = (state: FormState, key: string, text: string) => answer(state, key, [{ valueString: text }], edit)
const yes = (state: FormState, key: string, valueBoolean = true) => answer(state, key, [{ valueBoolean }], edit)
const faults = (state: FormState, key: string) => state.items.get(key)?.issues.map(({ message }) => message.key) ?? []
const list = (...codes: string[]) => ({
  type: 'choice' as const,
  answerOption: codes.map((valueString) => ({ valueString })),
})

describe('an item shaped by expressions', () => {
  it('changes its text, and whether it is required or read-only', () => {
    const item = {
      text: 'Old',
      _text: dynamic(`'Why ' + ${answerOf('q0')} + '?'`),
      _required: dynamic(`${answerOf('q0')} = 'hip'`),
      _readOnly: dynamic(`${answerOf('q0')} = 'knee'`),
    } as Partial<QuestionnaireItem>
    const before = open([{}, item])
    expect(before.items.get('q1')).toMatchObject({ text: 'Old', required: false })
    const hip = give(before, 'q0', 'hip')
    expect(hip.items.get('q1')).toMatchObject({ text: 'Why hip?', required: true, needs: 'answer' })
    expect(give(hip, 'q0', 'knee').items.get('q1')).toMatchObject({ required: false, readOnly: true, needs: null })
  })

  it('has bounds that leave no value where the lower is above the upper', () => {
    const extension = [
      { url: EXT.minValue, valueInteger: 1, _valueInteger: dynamic(answerOf('q0')) },
      { url: EXT.maxValue, valueInteger: 10 },
    ] as Extension[]
    const low = answer(open([{ type: 'integer' }, { type: 'integer', extension }]), 'q1', [{ valueInteger: 5 }], edit)
    expect(faults(low, 'q1')).toEqual([])
    expect(faults(answer(low, 'q0', [{ valueInteger: 7 }], edit), 'q1')).toEqual(['form.issue.min-value'])
    expect(faults(answer(low, 'q0', [{ valueInteger: 11 }], edit), 'q1')).toEqual(['form.issue.no-value-allowed'])
  })

  it('takes its options from answerExpression; an answer no longer among them is flagged and blocks', () => {
    const extension = [{ url: EXT.answerExpression, valueExpression: fhirpath(answerOf('q0')) }]
    const state = give(open([{ repeats: true }, { type: 'choice', extension }]), 'q0', 'a')
    const chosen = give(state, 'q1', 'a')
    expect(chosen.items.get('q1')?.options.map(({ label }) => label)).toEqual(['a'])
    expect(readCompletion(chosen).mayComplete).toBe(true)
    const changed = give(chosen, 'q0', 'b')
    expect(faults(changed, 'q1')).toEqual(['form.issue.no-such-option'])
    expect(readCompletion(changed).mayComplete).toBe(false)
  })

  it('switches off options that no true toggle names, and no others', () => {
    const toggle = (option: string, linkId: string) => ({
      url: EXT.answerOptionsToggleExpression,
      extension: [
        { url: 'option', valueString: option },
        { url: 'expression', valueExpression: fhirpath(answerOf(linkId)) },
      ],
    })
    const items = [{ type: 'boolean' as const }, { type: 'boolean' as const }]
    const extension = [toggle('a', 'q0'), toggle('a', 'q1'), toggle('b', 'q0')]
    const state = open([...items, { ...list('a', 'b', 'c'), extension }])
    expect(state.items.get('q2')?.optionsDisabled).toEqual(['o0', 'o1'])
    const second = yes(state, 'q1')
    expect(second.items.get('q2')?.optionsDisabled).toEqual(['o1'])
    const chosen = give(second, 'q2', 'a')
    expect(faults(yes(chosen, 'q1', false), 'q2')).toEqual(['form.issue.option-off'])
  })

  it('offers candidates and reference data, and says what it could not work out', () => {
    const extension = [
      { url: EXT.candidateExpression, valueExpression: fhirpath(answerOf('q0')) },
      { url: EXT.candidateExpression, valueExpression: fhirpath('broken(') },
      {
        url: EXT.contextExpression,
        extension: [
          { url: 'label', valueString: 'Said before' },
          { url: 'expression', valueExpression: fhirpath(answerOf('q0')) },
        ],
      },
    ]
    const state = give(open([{}, { extension }]), 'q0', 'seen')
    expect(state.items.get('q1')?.candidates.map(({ label }) => label)).toEqual(['seen'])
    expect(state.items.get('q1')?.contextRows).toEqual([
      { label: 'Said before', values: [{ text: 'seen', reference: null }] },
    ])
    expect(faults(state, 'q1')).toEqual(['form.lookup.malformed-expression'])
  })

  it('has the codes of a value set once they were expanded elsewhere', () => {
    const state = open([{ type: 'choice', answerValueSet: 'urn:set' }])
    expect(state.items.get('q0')).toMatchObject({ expansion: 'wanted', valueSet: 'urn:set', options: [] })
    const given = giveOptions(state, 'q0', [{ system: 'urn:s', code: 'a', display: 'A' }], edit)
    expect(given.items.get('q0')?.options.map(({ label }) => label)).toEqual(['A'])
    expect(giveOptions(state, 'q0', null, edit).items.get('q0')?.expansion).toBe('failed')
  })
})

describe('an item that an edit brings into the form', () => {
  const condition = { enableWhen: [{ question: 'q0', operator: '=' as const, answerBoolean: true }] }

  it('starts with its default, or with what its expression gives', () => {
    const expression = [{ url: EXT.initialExpression, valueExpression: fhirpath("'from ' + today().toString()") }]
    const items = [
      { type: 'boolean' as const },
      { ...condition, initial: [{ valueString: 'x' }] },
      { ...condition, extension: expression },
    ]
    const state = yes(open(items), 'q0')
    expect(state.items.get('q1')).toMatchObject({ answers: [{ valueString: 'x' }], origin: { source: 'auto-server' } })
    expect(state.items.get('q2')?.answers).toEqual([{ valueString: 'from 2026-11-28' }])
  })

  it('keeps its answers in memory while it is out, and out of the response', () => {
    const state = give(yes(open([{ type: 'boolean' }, condition]), 'q0'), 'q1', 'kept')
    const off = yes(state, 'q0', false)
    expect(toResponse(off, edit).item?.map(({ linkId }) => linkId)).toEqual(['q0'])
    expect(yes(off, 'q0').items.get('q1')?.answers).toEqual([{ valueString: 'kept' }])
  })
})

describe('signatures', () => {
  const required = [{ url: EXT.signatureRequired, valueCodeableConcept: { text: 'Author' } }]
  const signature = { type: [{ code: '1.2.840.10065.1.12.1.1' }], when: edit.at, who: { reference: 'Practitioner/p' } }

  it('are asked for on form and item, block until they are there, and fall with a change', () => {
    const state = give(open([{ extension: required }], required), 'q0', 'a')
    expect(readCompletion(state).blockers.map(({ kind }) => kind)).toEqual(['unsigned', 'unsigned'])
    const signed = sign(sign(state, 'q0', signature, edit), null, signature, edit)
    expect(readCompletion(signed).mayComplete).toBe(true)
    const response = toResponse(signed, edit, 'completed')
    const own = { url: EXT.responseSignature, valueSignature: signature }
    expect([response.extension, response.item?.[0]?.extension]).toEqual([[own], [own]])
    expect(readCompletion(give(signed, 'q0', 'b')).mayComplete).toBe(false)
  })

  it('are not put where none is asked for', () => {
    const state = open([{}])
    expect(sign(state, null, signature, edit)).toBe(state)
  })
})

describe('limits of files, references, units and choices', () => {
  const ext = (url: string, value: object): Extension => ({ url, ...value })
  it.each([
    [
      'mime-type',
      'attachment',
      [ext(EXT.mimeType, { valueCode: 'application/pdf' })],
      { valueAttachment: { contentType: 'image/png' } },
    ],
    ['max-size', 'attachment', [ext(EXT.maxSize, { valueDecimal: 1 })], { valueAttachment: { size: 2_000_000 } }],
    [
      'reference-type',
      'reference',
      [ext(EXT.referenceResource, { valueCode: 'Patient' })],
      { valueReference: { reference: 'Device/1' } },
    ],
    [
      'unit',
      'quantity',
      [ext(EXT.unitOption, { valueCoding: { code: 'kg' } })],
      { valueQuantity: { value: 1, unit: 'g', code: 'g' } },
    ],
  ] as const)('%s', (fault, type, extension, given) => {
    const state = answer(open([{ type, extension: [...extension] }]), 'q0', [given], edit)
    expect(faults(state, 'q0')).toEqual([`form.issue.${fault}`])
  })

  it('an exclusive option stands alone', () => {
    const none = { valueString: 'none', extension: [{ url: EXT.optionExclusive, valueBoolean: true }] }
    const state = open([{ type: 'choice', repeats: true, answerOption: [{ valueString: 'a' }, none] }])
    const both = answer(state, 'q0', [{ valueString: 'a' }, { valueString: 'none' }], edit)
    expect(faults(both, 'q0')).toEqual(['form.issue.exclusive'])
  })

  it('a bound in another unit is converted', () => {
    const ucum = (value: number, code: string) => ({ value, unit: code, system: 'http://unitsofmeasure.org', code })
    const extension = [{ url: EXT.maxQuantity, valueQuantity: ucum(1, 'kg') }]
    const state = open([{ type: 'quantity', extension }])
    const weigh = (value: number, code: string) =>
      faults(answer(state, 'q0', [{ valueQuantity: ucum(value, code) }], edit), 'q0')
    expect([weigh(900, 'g'), weigh(1100, 'g'), weigh(1, 'mL')]).toEqual([
      [],
      ['form.issue.max-value'],
      ['form.issue.not-comparable'],
    ])
  })

  it('nothing hidden is disclosed where the chart filled nothing', () => {
    expect(listDisclosures(give(open([{}]), 'q0', 'a'))).toEqual([])
  })
})

describe('a query that is a whole expression', () => {
  const asked = { language: 'application/x-fhir-query' as const, expression: 'Condition?patient=p' }
  const condition = (id: string) => ({ resourceType: 'Condition', id, code: { text: id } })
  const bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    entry: ['a', 'b'].map((id) => ({ resource: condition(id) })),
  }

  it('gives what its Bundle holds, as reference data and as candidates', () => {
    const state = openForm({
      questionnaire: {
        resourceType: 'Questionnaire',
        status: 'active',
        item: [
          {
            linkId: 'q0',
            type: 'reference',
            extension: [
              { url: EXT.candidateExpression, valueExpression: asked },
              { url: EXT.contextExpression, extension: [{ url: 'expression', valueExpression: asked }] },
            ],
          },
        ],
      },
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
      meta: EMPTY_META,
      today: '2026-11-28',
      evaluator: createEvaluator(),
      chart: {
        ...chartElsewhere(),
        search: (query) => ({ query, bundle, found: 2, complete: true, failure: null }),
      },
    })
    const { candidates = [], contextRows = [] } = state.items.get('q0') ?? {}
    expect(candidates.map(({ answer: { valueReference } }) => valueReference?.reference)).toEqual([
      'Condition/a',
      'Condition/b',
    ])
    expect(contextRows.map(({ values }) => values.map(({ reference }) => reference))).toEqual([
      ['Condition/a', 'Condition/b'],
    ])
  })
})
