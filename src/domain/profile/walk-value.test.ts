import { describe, expect, it } from 'vitest'
import { profileSet } from '../../../test/support/profile-set.ts'
import { validateMessage } from './validate.ts'

type Json = Record<string, unknown>
const PAS = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition'

const errorsOf = (body: unknown): { path: string; id: string }[] =>
  validateMessage(profileSet('pas-2.2.1'), body)
    .filter(({ severity }) => severity === 'error')
    .map(({ path, id }) => ({ path, id }))
const placesOf = (body: unknown): string[] => [...new Set(errorsOf(body).map(({ path }) => path))].sort()

/** A ServiceRequest of PAS, whose quantity must be a Quantity and whose occurrence a Timing. */
const order = (more: Json): Json => ({
  resourceType: 'ServiceRequest',
  meta: { profile: [`${PAS}/profile-servicerequest`] },
  status: 'active',
  intent: 'order',
  code: { coding: [{ system: 'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', code: 'E0601' }] },
  subject: { reference: 'Patient/1' },
  requester: { reference: 'PractitionerRole/1' },
  ...more,
})

describe('a value of a type that the profile excludes', () => {
  it('is at fault itself, and with it each part that the only allowed type does not have', () => {
    const before = placesOf(order({}))
    const found = (more: Json): string[] => placesOf(order(more)).filter((path) => !before.includes(path))
    const occurrence = 'ServiceRequest.occurrence.ofType(Period)'
    expect(found({ occurrencePeriod: { id: 'p', start: '2026-01-01', _end: { id: 'x' } } })).toEqual([
      occurrence,
      `${occurrence}.end`,
      `${occurrence}.start`,
    ])
    const quantity = 'ServiceRequest.quantity.ofType(Ratio)'
    expect(found({ quantityRatio: { numerator: { value: 1 }, denominator: { value: 2 } } })).toEqual([
      quantity,
      `${quantity}.denominator`,
      `${quantity}.numerator`,
    ])
  })

  it('is at fault so in an extension too, in lists at each place', () => {
    const value = 'ClaimResponse.extension[0].value.ofType(CodeableConcept)'
    const extension = [
      {
        url: `${PAS}/extension-itemTraceNumber`,
        valueCodeableConcept: { coding: [{ code: 'a' }, { code: 'b' }], text: 'x' },
      },
    ]
    const places = placesOf({ resourceType: 'ClaimResponse', extension })
    expect(places).toEqual(
      expect.arrayContaining([
        'ClaimResponse.extension[0]',
        value,
        `${value}.coding[0]`,
        `${value}.coding[1]`,
        `${value}.text`,
      ]),
    )
  })

  it('is not told of without end', () => {
    const coding = Array.from({ length: 50_000 }, () => ({ code: 'a' }))
    const extension = [{ url: `${PAS}/extension-itemTraceNumber`, valueCodeableConcept: { coding } }]
    expect(placesOf({ resourceType: 'ClaimResponse', extension }).length).toBeLessThan(200)
  })

  it('is read as the allowed type: a text that says true is a boolean', () => {
    const cancelled = (valueString: string): string[] =>
      placesOf({ resourceType: 'Basic', extension: [{ url: `${PAS}/modifierextension-infoCancelled`, valueString }] })
    const value = 'Basic.extension[0].value.ofType(string)'
    expect(cancelled('true')).not.toContain(value)
    expect(cancelled('yes')).toContain(value)
  })
})

describe('an attachment', () => {
  const attached = (contentAttachment: Json): string[] =>
    placesOf({
      resourceType: 'Communication',
      status: 'completed',
      payload: [{ contentAttachment: { contentType: 'text/plain', title: 'x', ...contentAttachment } }],
    })
  const at = 'Communication.payload[0].content.ofType(Attachment)'

  it.each([
    [{ data: 'eHh4', size: 3 }, []],
    [{ data: 'eA==', size: 1 }, []],
    [{ url: 'http://example.org', size: 700 }, []],
    [{ data: 'eHh4', size: 4 }, [at]],
    [{ data: 'eHh4', size: 0 }, [at]],
    [{ size: -1 }, [at, `${at}.size`]],
    [{ size: 1.5 }, [at, `${at}.size`]],
  ] as [Json, string[]][])('%j', (attachment, places) => expect(attached(attachment)).toEqual(places))
})

describe('a system', () => {
  const identified = (system: string): string[] =>
    placesOf({ resourceType: 'Basic', code: { text: 'x' }, identifier: [{ system, value: '1' }] })
  const measured = (system: string): string[] =>
    placesOf({
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      valueQuantity: { value: 1, system, code: '1' },
    })

  it.each(['http://example.org', 'https://example.org', 'urn:oid:2.16.840.1.113883.4.6', 'urn:x'])(
    'may be %s',
    (system) => {
      expect(identified(system)).toEqual([])
      expect(measured(system)).toEqual([])
    },
  )

  it.each(['x', 'x:y', 'mailto:a', 'HTTP://example.org', 'ftp://example.org'])('may not be %s', (system) => {
    expect(identified(system)).toEqual(['Basic.identifier[0]'])
    expect(measured(system)).toEqual(['Observation.value.ofType(Quantity)'])
  })
})
