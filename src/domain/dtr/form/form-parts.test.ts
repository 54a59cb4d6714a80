import type { QuestionnaireItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { buildFormModel } from './form-model.ts'
import { readParts } from './form-parts.ts'

const asked = (linkId: string): QuestionnaireItem => ({ linkId, type: 'string', text: linkId })
const group = (linkId: string, ...item: QuestionnaireItem[]): QuestionnaireItem => ({ linkId, type: 'group', item })
const said = (linkId: string, control?: string): QuestionnaireItem => ({
  linkId,
  type: 'display',
  text: linkId,
  ...(control === undefined
    ? {}
    : { extension: [{ url: EXT.itemControl, valueCodeableConcept: { coding: [{ code: control }] } }] }),
})

/** The part of each question, by link id. */
function partsOf(audience: readonly string[], ...item: QuestionnaireItem[]): Record<string, string | null> {
  const model = buildFormModel({
    resourceType: 'Questionnaire',
    status: 'active',
    extension: audience.map((valueCode) => ({ url: EXT.questionnaireAudience, valueCode })),
    item,
  })
  const partOf = readParts(model)
  return Object.fromEntries(
    [...model.definitions.values()]
      .filter(({ type }) => type === 'string')
      .map((definition) => [definition.linkId, partOf(definition)]),
  )
}
const mixed = (...item: QuestionnaireItem[]) => partsOf(['clinical', 'admin'], ...item)
const TOLD = { a: 'clinical', b: 'admin' }

describe('the parts of a form', () => {
  it('are one for one audience, and none where the form names no audience', () => {
    expect(partsOf(['admin'], asked('a'))).toEqual({ a: 'admin' })
    expect(partsOf([], asked('a'))).toEqual({ a: null })
  })
  it.each([
    ['between the questions', [asked('a'), said('done'), asked('b')]],
    ['between the sections', [group('1', asked('a')), said('done'), group('2', asked('b'))]],
    ['within the one section there is', [group('0', asked('a'), said('done'), asked('b'))]],
    ['at the end of a section', [group('1', asked('a'), said('done')), group('2', asked('b'))]],
    ['at the end of a section within it', [group('1', group('1.1', asked('a'), said('done'))), group('2', asked('b'))]],
    ['beside help of questions', [asked('a'), said('h', 'help'), said('done'), said('g', 'flyover'), asked('b')]],
    ['with words before the first question', [said('welcome'), asked('a'), said('done'), asked('b')]],
  ])('are told apart by the words that end the first, %s', (_, items) => {
    expect(mixed(...items)).toEqual(TOLD)
  })
  it('are the patient’s and the administrative one where no clinician is asked', () => {
    expect(partsOf(['patient', 'admin'], asked('a'), said('done'), asked('b'))).toEqual({ a: 'patient', b: 'admin' })
  })
  it.each([
    ['nothing stands between', [asked('a'), asked('b')]],
    ['only help stands between', [asked('a'), said('h', 'help'), asked('b')]],
    ['words at several places could be meant', [asked('a'), said('x'), asked('c'), said('y'), asked('b')]],
    ['the words come last', [asked('a'), asked('b'), said('done')]],
  ])('are not told apart where %s', (_, items) => {
    expect(Object.values(mixed(...items)).every((part) => part === null)).toBe(true)
  })
})
