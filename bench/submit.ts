/**
 * `$submit` end to end as another vendor's system calls it: checked, stored, sent from the outbox to a payer that takes 20 ms,
 * answered. The built server on PostgreSQL (TEST_DATABASE_URL: a database of its own, dropped at the end); client and
 * payer in this process. `npm run bench -- submit [NUMBER]`: how many requests under load.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { importJWK, SignJWT, type JWK } from 'jose'
import pg from 'pg'
import { buildConfiguration } from '../sandbox/start/configuration.ts'
import { ensureKeys, openDirectory, readPublicKeys, writePrivate } from '../sandbox/start/files.ts'
import { startServer } from '../sandbox/start/server-process.ts'
import { median } from './median.ts'
import { readCpuMs, readRss } from './running-sandbox.ts'
import { startPayer, type BenchPayer } from './submit-payer.ts'
import { makeRequests } from './submit-request.ts'

const USUAL_REQUESTS = 6_000
const CONNECTIONS = 16
const WARM_UP = 400
const ALONE = 200
/** Equal parts of the load, one after the other. */
const SLICES = 10
/** How often PostgreSQL's processes are looked at. */
const LOOK_MS = 1_000
/** Tokens live five minutes. */
const TOKEN_MS = 200_000

export async function runSubmit(): Promise<object> {
  const requests = Number(process.argv[3] ?? USUAL_REQUESTS)
  const stage = await openStage()
  try {
    await stage.run(WARM_UP, CONNECTIONS)
    const alone = await stage.run(ALONE, 1)
    const payerMs = median(stage.payer.tookMs.slice(-ALONE))
    const rssStart = stage.rss()
    const [serverBefore, postgresBefore, clientBefore] = [stage.cpuMs(), stage.postgresCpuMs(), process.cpuUsage()]
    const startedAt = performance.now()
    const loaded: number[] = []
    const slices: object[] = []
    for (let left = SLICES; left > 0; left--) {
      const count = Math.ceil((requests - loaded.length) / left)
      const sliceAt = performance.now()
      const times = await stage.run(count, CONNECTIONS)
      loaded.push(...times)
      slices.push({
        per_second: round((count * 1000) / (performance.now() - sliceAt)),
        p99_ms: round(quantile(times, 0.99)),
        rss_mb: round(stage.rss()),
      })
      console.error(JSON.stringify(slices.at(-1)))
    }
    const seconds = (performance.now() - startedAt) / 1000
    const client = process.cpuUsage(clientBefore)
    return {
      per_second: round(requests / seconds),
      p50_ms: round(quantile(loaded, 0.5)),
      p99_ms: round(quantile(loaded, 0.99)),
      overhead_ms: round(median(alone) - payerMs),
      // For each request under load; the client's share is that of the payer too.
      server_cpu_ms: round((stage.cpuMs() - serverBefore) / requests),
      postgres_cpu_ms: round((stage.postgresCpuMs() - postgresBefore) / requests),
      client_cpu_ms: round((client.user + client.system) / 1000 / requests),
      // What a long run does to the rate and to memory.
      slices,
      rss_start_mb: round(rssStart),
      rss_end_mb: round(stage.rss()),
      requests,
      pended: stage.pended(),
      connections: CONNECTIONS,
      bytes: stage.bytes,
      cores: cpus().length,
      cpu: cpus()[0]?.model ?? '',
      node: process.version,
    }
  } finally {
    await stage.close()
  }
}

interface Stage {
  readonly payer: BenchPayer
  readonly bytes: number
  /** Sends so many requests over so many connections; gives the milliseconds of each. Throws where one is not answered with 200. */
  readonly run: (count: number, connections: number) => Promise<number[]>
  /** Requests answered with our own A4, because the payer's answer did not come in time. */
  readonly pended: () => number
  readonly rss: () => number
  /** Processor time of the server so far. */
  readonly cpuMs: () => number
  /** And of the database's connections of this bench. */
  readonly postgresCpuMs: () => number
  readonly close: () => Promise<void>
}

