import { describe, expect, it } from 'vitest'
import type { Bundle, ClaimResponse, FhirResource } from 'fhir/r4'
import { readNamedAnswer } from './named-answer.ts'

const response = {
  resourceType: 'ClaimResponse',
  id: 'their-id',
  identifier: [{ system: 'https://payer.example/response', value: 'R1' }],
  patient: { reference: 'Patient/p1' },
  insurer: { reference: 'https://other.example/fhir/Organization/o1' },
  requestor: { reference: 'urn:uuid:5f0f4e1c-6ad0-4c4c-9d8c-1d2f3c4b5a69' },
  item: [{ itemSequence: 1, extension: [{ url: 'x', valueReference: { reference: 'Practitioner/q' } }] }],
} as unknown as ClaimResponse
const answerAt = (fullUrl: string): Bundle<FhirResource> => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: [
    { fullUrl: 'urn:uuid:1', resource: { resourceType: 'Patient' } },
    { fullUrl, resource: response },
  ],
})

describe('the answer that a notification names', () => {
  it('is the ClaimResponse under our id, and its references lead where they led', () => {
    const answer = answerAt('https://payer.example/fhir/ClaimResponse/their-id')
    const before = structuredClone(answer)
    expect(readNamedAnswer(answer, 'ours')).toEqual({
      ...response,
      id: 'ours',
      patient: { reference: 'https://payer.example/fhir/Patient/p1' },
      item: [
        {
          itemSequence: 1,
          extension: [{ url: 'x', valueReference: { reference: 'https://payer.example/fhir/Practitioner/q' } }],
        },
      ],
    })
    expect(answer).toEqual(before)
  })

  it('keeps its references where nothing says what they are relative to', () => {
    expect(readNamedAnswer(answerAt('urn:uuid:2'), 'ours')).toEqual({ ...response, id: 'ours' })
  })

  it('is none where the payer gave no ClaimResponse', () => {
    expect(readNamedAnswer({ resourceType: 'Bundle', type: 'collection' }, 'ours')).toBeUndefined()
    expect(readNamedAnswer({ resourceType: 'OperationOutcome' } as never, 'ours')).toBeUndefined()
  })
})
