/** Between the version in which a message is kept and that of who gets it. The same version passes byte for byte. */
import type { Bundle, FhirResource } from 'fhir/r4'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import { downcastRequest, upcastRequest } from '#domain/pas/request-codec.ts'
import { downcastResponse, upcastResponse } from '#domain/pas/response-codec.ts'
import type { Recoded } from '#domain/pas/version-losses.ts'
import { encodeJson } from '../clients/http-exchange.ts'
import type { Config } from '../config.ts'
import { findPayer } from './deps.ts'

type Codec = (bundle: Bundle<FhirResource>) => Recoded<Bundle<FhirResource>>

/** The version that a payer speaks; ours where it is not registered (any more). */
export const versionOfPayer = (deps: { readonly config: Pick<Config, 'payers'> }, payerId: string): PasVersion =>
  findPayer(deps, payerId)?.pas?.version ?? '2.2.1'

function recode(bytes: Uint8Array, codec: Codec): Uint8Array {
  const bundle = JSON.parse(new TextDecoder().decode(bytes)) as Bundle<FhirResource>
  return encodeJson(codec(bundle).resource)
}

/** A request or inquiry of one version as bytes of another. */
export function recodeRequest(bytes: Uint8Array, from: PasVersion, to: PasVersion): Uint8Array {
  if (from === to) return bytes
  return recode(bytes, to === '2.0.1' ? downcastRequest : upcastRequest)
}

const codecOfResponse = (to: PasVersion): Codec => (to === '2.0.1' ? downcastResponse : upcastResponse)

/** A response Bundle of one version as bytes of another. */
export function recodeResponse(bytes: Uint8Array, from: PasVersion, to: PasVersion): Uint8Array {
  return from === to ? bytes : recode(bytes, codecOfResponse(to))
}

/** A response Bundle of one version in another. */
export function recodeResponseBundle(
  bundle: Bundle<FhirResource>,
  from: PasVersion,
  to: PasVersion,
): Bundle<FhirResource> {
  return from === to ? bundle : codecOfResponse(to)(bundle).resource
}
