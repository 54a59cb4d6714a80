/** Our signing keys: what others verify us by. */
import type { CryptoKey, JWK, JWTPayload } from 'jose'
import { importJWK, SignJWT } from 'jose'

export type SigningAlgorithm = 'ES384' | 'RS384'

export interface SigningKeys {
  /** What `/.well-known/jwks.json` publishes: public parts alone, newest first, at most 100. */
  readonly publicJwks: { readonly keys: readonly JWK[] }
  /** Signs a JWT with the first key of an algorithm; header `typ` `JWT` and its `kid`. */
  sign(algorithm: SigningAlgorithm, claims: JWTPayload, header?: { readonly jku?: string }): Promise<string>
}

const ALGORITHMS: readonly SigningAlgorithm[] = ['ES384', 'RS384']
const PUBLIC_MEMBERS: readonly (keyof JWK)[] = ['kty', 'kid', 'alg', 'crv', 'x', 'y', 'n', 'e']

/**
 * Imports a JWKS with private keys. SMART asks a client for both RS384 and ES384. Throws, naming no key material, when the
 * file is not that: the server must not start.
 */
export async function importSigningKeys(jwks: unknown): Promise<SigningKeys> {
  const keys = (jwks as { keys?: readonly JWK[] } | null)?.keys
  if (!Array.isArray(keys)) throw new Error('The signing key file is not a JWKS')
  const imported = await Promise.all(
    (keys as readonly JWK[]).map(async (jwk) => {
      if (typeof jwk.kid !== 'string' || typeof jwk.d !== 'string')
        throw new Error('Each signing key needs a kid and its private part')
      const algorithm = ALGORITHMS.find((each) => each === jwk.alg)
      if (algorithm === undefined) throw new Error(`Signing key "${jwk.kid}" is neither ES384 nor RS384`)
      return { kid: jwk.kid, algorithm, key: (await importJWK(jwk, algorithm)) as CryptoKey, public: publicPart(jwk) }
    }),
  )
  for (const algorithm of ALGORITHMS) {
    if (!imported.some((each) => each.algorithm === algorithm)) throw new Error(`There is no ${algorithm} signing key`)
  }
  return {
    publicJwks: { keys: imported.map((each) => each.public) },
    sign(algorithm, claims, header = {}) {
      const found = imported.find((each) => each.algorithm === algorithm)
      if (found === undefined) throw new Error(`There is no ${algorithm} signing key`)
      return new SignJWT(claims)
        .setProtectedHeader({ ...header, alg: algorithm, kid: found.kid, typ: 'JWT' })
        .sign(found.key)
    },
  }
}

function publicPart(jwk: JWK): JWK {
  return Object.fromEntries([
    ...PUBLIC_MEMBERS.filter((name) => jwk[name] !== undefined).map((name) => [name, jwk[name]]),
    ['use', 'sig'],
  ]) as JWK
}
