/**
 * Mutated messages against the PAS server in this process, from a seed: the same seed sends the same bodies. Counts what must
 * not happen: a crash, an answer of 5xx, a refusal that does not say where the fault is.
 */
import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4'
import { downcastRequest } from '../../src/domain/pas/request-codec.ts'
import { parseJsonBodies } from '../../server/http/json-parser.ts'
import { pasRoutes } from '../../server/routes/pas.ts'
import { inquiriesAbout } from './client-requests.ts'
import { CLIENT, newRequest, type Fixture } from './intermediary-fixture.ts'

export interface FuzzCounts {
  readonly bodies: number
  readonly accepted: number
  readonly refused: number
  readonly crashes: number
  /** But for 504, which tells of the payer: what a fuzzed inquiry does to it is not ours. */
  readonly status_5xx: number
  readonly payer_silent: number
  readonly without_path: number
  /** The first few that were counted as faults: body number, operation, answer. */
  readonly examples: readonly string[]
}

type Random = () => number

const AT_ONCE = 8
const MOST_EXAMPLES = 20

/** Numbers from a seed (mulberry32). */
function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T

const deep = (levels: number): unknown => JSON.parse(`${'{"extension":['.repeat(levels)}${']}'.repeat(levels)}`)
const JUNK: readonly (() => unknown)[] = [
  () => null,
  () => ({}),
  () => [],
  () => [null],
  () => [[]],
  () => '',
  () => ' ',
  () => 'x'.repeat(5_000),
  () => '\u0000',
  () => '\ud800',
  () => '<div onload="x">&lt;</div>',
  () => -1,
  () => 0,
  () => 1e308,
  () => 1.5,
  () => true,
  () => '2026-02-31',
  () => '#',
  () => '#x',
  () => 'urn:uuid:not',
  () => ({ resourceType: 'Bundle', entry: [] }),
  () => ({ resourceType: 'constructor' }),
  () => ({ reference: '#' }),
  () => ({ url: 'x', extension: [{ url: 'x' }] }),
  () => deep(80),
  () => Array.from({ length: 300 }, () => ({ reference: 'Patient/1' })),
]
const NAMES = [
  'constructor',
  'toString',
  '__proto__',
  'hasOwnProperty',
  '_id',
  '_',
  '',
  'resourceType',
  'contained',
  'x',
]

type Holder = Record<string, unknown> | unknown[]
interface Slot {
  readonly holder: Holder
  readonly key: string | number
}

function slotsOf(root: unknown): Slot[] {
  const slots: Slot[] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const key of Object.keys(value)) {
      slots.push({ holder: value as Holder, key })
      visit((value as Record<string, unknown>)[key])
    }
  }
  visit(root)
  return slots
}

const read = ({ holder, key }: Slot): unknown => (holder as Record<string, unknown>)[key]
const write = ({ holder, key }: Slot, value: unknown): void => {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

/** One change of a parsed message, in place. */
function changeTree(root: unknown, random: Random): void {
  const slots = slotsOf(root)
  if (slots.length === 0) return
  const slot = pick(random, slots)
  const { holder, key } = slot
  const value = read(slot)
  switch (Math.floor(random() * 8)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else delete holder[key]
      break
    case 1:
      write(slot, structuredClone(read(pick(random, slots))))
      break
    case 2:
      if (Array.isArray(holder)) holder.push(structuredClone(value))
      else write(slot, [value, structuredClone(value)])
      break
    case 3:
      write({ holder, key: pick(random, NAMES) }, structuredClone(value))
      break
    case 4:
      if (typeof value === 'string')
        write(slot, value.slice(0, Math.floor(random() * value.length)) + pick(random, ['', ' ', '/', '|', '\t', 'é']))
      else write(slot, pick(random, JUNK)())
      break
    default:
      write(slot, pick(random, JUNK)())
  }
}

/** One change of the bytes: cut, doubled, overwritten. */
function changeBytes(bytes: Buffer, random: Random): Buffer {
  const at = Math.floor(random() * bytes.length)
  const to = Math.min(bytes.length, at + Math.floor(random() * 64))
  switch (Math.floor(random() * 5)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)])
    case 2:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)])
    case 3:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([Math.floor(random() * 256)]), bytes.subarray(at + 1)])
    default:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(pick(random, ['1e999', '\\u0000', '[[[', '{"', '"__proto__":1,', '\ufeff', '-', 'null'])),
        bytes.subarray(to),
      ])
  }
}

