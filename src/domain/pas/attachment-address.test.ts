import { describe, expect, it } from 'vitest'
import { attachmentRoute } from './attachment-address.ts'

const OPERATION = '$submit-attachment'
const BASES = ['https://payer.example/fhir', 'https://crd.payer.example:8443/cds']
const ATTACH = 'https://docs.payer.example/base'
const registered = { attachmentUrl: ATTACH, bases: BASES }
const portal = { attachmentUrl: null, bases: BASES }

describe('where the answer to a request goes', () => {
  it.each([
    ['https://payer.example/fhir', `https://payer.example/fhir/${OPERATION}`],
    ['https://payer.example/fhir/', `https://payer.example/fhir/${OPERATION}`],
    ['https://PAYER.example:443/other', `https://payer.example/other/${OPERATION}`],
    [`https://payer.example/x/${OPERATION}`, `https://payer.example/x/${OPERATION}`],
    ['https://payer.example/x/%24submit-attachment', 'https://payer.example/x/%24submit-attachment'],
    ['https://crd.payer.example:8443', `https://crd.payer.example:8443/${OPERATION}`],
    ['https://payer.example/fhir?plan=1', `https://payer.example/fhir/${OPERATION}?plan=1`],
  ])('is the address of the request, where the payer is registered with its origin: %s', (given, to) => {
    expect(attachmentRoute(given, portal)).toEqual({ kind: 'send', to })
  })

  it('is that address on the origin of the registered attachment address, too', () => {
    const given = `https://docs.payer.example/else/${OPERATION}`
    expect(attachmentRoute(given, registered)).toEqual({ kind: 'send', to: given })
    expect(attachmentRoute(given, portal)).toEqual({ kind: 'elsewhere', address: given })
  })

  it.each([
    'http://payer.example/fhir',
    'https://payer.example:8443/fhir',
    'https://payer.example.evil.example/fhir',
    'https://evil.example/?https://payer.example/fhir',
    'https://payer.example@evil.example/fhir',
    'https://user:secret@payer.example/fhir',
    'ftp://payer.example/fhir',
    'javascript:alert(1)',
    '/fhir',
    '',
  ])('is no address of another origin, whatever else is registered: %s', (address) => {
    expect(attachmentRoute(address, registered)).toEqual({ kind: 'elsewhere', address })
  })

  it('is the registered one where the request names none, and none where the payer takes nothing this way', () => {
    expect(attachmentRoute(null, registered)).toEqual({ kind: 'send', to: `${ATTACH}/${OPERATION}` })
    expect(attachmentRoute(null, { ...registered, attachmentUrl: `${ATTACH}/${OPERATION}` })).toEqual({
      kind: 'send',
      to: `${ATTACH}/${OPERATION}`,
    })
    expect(attachmentRoute(null, portal)).toEqual({ kind: 'none' })
  })
})
