/** Population side by side with `@aehrc/sdc-populate`: CPU and wall medians, and whether the answers agree. */
import { execFile } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { median } from './median.ts'
import type { ChildResult } from './populate-child.ts'
import { installPeers, PEERS } from './peers.ts'

const SIZES = [
  [50, 1_000],
  [200, 1_000],
  [200, 10_000],
  [1_000, 10_000],
] as const
const RUNS = 7
/** Until the engine's code is compiled; the peer spends its time in code that is compiled much sooner. */
const WARM_UPS = 20
const PEER_WARM_UPS = 4

const run = promisify(execFile)

/** The child, built as the server is: a loader for TypeScript costs time that the product does not spend. */
async function buildChild(): Promise<string> {
  const outfile = fileURLToPath(new URL('../dist/bench/populate-child.js', import.meta.url))
  const entryPoints = [fileURLToPath(new URL('./populate-child.ts', import.meta.url))]
  const platform = { bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' } as const
  await build({ ...platform, entryPoints, outfile, logLevel: 'warning' })
  return outfile
}

async function runEngine(script: string, engine: string, ...figures: readonly number[]): Promise<ChildResult> {
  const parameters = [script, engine, ...figures.map(String), PEERS]
  const { stdout } = await run(process.execPath, parameters, { maxBuffer: 64 << 20 })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ChildResult
}

const round = (value: number): number => Math.round(value * 10) / 10

/** The peer takes seconds to minutes on large cases: fewer runs there. */
const peerRuns = (items: number, resources: number): number => (items * resources > 1e6 ? (items > 500 ? 2 : 3) : RUNS)

export async function runPopulate(): Promise<object> {
  installPeers()
  const script = await buildChild()
  const cases: object[] = []
  for (const [items, resources] of SIZES) {
    const precert = await runEngine(script, 'precert', items, resources, WARM_UPS, RUNS)
    const peer = await runEngine(script, 'peer', items, resources, PEER_WARM_UPS, peerRuns(items, resources))
    const cold = await runEngine(script, 'precert', items, resources, 0, 1)
    const [cpu, peerCpu] = [median(precert.cpu), median(peer.cpu)]
    cases.push({
      items,
      resources,
      precert_ms: round(cpu),
      peer_ms: round(peerCpu),
      ratio: round(peerCpu / cpu),
      precert_wall_ms: round(median(precert.wall)),
      peer_wall_ms: round(median(peer.wall)),
      // The first form of a process that has just started.
      precert_cold_ms: round(median(cold.cpu)),
      answers: Object.keys(precert.answers).length,
      differing: differences(precert.answers, peer.answers),
    })
  }
  return { cases, cores: cpus().length, cpu: cpus()[0]?.model ?? '', node: process.version }
}

/** Link ids whose answers are not the same. */
function differences(a: ChildResult['answers'], b: ChildResult['answers']): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (linkId) => JSON.stringify(a[linkId]) !== JSON.stringify(b[linkId]),
  )
}
