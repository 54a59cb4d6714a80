import { afterEach, expect, test, vi } from 'vitest'
import type { AskedCheck, Verdict } from '../../server/intermediary/bundle-check.ts'
import {
  createBundleChecks,
  type BundleChecks,
  type BundleChecksDeps,
} from '../../server/intermediary/bundle-checks.ts'
import type { PasVersion } from '../../src/domain/pas/pas-response.ts'
import { buildPasRequestBundle } from '../../src/domain/pas/request-bundle.ts'
import { pasRequestInput } from '../support/pas-request.ts'
import { profileSet } from '../support/profile-set.ts'

const report = vi.fn()
const profiles = vi.fn((version: PasVersion) => profileSet(`pas-${version}`))
let checks: BundleChecks

const open = (more: Partial<BundleChecksDeps> = {}): void => {
  checks = createBundleChecks({ profiles, report, ...more })
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const request = (text: string): AskedCheck => ({ body: bytes(text), message: 'request', version: '2.2.1' })
const bundle = (): unknown => {
  const built = buildPasRequestBundle(pasRequestInput())
  if (!built.ok) throw new Error(built.error.reason)
  return built.value.bundle
}
/** A script for a thread, in place of ours. */
const script = (entry: string) => ({ file: { entry, eval: true } })
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 40_000, interval: 50 })

/** Whether this one was judged in the thread. */
async function isJudgedBeside(asked: AskedCheck): Promise<boolean> {
  profiles.mockClear()
  await checks.check(asked)
  return profiles.mock.calls.length === 0
}

afterEach(async () => {
  await checks.close()
  report.mockReset()
})

test('the thread says what a check here says, whatever the body is', async () => {
  open()
  const bodies = [
    JSON.stringify(bundle()),
    JSON.stringify({ ...(bundle() as object), type: 'batch', identifier: undefined }),
    '{"resourceType":"Bundle"',
    '{"resourceType":"Bundle","id":"\\u0000"}',
    '[]',
    'null',
    `${'{"a":['.repeat(100_000)}1${']}'.repeat(100_000)}`,
  ]
  const here: Verdict[] = []
  for (const body of bodies) here.push(await checks.check(request(body)))
  expect(here.map((verdict) => verdict.isJson && verdict.issues.length)).toEqual([
    0,
    expect.any(Number),
    false,
    false,
    1,
    1,
    1,
  ])
  await eventually(async () => expect(await isJudgedBeside(request(bodies[0] ?? ''))).toBe(true))
  profiles.mockClear()
  const beside = await Promise.all(bodies.map((body) => checks.check(request(body))))
  expect(beside).toEqual(here)
  expect(profiles).not.toHaveBeenCalled()
})

test('the body is still there after its check', async () => {
  open()
  await eventually(async () => expect(await isJudgedBeside(request('{}'))).toBe(true))
  const asked = request(JSON.stringify(bundle()))
  const before = new Uint8Array(asked.body)
  await checks.check(asked)
  expect(asked.body).toEqual(before)
})

test('what a thread was asked when it died fails, and the next is judged here', async () => {
  open(
    script(`const { parentPort } = require('node:worker_threads')
    parentPort.on('message', () => { throw new Error('secret') })
    parentPort.postMessage('ready')`),
  )
  await eventually(async () => {
    await expect(checks.check(request('{}'))).rejects.toThrow('the thread of the checks ended')
  })
  expect(report).toHaveBeenCalledWith('bundle-thread-ended', {}, expect.any(Error))
  expect(await isJudgedBeside(request('{}'))).toBe(false)
})

test('a thread that cannot start costs no message', async () => {
  open(script('throw new Error("no")'))
  expect(await isJudgedBeside(request('{}'))).toBe(false)
  await eventually(async () => expect(report).toHaveBeenCalled())
  expect(await isJudgedBeside(request('{}'))).toBe(false)
  expect(report).toHaveBeenCalledTimes(1)
})

test('a thread that nobody asks ends, and so it does at the end', async () => {
  open({
    ...script(`const { parentPort } = require('node:worker_threads')
      parentPort.on('message', ({ id }) => id > 1 || parentPort.postMessage({ id, verdict: { isJson: true, issues: [] } }))
      parentPort.postMessage('ready')`),
    idleMs: 300,
  })
  await eventually(async () => expect(await isJudgedBeside(request('{}'))).toBe(true))
  await eventually(async () => {
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(await isJudgedBeside(request('{}'))).toBe(false)
  })
  expect(report).not.toHaveBeenCalled()
})
