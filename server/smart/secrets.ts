import { createHash, randomBytes } from 'node:crypto'

/** 256 bits, base64url: SMART asks for at least 122 of a state. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of a secret, and the S256 code challenge of a PKCE verifier: SHA-256 in base64url. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
