import { describe, expect, it } from 'vitest'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { checkTextRules, type PasMessage } from './text-rules.ts'

type Json = Record<string, unknown>
const URN = 'urn:uuid:6f2d3f7e-5d3a-4b8f-9f57-0d0a5b9f3c'

const judge = (message: PasMessage, resources: readonly Json[], version: '2.2.1' | '2.0.1' = '2.2.1'): string[] => {
  const entry = resources.map((resource, at) => ({ fullUrl: `${URN}${String(10 + at)}`, resource }))
  return checkTextRules({ resourceType: 'Bundle', entry }, message, version).map(({ path, id }) => `${path} ${id}`)
}

const UNIT = { value: 5, unit: 'visit', system: SYSTEM.x12QuantityQualifier, code: 'VS' }
const BARE = { value: 5 }
const UCUM = { value: 5, unit: 'day', system: 'http://unitsofmeasure.org', code: 'd' }
const AT = 'Bundle.entry[0].resource'

describe('the rules of units and times (prof-1 to prof-3)', () => {
  const requested = { url: EXT.requestedService, valueReference: { reference: `${URN}11` } }
  const claim = { resourceType: 'Claim', item: [{ sequence: 1, extension: [requested] }] }
  const device = (repeat: Json): string[] =>
    judge('request', [claim, { resourceType: 'DeviceRequest', occurrenceTiming: { repeat } }])

  it('hold for the timing of a device that is requested', () => {
    expect(device({ frequency: 2 })).toEqual(['Bundle.entry[1].resource.occurrence.ofType(Timing) PAS_Timing'])
    expect(device({ frequency: 2, period: 1, periodUnit: 'd' })).toEqual([])
    expect(device({ count: 3 })).toEqual([])
  })

  it('hold for the lines of an inquiry', () => {
    const asked = (quantity: Json): string[] =>
      judge('inquiry', [{ resourceType: 'Claim', item: [{ sequence: 1, quantity }] }])
    expect(asked(UNIT)).toEqual([])
    expect(asked(BARE)).toEqual([`${AT}.item[0].quantity PAS_Quantity_Unit`])
  })

  it('hold for what an answer grants, since 2.2.1', () => {
    const added = (quantity: Json): Json => ({
      resourceType: 'ClaimResponse',
      addItem: [{ itemSequence: [1], quantity }],
    })
    expect(judge('response', [added(UNIT)])).toEqual([])
    expect(judge('response', [added(BARE)])).toEqual([`${AT}.addItem[0].quantity PAS_Quantity_Unit`])
    expect(judge('response', [added(UCUM)])).toEqual([`${AT}.addItem[0].quantity.system PAS_Quantity_Unit`])
    expect(judge('response', [added(UCUM)], '2.0.1')).toEqual([])
  })

  it('hold for the detail of what is authorized', () => {
    const parts = [{ url: 'quantity', valueQuantity: BARE }]
    const item = [{ itemSequence: 1, extension: [{ url: EXT.itemAuthorizedDetail, extension: parts }] }]
    expect(judge('response', [{ resourceType: 'ClaimResponse', item }])).toEqual([
      `${AT}.item[0].extension[0].extension[0].value.ofType(Quantity) PAS_Quantity_Unit`,
    ])
  })
})

describe('the lines of an answer', () => {
  const answer = (more: Json): string[] => judge('response', [{ resourceType: 'ClaimResponse', ...more }])

  it('stand once each, but for those that are added', () => {
    expect(answer({ item: [{ itemSequence: 1 }, { itemSequence: 2 }, { itemSequence: 1 }] })).toEqual([
      `${AT}.item[2].itemSequence PAS_Sequence_Twice`,
    ])
    expect(answer({ item: [{ itemSequence: 1 }], addItem: [{ itemSequence: [1] }, { itemSequence: [1] }] })).toEqual([])
  })

  it('name notes that are there', () => {
    const processNote = [{ number: 1, text: 'x' }]
    expect(answer({ processNote, item: [{ itemSequence: 1, noteNumber: [1, 9] }] })).toEqual([
      `${AT}.item[0].noteNumber[1] PAS_Note_Unknown`,
    ])
    expect(answer({ processNote, addItem: [{ noteNumber: [2] }, { noteNumber: [1] }] })).toEqual([
      `${AT}.addItem[0].noteNumber[0] PAS_Note_Unknown`,
    ])
  })

  it('may be anything else, and nothing is thrown', () => {
    for (const item of [
      null,
      1,
      'x',
      [null],
      [{ noteNumber: {}, extension: [null, { url: EXT.itemAuthorizedDetail }] }],
    ])
      expect(answer({ item, addItem: item, processNote: item })).toEqual([])
  })
})
