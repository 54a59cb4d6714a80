// Builds what `npm start` runs: the app and the launch pages with Vite, the server and the sandbox with esbuild. What stands in
// `dist` already, made of the same files, is left as it is: a later start does not wait for a build.
import { createHash } from 'node:crypto'
import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const quiet = process.argv.includes('--quiet')
const started = performance.now()
const STAMP = 'dist/built-of'
const stamp = await stampOf([
  ...['src', 'server', 'launch', 'sandbox', 'scripts', 'fhir-profiles', 'questionnaires', 'vendor'],
  ...['package.json', 'package-lock.json', 'vite.config.ts', 'tsconfig.json', 'tsconfig.base.json'],
])
if ((await readFile(STAMP, 'utf8').catch(() => '')) === stamp) process.exit(0)
const [{ build: bundle }, { build: viteBuild }] = await Promise.all([import('esbuild'), import('vite')])
await rm('dist', { recursive: true, force: true })
await Promise.all([
  viteBuild({ configFile: 'vite.config.ts', logLevel: quiet ? 'error' : 'warn' }),
  bundle({
    entryPoints: {
      'server/main': 'server/main.ts',
      'server/store/initialize': 'server/store/initialize.ts',
      'server/cql/worker': 'server/cql/worker.ts',
      'server/cql/translation-worker': 'server/cql/translation-worker.ts',
      'server/intermediary/bundle-thread': 'server/intermediary/bundle-thread.ts',
      'sandbox/start': 'sandbox/start.ts',
      'sandbox/play': 'sandbox/play.ts',
    },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    // Dependencies go into the bundle: one file is read many times faster than their hundreds. Left out is what brings files
    // of its own (wasm, fonts) or is loaded by few installations.
    external: ['@cqframework/cql', '@electric-sql/pglite', '@expo-google-fonts/noto-sans', 'pdfkit', 'pg'],
    // CommonJS among them asks for Node's own modules with `require`.
    banner: {
      js: "import { createRequire as createBundleRequire } from 'node:module'\nconst require = createBundleRequire(import.meta.url)",
    },
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'warning',
    chunkNames: 'chunks/[name]-[hash]',
  }),
])
// Data that the server reads from beside itself.
for (const folder of ['server/store/migrations', 'launch/pages', 'launch/text'])
  await cp(folder, `dist/${folder}`, { recursive: true })
await compressAssets('dist/app/assets')
// Last: a build that was cut short has none.
await writeFile(STAMP, stamp)
if (!quiet) console.log(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.`)

/** Lays a `.gz` beside each file that gains by it: the server sends that to whoever takes it, and compresses nothing itself. */
async function compressAssets(folder) {
  const names = (await readdir(folder)).filter((name) => /\.(js|css|svg|html|json)$/.test(name))
  await Promise.all(
    names.map(async (name) => {
      const content = await readFile(join(folder, name))
      if (content.length <= 1024) return
      await writeFile(join(folder, `${name}.gz`), await promisify(gzip)(content, { level: 9 }))
    }),
  )
}

/** What tells one state of these files and folders from another: each file's path, size and time of change. */
async function stampOf(paths) {
  const hash = createHash('sha256').update(process.version)
  for (const path of paths) {
    const below = (await stat(path)).isDirectory() ? await readdir(path, { recursive: true }) : ['']
    for (const name of below.sort()) {
      const file = await stat(join(path, name))
      if (file.isFile()) hash.update(`${join(path, name)} ${file.size} ${file.mtimeMs}\n`)
    }
  }
  return hash.digest('hex')
}
