/** What the engine and its worker thread say to each other. */
import type { CqlResult } from '#domain/dtr/cql/result.ts'
import type { DefineName, SessionInput } from './engine-session.ts'

export type ToEngine =
  | { readonly type: 'open'; readonly session: number; readonly input: SessionInput }
  | { readonly type: 'add'; readonly session: number; readonly resources: readonly object[] }
  | { readonly type: 'evaluate'; readonly session: number; readonly name: DefineName }
  | { readonly type: 'close'; readonly session: number }

/** No text of an error leaves the worker: it may quote the chart. */
export type EngineFailure =
  | { readonly reason: 'failed' | 'timeout' | 'memory' | 'too-much' | 'several' | 'unit' | 'unordered' }
  | { readonly reason: 'value-set'; readonly canonical: string }

/** The answer to one `evaluate`. */
export type FromEngine =
  | { readonly type: 'ready' }
  | { readonly type: 'result'; readonly result: CqlResult }
  | { readonly type: 'failure'; readonly failure: EngineFailure }
