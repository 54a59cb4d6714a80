/**
 * A FHIR Library as a carrier of CQL: its ELM where it brings any, its source where it does not, and what is wrong with it.
 * Real packages name libraries differently in FHIR and in ELM, and leave out canonicals (DTR "Name resolution").
 */
import type { Attachment, Library } from 'fhir/r4'
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
  readonly fault: CqlFault | null
  /** Defines and functions that the ELM lacks because they could not be translated. */
  readonly leftOut: readonly LeftOut[]
}

export interface LeftOut {
  readonly name: string
  /** The library, as `id|version`, for want of which it could not be translated. */
  readonly missing: string | null
}

/** A source made ELM, as JSON text. */
export interface Translation {
  readonly elm: string
  readonly leftOut: readonly LeftOut[]
}

/**
 * Why a library cannot run: it is wrong, it could not be translated, its translation took too long and was stopped, it came
 * without its text (only an address, or a form that nobody here reads), it speaks of another FHIR than the chart's, or its
 * source of another data model (QICore, US Core, QUICK), which only its author's translator knows.
 */
export type CqlFault = 'malformed' | 'untranslated' | 'stopped' | 'no-content' | 'other-fhir' | 'other-model'

const CQL_HEADER = /^\s*library\s+(?:"([^"]+)"|([\w.]+))(?:\s+version\s+'([^']+)')?/m

const CQL_TYPES = /^(text\/cql|application\/elm\+(json|xml))\b/

/** Reads the libraries of a package that hold CQL; others (FHIRPath, queries) are left out. */
export function readCqlLibraries(libraries: readonly Library[]): CqlLibrary[] {
  return libraries.flatMap((library) => {
    const compiled = attachmentText(library, 'application/elm+json')
    const source = readSource(library)
    if (compiled !== null || source !== null) return [readOne(library, compiled, source)]
    const isCql = attachmentsOf(library).some(({ contentType }) => CQL_TYPES.test(contentType ?? ''))
    return isCql ? [{ ...readOne(library, null, null), fault: 'no-content' as const }] : []
  })
}

function readOne(library: Library, text: string | null, given: string | null): CqlLibrary {
  // Some assemblers write CQL under the type that was meant for its translation.
  const compiled = text !== null && isSource(text) ? null : text
  const source = given ?? (compiled === null ? text : null)
  const elm = compiled === null ? null : (parseElm(compiled) ?? null)
  const header = source === null ? null : readHeader(source)
  const fault = faultOf(compiled, elm, source)
  return {
    id: elm?.identifier.id ?? header?.id ?? library.name ?? library.id ?? '?',
    version: elm?.identifier.version ?? header?.version ?? library.version ?? null,
    name: library.name ?? null,
    url: library.url ?? (library.id === undefined ? null : `Library/${library.id}`),
    elm: fault === null ? elm : null,
    source: elm === null && fault === 'untranslated' ? source : null,
    fault,
    leftOut: [],
  }
}

function faultOf(compiled: string | null, elm: ElmLibrary | null, source: string | null): CqlFault | null {
  if (elm !== null) return isMalformed(elm) ? 'malformed' : isForOtherFhir(fhirVersionOf(elm)) ? 'other-fhir' : null
  if (source !== null) return faultOfSource(source)
  return compiled === null ? 'no-content' : 'malformed'
}

function faultOfSource(source: string): CqlFault {
  if (isForOtherFhir(readFhirVersion(source) ?? undefined)) return 'other-fhir'
  return modelsOf(source).every((model) => model === 'FHIR' || model === 'System') ? 'untranslated' : 'other-model'
}

const isSource = (text: string): boolean => !text.trimStart().startsWith('{') && readHeader(text) !== null

const USING_FHIR = /^\s*using\s+"?FHIR"?\s+version\s+'([^']+)'/m

const USING = /^\s*using\s+(?:"([^"]+)"|(\w+))/gm

const modelsOf = (source: string): string[] =>
  [...withoutComments(source).matchAll(USING)].map(([, quoted, plain]) => quoted ?? plain ?? '')

/** The version of FHIR that a CQL source is written for; null where it names none. */
export const readFhirVersion = (source: string): string | null => USING_FHIR.exec(withoutComments(source))?.[1] ?? null

function fhirVersionOf({ usings }: ElmLibrary): string | undefined {
  return usings?.def?.find(({ localIdentifier }) => localIdentifier === 'FHIR')?.version
}

/** Elements of other versions have other types: `clinicalStatus` of STU3 is never found in R4, and silently nothing. */
const isForOtherFhir = (version: string | undefined): boolean => version !== undefined && !version.startsWith('4.')

export interface CqlInclude {
  readonly id: string
  readonly version: string | null
}

const INCLUDE = /^\s*include\s+(?:"([^"]+)"|([\w.]+))(?:\s+version\s+'([^']+)')?/gm

/** The version of the FHIR model that translated libraries use. */
export function usedFhirVersion(libraries: readonly CqlLibrary[]): string {
  const usings = libraries.flatMap(({ elm }) => elm?.usings?.def ?? [])
  return usings.find((one) => one.localIdentifier === 'FHIR')?.version ?? '4.0.1'
}

/** What a library includes, whether it is translated or not. */
export function readIncludes({ elm, source }: CqlLibrary): CqlInclude[] {
  if (elm === null) return listIncludes(source ?? '')
  return (elm.includes?.def ?? []).map(({ path, version }) => ({ id: tailOf(path), version: version ?? null }))
}

/** What a CQL source includes. */
export function listIncludes(source: string): CqlInclude[] {
  return [...withoutComments(source).matchAll(INCLUDE)].map(([, quoted, plain, version]) => ({
    id: tailOf(quoted ?? plain ?? ''),
    version: version ?? null,
  }))
}

const tailOf = (path: string): string => path.split(/[/.]/).at(-1) ?? path

/** What a CQL source calls itself; comments before it are passed over. */
export function readHeader(source: string): { id: string; version: string | null } | null {
  const found = CQL_HEADER.exec(withoutComments(source))
  const id = found?.[1] ?? found?.[2]
  return id === undefined ? null : { id, version: found?.[3] ?? null }
}

const withoutComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')

/** The CQL source that a library carries. */
export function readSource(library: Library): string | null {
  const own = attachmentText(library, 'text/cql')
  const compiled = own === null ? attachmentText(library, 'application/elm+json') : null
  return own ?? (compiled !== null && isSource(compiled) ? compiled : null)
}

/** What a payer sends is not always what its type says. */
const attachmentsOf = ({ content }: Library): readonly Attachment[] =>
  Array.isArray(content) ? content.filter((one) => typeof one === 'object' && one !== null) : []

function attachmentText(library: Library, contentType: string): string | null {
  const found = attachmentsOf(library).find(
    (one) => one.contentType?.split(';')[0]?.trim() === contentType && typeof one.data === 'string',
  )
  return found?.data === undefined ? null : decodeBase64(found.data)
}

function decodeBase64(text: string): string | null {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)))
  } catch {
    return null
  }
}
