import type { Expression, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { formMetaSchema, type FormMeta } from '../../contract/form.ts'
import { EXT } from '../../fhir/canonical.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { judgeSave } from '../response/judge-save.ts'
import { chartElsewhere, cqlKeyOf, EMPTY_META, openForm } from '../form/open-form.ts'
import { toMeta } from '../response/questionnaire-response.ts'

const cql = (expression: string): Expression => ({ language: 'text/cql', expression })
const [OPTIONS, PAST, OTHER, ROWS] = [cql('Options'), cql('Past'), cql('Other'), cql('Rows')]
const QUESTIONNAIRE: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  item: [
    { linkId: 'chosen', type: 'choice', extension: [{ url: EXT.answerExpression, valueExpression: OPTIONS }] },
    {
      linkId: 'written',
      type: 'string',
      extension: [
        { url: EXT.candidateExpression, valueExpression: PAST },
        { url: EXT.candidateExpression, valueExpression: OTHER },
        {
          url: EXT.contextExpression,
          extension: [
            { url: 'label', valueString: 'Before' },
            { url: 'expression', valueExpression: ROWS },
          ],
        },
      ],
    },
    { linkId: 'plain', type: 'choice', answerOption: [{ valueString: 'as written' }] },
  ],
}
const RESPONSE: QuestionnaireResponse = { resourceType: 'QuestionnaireResponse', status: 'in-progress' }
const text = (value: string) => ({ type: 'string', value })
const CHART = chartElsewhere({
  [cqlKeyOf(OPTIONS)]: [{ type: 'Coding', value: { system: 'urn:s', code: 'a', display: 'Choice A' } }],
  [cqlKeyOf(PAST)]: [text('once')],
  [cqlKeyOf(OTHER)]: [text('twice')],
  [cqlKeyOf(ROWS)]: [text('seen')],
})
const setting = { questionnaire: QUESTIONNAIRE, today: '2026-11-28' }
const evaluator = createEvaluator()
const filled = openForm({ ...setting, response: RESPONSE, meta: EMPTY_META, evaluator, chart: CHART })
/** The meta as it comes over the wire. */
const kept = formMetaSchema.parse(JSON.parse(JSON.stringify(toMeta(filled))))

describe('what the chart offers', () => {
  it('is the same where there is no chart, with an evaluator and without', () => {
    expect(filled.items.get('chosen')?.options.map(({ label }) => label)).toEqual(['Choice A'])
    for (const there of [null, evaluator]) {
      const elsewhere = openForm({ ...setting, response: RESPONSE, meta: kept, evaluator: there })
      for (const key of ['chosen', 'written']) {
        const [here, before] = [elsewhere.items.get(key), filled.items.get(key)]
        expect(here?.options).toEqual(before?.options)
        expect(here?.candidates).toEqual(before?.candidates)
        expect(here?.contextRows).toEqual(before?.contextRows)
      }
      expect(elsewhere.items.get('written')?.candidates.map(({ id, label }) => [id, label])).toEqual([
        ['c0', 'once'],
        ['c1', 'twice'],
      ])
      expect(toMeta(elsewhere)).toEqual(kept)
    }
  })

  it('leaves the options that the form writes as they are, and forms without offers without the field', () => {
    const forged: FormMeta = { ...kept, offers: { plain: { options: [{ valueString: 'forged' }] } } }
    const state = openForm({ ...setting, response: RESPONSE, meta: forged, evaluator })
    expect(state.items.get('plain')?.options.map(({ label }) => label)).toEqual(['as written'])
    expect(toMeta(state)).not.toHaveProperty('offers')
  })

  it('cannot be changed by what a browser sends', () => {
    const offers = { written: { candidates: [{ valueString: 'forged' }] }, chosen: { options: [] } }
    const stored = { response: RESPONSE, meta: kept }
    const { state } = judgeSave({
      ...setting,
      populated: stored,
      stored,
      submitted: { response: RESPONSE, meta: { ...kept, offers } },
      edit: { at: '2026-11-28T10:00:00Z', author: { reference: null, name: 'P' } },
      evaluator,
      chart: chartElsewhere(),
    })
    expect(toMeta(state).offers).toEqual(kept.offers)
  })
})
