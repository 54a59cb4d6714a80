import type { Claim } from 'fhir/r4'
import { expect, it } from 'vitest'
import { nameOfClaim, tracesOfClaim } from './claim-reference.ts'
import { readPasRequest } from './pas-request.ts'

const ID = '0f0f4e1c-6ad0-4c4c-9d8c-1d2f3c4b5a60'
const ADDRESS = 'https://vendor.example/fhir/Claim/7'

it('an address as it was written is certain; a short id under another base is not', () => {
  expect(nameOfClaim(ADDRESS, [ADDRESS])).toBe('certain')
  expect(nameOfClaim('https://payer.example/Claim/7', [ADDRESS])).toBe('likely')
  expect(nameOfClaim('Claim/7', ['Claim/7'])).toBe('likely')
  expect(nameOfClaim('Claim/8', [ADDRESS])).toBe('none')
  expect(nameOfClaim(null, [ADDRESS])).toBe('none')
})

it('an id of random bits is certain wherever it stands', () => {
  expect(nameOfClaim(`Claim/${ID}`, [`urn:uuid:${ID}`])).toBe('certain')
  expect(nameOfClaim(`urn:uuid:${ID}`, [`Claim/${ID}`])).toBe('certain')
  expect(nameOfClaim(`Patient/${ID}`, [`urn:uuid:${ID}`])).toBe('none')
})

it('finds what was kept by any of these names', () => {
  expect(tracesOfClaim(`https://payer.example/Claim/${ID}`)).toEqual([
    `https://payer.example/Claim/${ID}`,
    `Claim/${ID}`,
    `urn:uuid:${ID}`,
  ])
  expect(tracesOfClaim('Claim/7')).toEqual(['Claim/7'])
  expect(tracesOfClaim('#claim')).toEqual(['#claim'])
})

it.each([`urn:uuid:${ID}`, 'https://vendor.example/fhir/Claim/7', `https://vendor.example/fhir/Claim/${ID}`])(
  'a request is kept under a name by which it is found: %s',
  (fullUrl) => {
    const claim = { resourceType: 'Claim', id: fullUrl.slice(-36).replace(/.*\//, '') } as Claim
    const request = readPasRequest({
      resourceType: 'Bundle',
      type: 'collection',
      identifier: { value: 'b' },
      entry: [{ fullUrl, resource: claim }],
    })
    const searched = tracesOfClaim(`https://payer.example/Claim/${claim.id ?? ''}`)
    expect(request?.traces.some((trace) => searched.includes(trace))).toBe(true)
  },
)
