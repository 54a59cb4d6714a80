/** `npm run --silent bench -- NAME`: a timed run, never a test. The last line of its output is one JSON object. */
import { runCql } from './cql.ts'
import { runInquire } from './inquire.ts'
import { runDifferential } from './differential.ts'
import { runFaults } from './faults.ts'
import { runFuzzBench } from './fuzz.ts'
import { runLaunch } from './launch.ts'
import { runPopulate } from './populate.ts'
import { runRender } from './render.ts'
import { runValidate } from './validate.ts'
import { runSubmit } from './submit.ts'

const RUNS: Readonly<Record<string, () => Promise<object>>> = {
  cql: runCql,
  faults: runFaults,
  fuzz: runFuzzBench,
  inquire: runInquire,
  differential: runDifferential,
  launch: runLaunch,
  populate: runPopulate,
  render: runRender,
  validate: runValidate,
  submit: runSubmit,
}

const name = process.argv[2] ?? ''
const run = RUNS[name]
if (run === undefined) {
  console.error(`Usage: npm run --silent bench -- ${Object.keys(RUNS).join('|')}`)
  process.exit(2)
}
console.log(JSON.stringify(await run()))
