// Builds what `npm start` runs: the app and the launch pages with Vite, the server and the sandbox with esbuild.
import { build as bundle } from 'esbuild'
import { build as viteBuild } from 'vite'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const quiet = process.argv.includes('--quiet')
const started = performance.now()
await rm('dist', { recursive: true, force: true })
await Promise.all([
  viteBuild({ configFile: 'vite.config.ts', logLevel: quiet ? 'error' : 'warn' }),
  bundle({
    entryPoints: {
      'server/main': 'server/main.ts',
      'server/store/initialize': 'server/store/initialize.ts',
      'server/cql/worker': 'server/cql/worker.ts',
      'server/cql/translation-worker': 'server/cql/translation-worker.ts',
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
