// Builds what `npm start` runs: the app and the launch pages with Vite, the server and the sandbox with esbuild.
import { build as bundle } from 'esbuild'
import { build as viteBuild } from 'vite'
import { cp, rm } from 'node:fs/promises'

const quiet = process.argv.includes('--quiet')
const started = performance.now()
await rm('dist', { recursive: true, force: true })
await Promise.all([
  viteBuild({ configFile: 'vite.config.ts', logLevel: quiet ? 'error' : 'warn' }),
  bundle({
    entryPoints: {
      'server/main': 'server/main.ts',
      'server/store/initialize': 'server/store/initialize.ts',
      'sandbox/start': 'sandbox/start.ts',
      'sandbox/play': 'sandbox/play.ts',
    },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    // Dependencies go into the bundle: one file is read many times faster than their hundreds. Left out is what brings files
    // of its own (wasm, fonts) or is loaded by few installations.
    external: ['@electric-sql/pglite', '@expo-google-fonts/noto-sans', 'pdfkit', 'pg'],
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
if (!quiet) console.log(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
