/**
 * The thread that translates CQL. Old files were written for older translators: lists are promoted and demoted as those did.
 * Units are not checked here; the engine does when it meets them.
 */
import { parentPort } from 'node:worker_threads'
import {
  CqlCompilerOptions,
  CqlTranslator,
  createLibrarySourceProvider,
  createModelInfoProvider,
  createUcumService,
  LibraryManager,
  ModelManager,
  stringAsSource,
} from '@cqframework/cql/cql-to-elm'
import fhir400 from 'cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.0.xml.js'
import fhir401 from 'cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml.js'
import type { FromTranslator, ToTranslator } from './cql-translator.ts'
import { systemModelInfo } from './system-model.ts'

const port = parentPort
if (port === null) throw new Error('This runs in a worker thread')
const send = (message: FromTranslator): void => port.postMessage(message)

const models = new ModelManager()
models.modelInfoLoader.registerModelInfoProvider(
  createModelInfoProvider((id, _system, version) => {
    const xml = id === 'System' ? systemModelInfo() : id === 'FHIR' ? fhirModelInfo(version) : undefined
    return xml === undefined ? null : (stringAsSource(xml) as unknown)
  }),
)

function fhirModelInfo(version: unknown): string | undefined {
  if (version === '4.0.0') return fhir400
  return version === '4.0.1' || version === null || version === undefined ? fhir401 : undefined
}

const acceptAnyUnit = createUcumService(
  (value) => value,
  () => null,
  (left) => left,
  (left) => left,
) as unknown

let last: { readonly key: string; readonly manager: LibraryManager } | undefined

/** Libraries that were compiled for one source of a package need not be for the next. */
function managerFor(includes: ToTranslator['includes']): LibraryManager {
  const key = JSON.stringify(includes)
  if (last?.key === key) return last.manager
  const manager = new LibraryManager(models, new CqlCompilerOptions().withOptions([]), undefined, acceptAnyUnit)
  manager.librarySourceLoader.registerProvider(
    createLibrarySourceProvider((id, _system, version) => {
      const named = includes.filter((one) => one.id === id)
      const found = named.find((one) => one.version === version) ?? (version === null ? named[0] : undefined)
      return found === undefined ? null : (stringAsSource(found.source) as unknown)
    }),
  )
  last = { key, manager }
  return manager
}

port.on('message', ({ source, includes }: ToTranslator) => {
  try {
    const translator = CqlTranslator.fromText(source, managerFor(includes))
    const isFaulty = translator.errors.asJsReadonlyArrayView().length > 0
    send({ type: 'translated', elm: isFaulty ? null : translator.toJson() })
  } catch {
    last = undefined
    send({ type: 'translated', elm: null })
  }
})
send({ type: 'ready' })
