/**
 * One engine, one case, in a process of its own: `populate-child ENGINE ITEMS RESOURCES WARM-UPS RUNS PEERS`. Prints its times and its
 * answers. Each run gets the form and the chart new: nothing of them is kept from the run before.
 */
import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import { makeCase, type PopulateCase } from './populate-data.ts'
import { loadPeer } from './populate-peer.ts'
import { populateByPrecert } from './populate-precert.ts'

export interface ChildResult {
  readonly cpu: readonly number[]
  readonly wall: readonly number[]
  readonly answers: Readonly<Record<string, readonly unknown[]>>
}

const [engine = '', items, resources, warmUps, runs, peers = ''] = process.argv.slice(2)
const ENGINES: Readonly<Record<string, (of: PopulateCase) => Promise<QuestionnaireResponse>>> = {
  precert: populateByPrecert,
  peer: loadPeer(peers),
}

function answersOf(response: QuestionnaireResponse): Record<string, unknown[]> {
  const found: Record<string, unknown[]> = {}
  const visit = (items: readonly QuestionnaireResponseItem[] = []): void => {
    for (const { linkId, answer, item } of items) {
      const values = (answer ?? []).flatMap((one) =>
        Object.entries(one).flatMap(([name, value]): unknown[] => (name.startsWith('value') ? [value] : [])),
      )
      if (values.length > 0) found[linkId] = values
      visit(item)
    }
  }
  visit(response.item)
  return found
}

const populate = ENGINES[engine]
if (populate === undefined) throw new Error(`No engine is called ${engine}`)
// All made beforehand: what a run costs is then the engine's doing, not that of the chart's making.
const fresh = Array.from({ length: Number(runs) }, () => makeCase(Number(items), Number(resources)))
// The engine's own code is loaded and warm, as it is in a server that has filled forms before.
for (let turn = 0; turn < Number(warmUps); turn += 1) await populate(makeCase(200, 500))
const [cpu, wall]: [number[], number[]] = [[], []]
let answers: ChildResult['answers'] = {}
for (const one of fresh) {
  const [before, began] = [process.cpuUsage(), performance.now()]
  const response = await populate(one)
  const { user, system } = process.cpuUsage(before)
  wall.push(performance.now() - began)
  cpu.push((user + system) / 1000)
  answers = answersOf(response)
}
process.stdout.write(`${JSON.stringify({ cpu, wall, answers } satisfies ChildResult)}\n`)
// The peer keeps a timer of 30 s running.
process.exit(0)
