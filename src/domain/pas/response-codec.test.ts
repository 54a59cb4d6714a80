import { describe, expect, it } from 'vitest'
import type { Bundle, ClaimResponse, ClaimResponseItem, Extension, FhirResource, Task, TaskInput } from 'fhir/r4'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readPasResponse } from './read-pas-response.ts'
import { downcastResponse, upcastResponse } from './response-codec.ts'

const service = (code: string) => ({ coding: [{ system: SYSTEM.hcpcs, code }] })
const category = { coding: [{ system: SYSTEM.adjudication, code: 'submitted' }] }
const decided = (code: string) => [
  {
    category,
    extension: [
      {
        url: EXT.reviewAction,
        extension: [
          { url: 'number', valueString: 'AUTH1' },
          { url: EXT.reviewActionCode, valueCodeableConcept: { coding: [{ system: SYSTEM.x12ReviewAction, code }] } },
        ],
      },
    ],
  },
]
const detail = (code: string, value: number) => ({
  url: EXT.itemAuthorizedDetail,
  extension: [
    { url: 'productOrServiceCode', valueCodeableConcept: service(code) },
    { url: 'quantity', valueQuantity: { value } },
  ],
})
const item = (code: string, extension: ClaimResponseItem['extension'] = []): ClaimResponseItem => ({
  ...(extension.length > 0 ? { extension } : {}),
  itemSequence: 1,
  adjudication: decided(code),
})
const bundleOf = (change: Partial<ClaimResponse>): Bundle<FhirResource> => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: [
    {
      fullUrl: 'urn:uuid:5f0f4e1c-6ad0-4c4c-9d8c-1d2f3c4b5a69',
      resource: {
        resourceType: 'ClaimResponse',
        status: 'active',
        type: { coding: [{ code: 'professional' }] },
        use: 'preauthorization',
        patient: { display: 'p' },
        created: '2026-11-22T10:00:00Z',
        insurer: { display: 'i' },
        request: { identifier: { value: 'c1' } },
        outcome: 'complete',
        ...change,
      },
    },
  ],
})
const responseIn = (bundle: Bundle<FhirResource>): ClaimResponse => bundle.entry?.[0]?.resource as ClaimResponse
const allowedOf = (bundle: Bundle<FhirResource>, version: '2.2.1' | '2.0.1') => {
  const read = readPasResponse(bundle, { version })
  return read.ok ? read.value.lines.map(({ allowed, allowedService }) => [allowed?.value, allowedService?.code]) : null
}

describe('a modified line', () => {
  const added = {
    itemSequence: [1],
    productOrService: service('J1'),
    quantity: { value: 4 },
    adjudication: decided('A1'),
  }
  const newer = bundleOf({ item: [item('A6', [detail('J2', 9)])], addItem: [added] })

  it('grants in 2.0.1 what its addItem grants in 2.2.1, never what was asked for', () => {
    const { resource, losses } = downcastResponse(newer)
    expect(allowedOf(resource, '2.0.1')).toEqual([['4', 'J1']])
    expect(responseIn(resource).addItem).toBeUndefined()
    expect(losses).toEqual([])
  })

  it('comes back from 2.0.1 as an addItem', () => {
    const { resource } = upcastResponse(bundleOf({ item: [item('A6', [detail('J1', 4)])] }))
    expect(allowedOf(resource, '2.2.1')).toEqual([['4', 'J1']])
    expect(responseIn(resource).item?.[0]?.extension).toBeUndefined()
  })

  it('whose grant 2.2.1 does not state has none in 2.0.1, and says so', () => {
    const { resource, losses } = downcastResponse(bundleOf({ item: [item('A6', [detail('J2', 9)])] }))
    expect(allowedOf(resource, '2.0.1')).toEqual([[undefined, undefined]])
    expect(losses).toEqual(['authorized-detail'])
  })
})

