/**
 * The simulated EHR's own key pairs: RS256 for id_tokens, ES384 for CDS Hooks calls. Random, made on the first start and
 * kept in a file of mode 0600.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'
import { isObject } from './resource.ts'

export interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

export interface EhrKeys {
  readonly idToken: SigningKey
  readonly hooks: SigningKey
}

const PUBLIC_MEMBERS = new Set(['kty', 'n', 'e', 'crv', 'x', 'y'])

/** Reads the keys from a file, or makes them; with null they live for this process only. */
export async function openEhrKeys(file: string | null): Promise<EhrKeys> {
  const kept = file !== null && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown) : undefined
  const idToken = isObject(kept) ? (kept['idToken'] as JWK) : await generateJwk('RS256')
  const hooks = isObject(kept) ? (kept['hooks'] as JWK) : await generateJwk('ES384')
  if (file !== null && kept === undefined) writeFileSync(file, JSON.stringify({ idToken, hooks }), { mode: 0o600 })
  return { idToken: await toSigningKey(idToken, 'RS256'), hooks: await toSigningKey(hooks, 'ES384') }
}

async function generateJwk(alg: string): Promise<JWK> {
  const pair = await generateKeyPair(alg, { extractable: true })
  return exportJWK(pair.privateKey)
}

async function toSigningKey(jwk: JWK, alg: string): Promise<SigningKey> {
  const kid = await calculateJwkThumbprint(jwk)
  const privateKey = await importJWK(jwk, alg)
  if (privateKey instanceof Uint8Array) throw new Error('an asymmetric key is needed')
  const publicJwk = Object.fromEntries(Object.entries(jwk).filter(([name]) => PUBLIC_MEMBERS.has(name)))
  return { kid, privateKey, publicJwk: { ...publicJwk, kid, alg, use: 'sig' } }
}
