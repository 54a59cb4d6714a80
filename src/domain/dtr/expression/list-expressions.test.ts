import type { Questionnaire } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { listExpressions } from './list-expressions.ts'

const of = (expression: string) => ({ language: 'text/fhirpath', expression })
const held = (url: string, expression: string) => ({ url, valueExpression: of(expression) })

describe('the expressions of a questionnaire', () => {
  it('are found wherever they stand, once each, with their item and the extension that holds them', () => {
    const questionnaire = {
      resourceType: 'Questionnaire',
      status: 'active',
      url: 'http://example.org/q',
      extension: [held(EXT.variable, 'root')],
      contained: [{ resourceType: 'Questionnaire', extension: [held(EXT.variable, 'contained')] }],
      item: [
        {
          linkId: 'g',
          type: 'group',
          _text: { extension: [held(EXT.cqfExpression, 'text')] },
          item: [
            {
              linkId: 'q',
              type: 'choice',
              extension: [
                {
                  url: EXT.initialExpression,
                  valueExpression: {
                    ...of('initial'),
                    extension: [held(EXT.alternativeExpression, 'alternative')],
                  },
                },
                {
                  url: EXT.answerOptionsToggleExpression,
                  extension: [{ url: 'option' }, held('expression', 'toggle')],
                },
                { url: EXT.questionnaireConstraint, extension: [{ url: 'expression', valueString: 'rule' }] },
                { url: EXT.cqfCalculatedValue, valueString: 'legacy' },
                { url: 'http://example.org/own', extension: [null, held('x', 'own')] },
                { url: EXT.minValue, _valueInteger: { extension: [held(EXT.cqfExpression, 'bound')] } },
                {},
              ],
            },
          ],
        },
        null,
      ],
    } as unknown as Questionnaire
    const found = listExpressions(questionnaire).map(({ linkIds, extension, expression }) => [
      linkIds.join('<'),
      extension.split('/').at(-1),
      expression.language,
      expression.expression,
    ])
    expect(found).toEqual([
      ['', 'variable', 'text/fhirpath', 'root'],
      ['g', 'cqf-expression', 'text/fhirpath', 'text'],
      ['q<g', 'sdc-questionnaire-initialExpression', 'text/fhirpath', 'initial'],
      ['q<g', 'sdc-questionnaire-answerOptionsToggleExpression', 'text/fhirpath', 'toggle'],
      ['q<g', 'questionnaire-constraint', 'text/fhirpath', 'rule'],
      ['q<g', 'cqf-calculatedValue', 'text/cql', 'legacy'],
      ['q<g', 'own', 'text/fhirpath', 'own'],
      ['q<g', 'cqf-expression', 'text/fhirpath', 'bound'],
    ])
  })
})
