/**
 * AES-256-GCM for what the database must not be able to read. Layout of a sealed value: version (1), length of the key id
 * (1), key id, nonce (12), tag (16), ciphertext. The additional data is tenant | table | row id, so that a value copied to
 * another row or tenant does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Where a sealed value lives. `table` carries the column too where a row has several (`form.response`). */
export interface SealPlace {
  readonly tenant: string
  readonly table: string
  readonly id: string
}

export interface Keyring {
  seal(plain: Uint8Array, place: SealPlace): Uint8Array
  /** Throws where the value was altered, moved to another place, or its key is gone: never an expected failure. */
  open(sealed: Uint8Array, place: SealPlace): Uint8Array
  sealJson(value: unknown, place: SealPlace): Uint8Array
  /** The type is the caller's own promise: it wrote the value. */
  openJson<T>(sealed: Uint8Array, place: SealPlace): T
}

/** The encryption key file: `current` seals, every listed key opens. */
export interface EncryptionKeys {
  readonly current: string
  readonly keys: Readonly<Record<string, Uint8Array>>
}

/** Builds a keyring; throws when a key is not 32 bytes or the current one is missing (the server must not start). */
export function createKeyring({ current, keys }: EncryptionKeys): Keyring {
  const keyOf = (id: string): Uint8Array => {
    const key = keys[id]
    if (key === undefined) throw new Error(`There is no encryption key "${id}"`)
    if (key.length !== 32) throw new Error(`Encryption key "${id}" is not 32 bytes long`)
    return key
  }
  for (const id of Object.keys(keys)) keyOf(id)
  keyOf(current)
  if (Buffer.byteLength(current) > 255) throw new Error('The id of an encryption key has at most 255 bytes')

  const keyring: Keyring = {
    seal(plain, place) {
      const id = Buffer.from(current)
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', keyOf(current), nonce).setAAD(additionalData(place))
      const ciphertext = cipher.update(plain)
      // A stream cipher: nothing is left for the end, which makes the tag.
      cipher.final()
      return Buffer.concat([Uint8Array.of(VERSION, id.length), id, nonce, cipher.getAuthTag(), ciphertext])
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed)
      if (bytes[0] !== VERSION) throw new Error('Not a sealed value, or of an unknown version')
      const nonceAt = 2 + (bytes[1] ?? 0)
      const tagAt = nonceAt + NONCE_BYTES
      const key = keyOf(bytes.subarray(2, nonceAt).toString())
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(nonceAt, tagAt), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(additionalData(place))
        .setAuthTag(bytes.subarray(tagAt, tagAt + TAG_BYTES))
      return Buffer.concat([decipher.update(bytes.subarray(tagAt + TAG_BYTES)), decipher.final()])
    },
    sealJson: (value, place) => keyring.seal(Buffer.from(JSON.stringify(value)), place),
    openJson: (sealed, place) => JSON.parse(Buffer.from(keyring.open(sealed, place)).toString()),
  }
  return keyring
}

function additionalData({ tenant, table, id }: SealPlace): Buffer {
  return Buffer.from([tenant, table, id].join('|'))
}
