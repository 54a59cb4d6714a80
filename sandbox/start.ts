/**
 * `npm start`: the sandbox EHR and payers in this process, Precert in its own, configured and spawned like any installation.
 * `startSandbox` does the same for the player and the end-to-end tests, silently and in a folder of their own.
 */
import { join, resolve } from 'node:path'
import type { Ehr } from './ehr/app.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { findRoot } from './root.ts'
import {
  buildConfiguration,
  CLIENT_ID,
  PAYERS,
  readAddresses,
  SENDER_ID,
  TENANT_ID,
  TENANT_SCOPES,
  type Addresses,
  type SandboxConfiguration,
} from './start/configuration.ts'
import { ensureKeys, lockDirectory, openDirectory, readPublicKeys, writePrivate } from './start/files.ts'
import { pickPorts, USUAL_PORTS, type Ports } from './start/ports.ts'
import { startServer, type ServerProcess } from './start/server-process.ts'

export interface SandboxOptions {
  /** Where keys, configuration, database and journals live. */
  readonly directory: string
  /** Folder of foreign FHIR Bundles for the EHR. */
  readonly chartsDirectory?: string
  /** Milliseconds added to every answer of EHR and payers. */
  readonly delayMs?: number
  /** How long a pended request waits for its decision. */
  readonly pendMs?: number
  /** Ports to try first; any free ones where left out. */
  readonly preferredPorts?: Partial<Ports>
  /** Changes the configuration before it is written, e.g. the database of a test. */
  readonly configure?: (config: SandboxConfiguration) => object
}

