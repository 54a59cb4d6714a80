/**
 * The thread that runs payers' CQL, which is hostile until proven otherwise: it has a heap of its own and can be stopped at
 * any moment. The engine gives CQL no way to files or network, and what the platform would give is taken away here.
 */
import { parentPort } from 'node:worker_threads'
import { TooMuchResult } from './encode-result.ts'
import type { EngineFailure, FromEngine, ToEngine } from './engine-messages.ts'
import { EngineSession, MissingValueSet } from './engine-session.ts'
import { fhirModel } from './fhir-types.ts'
import { Unsortable } from './sort-order.ts'

const port = parentPort
if (port === null) throw new Error('This runs in a worker thread')
const send = (message: FromEngine): void => port.postMessage(message)

for (const name of ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'BroadcastChannel'])
  Reflect.deleteProperty(globalThis, name)
fhirModel()

const sessions = new Map<number, EngineSession>()

port.on('message', (message: ToEngine) => {
  switch (message.type) {
    case 'open':
      open(message)
      return
    case 'add':
      sessions.get(message.session)?.add(message.resources)
      return
    case 'close':
      sessions.delete(message.session)
      return
    case 'evaluate':
      void evaluate(message).then(send)
  }
})
send({ type: 'ready' })

/** A session that cannot be opened answers every question with a failure. */
function open({ session, input }: ToEngine & { type: 'open' }): void {
  try {
    sessions.set(session, new EngineSession(input))
  } catch {
    sessions.delete(session)
  }
}

async function evaluate({ session, name }: ToEngine & { type: 'evaluate' }): Promise<FromEngine> {
  const open = sessions.get(session)
  if (open === undefined) return { type: 'failure', failure: { reason: 'failed' } }
  try {
    return { type: 'result', result: await open.evaluate(name) }
  } catch (error) {
    return { type: 'failure', failure: failureOf(error) }
  }
}

/** cql-execution wraps what is thrown inside it, with the text and place of it. */
function failureOf(error: unknown): EngineFailure {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof MissingValueSet) return { reason: 'value-set', canonical: at.canonical }
    if (at instanceof TooMuchResult) return { reason: 'too-much' }
    if (at instanceof Unsortable) return { reason: 'unordered' }
    if (at.message.includes("'SingletonFrom' requires")) return { reason: 'several' }
    if (at.message.startsWith('Invalid UCUM unit')) return { reason: 'unit' }
  }
  return { reason: 'failed' }
}
