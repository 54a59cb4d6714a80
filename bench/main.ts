/** `npm run --silent bench -- NAME`: a timed run, never a test. The last line of its output is one JSON object. */
import { runCql } from './cql.ts'
import { runLaunch } from './launch.ts'
import { runPopulate } from './populate.ts'
import { runRender } from './render.ts'

const RUNS: Readonly<Record<string, () => Promise<object>>> = {
  cql: runCql,
  launch: runLaunch,
  populate: runPopulate,
  render: runRender,
}

const name = process.argv[2] ?? ''
const run = RUNS[name]
if (run === undefined) {
  console.error(`Usage: npm run --silent bench -- ${Object.keys(RUNS).join('|')}`)
  process.exit(2)
}
console.log(JSON.stringify(await run()))
