import { epochSeconds } from '#domain/time.ts'
import type { SigningAlgorithm, SigningKeys } from './signing-keys.ts'

/** Under the 300 s that SMART and Epic allow, for clocks that differ. */
const LIFE_SECONDS = 240

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Builds the JWT by which we authenticate at a token endpoint; good for one request.
 * @see https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html#authenticating-to-the-token-endpoint
 */
export function buildClientAssertion(input: {
  readonly keys: SigningKeys
  readonly algorithm: SigningAlgorithm
  readonly clientId: string
  readonly tokenEndpoint: string
  readonly jti: string
  readonly now: string
}): Promise<string> {
  const issuedAt = epochSeconds(input.now)
  return input.keys.sign(input.algorithm, {
    iss: input.clientId,
    sub: input.clientId,
    aud: input.tokenEndpoint,
    jti: input.jti,
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + LIFE_SECONDS,
  })
}
