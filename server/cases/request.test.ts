import type { QuestionnaireResponse } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT, SYSTEM } from '#domain/fhir/canonical.ts'
import { responseFor } from './request.ts'

const origin = { url: EXT.informationOrigin, extension: [{ url: 'source', valueCode: 'auto-client' }] }
const response: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  questionnaire: 'http://payer.example/q|1',
  subject: { reference: 'Patient/p' },
  authored: '2026-11-28T10:00:00Z',
  extension: [
    { url: EXT.qrCoverage, valueReference: { reference: 'Coverage/c' } },
    { url: EXT.qrContext, valueReference: { reference: 'ServiceRequest/s' } },
    { url: EXT.intendedUse, valueCodeableConcept: { coding: [{ system: SYSTEM.crdTemp, code: 'withpa' }] } },
  ],
  item: [{ linkId: 'a', answer: [{ valueBoolean: true, extension: [origin] }] }],
}
const wordsOf = (bareCanonical: boolean): QuestionnaireResponse => responseFor({ dtr: { bareCanonical } }, response)

describe('the answers in a request', () => {
  it('are in the words of DTR 2.2, whatever the payer’s DTR and PAS speak', () => {
    expect(JSON.stringify(wordsOf(false))).toContain('auto-client')
    expect(JSON.stringify(wordsOf(false))).toContain(EXT.qrCoverage)
  })

  it('name the form as the payer wants it named', () => {
    expect(wordsOf(false).questionnaire).toBe('http://payer.example/q|1')
    expect(wordsOf(true).questionnaire).toBe('http://payer.example/q')
  })
})
