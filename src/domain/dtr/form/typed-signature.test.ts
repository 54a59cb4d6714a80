import { describe, expect, it } from 'vitest'
import { buildTypedSignature, isOwnName } from './typed-signature.ts'

const signer = { name: 'Lena Ruiz, MD', reference: 'Practitioner/1' }

describe('a typed signature', () => {
  it('carries the kind that the form asks for, who, when, and the name as it was typed', () => {
    const kind = { coding: [{ system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.1' }] }
    expect(buildTypedSignature(' José Ruiz ', signer, [kind], '2026-11-28T10:00:00Z')).toEqual({
      type: kind.coding,
      when: '2026-11-28T10:00:00Z',
      who: { reference: 'Practitioner/1', display: 'Lena Ruiz, MD' },
      sigFormat: 'text/plain',
      data: 'Sm9zw6kgUnVpeg==',
    })
  })

  it('is one of verification where the form does not say which', () => {
    const { type } = buildTypedSignature('A', { name: 'A', reference: null }, [], '2026-11-28T10:00:00Z')
    expect(type[0]?.code).toBe('1.2.840.10065.1.12.1.5')
  })

  it.each([
    ['lena  ruiz', true],
    ['Lena Ruiz, MD', true],
    ['Sam Ortiz', false],
    ['  ', false],
  ])('takes %j as the signer’s own name: %s', (typed, own) => {
    expect(isOwnName(typed, signer)).toBe(own)
  })
})
