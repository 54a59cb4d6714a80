import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isNpi } from '#domain/fhir/npi.ts'
import { buildConfiguration } from './configuration.ts'
import { ensureKeys, lockDirectory, openDirectory, readPublicKeys } from './files.ts'
import { pickPorts, USUAL_PORTS } from './ports.ts'

let directory: string
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'start-')), '.precert')
  openDirectory(directory)
})
afterEach(() => rmSync(join(directory, '..'), { recursive: true }))

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe('keys', () => {
  it('are made once, for their owner alone', async () => {
    await ensureKeys(directory)
    const before = readFileSync(join(directory, 'signing.jwks.json'), 'utf8')
    await ensureKeys(directory)
    expect(readFileSync(join(directory, 'signing.jwks.json'), 'utf8')).toBe(before)
    expect(modeOf(directory)).toBe('700')
    for (const name of ['signing.jwks.json', 'encryption.json', 'event-chain.key', 'other-vendor.jwks.json'])
      expect(modeOf(join(directory, name))).toBe('600')
  })
  it('publish nothing private', async () => {
    await ensureKeys(directory)
    const { keys } = readPublicKeys(join(directory, 'signing.jwks.json'))
    expect(keys.map(({ alg }) => alg)).toEqual(['ES384', 'RS384'])
    for (const key of keys) expect(Object.keys(key)).not.toContain('d')
  })
})

describe('ports', () => {
  it('stay the same and are picked again where somebody took one', async () => {
    const file = join(directory, 'ports.json')
    const first = await pickPorts(file, {})
    expect(new Set(Object.values(first)).size).toBe(4)
    expect(await pickPorts(file, USUAL_PORTS)).toEqual(first)
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(first.ehr, '127.0.0.1', resolve))
    const second = await pickPorts(file, {})
    await new Promise((resolve) => taken.close(resolve))
    expect(second.ehr).not.toBe(first.ehr)
    expect({ ...second, ehr: 0 }).toEqual({ ...first, ehr: 0 })
  })
})

describe('the folder', () => {
  const lock = (): string => join(directory, 'sandbox.lock')

  it('is held by one process; a dead holder is replaced', async () => {
    const unlock = await lockDirectory(directory)
    writeFileSync(lock(), String(process.ppid))
    await expect(lockDirectory(directory)).rejects.toThrow('already runs')
    writeFileSync(lock(), '999999999')
    const again = await lockDirectory(directory)
    again()
    unlock()
    expect(existsSync(lock())).toBe(false)
  })

  it('is waited for where its holder is about to stop', async () => {
    writeFileSync(lock(), String(process.ppid))
    const waiting = lockDirectory(directory, 60_000)
    rmSync(lock())
    const unlock = await waiting
    expect(readFileSync(lock(), 'utf8')).toBe(String(process.pid))
    unlock()
  })
})

describe('the configuration', () => {
  const config = buildConfiguration(USUAL_PORTS)
  it('puts Precert and the EHR on two sites', () => {
    expect(config.baseUrl).toBe('http://localhost:4600')
    expect(config.tenants[0]?.fhirBase).toBe('http://127.0.0.1:4601/fhir')
    expect(config.tenants[0]?.issuers).toEqual(['http://127.0.0.1:4601/oauth2'])
  })
  it('names an organization with a valid NPI and no secret', () => {
    expect(isNpi(config.tenants[0]?.organization.npi ?? '')).toBe(true)
    expect(JSON.stringify(config)).not.toMatch(/"d":|secret|password/i)
  })
})
