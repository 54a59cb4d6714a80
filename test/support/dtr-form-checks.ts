/** What the engine does with each row of DTR's tables: one assertion a row, on the must-support form. */
import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { expect } from 'vitest'
import { buildContainedQuestionnaire, isAdaptive, readNextQuestionUrl } from '#domain/dtr/adaptive/adaptive.ts'
import { readCompletion } from '#domain/dtr/form/completion.ts'
import { readCompiled } from '#domain/dtr/cql/language.ts'
import type { DtrVersion } from '#domain/dtr/package/dtr-version.ts'
import { listMissingLibraries } from '#domain/dtr/form/form-problems.ts'
import { issues, listItems, type FormState } from '#domain/dtr/form/form-state.ts'
import { openForm } from '#domain/dtr/form/open-form.ts'
import { isExpired } from '#domain/dtr/package/questionnaire-package.ts'
import { toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { USE_CHECKS } from './dtr-use-checks.ts'
import { edit, faultsOf, give, itemOf, populationInput } from './must-support-form.ts'

/** The form of one version, filled. */
export interface Subject {
  readonly version: DtrVersion
  readonly form: Questionnaire
  readonly adaptive: Questionnaire
  readonly state: FormState
}

const word = (code: string, display: string) => ({
  valueCoding: { system: 'https://payer.example/fhir/CodeSystem/words', code, display },
})
const ucum = (value: number, code: string) => ({
  valueQuantity: { value, unit: code, system: 'http://unitsofmeasure.org', code },
})
const labels = (state: FormState, linkId: string) => itemOf(state, linkId).options.map(({ label }) => label)
const yes = (state: FormState, valueBoolean = true) => give(state, 'of-boolean', { valueBoolean })
const factsOf = ({ state }: Subject, linkId: string) => itemOf(state, linkId).facts
const textOf = (state: FormState, linkId: string) => itemOf(state, linkId).answers[0]
/** The form with so many medicines in it. */
const withMedicines = ({ form }: Subject, count: number): FormState => {
  const all = Array.from({ length: count }, () => ({
    linkId: 'medicines',
    item: [{ linkId: 'medicine', answer: [{ valueString: 'x' }] }],
  }))
  const input = populationInput(form)
  return openForm({ ...input, response: { ...input.response, item: [{ linkId: 'known', item: all }] } })
}
const brokenDays = ({ state }: Subject): string[] => {
  const first = give(state, 'first-day', { valueDate: '2026-02-01' })
  const last = give(first, 'last-day', { valueDate: '2026-01-01' })
  return issues(last).flatMap(({ kind, message }) => (kind === 'constraint' ? [String(message.params?.['text'])] : []))
}
const rawItem = (items: readonly QuestionnaireItem[] | undefined, linkId: string): QuestionnaireItem | undefined =>
  (items ?? []).map((item) => (item.linkId === linkId ? item : rawItem(item.item, linkId))).find((item) => item)
const compiledOf = ({ form }: Subject): string | null => {
  const [initial] = rawItem(form.item, 'given')?.extension ?? []
  return initial?.valueExpression === undefined ? null : readCompiled(initial.valueExpression)
}
const says = (value: unknown, expected: unknown): void => {
  expect(value).toEqual(expected)
}

type Check = (subject: Subject) => void

const ELEMENTS: Readonly<Record<string, Check>> = {
  url: ({ state }) =>
    says(state.base.questionnaire?.split('|')[0], 'https://payer.example/fhir/Questionnaire/must-support'),
  version: ({ state }) => says(state.base.questionnaire?.split('|')[1], '1.2.0'),
  title: ({ state }) => says(state.model.facts.title.text, 'Everything that a form may say'),
  effectivePeriod: ({ form }) => says([isExpired(form, '2027-06-30'), isExpired(form, '2027-07-01')], [false, true]),
  text: ({ version, adaptive }) =>
    expect(buildContainedQuestionnaire(adaptive, version).text?.status).toBe('generated'),
  derivedFrom: ({ version, adaptive }) =>
    says(buildContainedQuestionnaire(adaptive, version).derivedFrom, [
      'https://payer.example/fhir/Questionnaire/must-support|1.2.0',
    ]),
  'item.linkId': ({ state }) =>
    says(
      toResponse(state, edit).item?.map(({ linkId }) => linkId),
      ['known', 'words'],
    ),
  'item.prefix': ({ state }) => says(itemOf(state, 'styled').prefix, '1.'),
  'item.type': ({ state }) => {
    const wrong = { valueAddress: { text: 'no answer of any type' } }
    expect(new Set(listItems(state).map(({ type }) => type)).size).toBe(16)
    for (const { linkId } of listItems(state).filter(({ key }) => key.includes('of-')))
      says(faultsOf(state, linkId, wrong as object), ['wrong-type'])
  },
  'item.enableWhen': ({ state }) => {
    const both = give(yes(state), 'of-integer', { valueInteger: 4 })
    says([itemOf(state, 'both').enabled, itemOf(both, 'both').enabled], [false, true])
  },
  'item.enableBehavior': ({ state }) => expect(itemOf(yes(state), 'both').enabled).toBe(false),
  'item.required': ({ state }) => expect(itemOf(yes(state), 'why').needs).toBe('answer'),
  'item.repeats': ({ state }) => {
    says(faultsOf(state, 'pain', word('some', 'Some'), word('some', 'Some')), [])
    says(faultsOf(state, 'of-integer', { valueInteger: 1 }, { valueInteger: 2 }), ['one-answer'])
  },
  'item.readOnly': ({ state }) => expect(give(state, 'twice', { valueInteger: 1 })).toBe(state),
  'item.answerValueSet': ({ state }) => says(labels(state, 'of-choice'), ['Red', 'Blue']),
  'item.answerOption.value[x]': ({ state }) => says(labels(state, 'of-open-choice'), ['Round', 'Square']),
  'item.initial.value[x]': ({ state }) => says(textOf(state, 'default'), { valueString: 'usual' }),
  'item.item': ({ state }) => expect(itemOf(state, 'days').children).toHaveLength(2),
  'item.text': ({ state }) => says(itemOf(state, 'of-boolean').text, 'Yes or no?'),
  'item.maxLength': ({ state }) => says(faultsOf(state, 'of-string', { valueString: 'abcdef' }), ['max-length']),
}

const EXPRESSIONS: Readonly<Record<string, Check>> = {
  'CORE/cqf-library': ({ form }) =>
    says(listMissingLibraries(form, []), ['https://payer.example/fhir/Library/given|1.0.0']),
  'SDC/launchContext': ({ state }) =>
    says(state.model.launchContexts, [{ name: 'patient', types: ['Patient'], multiplesAllowed: null }]),
  'CORE/variable': ({ state }) => says(textOf(state, 'problem-count'), { valueInteger: 2 }),
  'SDC/itemPopulationContext': ({ state }) => {
    const names = listItems(state).flatMap(({ linkId, answers }) => (linkId === 'medicine' ? answers : []))
    says(names, [{ valueString: 'Salbutamol' }, { valueString: 'Budesonide' }])
  },
  'SDC/initialExpression': ({ state }) => says(textOf(state, 'born'), { valueDate: '1970-05-01' }),
  'SDC/calculatedExpression': ({ state }) =>
    says(textOf(give(state, 'of-integer', { valueInteger: 4 }), 'twice'), { valueInteger: 8 }),
  'SDC/candidateExpression': ({ state }) =>
    says(
      itemOf(state, 'main-problem').candidates.map(({ label }) => label),
      ['Asthma', 'Eczema'],
    ),
  'SDC/contextExpression': ({ state }) =>
    says(
      itemOf(state, 'main-problem').contextRows.map(({ label, values }) => [label, values.length]),
      [['Problems on file', 2]],
    ),
  'SDC/enableWhenExpression': ({ state }) =>
    says([itemOf(state, 'why').enabled, itemOf(yes(state), 'why').enabled], [false, true]),
  'ECR/us-ph-alternative-expression-extension': (subject) => expect(compiledOf(subject)).toContain('Given Name'),
  'DTR/alternativeExpression': (subject) => expect(compiledOf(subject)).toContain('Given Name'),
  'SDC/answerOptionsToggleExpression': ({ state }) =>
    says([itemOf(state, 'pain').optionsDisabled, itemOf(yes(state), 'pain').optionsDisabled], [['o1'], []]),
  'SDC/answerExpression': ({ state }) => says(labels(state, 'county'), ['North', 'South']),
  'CORE/cqf-expression': ({ state }) =>
    expect(itemOf(give(yes(state), 'of-string', { valueString: 'why' }), 'changing')).toMatchObject({
      text: 'Asked why',
      required: true,
      readOnly: false,
    }),
  'CORE/targetConstraint': (subject) => says(brokenDays(subject), ['The last day comes before the first.']),
  'CORE/questionnaire-constraint': (subject) => says(brokenDays(subject), ['The last day comes before the first.']),
}

const OF_THE_FORM: Readonly<Record<string, Check>> = {
  'CORE/questionnaire-signatureRequired': ({ state }) => {
    const attested = give(state, 'signed', { valueBoolean: true })
    const unsigned = readCompletion(attested).blockers.filter(({ kind }) => kind === 'unsigned')
    says(
      unsigned.map(({ itemKey }) => itemKey),
      [null, itemOf(state, 'signed').key],
    )
  },
  'SDC/preferredTerminologyServer': (subject) =>
    says(factsOf(subject, 'of-choice').terminologyServers, ['https://terminology.payer.example/r4']),
  'CORE/preferredTerminologyServer': (subject) =>
    says(factsOf(subject, 'of-choice').terminologyServers, ['https://terminology.payer.example/r4']),
  'SDC/questionnaireAdaptive': ({ form, adaptive }) => {
    says([isAdaptive(form), isAdaptive(adaptive)], [false, true])
    expect(readNextQuestionUrl(adaptive, 'https://payer.example/fhir')).toEqual({
      ok: true,
      value: 'https://payer.example/fhir/Questionnaire/$next-question',
    })
  },
  'DTR/estimated-completion-time': ({ state }) =>
    says(state.model.facts.estimatedTime, { clinical: 'under-1min', total: 'under-3min' }),
  'DTR/questionnaireAudience': ({ state }) => says(state.model.facts.audience, ['clinical', 'admin']),
  'CORE/artifact-versionAlgorithm': ({ version, adaptive }) =>
    expect(JSON.stringify(buildContainedQuestionnaire(adaptive, version))).toContain('artifact-versionAlgorithm'),
  'CORE/rendering-styleSensitive': ({ state }) =>
    expect(issues(state).filter(({ kind, itemKey }) => kind === 'engine' && itemKey === null)).toEqual([]),
  'CORE/designNote': ({ state }) =>
    expect(
      JSON.stringify(listItems(state).map(({ facts, text, help, hints }) => [facts, text, help, hints])),
    ).not.toContain('For authors only'),
}

const DRAWN: Readonly<Record<string, Check>> = {
  'CORE/questionnaire-hidden': ({ state }) => expect(itemOf(state, 'secret').hidden).toBe(true),
  'CORE/questionnaire-itemControl': ({ state }) =>
    says([itemOf(state, 'medicines').control, itemOf(state, 'styled').help], ['gtable', 'Take your time.']),
  'CORE/questionnaire-supportLink': (subject) =>
    says(factsOf(subject, 'styled').links, [{ href: 'https://payer.example/guide', label: null, binary: null }]),
  'CORE/questionnaire-supportHyperlink': (subject) =>
    says(factsOf(subject, 'styled').links, [
      { href: '#guide', label: 'Guide', binary: { contentType: 'application/pdf', data: 'JVBERi0=' } },
    ]),
  'CORE/rendering-xhtml': (subject) => {
    const { text, prefix } = factsOf(subject, 'styled')
    const [some] = itemOf(subject.state, 'pain').options
    says([text.xhtml, prefix.xhtml, some?.styled.xhtml], ['<b>Why</b> green?', '<i>1.</i>', '<i>Some</i>'])
    says(subject.state.model.facts.title.xhtml, subject.version === '2.2' ? null : '<b>Everything</b>')
  },
  'CORE/rendering-style': (subject) => says(factsOf(subject, 'styled').text.style, 'color: green'),
  'SDC/openLabel': (subject) => says(factsOf(subject, 'of-open-choice').openLabel, 'Another shape'),
  'CORE/questionnaire-sliderStepValue': (subject) => expect(factsOf(subject, 'pain').sliderStep).toBe(2),
  'CORE/entryFormat': ({ state }) => says(itemOf(state, 'styled').placeholder, 'one word'),
  'CORE/questionnaire-choiceOrientation': (subject) => says(factsOf(subject, 'of-choice').orientation, 'horizontal'),
  'CORE/questionnaire-displayCategory': (subject) => says(factsOf(subject, 'styled').displayCategory, 'instructions'),
  'SDC/width': (subject) => expect(factsOf(subject, 'medicine').width?.value).toBe(40),
  'SDC/collapsible': (subject) => says(factsOf(subject, 'styled').collapsible, 'default-open'),
  'SDC/shortText': (subject) => says(factsOf(subject, 'medicine').shortText, 'Med.'),
  'SDC/itemMedia': (subject) => says(factsOf(subject, 'pain').media?.url, 'https://payer.example/scale.png'),
  'SDC/itemAnswerMedia': ({ state }) =>
    says(itemOf(state, 'pain').options[0]?.media?.url, 'https://payer.example/some.png'),
  'R5/disabledDisplay': (subject) => says(factsOf(subject, 'both').disabledDisplay, 'protected'),
}

const LIMITS: Readonly<Record<string, Check>> = {
  'CORE/mimeType': ({ state }) =>
    says(faultsOf(state, 'of-attachment', { valueAttachment: { contentType: 'image/png' } }), ['mime-type']),
  'CORE/maxSize': ({ state }) =>
    says(faultsOf(state, 'of-attachment', { valueAttachment: { contentType: 'application/pdf', size: 2_000_000 } }), [
      'max-size',
    ]),
  'CORE/questionnaire-unitOption': ({ state }) => says(faultsOf(state, 'of-quantity', ucum(10, '[lb_av]')), ['unit']),
  'CORE/questionnaire-unitValueSet': ({ state }) => {
    says(
      itemOf(state, 'height').unitOptions.map(({ code }) => code),
      ['cm', 'm'],
    )
    says(faultsOf(state, 'height', ucum(5, '[ft_i]')), ['unit'])
  },
  'CORE/questionnaire-unit': ({ state }) => says(itemOf(state, 'pulse').unit?.code, '/min'),
  'CORE/questionnaire-referenceResource': ({ state }) =>
    says(faultsOf(state, 'of-reference', { valueReference: { reference: 'Device/1' } }), ['reference-type']),
  'CORE/questionnaire-optionExclusive': ({ state }) =>
    says(faultsOf(state, 'pain', word('some', 'Some'), word('none', 'None')), ['exclusive']),
  'CORE/ordinalValue': ({ state }) => expect(itemOf(state, 'pain').options[0]?.weight).toBe(1),
  'CORE/itemWeight': ({ state }) => expect(itemOf(state, 'pain').options[1]?.weight).toBe(3),
  'R5/answerConstraint': ({ state }) => {
    says(faultsOf(state, 'of-open-choice', { valueString: 'oval' }), [])
    says(faultsOf(state, 'of-open-choice', word('oval', 'Oval')), ['no-such-option'])
  },
  'CORE/questionnaire-minOccurs': (subject) => {
    const faults = (count: number) => issues(withMedicines(subject, count)).map(({ message }) => message.key)
    expect(faults(2)).not.toContain('form.issue.min-occurs')
    expect(faults(1)).toContain('form.issue.min-occurs')
  },
  'CORE/questionnaire-maxOccurs': (subject) => {
    const faults = (count: number) => issues(withMedicines(subject, count)).map(({ message }) => message.key)
    expect(faults(3)).not.toContain('form.issue.max-occurs')
    expect(faults(4)).toContain('form.issue.max-occurs')
  },
  'CORE/minLength': ({ state }) => says(faultsOf(state, 'of-string', { valueString: 'a' }), ['min-length']),
  'CORE/regex': ({ state }) => says(faultsOf(state, 'of-string', { valueString: 'ABC' }), ['pattern']),
  'CORE/minValue': ({ state }) => says(faultsOf(state, 'of-integer', { valueInteger: 0 }), ['min-value']),
  'CORE/maxValue': ({ state }) => says(faultsOf(state, 'of-integer', { valueInteger: 11 }), ['max-value']),
  'CORE/maxDecimalPlaces': ({ state }) =>
    says(faultsOf(state, 'of-decimal', { valueDecimal: 1.25 }), ['decimal-places']),
  'SDC/minQuantity': ({ state }) => says(faultsOf(state, 'of-quantity', ucum(900, 'g')), ['min-value']),
  'SDC/maxQuantity': ({ state }) => says(faultsOf(state, 'of-quantity', ucum(201, 'kg')), ['max-value']),
}

/** By the name of the row. */
export const FEATURE_CHECKS: Readonly<Record<string, Check>> = {
  ...ELEMENTS,
  ...USE_CHECKS,
  ...EXPRESSIONS,
  ...OF_THE_FORM,
  ...DRAWN,
  ...LIMITS,
}
