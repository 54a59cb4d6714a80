/** Rows of DTR's tables that say how a form is used: in which order, by whom, for which request, when it shows what. */
import type {
  Bundle,
  Extension,
  Patient,
  Practitioner,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
} from 'fhir/r4'
import { expect } from 'vitest'
import { readCompletion } from '#domain/dtr/form/completion.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import { counts } from '#domain/dtr/form/form-figures.ts'
import { issues, isShownQuestion, type Edit, type FormState } from '#domain/dtr/form/form-state.ts'
import { EMPTY_META, openForm } from '#domain/dtr/form/open-form.ts'
import { readChoiceRows } from '#domain/dtr/item/choice-columns.ts'
import { mayAmend } from '#domain/dtr/item/entry-mode.ts'
import { isLeftOut } from '#domain/dtr/item/item-facts.ts'
import { isTarget } from '#domain/dtr/item/reference-target.ts'
import { isShownFor } from '#domain/dtr/item/usage-mode.ts'
import { carryOver } from '#domain/dtr/response/carry-over.ts'
import { parseQuestionnairePackage } from '#domain/dtr/package/questionnaire-package.ts'
import { answerWithCreated, findCreateForm, openCreateForm } from '#domain/dtr/form/created-target.ts'
import { judgeSave, type JudgedSave } from '#domain/dtr/response/judge-save.ts'
import { toMeta, toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import type { Subject } from './dtr-form-checks.ts'
import { edit, evaluator, faultsOf, give, itemOf, populationInput } from './must-support-form.ts'

const opened = (questionnaire: Questionnaire): FormState => openForm(populationInput(questionnaire))

/** The form with another value of an extension of its root; none where `value` is null. */
function withRoot(form: Questionnaire, url: string, value: Omit<Extension, 'url'> | null): Questionnaire {
  const others = (form.extension ?? []).filter((one) => one.url !== url)
  return { ...form, extension: value === null ? others : [...others, { url, ...value }] }
}

/** The form with another value of an extension of one item. */
function withItem(form: Questionnaire, linkId: string, url: string, value: Omit<Extension, 'url'>): Questionnaire {
  const visit = (items: readonly QuestionnaireItem[] = []): QuestionnaireItem[] =>
    items.map((item) => ({
      ...item,
      ...(item.linkId === linkId
        ? { extension: [...(item.extension ?? []).filter((one) => one.url !== url), { url, ...value }] }
        : {}),
      ...(item.item === undefined ? {} : { item: visit(item.item) }),
    }))
  return { ...form, item: visit(form.item) }
}

/** What is told of a changed form that is not told of the form as it is. */
function toldOf({ form }: Subject, change: Partial<Questionnaire>): string[] {
  const told = (questionnaire: Questionnaire): string[] =>
    issues(opened(questionnaire)).flatMap(({ itemKey, message }) => (itemKey === null ? [message.key] : []))
  const known = told(form)
  return told({ ...form, ...change }).filter((key) => !known.includes(key))
}

const by = (reference: string | null): Edit => ({ ...edit, author: { reference, name: 'B' } })
const yes = [{ valueBoolean: true }]

/** What a server makes of the second save, where the first is what it keeps. */
function judged(form: Questionnaire, first: FormState, second: FormState): JudgedSave {
  const kept = (state: FormState) => ({ response: toResponse(state, edit), meta: toMeta(state) })
  const empty: QuestionnaireResponse = { ...first.base }
  return judgeSave({
    questionnaire: form,
    populated: { response: empty, meta: EMPTY_META },
    stored: kept(first),
    submitted: kept(second),
    edit,
    today: first.setting.today,
    evaluator,
    chart: first.setting.chart,
  })
}
const refusalOf = ({ form }: Subject, first: FormState, second: FormState) => judged(form, first, second).refusal
const keptOf = (form: Questionnaire, first: FormState, second: FormState) =>
  toResponse(judged(form, first, second).state, edit)

function checkEntryMode(subject: Subject): void {
  const { state, form } = subject
  const later = give(state, 'default', { valueString: 'later' })
  expect(give(later, 'of-boolean', ...yes)).toBe(later)
  expect([itemOf(later, 'of-boolean').locked, itemOf(later, 'default').locked]).toEqual(['passed', null])
  const faulty = give(state, 'of-integer', { valueInteger: 99 })
  expect(itemOf(faulty, 'of-date').locked).toBe('ahead')
  expect(give(faulty, 'of-date', { valueDate: '2026-01-01' })).toBe(faulty)
  expect(mayAmend('sequential', 'completed')).toBe(false)
  // A browser that does not keep to it is refused by the server.
  const forged = {
    ...give({ ...later, reached: null, items: state.items }, 'of-boolean', ...yes),
    reached: later.reached,
  }
  expect(refusalOf(subject, later, forged)).toBe('entry-order')
  expect(refusalOf(subject, later, give(later, 'first-day', { valueDate: '2026-01-01' }))).toBeNull()
  for (const mode of ['prior-edit', 'random']) {
    const free = opened(withRoot(form, EXT.entryMode, { valueCode: mode }))
    const after = give(free, 'default', { valueString: 'later' })
    expect(give(after, 'of-boolean', ...yes)).not.toBe(after)
    expect(mayAmend(after.model.facts.entryMode, 'completed')).toBe(true)
  }
}

function checkPerformerType(subject: Subject): void {
  const { state, form } = subject
  const { key } = itemOf(state, 'of-boolean')
  expect(answer(state, key, yes, by('Patient/p1'))).toBe(state)
  for (const reference of ['Practitioner/1', 'PractitionerRole/1', null])
    expect(itemOf(answer(state, key, yes, by(reference)), 'of-boolean').answers).toEqual(yes)
  const warned = (given: FormState): string[] => readCompletion(given).warnings.map(({ message }) => message.key)
  expect(warned(answer(state, key, yes, by(null)))).toContain('form.issue.performer')
  expect(warned(answer(state, key, yes, by('Practitioner/1')))).not.toContain('form.issue.performer')
  const anybody = opened(withRoot(form, EXT.performerType, null))
  expect(answer(anybody, key, yes, by('Patient/p1'))).not.toBe(anybody)
}

/** Answers of one request are those of another only where the form says so; and what the chart said is not taken along. */
function checkRequestSpecific({ form }: Subject): void {
  const start = { response: opened(form).base, meta: EMPTY_META }
  const carried = (questionnaire: Questionnaire, later = questionnaire) => {
    const state = openForm({ ...populationInput(questionnaire), meta: EMPTY_META })
    const given = give(give(state, 'of-string', { valueString: 'mine' }), 'signed', ...yes)
    const { response, meta } = { response: toResponse(given, edit, 'completed'), meta: toMeta(given) }
    return carryOver({ questionnaire, response, meta, today: '2026-11-28' }, later, start, edit.at)
  }
  const reusable = withRoot(form, EXT.requestSpecific, { valueBoolean: false })
  expect(carried(form)).toBeNull()
  expect(carried(withRoot(form, EXT.requestSpecific, null))).toBeNull()
  expect(carried(reusable, { ...reusable, version: '1.3.0' })).toBeNull()
  const taken = openForm({ ...populationInput(reusable), ...carried(reusable) })
  expect(itemOf(taken, 'of-string').answers).toEqual([{ valueString: 'mine' }])
  expect(itemOf(taken, 'of-string').origin?.source).toBe('manual')
  expect(taken.base.status).toBe('in-progress')
}

function checkUsageMode({ form, state }: Subject): void {
  const styled = itemOf(state, 'styled')
  expect([isShownFor('capture', styled), isShownFor('display', styled)]).toEqual([true, false])
  const as = (valueCode: string): FormState => opened(withItem(form, 'of-boolean', EXT.usageMode, { valueCode }))
  const only = as('display')
  const shown = itemOf(only, 'of-boolean')
  expect(give(only, 'of-boolean', ...yes)).toBe(only)
  expect([isShownQuestion(shown), isShownFor('display', shown)]).toEqual([false, true])
  expect(counts(as('display')).questions).toBe(counts(as('capture')).questions - 1)
  expect(isShownFor('display', itemOf(as('display-non-empty'), 'of-boolean'))).toBe(false)
  const both = as('capture-display-non-empty')
  expect(isShownFor('display', itemOf(both, 'of-boolean'))).toBe(false)
  expect(isShownFor('display', itemOf(give(both, 'of-boolean', ...yes), 'of-boolean'))).toBe(true)
}

function checkChoiceColumn({ form, state }: Subject): void {
  const names = (of: FormState) =>
    readChoiceRows(itemOf(of, 'pain'), of.setting)?.map(({ name, cells }) => [name, ...cells])
  expect(names(state)?.[1]).toEqual(['Worst', 'Worst'])
  const column = (path: string, forDisplay: boolean): Omit<Extension, 'url'> => ({
    extension: [
      { url: 'path', valueString: path },
      { url: 'forDisplay', valueBoolean: forDisplay },
    ],
  })
  const coded = (path: string) => names(opened(withItem(form, 'pain', EXT.choiceColumn, column(path, true))))?.[1]
  expect(coded('code')).toEqual(['worst', 'worst'])
  expect(coded('code.upper()')).toEqual(['WORST', 'WORST'])
  expect(coded('nothing')).toEqual(['Worst', ''])
  expect(readChoiceRows(itemOf(state, 'of-open-choice'), state.setting)).toBeNull()
}

function checkReferenceProfile({ state }: Subject): void {
  const asked = itemOf(state, 'of-reference').facts
  const of = (profile: readonly string[]) => ({ resourceType: 'Practitioner', id: '1', meta: { profile } })
  const own = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-practitioner'
  expect(
    [[`${own}|6.1.0`], [], ['https://other.example/profile']].map((profile) => isTarget(of(profile), asked)),
  ).toEqual([true, true, false])
  expect(isTarget({ resourceType: 'Device', meta: { profile: [own] } }, asked)).toBe(false)
  expect(faultsOf(state, 'of-reference', { valueReference: { reference: 'Practitioner/1' } })).toEqual([])
}

const PRACTITIONER = 'http://hl7.org/fhir/StructureDefinition/Practitioner#Practitioner'
/** The payer's form to enter a practitioner who is not in the chart. */
const NEW_PRACTITIONER: Questionnaire = {
  resourceType: 'Questionnaire',
  url: 'https://payer.example/fhir/Questionnaire/new-practitioner',
  status: 'active',
  item: [
    {
      linkId: 'family',
      text: 'Family name',
      type: 'string',
      required: true,
      definition: `${PRACTITIONER}.name.family`,
    },
    { linkId: 'given', text: 'Given name', type: 'string', repeats: true, definition: `${PRACTITIONER}.name.given` },
    {
      linkId: 'number',
      text: 'Number',
      type: 'group',
      definition: `${PRACTITIONER}.identifier`,
      item: [
        {
          linkId: 'system',
          type: 'url',
          definition: `${PRACTITIONER}.identifier.system`,
          extension: [{ url: EXT.hidden, valueBoolean: true }],
          initial: [{ valueUri: 'http://hl7.org/fhir/sid/us-npi' }],
        },
        { linkId: 'npi', text: 'NPI', type: 'string', definition: `${PRACTITIONER}.identifier.value` },
      ],
    },
  ],
}

/** The sub-form comes with the package, opens, and what was entered is the answer's target, in the response. */
function checkLookup({ form, state }: Subject): void {
  const parsed = parseQuestionnairePackage({
    resourceType: 'Bundle',
    type: 'collection',
    entry: [{ resource: form }, { resource: NEW_PRACTITIONER }],
  } satisfies Bundle)
  const packages = parsed.ok ? parsed.value.packages : []
  expect(packages).toHaveLength(1)
  const whole = opened(packages[0]?.questionnaire ?? form)
  const told = (of: FormState): string[] => itemOf(of, 'of-reference').issues.map(({ message }) => message.key)
  expect([told(state), told(whole)]).toEqual([['form.issue.create-missing'], []])
  expect(findCreateForm(state, itemOf(state, 'of-reference'))).toBeUndefined()
  const found = findCreateForm(whole, itemOf(whole, 'of-reference'))
  expect(found?.url).toBe(NEW_PRACTITIONER.url)
  const empty = openCreateForm(whole, found ?? NEW_PRACTITIONER)
  const { key } = itemOf(whole, 'of-reference')
  expect(answerWithCreated(whole, key, empty, edit)).toMatchObject({ ok: false, error: { key: 'form.issue.required' } })
  const named = give(empty, 'family', { valueString: 'Doe' })
  const full = give(give(named, 'given', { valueString: 'Jo' }, { valueString: 'B' }), 'npi', {
    valueString: '1234567893',
  })
  const done = answerWithCreated(whole, key, full, edit)
  const answered = done.ok ? done.value : whole
  expect(itemOf(answered, 'of-reference').answers).toMatchObject([
    { valueReference: { reference: '#created-1', type: 'Practitioner' }, extension: [{ url: EXT.containedReference }] },
  ])
  expect(itemOf(answered, 'of-reference').issues).toEqual([])
  const target = {
    resourceType: 'Practitioner',
    id: 'created-1',
    name: [{ family: 'Doe', given: ['Jo', 'B'] }],
    identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' }],
  }
  expect(toResponse(answered, edit).contained).toEqual([target])
  // The server takes it over, and nothing else that a browser put in there.
  const forged = {
    ...answered,
    base: { ...answered.base, contained: [target as Practitioner, { resourceType: 'Patient', id: 'x' } as Patient] },
  }
  expect(keptOf(packages[0]?.questionnaire ?? form, whole, forged).contained).toEqual([target])
}

const says = (value: unknown, expected: unknown): void => expect(value).toEqual(expected)
const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-'
const added = ({ form }: Subject, name: string, value: object) => ({
  extension: [...(form.extension ?? []), { url: `${SDC}${name}`, ...value }],
})

/** By the name of the row. */
export const USE_CHECKS: Readonly<Record<string, (subject: Subject) => void>> = {
  status: (subject) => {
    says(toldOf(subject, { status: 'retired' }), ['form.issue.status-retired'])
    says(toldOf(subject, { status: 'draft' }), ['form.issue.status-draft'])
    says(toldOf(subject, { status: 'active' }), [])
  },
  subjectType: (subject) => {
    says(toldOf(subject, { subjectType: ['Device'] }), ['form.issue.subject-type'])
    says(toldOf(subject, { subjectType: ['Device', 'Patient'] }), [])
  },
  'SDC/entryMode': checkEntryMode,
  'SDC/performerType': checkPerformerType,
  'DTR/request-specific': checkRequestSpecific,
  'CORE/artifact-copyrightLabel': ({ state, form }) => {
    says(state.model.facts.copyrightLabel, '(c) Example payer')
    says(opened(withRoot(form, EXT.copyrightLabel, null)).model.facts.copyrightLabel, null)
  },
  'CORE/questionnaire-usageMode': checkUsageMode,
  'SDC/choiceColumn': checkChoiceColumn,
  'SDC/optionalDisplay': ({ state }) => {
    const [note, day] = [itemOf(state, 'note').facts, itemOf(state, 'of-date').facts]
    says([isLeftOut(note, 'small'), isLeftOut(note, 'ample'), isLeftOut(day, 'small')], [true, false, false])
  },
  'CORE/questionnaire-referenceProfile': checkReferenceProfile,
  'SDC/lookupQuestionnaire': checkLookup,
  'SDC/endpoint': (subject) =>
    says(toldOf(subject, added(subject, 'endpoint', { valueUri: 'https://payer.example/collect' })), [
      'form.issue.endpoint',
    ]),
  'SDC/assemble-expectation': (subject) => {
    const told = (valueCode: string) => toldOf(subject, added(subject, 'assemble-expectation', { valueCode }))
    says([told('assemble-root'), told('independent-root')], [['form.issue.unassembled'], []])
  },
}
