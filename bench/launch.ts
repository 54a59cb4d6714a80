/** The figures of a launch: how fast it is, how much it loads, how much it holds. */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { measureCrdOverhead } from './crd-overhead.ts'
import { measureCoverageScripts, measureFilledForm, type FilledForm } from './filled-form.ts'
import { median } from './median.ts'
import { startBuilt } from './running-sandbox.ts'

const STARTS = 3
const LAUNCHES = 5
const REST_MS = 10_000

const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, REST_MS))

export async function runLaunch(): Promise<object> {
  const root = mkdtempSync(join(tmpdir(), 'precert-bench-'))
  const directory = join(root, '.precert')
  try {
    const first = await startBuilt(directory)
    await rest()
    const idleRss = first.readServerRss()
    await first.stop()
    const starts: number[] = []
    for (let turn = 0; turn < STARTS; turn++) {
      const again = await startBuilt(directory)
      starts.push(again.startMs)
      await again.stop()
    }
    const sandbox = await startBuilt(directory)
    try {
      // What a start leaves for later (expressions compiled, housekeeping) is over by then.
      await rest()
      const overhead = await measureCrdOverhead(sandbox)
      const scripts = await measureCoverageScripts(sandbox)
      const runs: FilledForm[] = []
      for (let turn = 0; turn < LAUNCHES; turn++) runs.push(await measureFilledForm(sandbox))
      return {
        filled_ms: Math.round(median(runs.map((run) => run.filledMs))),
        coverage_js_gzip_kb: round(scripts),
        idle_rss_mb: round(idleRss),
        first_start_ms: Math.round(first.startMs),
        start_ms: Math.round(median(starts)),
        crd_overhead_ms: round(overhead),
        // Beyond what was asked for: every answer of the form on the screen, and the coverage screen alone.
        filled_all_ms: Math.round(median(runs.map((run) => run.filledAllMs))),
        coverage_ms: Math.round(median(runs.map((run) => run.coverageMs))),
        filled_runs_ms: runs.map((run) => Math.round(run.filledMs)),
        cores: cpus().length,
        cpu: cpus()[0]?.model ?? '',
        memory_gb: round(totalmem() / 1e9),
        node: process.version,
        chromium: runs[0]?.chromium ?? '',
      }
    } finally {
      await sandbox.stop()
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const round = (value: number): number => Math.round(value * 10) / 10
