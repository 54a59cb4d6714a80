/**
 * CQL sources to ELM, in a thread of its own: the translator is large, slow and made for trusted text. What was translated
 * once is kept by the hash of everything it was translated with.
 */
import { createHash } from 'node:crypto'
import type { Library } from 'fhir/r4'
import { readHeader, readSource } from '#domain/dtr/cql-library.ts'
import type { CqlSource, Translations } from '#domain/dtr/cql-package.ts'
import { LimitedThread, type ThreadLimits } from './limited-thread.ts'
import { threadFile } from './thread-file.ts'

/** One source to translate, and those of all libraries that it may include. */
export interface ToTranslator {
  readonly source: string
  readonly includes: readonly { readonly id: string; readonly version: string | null; readonly source: string }[]
}

/** ELM as JSON text; null for a source with errors. */
export type FromTranslator = { readonly type: 'ready' } | { readonly type: 'translated'; readonly elm: string | null }

export interface CqlTranslator {
  /** Translates sources of a package; `libraries` are all of it. What cannot be translated is null. */
  translate(sources: readonly CqlSource[], libraries: readonly Library[]): Promise<Translations>
  close(): Promise<void>
}

const LIMITS: ThreadLimits = { timeMs: 15_000, memoryMb: 1_024, startMs: 30_000, idleMs: 60_000 }

/** A package whose sources had to be given up this often is not translated any further. */
const MAX_STOPS = 2

/** The cache is for the sources of a tenant's payers: a few hundred libraries. */
const MAX_KEPT = 500

/** Creates a translator; its thread starts with the first source that is not known yet. */
export function createCqlTranslator(limits: Partial<ThreadLimits> = {}): CqlTranslator {
  const thread = new LimitedThread<ToTranslator, FromTranslator>(threadFile('translation-worker'), {
    ...LIMITS,
    ...limits,
  })
  const kept = new Map<string, Promise<string | null | undefined>>()

  const translateOne = async (question: ToTranslator): Promise<string | null | undefined> => {
    const answered = await thread.ask(question)
    return answered.ok && answered.answer.type === 'translated' ? answered.answer.elm : undefined
  }

  /** Undefined where the thread had to be stopped. */
  const remember = (question: ToTranslator): Promise<string | null | undefined> => {
    const key = createHash('sha256').update(JSON.stringify(question)).digest('hex')
    const known = kept.get(key)
    if (known !== undefined) return known
    const [oldest] = kept.keys()
    if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest)
    // What the thread had to give up on is tried again another time.
    const translated = translateOne(question).then((elm) => {
      if (elm === undefined) kept.delete(key)
      return elm
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
      const translated = new Map<string, string | null>()
      let stops = 0
      for (const { key, source } of sources) {
        const elm = stops < MAX_STOPS ? await remember({ source, includes }) : undefined
        if (elm === undefined) stops += 1
        translated.set(key, elm ?? null)
      }
      return translated
    },
    close: () => thread.end(),
  }
}
