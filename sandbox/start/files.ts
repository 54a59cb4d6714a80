/** The sandbox's own folder: random keys of mode 0600 in a folder of mode 0700, made once, and a lock against a second start. */
import { generateKeyPair, randomBytes, type KeyObject } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { JWK } from 'jose'

const PUBLIC_MEMBERS = new Set(['kty', 'n', 'e', 'crv', 'x', 'y', 'kid', 'alg', 'use'])

/** Makes the folder and its parents, readable for its owner alone. */
export function openDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  chmodSync(directory, 0o700)
}

/** Writes a file that only its owner can read. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 })
}

/** The keys that an administrator of a real installation would make; existing ones are kept. */
export async function ensureKeys(directory: string): Promise<void> {
  await once(join(directory, 'signing.jwks.json'), async () =>
    JSON.stringify({ keys: [await generateSigningKey('ES384'), await generateSigningKey('RS384')] }),
  )
  await once(join(directory, 'encryption.json'), () => {
    const id = `k${randomBytes(4).toString('hex')}`
    return JSON.stringify({ current: id, keys: { [id]: randomBytes(32).toString('base64') } })
  })
  await once(join(directory, 'event-chain.key'), () => randomBytes(32).toString('base64'))
  await once(join(directory, 'other-vendor.jwks.json'), async () =>
    JSON.stringify({ keys: [await generateSigningKey('ES384')] }),
  )
}

/** The public half of a kept JWKS. */
export function readPublicKeys(file: string): { readonly keys: readonly JWK[] } {
  const { keys } = JSON.parse(readFileSync(file, 'utf8')) as { keys: JWK[] }
  const publish = (key: JWK): JWK =>
    Object.fromEntries(Object.entries(key).filter(([name]) => PUBLIC_MEMBERS.has(name)))
  return { keys: keys.map(publish) }
}

/**
 * Takes the folder for this process. Where another living process holds it, which may be about to stop, waits as long as
 * `patienceMs`, and throws then: two of them would write the same journals.
 */
export async function lockDirectory(directory: string, patienceMs = 0): Promise<() => void> {
  const file = join(directory, 'sandbox.lock')
  const until = performance.now() + patienceMs
  for (let holder = takeLock(file); holder !== null; holder = takeLock(file)) {
    if (performance.now() >= until)
      throw new Error(`A sandbox already runs in ${directory} (process ${holder}). Stop it first.`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
  return () => rmSync(file, { force: true })
}

const LOOK_AGAIN_MS = 50

/** Null where it is ours now, else who has it. */
function takeLock(file: string): number | null {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 })
  } catch {
    const holder = readHolder(file)
    if (isAlive(holder)) return holder
    writePrivate(file, String(process.pid))
  }
  return null
}

/** Nobody where it was given back this very moment. */
function readHolder(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return NaN
  }
}

async function once(file: string, make: () => string | Promise<string>): Promise<void> {
  if (!existsSync(file)) writePrivate(file, await make())
}

async function generateSigningKey(alg: 'ES384' | 'RS384'): Promise<JWK> {
  const { privateKey } = await generateKeys(alg)
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), alg, use: 'sig', kid: randomBytes(8).toString('hex') }
}

function generateKeys(alg: 'ES384' | 'RS384'): Promise<{ readonly privateKey: KeyObject }> {
  const generate = promisify(generateKeyPair)
  return alg === 'ES384' ? generate('ec', { namedCurve: 'P-384' }) : generate('rsa', { modulusLength: 2048 })
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
