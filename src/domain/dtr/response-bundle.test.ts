import type { FhirResource, QuestionnaireResponse } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { buildResponseBundle, type ResponseBundleInput } from './response-bundle.ts'

const response: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  item: [
    {
      linkId: 'a',
      answer: [
        {
          valueReference: { reference: 'Practitioner/p' },
          item: [
            {
              linkId: 'b',
              answer: [
                { valueReference: { reference: '#inside' } },
                { valueReference: { reference: 'Practitioner/p' } },
              ],
            },
          ],
        },
      ],
    },
  ],
}
const practitioner: FhirResource = { resourceType: 'Practitioner', id: 'p' }
const input: ResponseBundleInput = {
  response,
  known: [{ resourceType: 'Device', id: 'd', patient: {} }, practitioner],
  at: '2026-11-22T10:00:00Z',
  base: 'https://ehr.example/fhir/',
  newUuid: () => 'u',
}

describe('a response with what it refers to (DTR-QRBundle)', () => {
  it('begins with the response, then each resource that an answer points to, once', () => {
    const bundle = buildResponseBundle(input)
    expect(bundle.ok && bundle.value.entry?.map(({ fullUrl, resource }) => [fullUrl, resource?.resourceType])).toEqual([
      ['urn:uuid:u', 'QuestionnaireResponse'],
      ['https://ehr.example/fhir/Practitioner/p', 'Practitioner'],
    ])
  })
  it('is not built without a resource that an answer points to', () => {
    expect(buildResponseBundle({ ...input, known: [] })).toEqual({
      ok: false,
      error: { reason: 'reference-missing', params: { reference: 'Practitioner/p' } },
    })
  })
})