export interface Sandbox {
  readonly addresses: Addresses
  readonly recorder: Recorder
  readonly ehr: Ehr
  readonly configFile: string
  readonly directory: string
  /** Precert as it runs now; `restartServer` replaces it. */
  readonly server: () => ServerProcess
  /** Starts Precert again after a test has killed it. */
  readonly restartServer: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Whoever stops and starts again at once: the one before may need as long to stop. */
const STOPPING_MS = 10_000

/** Starts everything and resolves when Precert is ready. Rejects, with everything stopped again, where a part fails. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const directory = resolve(options.directory)
  const sandboxDirectory = join(directory, 'sandbox')
  openDirectory(directory)
  openDirectory(sandboxDirectory)
  const unlock = await lockDirectory(directory, STOPPING_MS)
  try {
    await ensureKeys(directory)
    const ports = await pickPorts(join(directory, 'ports.json'), options.preferredPorts ?? {})
    const addresses = readAddresses(ports)
    const configFile = join(directory, 'config.json')
    const config = buildConfiguration(ports)
    writePrivate(configFile, JSON.stringify(options.configure?.(config) ?? config, null, 2))

    const start = (): ServerProcess =>
      startServer({ configFile, logFile: join(directory, 'server.log'), healthUrl: `${addresses.precert}/health` })
    let server = start()
    const recorder = createRecorder()
    const parts = startParts({ options, directory: sandboxDirectory, addresses, recorder })
    const stop = async (): Promise<void> => {
      const { close } = await parts.catch(() => ({ close: async () => undefined }))
      await Promise.all([server.stop(), close()])
      unlock()
    }
    try {
      const [{ ehr }] = await Promise.all([parts, server.ready])
      const restartServer = async (): Promise<void> => {
        await server.stop()
        server = start()
        await server.ready
      }
      return { addresses, recorder, ehr, configFile, directory, server: () => server, restartServer, stop }
    } catch (error) {
      await stop()
      throw error
    }
  } catch (error) {
    unlock()
    throw error
  }
}

interface Parts {
  readonly ehr: Ehr
  readonly close: () => Promise<void>
}

interface PartsInput {
  readonly options: SandboxOptions
  readonly directory: string
  readonly addresses: Addresses
  readonly recorder: Recorder
}

/** The EHR and the payers, listening. */
async function startParts({ options, directory, addresses, recorder }: PartsInput): Promise<Parts> {
  const delayMs = options.delayMs ?? 0
  // Loaded after Precert was spawned: it opens its database meanwhile.
  const [{ buildEhr }, { buildPayer }] = await Promise.all([import('./ehr/app.ts'), import('./payer/build-payer.ts')])
  const ehr = await buildEhr({
    baseUrl: addresses.ehr,
    precertUrl: addresses.precert,
    tenantId: TENANT_ID,
    clientId: CLIENT_ID,
    scopes: TENANT_SCOPES,
    directory,
    chartsDirectory: options.chartsDirectory ?? null,
    payers: PAYERS.map(({ id, name }) => ({ name, url: addresses.payers[id] })),
    otherVendorKeys: readPublicKeys(join(directory, '../other-vendor.jwks.json')),
    recorder,
    delayMs,
  })
  const payers = PAYERS.map((payer) => ({
    url: addresses.payers[payer.id],
    app: buildPayer({
      id: payer.id,
      name: payer.name,
      dialect: payer.dialect,
      dtrDialect: payer.dtrDialect,
      deduplicates: payer.deduplicates,
      baseUrl: addresses.payers[payer.id],
      receiverId: payer.receiverId,
      phone: payer.phone,
      client: {
        clientId: CLIENT_ID,
        baseUrl: addresses.precert,
        jwksUrl: `${addresses.precert}/.well-known/jwks.json`,
        senderIds: [SENDER_ID],
      },
      journalFile: join(directory, `${payer.id}.jsonl`),
      questionnaireDir: join(findRoot(), 'questionnaires/cs-infusion'),
      recorder,
      delayMs,
      ...(options.pendMs === undefined ? {} : { pendMs: options.pendMs }),
    }),
  }))
  const apps = [{ url: addresses.ehr, app: ehr.app }, ...payers]
  await Promise.all(apps.map(({ url, app }) => app.listen({ host: '127.0.0.1', port: Number(new URL(url).port) })))
  return { ehr, close: async () => void (await Promise.all(apps.map(({ app }) => app.close()))) }
}

/** What `npm start` says when everything is ready: each address alone on its line. */
function printWelcome({ addresses, ehr, directory }: Sandbox): void {
  const lines = [
    `Ready in ${(performance.now() / 1000).toFixed(1)} s.`,
    '',
    'Sandbox EHR (a simulation; start here):',
    addresses.ehr,
    '',
    'Precert (opens inside the EHR):',
    addresses.precert,
    '',
    ...PAYERS.flatMap(({ id, name }) => [`${name} (a simulated payer):`, addresses.payers[id], '']),
    'Open the sandbox EHR, choose a scenario, add the infliximab order, press "Sign orders", then open Precert from the card.',
    `Data and the server's log are in ${directory}. Ctrl+C stops everything.`,
    ...(ehr.charts.problems.length === 0
      ? []
      : [
          '',
          'Of the other charts, this could not be loaded as it is:',
          ...ehr.charts.problems.map((text) => `  ${text}`),
        ]),
  ]
  console.log(lines.join('\n'))
}

async function main(): Promise<void> {
  const env = process.env
  const charts = env['SANDBOX_CHARTS']
  let stopping = false
  const starting = startSandbox({
    directory: env['PRECERT_DIR'] ?? '.precert',
    delayMs: Number(env['SANDBOX_DELAY_MS'] ?? '0'),
    preferredPorts: USUAL_PORTS,
    ...(charts === undefined || charts === '' ? {} : { chartsDirectory: charts }),
  })
  const shutDown = (): void => {
    if (stopping) return
    stopping = true
    void starting
      .then((sandbox) => sandbox.stop())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      )
  }
  process.on('SIGINT', shutDown)
  process.on('SIGTERM', shutDown)
  const sandbox = await starting
  if (stopping) return
  printWelcome(sandbox)
  const end = await sandbox.server().ended
  if (stopping) return
  stopping = true
  console.error(`${end}\nThe sandbox stops with it.`)
  await sandbox.stop()
  process.exit(1)
}

// The bundle may put this module into a chunk that the player shares: only the command itself starts anything.
if (/[/\\]start\.(js|ts)$/.test(process.argv[1] ?? ''))
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  })
