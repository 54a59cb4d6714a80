/** Every expression of the shipped form and of the given packages, planned and plain: the same form comes of it. */
import { describe, expect, it } from 'vitest'
import { createEvaluator } from '../../src/domain/dtr/expression/fhirpath-evaluator.ts'
import { toMeta, toResponse } from '../../src/domain/dtr/response/questionnaire-response.ts'
import { PERSONAS } from '../../sandbox/scenarios.ts'
import { EDIT, populateForPersona, type PopulatedForm } from '../support/infusion-form.ts'

const whole = ({ state, evidence, made }: PopulatedForm) => ({
  response: toResponse(state, EDIT),
  meta: toMeta(state),
  issues: [...state.items.values()].map(({ key, issues, needs }) => ({ key, issues, needs })),
  evidence,
  searches: made.map(({ query }) => query),
})

describe('the shipped form', () => {
  it.each(PERSONAS)(
    'of $patientId is the same whether its expressions are planned or run as they stand',
    async (persona) => {
      const [planned, plain] = await Promise.all([
        populateForPersona(persona),
        populateForPersona(persona, [], createEvaluator({ planned: false })),
      ])
      expect(whole(planned)).toEqual(whole(plain))
      expect(planned.evidence.length).toBeGreaterThan(0)
    },
  )
})
