/**
 * DTR 2.2 information-origin: where an answer came from, as the extension on every answer says it and as the form keeps it.
 * Invariant dtrx-1: an author exactly where the source is `override` or `manual`.
 */
import type { Extension } from 'fhir/r4'
import type { AnswerOrigin } from '../../contract/form.ts'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension } from '../../fhir/extension.ts'
import type { Answer, Edit } from '../form/form-state.ts'

export type OriginSource = AnswerOrigin['source']

/** Whether a machine gave the answer. */
export function isAutomatic(source: OriginSource): boolean {
  return source === 'auto-client' || source === 'auto-server'
}

/** The extension for one answer. */
export function buildOriginExtension(origin: Pick<AnswerOrigin, 'source' | 'author'>): Extension {
  const source: Extension = { url: 'source', valueCode: origin.source }
  if (isAutomatic(origin.source)) return { url: EXT.informationOrigin, extension: [source] }
  return { url: EXT.informationOrigin, extension: [source, { url: 'author', extension: [authorOf(origin.author)] }] }
}

/** A Practitioner by reference; anyone else by role (DTR QuestionnaireResponse: practitioner is left out then). */
function authorOf(author: AnswerOrigin['author']): Extension {
  const reference = author?.reference ?? null
  return reference?.startsWith('Practitioner/') === true
    ? { url: 'practitioner', valueReference: { reference, display: author?.name ?? reference } }
    : { url: 'role', valueCodeableConcept: { text: author?.name ?? 'Staff' } }
}

/** Reads the origin of an answer that came without our own meta: another app's, or prefilled by the payer. */
export function readOrigin(answer: Answer): AnswerOrigin | null {
  const extension = readExtension(answer, EXT.informationOrigin)
  const source = readExtension(extension, 'source')?.valueCode
  if (source === undefined) return null
  const practitioner = readExtension(readExtension(extension, 'author'), 'practitioner')?.valueReference
  // DTR 2.0.1 and 2.1 say `auto` for both.
  const known = source === 'auto' ? 'auto-client' : (source as OriginSource)
  const kind = { 'auto-client': 'chart', 'auto-server': 'payer', override: 'person', manual: 'person' } as const
  return {
    ...blankOrigin,
    source: known,
    kind: kind[known],
    author:
      practitioner === undefined
        ? null
        : { reference: practitioner.reference ?? null, name: practitioner.display ?? practitioner.reference ?? '' },
  }
}

/** Of an answer that expressions gave while the form was open. */
export function computedOrigin(
  { linkIds, foundBy }: { readonly linkIds: readonly string[]; readonly foundBy: string | null },
  at: string,
): AnswerOrigin {
  return { ...blankOrigin, source: 'auto-client', kind: 'computed', at, evidence: [], inputs: [...linkIds], foundBy }
}

/** Of an answer that the form itself starts with. */
export function defaultOrigin(at: string): AnswerOrigin {
  return { ...blankOrigin, source: 'auto-server', kind: 'payer', at, evidence: [], inputs: [] }
}

const blankOrigin = {
  author: null,
  at: '1970-01-01T00:00:00Z',
  evidence: [],
  inputs: [],
  foundBy: null,
  suggested: null,
  confirmation: null,
} as const satisfies Partial<AnswerOrigin>

/** The origin of an answer that a person gives: an override of what was suggested, or else manual. */
export function personOrigin(
  before: AnswerOrigin | null,
  suggested: readonly Answer[] | null,
  edit: Edit,
): AnswerOrigin {
  const kept = before ?? { ...blankOrigin, evidence: [], inputs: [] }
  return {
    source: suggested === null ? 'manual' : 'override',
    kind: 'person',
    author: edit.author,
    at: edit.at,
    evidence: suggested === null ? [] : kept.evidence,
    inputs: suggested === null ? [] : kept.inputs,
    foundBy: suggested === null ? null : kept.foundBy,
    suggested: suggested === null ? null : [...suggested],
    confirmation: kept.confirmation === null ? null : { confirmedAt: edit.at, by: edit.author.name },
  }
}

/** The automatic origin that an edited answer had, for the way back. */
export function automaticOrigin(edited: AnswerOrigin, at: string): AnswerOrigin {
  const kind =
    edited.evidence.length > 0 || edited.foundBy !== null ? 'chart' : edited.inputs.length > 0 ? 'computed' : 'payer'
  return {
    ...edited,
    source: kind === 'payer' ? 'auto-server' : 'auto-client',
    kind,
    author: null,
    at,
    suggested: null,
    confirmation: edited.confirmation === null ? null : { confirmedAt: null, by: null },
  }
}
