/**
 * A signature by attestation: the person types their name under what they sign (R4 Signature; the format says that it is
 * text and not a cryptographic seal).
 */
import type { CodeableConcept, Coding, Signature } from 'fhir/r4'

/** ASTM E1762: verification, where the form does not say what kind it wants. */
const VERIFICATION: Coding = {
  system: 'urn:iso-astm:E1762-95:2013',
  code: '1.2.840.10065.1.12.1.5',
  display: 'Verification Signature',
}

export interface Signer {
  readonly name: string
  /** Reference of the signer in the EHR, where it is known. */
  readonly reference: string | null
}

/** `name` is what was typed; `kinds` what the form asks for. */
export function buildTypedSignature(
  name: string,
  signer: Signer,
  kinds: readonly CodeableConcept[],
  when: string,
): Signature {
  const asked = kinds.flatMap(({ coding }) => coding ?? [])
  const bytes = new TextEncoder().encode(name.trim())
  return {
    type: asked.length === 0 ? [VERIFICATION] : asked,
    when,
    who: { ...(signer.reference === null ? {} : { reference: signer.reference }), display: signer.name },
    sigFormat: 'text/plain',
    data: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')),
  }
}

/** Whether a typed name is the signer's: case, accents' spacing and titles after a comma do not count. */
export function isOwnName(typed: string, signer: Signer): boolean {
  const bare = (text: string): string => (text.split(',')[0] ?? '').trim().replace(/\s+/g, ' ').toLowerCase()
  return bare(typed) !== '' && bare(typed) === bare(signer.name)
}