function mutate(message: unknown, random: Random): Buffer {
  const tree = structuredClone(message)
  const isOfBytes = random() < 0.1
  for (let left = isOfBytes ? 0 : 1 + Math.floor(random() * 3); left > 0; left--) changeTree(tree, random)
  const bytes = Buffer.from(JSON.stringify(tree))
  return isOfBytes ? changeBytes(bytes, random) : bytes
}

interface Target {
  readonly path: string
  /** A new message each time, under identifiers of its own. */
  readonly message: () => unknown
}

/** A request's text is made once; only its identifiers change, as making it costs more than judging it. */
function fresh(template: Bundle<FhirResource>, ids: readonly string[]): () => unknown {
  const text = JSON.stringify(template)
  return () => JSON.parse(ids.reduce((done, id) => done.replaceAll(id, randomUUID()), text)) as unknown
}

function targets(): readonly Target[] {
  const { bundle, bundleIdentifier, claimIdentifier } = newRequest()
  const request = bundle as Bundle<FhirResource>
  const ids = [bundleIdentifier, claimIdentifier]
  return [
    { path: '/pas/2.2/fhir/Claim/$submit', message: fresh(request, ids) },
    { path: '/pas/2.2/fhir/Claim/$submit', message: fresh(request, ids) },
    { path: '/pas/2.0/fhir/Claim/$submit', message: fresh(downcastRequest(request).resource, ids) },
    ...inquiriesAbout(request).map((inquiry) => ({
      path: '/pas/2.2/fhir/Claim/$inquire',
      message: fresh(inquiry, ids),
    })),
  ]
}

/** The PAS routes over a fixture's intermediary; every bearer is the registered client's. */
async function openRoutes(at: Fixture): Promise<FastifyInstance> {
  const { config } = at.deps
  const client = config.pasClients.find(({ clientId }) => clientId === CLIENT)
  if (client === undefined) throw new Error('the fixture has no client')
  const access = {
    issue: () => Promise.reject(new Error('no tokens here')),
    verify: () => Promise.resolve({ client, scopes: client.scopes }),
  }
  const routes = Fastify()
  parseJsonBodies(routes)
  const { baseUrl, intermediary } = at
  await pasRoutes(routes, {
    baseUrl,
    payers: config.payers,
    intermediary,
    access: { '2.2.1': access, '2.0.1': access },
    bodyLimit: 2_000_000,
  })
  await routes.ready()
  return routes
}

const hasPath = (text: string): boolean => {
  const { resourceType, issue } = JSON.parse(text) as OperationOutcome
  return resourceType === 'OperationOutcome' && issue.every(({ expression }) => (expression?.[0] ?? '') !== '')
}

/** Sends so many mutated bodies, some at a time, or until a time. */
export async function runFuzz(
  at: Fixture,
  { bodies, seed, untilMs = Number.POSITIVE_INFINITY }: { bodies: number; seed: number; untilMs?: number },
): Promise<FuzzCounts> {
  const routes = await openRoutes(at)
  const random = createRandom(seed)
  const kinds = targets()
  const counts = { accepted: 0, refused: 0, crashes: 0, status_5xx: 0, payer_silent: 0, without_path: 0 }
  const examples: string[] = []
  const keep = (what: string): void => {
    if (examples.length < MOST_EXAMPLES) examples.push(what)
  }
  const crashed = (error: unknown): void => {
    counts.crashes += 1
    keep(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  const watched = ['uncaughtException', 'unhandledRejection'] as const
  for (const event of watched) process.on(event, crashed)
  let sent = 0
  const run = async (): Promise<void> => {
    while (sent < bodies && performance.now() < untilMs) {
      const number = (sent += 1)
      const { path, message } = pick(random, kinds)
      const payload = mutate(message(), random)
      const headers = { 'content-type': 'application/fhir+json', authorization: 'Bearer fuzz' }
      try {
        const { statusCode, body } = await routes.inject({ method: 'POST', url: path, headers, payload })
        if (statusCode < 400) counts.accepted += 1
        else counts.refused += 1
        if (statusCode === 504) counts.payer_silent += 1
        else if (statusCode >= 500) {
          counts.status_5xx += 1
          keep(`${String(number)} ${path} ${String(statusCode)} ${body.slice(0, 300)}`)
        } else if (statusCode >= 400 && !hasPath(body)) {
          counts.without_path += 1
          keep(`${String(number)} ${path} ${String(statusCode)} ${body.slice(0, 300)}`)
        }
      } catch (error) {
        crashed(error)
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, run))
  } finally {
    for (const event of watched) process.off(event, crashed)
    await routes.close()
  }
  return { bodies: sent, ...counts, examples }
}
