/**
 * CQL sources to ELM, in a thread of its own: the translator is large, slow and made for trusted text. What was translated
 * once is kept by the hash of everything it was translated with.
 */
import { createHash } from 'node:crypto'
import type { Library } from 'fhir/r4'
import { listIncludes, readHeader, readSource, type Translation } from '#domain/dtr/cql/library.ts'
import type { CqlSource, Translations } from '#domain/dtr/cql/package.ts'
import { LimitedThread, type ThreadLimits } from './limited-thread.ts'
import { threadFile } from '../thread-file.ts'

/** One source to translate, and those of all libraries that it may include. */
export interface ToTranslator {
  readonly source: string
  readonly includes: readonly { readonly id: string; readonly version: string | null; readonly source: string }[]
}

/** Null for a source of which nothing can be translated. */
export type FromTranslator =
  { readonly type: 'ready' } | { readonly type: 'translated'; readonly translation: Translation | null }

export interface CqlTranslator {
  /** Translates sources of a package; `libraries` are all of it. What cannot be translated is null or `stopped`. */
  translate(sources: readonly CqlSource[], libraries: readonly Library[]): Promise<Translations>
  close(): Promise<void>
}

/** Seconds of work; a machine that does much else takes ten times as long. */
const LIMITS: ThreadLimits = { timeMs: 90_000, memoryMb: 1_024, startMs: 30_000, idleMs: 60_000 }

/** A package whose sources had to be given up this often is not translated any further. */
const MAX_STOPS = 2

/** The cache is for the sources of a tenant's payers: a few hundred libraries. */
const MAX_KEPT = 500

/** Creates a translator; its thread starts with the first source that is not known yet. */
export function createCqlTranslator(limits: Partial<ThreadLimits> = {}): CqlTranslator {
  const thread = new LimitedThread<ToTranslator, FromTranslator>(threadFile('cql/translation-worker'), {
    ...LIMITS,
    ...limits,
  })
  const kept = new Map<string, Promise<Translation | null | undefined>>()

  const translateOne = async (question: ToTranslator): Promise<Translation | null | undefined> => {
    const answered = await thread.ask(question)
    return answered.ok && answered.answer.type === 'translated' ? answered.answer.translation : undefined
  }

  /** Undefined where the thread had to be stopped. */
  const remember = (question: ToTranslator): Promise<Translation | null | undefined> => {
    const key = createHash('sha256').update(JSON.stringify(question)).digest('hex')
    const known = kept.get(key)
    if (known !== undefined) return known
    const [oldest] = kept.keys()
    if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest)
    // What the thread had to give up on is tried again another time.
    const translated = translateOne(question).then((translation) => {
      if (translation === undefined) kept.delete(key)
      return translation
    })
    kept.set(key, translated)
    return translated
  }

  return {
    async translate(sources, libraries) {
      const includes = libraries.flatMap((library) => {
        const source = readSource(library)
        const header = source === null ? null : readHeader(source)
        return source === null || header === null ? [] : [{ ...header, source }]
      })
      const translated = new Map<string, Translation | 'stopped' | null>()
      let stops = 0
      for (const { key, source } of includedFirst(sources)) {
        const translation = stops < MAX_STOPS ? await remember({ source, includes }) : undefined
        if (translation === undefined) stops += 1
        translated.set(key, translation === undefined ? 'stopped' : translation)
      }
      return translated
    },
    close: () => thread.end(),
  }
}

/** Included before including: the thread then has each ready, and no one question waits for all of them. */
function includedFirst(sources: readonly CqlSource[]): CqlSource[] {
  const byId = new Map(sources.map((one) => [readHeader(one.source)?.id, one]))
  const ordered = new Set<CqlSource>()
  const entered = new Set<CqlSource>()
  const enter = (one: CqlSource): void => {
    if (entered.has(one)) return
    entered.add(one)
    for (const { id } of listIncludes(one.source)) {
      const included = byId.get(id)
      if (included !== undefined) enter(included)
    }
    ordered.add(one)
  }
  sources.forEach(enter)
  return [...ordered]
}