async function openStage(): Promise<Stage> {
  const database = await createDatabase()
  const backends = watchBackends(database.name)
  const directory = mkdtempSync(join(tmpdir(), 'precert-bench-'))
  openDirectory(directory)
  await ensureKeys(directory)
  const clientKeys = join(directory, 'other-vendor.jwks.json')
  const requests = makeRequests()
  const payer = await startPayer(readPublicKeys(clientKeys).keys, requests.first)
  const port = await freePort()
  const config = buildConfiguration({ precert: port, ehr: 1, 'caresource-oh': 1, 'caresource-ga': 1 })
  const [first] = config.payers
  const configured = {
    ...config,
    logLevel: 'error',
    payers: [
      {
        ...first,
        crd: null,
        dtr: null,
        pas: { ...first?.pas, base: `${payer.base}/fhir` },
        auth: { ...first?.auth, tokenUrl: `${payer.base}/oauth/token` },
      },
    ],
    pasClients: config.pasClients.map((client) => ({ ...client, jwksUrl: `${payer.base}/client/jwks.json` })),
    database: { url: database.url },
  }
  const configFile = join(directory, 'precert.json')
  writePrivate(configFile, JSON.stringify(configured))
  const server = startServer({
    configFile,
    logFile: join(directory, 'server.log'),
    healthUrl: `${config.baseUrl}/health`,
  })
  await server.ready
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const base = `http://127.0.0.1:${String(port)}`
  const host = new URL(config.baseUrl).host
  const post = (
    path: string,
    type: string,
    body: Buffer,
    bearer: string | null,
  ): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const headers = {
        host,
        'content-type': type,
        'content-length': String(body.length),
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      }
      const call = request(`${base}${path}`, { method: 'POST', agent, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        )
      })
      call.on('error', reject)
      call.end(body)
    })
  const token = createTokens(clientKeys, config.baseUrl, (form) =>
    post('/pas/2.2/token', 'application/x-www-form-urlencoded', Buffer.from(form), null),
  )

  let pended = 0
  return {
    payer,
    bytes: requests.next().length,
    pended: () => pended,
    async run(count, connections) {
      const times: number[] = []
      let left = count
      const sendAll = async (): Promise<void> => {
        while (left > 0) {
          left -= 1
          const bearer = await token()
          const body = requests.next()
          const from = performance.now()
          const { status, text } = await post('/pas/2.2/fhir/Claim/$submit', 'application/fhir+json', body, bearer)
          times.push(performance.now() - from)
          if (status === 200 && text.includes('"A4"')) pended += 1
          else if (status !== 200 || !text.includes('"A1"'))
            throw new Error(`$submit answered ${String(status)}: ${text.slice(0, 400)}`)
        }
      }
      await Promise.all(Array.from({ length: connections }, sendAll))
      return times
    },
    rss: () => readRss(server.pid ?? 0),
    cpuMs: () => readCpuMs(server.pid ?? 0),
    postgresCpuMs: backends.cpuMs,
    async close() {
      backends.stop()
      agent.destroy()
      await server.stop()
      await payer.close()
      await database.drop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function createTokens(
  keyFile: string,
  baseUrl: string,
  ask: (form: string) => Promise<{ status: number; text: string }>,
): () => Promise<string> {
  let kept: { token: Promise<string>; until: number } | undefined
  const issue = async (): Promise<string> => {
    const { keys } = JSON.parse(readFileSync(keyFile, 'utf8')) as { keys: [JWK] }
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES384', kid: keys[0].kid ?? '', typ: 'JWT' })
      .setIssuer('other-vendor')
      .setSubject('other-vendor')
      .setAudience(`${baseUrl}/pas/2.2/token`)
      .setExpirationTime('4m')
      .setJti(randomUUID())
      .sign(await importJWK(keys[0], 'ES384'))
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      scope: 'system/Claim.cruds',
    })
    const { status, text } = await ask(form.toString())
    if (status !== 200) throw new Error(`No token: ${text}`)
    return (JSON.parse(text) as { access_token: string }).access_token
  }
  return () => {
    if (kept === undefined || kept.until < Date.now()) kept = { token: issue(), until: Date.now() + TOKEN_MS }
    return kept.token
  }
}

async function createDatabase(): Promise<{ name: string; url: string; drop: () => Promise<void> }> {
  const admin = process.env['TEST_DATABASE_URL'] ?? ''
  if (admin === '') throw new Error('TEST_DATABASE_URL must name a PostgreSQL server')
  const name = `precert_bench_${randomBytes(6).toString('hex')}`
  const run = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: admin })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await run(`create database ${name}`)
  const url = new URL(admin)
  url.pathname = `/${name}`
  return { name, url: url.toString(), drop: () => run(`drop database ${name} with (force)`) }
}

/**
 * Processor time of PostgreSQL's processes for one database: they say so in their command lines (same machine, Linux). Looked at
 * again and again, since a connection ends after a while and its process takes what it used with it.
 */
function watchBackends(database: string): { readonly cpuMs: () => number; readonly stop: () => void } {
  const seen = new Map<string, number>()
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      const used = readBackendCpuMs(pid, database)
      if (used !== undefined) seen.set(pid, used)
    }
  }
  const timer = setInterval(look, LOOK_MS)
  return {
    cpuMs() {
      look()
      return [...seen.values()].reduce((sum, used) => sum + used, 0)
    },
    stop: () => clearInterval(timer),
  }
}

function readBackendCpuMs(pid: string, database: string): number | undefined {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return command.startsWith('postgres:') && command.includes(database) ? readCpuMs(Number(pid)) : undefined
  } catch {
    // A process that ended meanwhile.
    return undefined
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

const round = (value: number): number => Math.round(value * 10) / 10
