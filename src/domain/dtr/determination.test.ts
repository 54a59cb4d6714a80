import type { Extension, QuestionnaireResponse } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../fhir/canonical.ts'
import { mergeDeterminations, readDeterminations } from './determination.ts'

const said = (coverage: string, assertionId: string, paNeeded = 'satisfied'): Extension => ({
  url: EXT.coverageInformation,
  extension: [
    { url: 'coverage', valueReference: { reference: coverage } },
    { url: 'covered', valueCode: 'covered' },
    { url: 'pa-needed', valueCode: paNeeded },
    { url: 'satisfied-pa-id', valueString: 'PA1' },
    { url: 'coverage-assertion-id', valueString: assertionId },
  ],
})

describe('what the payer decides on an adaptive response', () => {
  it('is read with the orders of the response', () => {
    const response: QuestionnaireResponse = {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      extension: [
        { url: EXT.qrContext, valueReference: { reference: 'ServiceRequest/s' } },
        { url: EXT.qrContext, valueReference: { reference: 'Coverage/c' } },
        said('Coverage/c', 'a'),
      ],
    }
    expect(readDeterminations(response)).toMatchObject([
      { covered: 'covered', paNeeded: 'satisfied', satisfiedPaId: 'PA1', orders: ['ServiceRequest/s'], flagged: null },
    ])
  })
  it('replaces the one of the same coverage and assertion, and stands beside any other (spec-47)', () => {
    const before = [said('Coverage/c', 'a', 'auth-needed'), said('Coverage/c', 'b'), said('Coverage/d', 'a')]
    expect(mergeDeterminations(before, [said('Coverage/c', 'a')])).toEqual([
      before[1],
      before[2],
      said('Coverage/c', 'a'),
    ])
  })
})
