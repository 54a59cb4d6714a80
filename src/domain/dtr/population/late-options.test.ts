/** Questions whose options or conditions are known only when a search has come back. */
import { describe, expect, it } from 'vitest'
import type { Extension, QuestionnaireItem } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { fillFromSearches, formOf } from '../../../../test/support/fill-from-searches.ts'

const COPD = { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'J44.9', display: 'COPD' }
const DIABETES = { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'E11', display: 'Diabetes' }
const condition = (id: string, coding: object) => ({ resourceType: 'Condition', id, code: { coding: [coding] } })
const searches = {
  'Condition?patient=p': [condition('1', COPD), condition('2', DIABETES)],
  'Condition?patient=none': [],
}

const expression = (url: string, text: string, more: object = {}): Extension => ({
  url,
  valueExpression: { language: 'text/fhirpath', expression: text, ...more },
})
const variable = (patient = 'p'): Extension =>
  expression(EXT.variable, `Condition?patient=${patient}`, { language: 'application/x-fhir-query', name: 'found' })
const CODES = '%found.entry.resource.code.coding'

const choice = (initial: string, more: Partial<QuestionnaireItem> = {}): QuestionnaireItem => ({
  linkId: 'q',
  type: 'choice',
  extension: [variable(), expression(EXT.answerExpression, CODES), expression(EXT.initialExpression, initial)],
  ...more,
})
const fill = (...item: QuestionnaireItem[]) => fillFromSearches({ questionnaire: formOf(...item), searches })

describe('a question whose options are searched for', () => {
  it('is answered from them', async () => {
    const { answers, lookup } = await fill(choice(`${CODES}.first()`))
    expect([answers, lookup('q')]).toEqual([{ q: [COPD] }, null])
    expect((await fill(choice(CODES, { repeats: true }))).answers).toEqual({ q: [COPD, DIABETES] })
  })

  it('is answered from them where its value was there before they were', async () => {
    expect((await fill(choice("'E11'"))).answers).toEqual({ q: [DIABETES] })
    expect((await fill(choice("'Diabetes'", { type: 'open-choice' }))).answers).toEqual({ q: [DIABETES] })
  })

  it('refuses what is not among them', async () => {
    expect((await fill(choice("'I10'"))).lookup('q')).toMatchObject({
      status: 'refused',
      reason: { key: 'form.lookup.no-such-option' },
    })
  })

  it('is answered where they follow from an answer that came later', async () => {
    const first: QuestionnaireItem = {
      linkId: 'first',
      type: 'choice',
      repeats: true,
      extension: [variable(), expression(EXT.answerExpression, CODES), expression(EXT.initialExpression, CODES)],
    }
    const second = choice("'E11'", {
      extension: [
        expression(EXT.answerExpression, "%resource.item.where(linkId='first').answer.value"),
        expression(EXT.initialExpression, "'E11'"),
      ],
    })
    expect((await fill(second, first)).answers).toMatchObject({ q: [DIABETES] })
  })

  it('has those of its own repetition', async () => {
    const row: QuestionnaireItem = {
      linkId: 'row',
      type: 'group',
      repeats: true,
      extension: [
        expression(EXT.itemPopulationContext, 'Condition?patient=p', {
          language: 'application/x-fhir-query',
          name: 'one',
        }),
      ],
      item: [
        {
          linkId: 'q',
          type: 'choice',
          extension: [
            expression(EXT.answerExpression, '%one.code.coding'),
            expression(EXT.initialExpression, '%one.code.coding'),
          ],
        },
      ],
    }
    expect((await fill(row)).answers).toEqual({ 'row:0/q': [COPD], 'row:1/q': [DIABETES] })
  })
})

it.each([null, EXT.calculatedExpression, EXT.answerExpression])(
  'a question that a search enables is filled (%s beside its condition)',
  async (url) => {
    const conditional: QuestionnaireItem = {
      linkId: 'group',
      type: 'group',
      extension: [variable(), expression(EXT.enableWhenExpression, `${CODES}.exists()`)],
      item: [
        url === EXT.calculatedExpression
          ? { linkId: 'q', type: 'string', extension: [expression(url, `${CODES}.first().display`)] }
          : {
              linkId: 'q',
              type: 'open-choice',
              extension: [
                ...(url === null ? [] : [expression(url, CODES)]),
                expression(EXT.initialExpression, `${CODES}.first()`),
                expression(EXT.enableWhenExpression, `${CODES}.exists()`),
              ],
            },
      ],
    }
    const { answers } = await fill(conditional)
    expect(Object.keys(answers)).toEqual(['group/q'])
  },
)
