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
import type { SourceFault } from '#domain/dtr/cql/cql-source.ts'
import { listIncludes, readFhirVersion } from '#domain/dtr/cql/library.ts'
import { systemModelInfo } from './system-model.ts'
import { translateInParts, type Attempt, type InParts } from './translate-in-parts.ts'

const port = parentPort
if (port === null) throw new Error('This runs in a worker thread')
const send = (message: FromTranslator): void => port.postMessage(message)

const managers = new Map<string, ModelManager>()

/** A manager keeps to the first version of a model that it meets: each version of FHIR has one of its own. */
function modelsOf(version: string | null): ModelManager {
  const known = managers.get(version ?? '')
  if (known !== undefined) return known
  const models = new ModelManager()
  models.modelInfoLoader.registerModelInfoProvider(
    createModelInfoProvider((id, _system, of) => {
      const xml = id === 'System' ? systemModelInfo() : id === 'FHIR' ? fhirModelInfo(of) : undefined
      return xml === undefined ? null : (stringAsSource(xml) as unknown)
    }),
  )
  managers.set(version ?? '', models)
  return models
}

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

type Include = ToTranslator['includes'][number]

/** The libraries of one package, each translated once. */
class Package {
  readonly includes: ToTranslator['includes']
  private readonly manager: LibraryManager
  private readonly done = new Map<Include, InParts | undefined>()

  constructor(includes: ToTranslator['includes'], models: ModelManager) {
    this.includes = includes
    this.manager = new LibraryManager(models, new CqlCompilerOptions().withOptions([]), undefined, acceptAnyUnit)
    this.manager.librarySourceLoader.registerProvider(
      createLibrarySourceProvider((id, _system, version) => {
        const found = this.find({ id, version: version ?? null })
        const source = found === undefined ? undefined : this.done.get(found)?.source
        return source === undefined ? null : (stringAsSource(source) as unknown)
      }),
    )
  }

  /** Whatever a library includes comes first, in the state in which it can be translated. */
  translate(source: string): InParts | undefined {
    const own = this.includes.find((include) => include.source === source)
    if (own !== undefined && this.done.has(own)) return this.done.get(own)
    // A library that includes itself, over others or not, finds itself missing.
    if (own !== undefined) this.done.set(own, undefined)
    for (const one of listIncludes(source)) {
      const include = this.find(one)
      if (include !== undefined) this.translate(include.source)
    }
    const translated = translateInParts(source, (text) => this.attempt(text))
    if (own !== undefined) this.done.set(own, translated)
    return translated
  }

  private find({ id, version }: Pick<Include, 'id' | 'version'>): Include | undefined {
    const named = this.includes.filter((one) => one.id === id)
    return named.find((one) => one.version === version) ?? (version === null ? named[0] : undefined)
  }

  /** What includes a library need not compile it again. */
  private keep(translator: CqlTranslator): void {
    const identifier = translator.toELM()?.identifier
    const library: unknown = translator.translatedLibrary
    if (identifier?.id === undefined || library === undefined || library === null) return
    this.manager.compiledLibraries.asJsMapView().set(identifier, library)
  }

  private attempt(source: string): Attempt {
    const translator = CqlTranslator.fromText(source, this.manager)
    const elm = translator.toJson()
    if (translator.errors.asJsReadonlyArrayView().length > 0) return { elm, faults: readFaults(elm) }
    this.keep(translator)
    return { elm, faults: [] }
  }
}

/** Only the annotations of the ELM say where an error is. Lines count from 1; columns from 0 in the grammar, else from 1. */
function readFaults(elm: string): SourceFault[] {
  const { annotation = [] } = (JSON.parse(elm) as { library: { annotation?: readonly Annotation[] } }).library
  const faults = annotation.filter(({ type, errorSeverity }) => type === 'CqlToElmError' && errorSeverity === 'error')
  return faults.map(({ errorType, libraryId = null, startLine = 1, startChar = 1 }) => {
    const isSyntax = errorType === 'syntax'
    return { isSyntax, library: libraryId, line: startLine, column: isSyntax ? startChar : startChar - 1 }
  })
}

interface Annotation {
  readonly type?: string
  readonly errorType?: string
  readonly errorSeverity?: string
  readonly libraryId?: string
  readonly startLine?: number
  readonly startChar?: number
}

/** Libraries that were compiled for one package need not be for its next source. */
let last: { readonly key: string; readonly whole: Package } | undefined

function packageOf({ source, includes }: ToTranslator): Package {
  const version = readFhirVersion(source)
  const key = JSON.stringify([version, includes])
  if (last?.key !== key) last = { key, whole: new Package(includes, modelsOf(version)) }
  return last.whole
}

port.on('message', (question: ToTranslator) => {
  try {
    const { elm, leftOut } = packageOf(question).translate(question.source) ?? { elm: null, leftOut: [] }
    send({ type: 'translated', translation: elm === null ? null : { elm, leftOut } })
  } catch {
    last = undefined
    send({ type: 'translated', translation: null })
  }
})
send({ type: 'ready' })
