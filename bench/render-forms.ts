/** Generated forms for the rendering bench: groups of ten questions of the common types, every one answered from a chart. */
import type { Questionnaire, QuestionnaireItem, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import type { AnswerOrigin, FormView } from '#domain/contract/form.ts'
import { EXT } from '#domain/fhir/canonical.ts'

const GROUP = 10
const SYSTEM = 'https://payer.example/CodeSystem/answers'
const READ_AT = '2026-11-28T09:00:00Z'

type Answers = NonNullable<QuestionnaireResponseItem['answer']>
type Filled = Pick<QuestionnaireItem, 'type'> & Partial<QuestionnaireItem> & { readonly answer: Answers }

export interface GeneratedForm {
  readonly questionnaire: Questionnaire
  readonly response: QuestionnaireResponse
}

const codings = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    valueCoding: { system: SYSTEM, code: `c${String(index)}`, display: `Answer ${String(index + 1)}` },
  }))

/** The tenth question of each kind repeats: types as payers' forms mix them. */
const KINDS: readonly Filled[] = [
  { type: 'decimal', answer: [{ valueDecimal: 12.5 }] },
  { type: 'string', answer: [{ valueString: 'As noted at the last visit' }] },
  { type: 'boolean', answer: [{ valueBoolean: true }] },
  { type: 'date', answer: [{ valueDate: '2026-10-14' }] },
  { type: 'choice', answerOption: codings(4), answer: [codings(4)[1] ?? {}] },
  { type: 'integer', answer: [{ valueInteger: 7 }] },
  { type: 'choice', answerOption: codings(12), answer: [codings(12)[5] ?? {}] },
  { type: 'text', answer: [{ valueString: 'Symptoms came back after the dose was lowered.' }] },
  { type: 'string', answer: [{ valueString: 'Gastroenterology' }] },
  { type: 'choice', repeats: true, answerOption: codings(5), answer: codings(5).slice(0, 2) },
]

/** A form of `items` questions; the first `expressions` groups get a computed value and a condition by expression each. */
export function generateForm(items: number, expressions: number): GeneratedForm {
  const groups = Array.from({ length: items / GROUP }, (_, group) => buildGroup(group, group < expressions))
  const url = `https://payer.example/Questionnaire/render-${String(items)}-${String(expressions)}`
  return {
    questionnaire: {
      resourceType: 'Questionnaire',
      status: 'active',
      url,
      title: `${String(items)} questions`,
      item: groups.map(({ item }) => item),
    },
    response: {
      resourceType: 'QuestionnaireResponse',
      status: 'in-progress',
      questionnaire: url,
      item: groups.map(({ filled }) => filled),
    },
  }
}

function buildGroup(
  group: number,
  withExpressions: boolean,
): { item: QuestionnaireItem; filled: QuestionnaireResponseItem } {
  const linkId = `g${String(group)}`
  const questions = KINDS.map(({ answer: _answer, ...kind }, index): QuestionnaireItem => ({
    ...kind,
    linkId: `${linkId}.${String(index)}`,
    text: `Question ${String(group * GROUP + index + 1)}: what does the chart say?`,
    ...(withExpressions ? expressionOf(linkId, index) : {}),
  }))
  return {
    item: { linkId, type: 'group', text: `Part ${String(group + 1)}`, item: questions },
    filled: {
      linkId,
      item: KINDS.map(({ answer }, index) => ({ linkId: `${linkId}.${String(index)}`, answer })),
    },
  }
}

/** The integer is computed from the decimal, and the last text asked only while the decimal is above nought. */
function expressionOf(group: string, index: number): Partial<QuestionnaireItem> {
  const read = `%resource.item.where(linkId='${group}').item.where(linkId='${group}.0').answer.value`
  const of = (url: string, expression: string) => ({
    extension: [{ url, valueExpression: { language: 'text/fhirpath' as const, expression } }],
  })
  if (index === 5) return of(EXT.calculatedExpression, `(${read} * 2).truncate()`)
  return index === 8 ? of(EXT.enableWhenExpression, `${read} > 0`) : {}
}

/** The form as Precert's server sends it, with the source of every answer. */
export function viewOf({ questionnaire, response }: GeneratedForm, caseId: string): FormView {
  const keys = (response.item ?? []).flatMap((group) =>
    (group.item ?? []).map(({ linkId }) => `${group.linkId}/${linkId}`),
  )
  return {
    caseId,
    formId: 'main',
    version: 1,
    status: 'in-progress',
    progress: null,
    soFar: [],
    failure: null,
    notices: [],
    questionnaire: questionnaire as unknown as NonNullable<FormView['questionnaire']>,
    response: response as unknown as NonNullable<FormView['response']>,
    meta: { origins: Object.fromEntries(keys.map((key, index) => [key, originOf(index)])), lookups: {}, cleared: [] },
    chart: {},
    today: '2026-11-28',
    savedAt: READ_AT,
    savedBy: null,
    forms: [],
    adaptive: null,
    ehr: { state: 'none', reference: null, savedAt: null, failure: null },
    conflict: null,
    differences: [],
    lookingUp: [],
    editors: [],
    delegation: [],
    askedBy: null,
    dtrVersion: '2.2',
  }
}

function originOf(index: number): AnswerOrigin {
  return {
    source: 'auto-client',
    kind: 'chart',
    author: null,
    at: READ_AT,
    evidence: [
      {
        evidenceId: `e${String(index)}`,
        reference: `Observation/o${String(index)}`,
        resourceType: 'Observation',
        versionId: '1',
        label: 'Flowsheet',
        date: '2026-11-18',
        path: null,
        value: null,
      },
    ],
    inputs: [],
    foundBy: null,
    suggested: null,
    confirmation: null,
  }
}
