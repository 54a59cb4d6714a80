/** The questionnaire screen in a real Chromium, beside the published smart-forms renderer: first render, one edit, size. */
import { cpus } from 'node:os'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { openBrowser } from '../test/support/browser.ts'
import { median } from './median.ts'
import { installPeers, PEERS } from './peers.ts'
import { measurePage, type Rendered, type Target } from './render-page.ts'
import { serveForms } from './render-server.ts'

const RUNS = 3
/** The peer takes seconds a form, and many for a long one: its figures are far from any bar. */
const peerRuns = ({ items }: Form): number => (items < LONG ? 2 : 1)
const LONG = 1_000
const FORMS = [
  { items: 50, expressions: 0 },
  { items: 200, expressions: 0 },
  { items: 1_000, expressions: 0 },
  { items: 1_000, expressions: 20 },
] as const

export async function runRender(): Promise<object> {
  const peer = await bundlePeer()
  const server = await serveForms({ script: peer })
  const { context, close } = await openBrowser()
  try {
    const cases: object[] = []
    let chromium = ''
    for (const form of FORMS) {
      const ours = await repeat(RUNS, () => measurePage(context, ourTarget(server.origin, form)))
      const theirs = await repeat(peerRuns(form), () => measurePage(context, peerTarget(server.origin, form)))
      chromium = ours[0]?.chromium ?? ''
      cases.push({
        items: form.items,
        expressions: form.expressions,
        first_render_ms: middle(ours, 'firstMs'),
        peer_ms: middle(theirs, 'firstMs'),
        all_items_ms: middle(ours, 'allMs'),
        edit_script_ms: middle(ours, 'editScriptMs'),
        save_script_ms: middle(ours, 'saveScriptMs'),
        long_tasks: middle(ours, 'longTasks'),
        peer_edit_script_ms: middle(theirs, 'editScriptMs'),
        peer_long_task_ms: middle(theirs, 'longTaskMs'),
      })
    }
    const { gzipKb: own, withReactKb } = await measureOurs()
    return {
      cases,
      gzip_kb: own,
      gzip_with_react_kb: withReactKb,
      peer_gzip_kb: gzipKb(peer),
      cores: cpus().length,
      cpu: cpus()[0]?.model ?? '',
      node: process.version,
      chromium,
    }
  } finally {
    await close()
    await server.close()
  }
}

type Form = (typeof FORMS)[number]

const nameOf = ({ items, expressions }: Form): string => `${String(items)}-${String(expressions)}`

function ourTarget(origin: string, form: Form): Target {
  return {
    url: `${origin}/l/bench/cases/${nameOf(form)}/form`,
    question: '[data-item]',
    questions: form.items,
    field: '[data-item="g2.0"] input',
  }
}

function peerTarget(origin: string, form: Form): Target {
  return {
    url: `${origin}/peer/${nameOf(form)}`,
    question: '[data-linkid*="."]',
    questions: form.items,
    field: '#decimal-g2\\.0',
  }
}

async function repeat(times: number, run: () => Promise<Rendered>): Promise<Rendered[]> {
  const all: Rendered[] = []
  for (let turn = 0; turn < times; turn++) all.push(await run())
  return all
}

function middle(runs: readonly Rendered[], name: Exclude<keyof Rendered, 'chromium'>): number {
  return round(median(runs.map((run) => run[name])))
}

/** The peer and all it brings, minified into one script. It is installed on first use, outside the product's lock file. */
async function bundlePeer(): Promise<string> {
  installPeers()
  return bundle(`${PEERS}smart-forms-page.js`)
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    outdir: 'out',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.woff': 'empty', '.woff2': 'empty' },
    logLevel: 'error',
  })
  return outputFiles.find(({ path }) => path.endsWith('.js'))?.text ?? ''
}
const gzipKb = (script: string): number => round(gzipSync(script, { level: 9 }).length / 1000)
const round = (value: number): number => Math.round(value * 10) / 10

/** Engine, renderer and fhirpath with what they import; React comes with the app, and late chunks with those who need them. */
async function measureOurs(): Promise<{ readonly gzipKb: number; readonly withReactKb: number }> {
  return { gzipKb: await sizeOf(REACT), withReactKb: await sizeOf([]) }
}

const REACT = ['react', 'react/jsx-runtime', 'react-dom', 'react-dom/client']

async function sizeOf(external: readonly string[]): Promise<number> {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `export * from './src/app/features/questionnaire/form-screen.tsx'
        export * from './src/domain/dtr/expression/fhirpath-evaluator.ts'
        export * from 'react-dom/client'`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    splitting: true,
    format: 'esm',
    jsx: 'automatic',
    outdir: 'out',
    external: [...external],
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.svg': 'empty' },
    logLevel: 'error',
  })
  const first = new Set(['out/stdin.js'])
  for (const name of first)
    for (const { path, kind } of metafile.outputs[name]?.imports ?? [])
      if (kind === 'import-statement' && path in metafile.outputs) first.add(path)
  const scripts = outputFiles.filter(({ path }) => [...first].some((name) => path.endsWith(name)))
  return round(scripts.reduce((sum, { text }) => sum + gzipSync(text, { level: 9 }).length, 0) / 1000)
}
