/**
 * A FHIR Library as a carrier of CQL: its ELM where it brings any, its source where it does not, and what is wrong with it.
 * Real packages name libraries differently in FHIR and in ELM, and leave out canonicals (DTR "Name resolution").
 */
import type { Library } from 'fhir/r4'
import { isMalformed, parseElm, type ElmLibrary } from './elm.ts'

export interface CqlLibrary {
  /** Identifier in CQL; the FHIR name where there is no code to say it. */
  readonly id: string
  readonly version: string | null
  readonly name: string | null
  /** Canonical, or `Library/<id>` where the package gives none. */
  readonly url: string | null
  readonly elm: ElmLibrary | null
  /** Source text, for a library without usable ELM. */
  readonly source: string | null
  readonly fault: 'malformed' | 'untranslated' | null
}

const CQL_HEADER = /^\s*library\s+(?:"([^"]+)"|([\w.]+))(?:\s+version\s+'([^']+)')?/m

/** Reads the libraries of a package that hold CQL; others (FHIRPath, queries) are left out. */
export function readCqlLibraries(libraries: readonly Library[]): CqlLibrary[] {
  return libraries.flatMap((library) => {
    const compiled = attachmentText(library, 'application/elm+json')
    const source = readSource(library)
    return compiled === null && source === null ? [] : [readOne(library, compiled, source)]
  })
}

function readOne(library: Library, compiled: string | null, source: string | null): CqlLibrary {
  const elm = compiled === null ? null : (parseElm(compiled) ?? null)
  const header = source === null ? null : readHeader(source)
  const malformed = (compiled !== null && elm === null && source === null) || (elm !== null && isMalformed(elm))
  return {
    id: elm?.identifier.id ?? header?.id ?? library.name ?? library.id ?? '?',
    version: elm?.identifier.version ?? header?.version ?? library.version ?? null,
    name: library.name ?? null,
    url: library.url ?? (library.id === undefined ? null : `Library/${library.id}`),
    elm: malformed ? null : elm,
    source: elm === null ? source : null,
    fault: malformed ? 'malformed' : elm === null ? 'untranslated' : null,
  }
}

/** What a CQL source calls itself; comments before it are passed over. */
export function readHeader(source: string): { id: string; version: string | null } | null {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const found = CQL_HEADER.exec(code)
  const id = found?.[1] ?? found?.[2]
  return id === undefined ? null : { id, version: found?.[3] ?? null }
}

/** The CQL source that a library carries. */
export const readSource = (library: Library): string | null => attachmentText(library, 'text/cql')

function attachmentText({ content }: Library, contentType: string): string | null {
  const found = content?.find((one) => one.contentType?.split(';')[0]?.trim() === contentType && one.data !== undefined)
  return found?.data === undefined ? null : decodeBase64(found.data)
}

function decodeBase64(text: string): string | null {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)))
  } catch {
    return null
  }
}
