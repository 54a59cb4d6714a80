import type { Extension, QuestionnaireItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { readFormFacts } from '../form/form-facts.ts'
import { readItemDefinition, type Surroundings } from './item-definition.ts'

const around: Surroundings = { conceptsOf: () => undefined, contained: [], terminologyServers: ['https://tx.form'] }
const define = (item: Partial<QuestionnaireItem>, surroundings = around) =>
  readItemDefinition({ linkId: 'q', type: 'string', ...item }, null, surroundings)
const control = (code: string): Extension => ({
  url: EXT.itemControl,
  valueCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/questionnaire-item-control', code }] },
})
const display = (code: string | null, text: string): QuestionnaireItem => ({
  linkId: `q.${text}`,
  type: 'display',
  text,
  ...(code === null ? {} : { extension: [control(code)] }),
})

describe('the facts of an item', () => {
  it('keep the markup and the style of its words as they were sent', () => {
    const markup = { url: EXT.renderingXhtml, valueString: '<b>Why</b>' }
    const { facts } = define({
      text: 'Why',
      _text: { extension: [markup, { url: EXT.renderingStyle, valueString: 'color:green;' }] },
    })
    expect(facts.text).toEqual({ text: 'Why', xhtml: '<b>Why</b>', style: 'color:green;' })
  })

  it('decode markup that SDC 4 puts in base64, and nothing else that only looks like it', () => {
    const xhtmlOf = (valueString: string) =>
      define({ _text: { extension: [{ url: EXT.renderingXhtml, valueString }] } }).facts.text.xhtml
    expect(xhtmlOf(btoa('<i>a</i>'))).toBe('<i>a</i>')
    expect(xhtmlOf('abcd')).toBe('abcd')
  })

  it('sort display children by what they are to the question', () => {
    const roles = ['inline', 'prompt', 'unit', 'lower', 'upper', 'flyover', 'help', 'legal'] as const
    const definition = define({ item: [...roles.map((role) => display(role, role)), display(null, 'plain')] })
    expect(definition.children).toEqual([])
    for (const role of roles) expect(definition.facts.labels[role].map(({ text }) => text)).toEqual([role])
    expect(definition).toMatchObject({ help: 'help\nflyover', hints: ['plain', 'inline', 'prompt'] })
  })

  it('leave a display with a condition of its own an item of its own', () => {
    const enableWhen = [{ question: 'other', operator: 'exists' as const, answerBoolean: true }]
    const { children, hints } = define({ item: [{ ...display(null, 'now and then'), enableWhen }] })
    expect([children.length, hints]).toEqual([1, []])
  })

  it('leave a plain display of a group in its place', () => {
    const { children, help } = define({ type: 'group', item: [display(null, 'first'), display('help', 'how')] })
    expect([children.map(({ text }) => text), help]).toEqual([['first'], 'how'])
  })

  it('read both generations of the support link, and the contained Binary that one names', () => {
    const contained = [
      { resourceType: 'Binary' as const, id: 'guide', contentType: 'application/pdf', data: 'JVBERg==' },
    ]
    const link = {
      url: EXT.supportHyperlink,
      extension: [
        { url: 'label', valueString: 'Guide' },
        { url: 'link', valueUri: '#guide' },
      ],
    }
    const old = { url: EXT.supportLink, valueUri: 'https://payer.example/help' }
    expect(define({ extension: [old, link] }, { ...around, contained }).facts.links).toEqual([
      { href: '#guide', label: 'Guide', binary: { contentType: 'application/pdf', data: 'JVBERg==' } },
      { href: 'https://payer.example/help', label: null, binary: null },
    ])
  })

  it('take a code that nobody knows for none', () => {
    const extension = [
      { url: EXT.choiceOrientation, valueCode: 'diagonal' },
      { url: EXT.usageMode, valueCode: 'never' },
    ]
    expect(define({ extension }).facts).toMatchObject({ orientation: null, usageMode: 'capture-display' })
  })

  it('name the terminology servers inside out', () => {
    const server = (valueUrl: string) => [{ url: EXT.coreTerminologyServer, valueUrl }]
    const group = define({
      type: 'group',
      extension: server('https://tx.group'),
      item: [{ linkId: 'c', type: 'choice', extension: server('https://tx.own') }],
    })
    expect(group.children[0]?.facts.terminologyServers).toEqual([
      'https://tx.own',
      'https://tx.group',
      'https://tx.form',
    ])
  })
})

describe('the options of an item', () => {
  it('carry prefix, weight, markup and picture', () => {
    const [option] = define({
      type: 'choice',
      answerOption: [
        {
          valueCoding: { code: 'a', display: 'A', extension: [{ url: EXT.itemWeight, valueDecimal: 2 }] },
          extension: [
            { url: EXT.optionPrefix, valueString: '1)' },
            { url: EXT.optionExclusive, valueBoolean: true },
            { url: EXT.itemAnswerMedia, valueAttachment: { url: 'https://payer.example/a.png' } },
          ],
        },
      ],
    }).options
    expect(option).toMatchObject({
      prefix: '1)',
      weight: 2,
      exclusive: true,
      media: { url: 'https://payer.example/a.png' },
    })
  })

  it('are closed or open as answerConstraint says', () => {
    const opened = (type: 'choice' | 'open-choice', valueCode: string) =>
      define({
        type,
        answerOption: [{ valueString: 'a' }],
        extension: [{ url: EXT.answerConstraint, valueCode }],
      }).allowsOther
    expect([opened('open-choice', 'optionsOnly'), opened('choice', 'optionsOrString')]).toEqual([false, true])
  })
})

describe('the facts of a form', () => {
  const facts = (extension: Extension[]) =>
    readFormFacts({ resourceType: 'Questionnaire', status: 'active', title: 'T', extension })

  it('say how it is filled in, by whom, and how long it takes', () => {
    expect(
      facts([
        { url: EXT.entryMode, valueCode: 'sequential' },
        { url: EXT.performerType, valueCode: 'Practitioner' },
        { url: EXT.questionnaireAudience, valueCode: 'clinical' },
        { url: EXT.questionnaireAudience, valueCode: 'robots' },
        { url: EXT.requestSpecific, valueBoolean: false },
        { url: EXT.estimatedCompletionTime, extension: [{ url: 'totalTime', valueCode: 'under-3min' }] },
        { url: EXT.copyrightLabel, valueString: 'All rights reserved' },
      ]),
    ).toMatchObject({
      entryMode: 'sequential',
      performerTypes: ['Practitioner'],
      audience: ['clinical'],
      requestSpecific: false,
      estimatedTime: { clinical: null, total: 'under-3min' },
      copyrightLabel: 'All rights reserved',
    })
  })

  it('are random entry and nothing else where it says nothing', () => {
    expect(facts([])).toMatchObject({ entryMode: 'random', signatures: [], requestSpecific: null, estimatedTime: null })
  })
})
