/**
 * The marks by which a Claim Update says what became of each entry (pas.md §5): infoChanged, infoCancelled and the
 * certification type. Items and supporting information carry them alike. Pure; the argument is never changed.
 */
import type { ClaimItem, ClaimSupportingInfo, CodeableConcept, Extension } from 'fhir/r4'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { omit } from './profile-parts.ts'

/** An entry of the Claim that keeps its sequence for life. */
export type ClaimEntry = ClaimItem | ClaimSupportingInfo

/** X12 1322 as far as this product says it. */
export const CERTIFICATION = { cancel: '3', extension: '4', initial: 'I', renewal: 'R', revised: 'S' } as const
export type Certification = (typeof CERTIFICATION)[keyof typeof CERTIFICATION]

/** The certification type as an extension. */
export const certificationType = (code: string): Extension => ({
  url: EXT.certificationType,
  valueCodeableConcept: { coding: [{ system: SYSTEM.x12CertificationType, code }] },
})

/** X12 1322 of an item or a Claim; undefined where it says none. */
export function readCertification(of: { extension?: Extension[] | undefined }): string | undefined {
  const coding = readExtension(of, EXT.certificationType)?.valueCodeableConcept?.coding
  return coding?.find(({ system }) => system === SYSTEM.x12CertificationType)?.code
}

/** Whether an entry was cancelled by this version or an earlier one. */
export function isCancelled(entry: ClaimEntry): boolean {
  return entry.modifierExtension?.some(({ url, valueBoolean }) => url === EXT.infoCancelled && valueBoolean) === true
}

const MARKS: readonly string[] = [EXT.infoChanged, EXT.certificationType]

function withExtensions<T extends ClaimEntry>(entry: T, extension: Extension[], modifiers: Extension[]): T {
  const rest: object = omit(entry, 'extension', 'modifierExtension')
  return {
    ...(extension.length > 0 ? { extension } : {}),
    ...(modifiers.length > 0 ? { modifierExtension: modifiers } : {}),
    ...rest,
  } as T
}

const otherModifiers = (entry: ClaimEntry): Extension[] =>
  (entry.modifierExtension ?? []).filter(({ url }) => url !== EXT.infoCancelled)

/** Under which an item is traced, and known to the payer: they say nothing of what it asks for. */
const NUMBERS: readonly string[] = [EXT.itemTraceNumber, EXT.authorizationNumber, EXT.administrationReferenceNumber]

/** What an entry asks for, without its marks and numbers: two versions compare by this. */
export function contentOf<T extends ClaimEntry>(entry: T): T {
  const extension = (entry.extension ?? []).filter(({ url }) => !MARKS.includes(url) && !NUMBERS.includes(url))
  return withExtensions(entry, extension, otherModifiers(entry))
}

/** The entry in a version that changes nothing of it: it no longer says that it was changed. */
export function unmarked<T extends ClaimEntry>(entry: T): T {
  const extension = (entry.extension ?? []).filter(({ url }) => url !== EXT.infoChanged)
  return withExtensions(entry, extension, entry.modifierExtension ?? [])
}

/** What a version says of an entry that it adds, changes or cancels. */
export interface Mark {
  readonly infoChanged: 'added' | 'changed'
  /** Of items alone. */
  readonly certification?: string
  readonly cancelled?: boolean
}

/** The entry with its marks; the marks of an earlier version give way. */
export function marked<T extends ClaimEntry>(entry: T, { infoChanged, certification, cancelled }: Mark): T {
  const kept = (entry.extension ?? []).filter(
    ({ url }) => url !== EXT.infoChanged && (certification === undefined || url !== EXT.certificationType),
  )
  const extension = [
    ...kept,
    ...(certification === undefined ? [] : [certificationType(certification)]),
    { url: EXT.infoChanged, valueCode: infoChanged },
  ]
  const flag = { url: EXT.infoCancelled, valueBoolean: true }
  return withExtensions(entry, extension, cancelled === true ? [...otherModifiers(entry), flag] : otherModifiers(entry))
}

/** Whether a concept has this code of PAS's own list. */
export const isTemporary = (concept: CodeableConcept | undefined, code: string): boolean =>
  concept?.coding?.some((one) => one.system === SYSTEM.pasTemp && one.code === code) === true
