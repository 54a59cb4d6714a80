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
    packages: 'external',
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
