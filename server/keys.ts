/** Reads the key files that the configuration names. Throws, naming the file and never its content: no keys, no server. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Config } from './config.ts'
import type { SigningKeys } from './smart/signing-keys.ts'
import { importSigningKeys } from './smart/signing-keys.ts'
import { createKeyring } from './store/keyring.ts'
import type { StoreKeys } from './store/store.ts'

const CHAIN_KEY_BYTES = 32

const encryptionFileSchema = z.strictObject({
  current: z.string().min(1),
  keys: z.record(z.string(), z.base64()),
})

export interface ServerKeys {
  readonly signing: SigningKeys
  readonly store: StoreKeys
}

export async function loadKeys({ keys }: Pick<Config, 'keys'>): Promise<ServerKeys> {
  const encryption = inFile(keys.encryption, (text) => encryptionFileSchema.parse(JSON.parse(text)))
  const signing = inFile(keys.signing, (text) => JSON.parse(text) as unknown)
  const chainKey = inFile(keys.eventChain, (text) => Buffer.from(text.trim(), 'base64'))
  if (chainKey.length < CHAIN_KEY_BYTES) throw new Error(`${keys.eventChain} holds fewer than ${CHAIN_KEY_BYTES} bytes`)
  const bytes = Object.entries(encryption.keys).map(([id, key]) => [id, Buffer.from(key, 'base64')] as const)
  return {
    signing: await importSigningKeys(signing),
    store: { keyring: createKeyring({ current: encryption.current, keys: Object.fromEntries(bytes) }), chainKey },
  }
}

function inFile<T>(file: string, read: (text: string) => T): T {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new Error(`The key file ${file} cannot be read`)
  }
  try {
    return read(text)
  } catch {
    // The parser's own message could quote the key.
    throw new Error(`The key file ${file} is not of the expected form`)
  }
}
