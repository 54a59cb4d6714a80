/** What runs CQL, made once for the server: an engine and a translator, each with a thread that starts when it is needed. */
import { createCqlEngine } from './cql-engine.ts'
import { createCqlTranslator } from './cql-translator.ts'
import type { FormCqlDeps } from './form-cql.ts'

export interface CqlRuntime extends FormCqlDeps {
  close(): Promise<void>
}

export function createCqlRuntime(): CqlRuntime {
  const engine = createCqlEngine()
  const translator = createCqlTranslator()
  return {
    engine,
    translator,
    async close() {
      await Promise.all([engine.close(), translator.close()])
    },
  }
}