describe('downcasting an answer', () => {
  it('names what 2.0.1 cannot say', () => {
    const { losses } = downcastResponse(
      bundleOf({
        extension: [{ url: EXT.transmissionIdentifiers }, { url: EXT.claimResponseReviewer }],
        adjudication: decided('A1'),
        addItem: [{ itemSequence: [7], productOrService: service('J1'), adjudication: decided('A1') }],
        error: [
          {
            code: { coding: [{ code: '15' }] },
            extension: [
              {
                url: EXT.errorElement,
                extension: [
                  { url: 'processNote', valuePositiveInt: 1 },
                  { url: 'error', valueString: '2010A-NM103' },
                ],
              },
            ],
          },
        ],
      }),
    )
    expect(losses.toSorted()).toEqual([
      'additional-line',
      'error-note',
      'request-decision',
      'reviewer',
      'transmission-identifiers',
    ])
  })

  it('names the provider of the whole request at the lines that name none, as far as 2.0.1 describes one', () => {
    const providerAt = (reference: string, ...more: Extension[]): Extension => ({
      url: EXT.itemAuthorizedProvider,
      extension: [{ url: 'provider', valueReference: { reference } }, ...more],
    })
    const role: Extension = { url: 'role', valueCodeableConcept: { text: 'primary' } }
    const extension = [providerAt('Organization/whole', role)]
    const own = providerAt('Organization/own')
    const lines = [item('A1'), { ...item('A1', [own]), itemSequence: 2 }]
    const { resource, losses } = downcastResponse(bundleOf({ extension, item: lines }))
    expect(responseIn(resource).extension).toBeUndefined()
    const named = (responseIn(resource).item ?? []).map((one) => one.extension)
    expect(named).toEqual([[providerAt('Organization/whole')], [own]])
    expect(losses).toEqual(['provider-role'])
    expect(downcastResponse(bundleOf({ extension })).losses).toEqual(['authorized-provider'])
  })

  it('gives each line the decision on the whole request', () => {
    const { resource } = downcastResponse(
      bundleOf({ adjudication: decided('A3'), item: [{ itemSequence: 1, adjudication: [{ category }] }] }),
    )
    const read = readPasResponse({ ...resource }, { version: '2.0.1' })
    expect(read.ok && read.value.lines[0]?.status).toBe('denied')
  })

  it('does not touch its argument', () => {
    const bundle = bundleOf({ item: [item('A6', [detail('J2', 9)])], adjudication: decided('A6') })
    const before = structuredClone(bundle)
    downcastResponse(bundle)
    upcastResponse(bundle)
    expect(bundle).toEqual(before)
  })
})

describe('a Task', () => {
  const inputs = (type: string, ...input: Partial<TaskInput>[]): Bundle<FhirResource> => ({
    resourceType: 'Bundle',
    type: 'collection',
    identifier: { value: 'b' },
    entry: [
      {
        resource: {
          resourceType: 'Task',
          status: 'requested',
          intent: 'order',
          input: input.map((one) => ({ type: { coding: [{ system: SYSTEM.pasTemp, code: type }] }, ...one })),
        },
      },
    ],
  })
  const inputsIn = (bundle: Bundle<FhirResource>) => (bundle.entry?.[0]?.resource as Task).input
  const line = { url: EXT.serviceLineNumber, valuePositiveInt: 3 }
  const olderLine = { url: EXT.serviceLineNumber.replace('serviceLineNumber', 'paLineNumber'), valueInteger: 3 }

  it('names the context of a questionnaire by an Identifier in 2.0.1, and by a text in 2.2.1', () => {
    const newer = inputs('questionnaire-context', { extension: [line], valueString: 'TRN-1' })
    const older = inputs('questionnaires-needed', { extension: [olderLine], valueIdentifier: { value: 'TRN-1' } })
    expect(downcastResponse(newer)).toEqual({ resource: older, losses: [] })
    expect(upcastResponse(older)).toEqual({ resource: newer, losses: [] })
    const named = inputs('questionnaires-needed', { valueIdentifier: { system: 'urn:x', value: 'TRN-1' } })
    expect(upcastResponse(named).losses).toEqual(['context-system'])
  })

  it('has no modifier of a document in 2.0.1', () => {
    const modifier = { url: EXT.contentModifier, valueCodeableConcept: { coding: [{ code: '18804-5' }] } }
    const { resource, losses } = downcastResponse(inputs('attachments-needed', { extension: [line, modifier] }))
    expect(inputsIn(resource)?.[0]?.extension).toEqual([olderLine])
    expect(losses).toEqual(['content-modifier'])
  })
})

describe('upcasting an answer', () => {
  it('has no queued outcome, a request, and a complex error element', () => {
    const { request: _request, ...rest } = responseIn(bundleOf({}))
    const error = [{ code: {}, extension: [{ url: EXT.errorElement, valueString: '2000E-UM01' }] }]
    const older = bundleOf({ ...rest, outcome: 'queued', item: [item('A4')], error })
    delete responseIn(older).request
    const response = responseIn(upcastResponse(older).resource)
    expect(response.outcome).toBe('complete')
    expect(response.request?.extension?.[0]?.url).toBe(EXT.dataAbsentReason)
    expect(response.error?.[0]?.extension?.[0]?.extension).toEqual([{ url: 'error', valueString: '2000E-UM01' }])
    expect(upcastResponse(older).losses).toEqual(['bundle-identifier'])
  })
})
