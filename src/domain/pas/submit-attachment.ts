/**
 * What a payer asked for, as CDex `$submit-attachment` takes it (CDex 2.1.0, parameters profile; pas.md §6.4; X12 275).
 * Pure. Documents come with their bytes; where they are more than one call may carry they go in several, the last one `Final`,
 * unless more is to come.
 *
 * PAS 2.2.1 depends on CDex 2.1.0, the first to have a profile of the parameters. PAS 2.0.1 names CDex without a version; the
 * one of its time, 2.0.0, has the operation with the same parameters and no profile, so that none is claimed.
 */
import type {
  Coding,
  DocumentReference,
  Identifier,
  Parameters,
  ParametersParameter,
  QuestionnaireResponse,
} from 'fhir/r4'
import { PROFILE } from '../fhir/canonical.ts'
import { referenceTo } from '../fhir/reference.ts'
import { err, ok, type Failure, type Result } from '../result.ts'
import type { PasVersion } from './pas-response.ts'

export interface AttachmentInput {
  /** Of PAS, as the payer speaks it. */
  readonly version: PasVersion
  /** The payer's identifier of what it asked for. */
  readonly tracking: Identifier
  readonly payer: Identifier | null
  /** The provider organization's NPI. */
  readonly organization: Identifier
  readonly member: Identifier
  /** Full date, or null. */
  readonly serviceDate: string | null
  /** Claim.item.sequence; null for the whole request. */
  readonly line: number | null
  /** LOINC or X12 755 codes of what was asked for. */
  readonly codes: readonly Coding[]
  /** Documents with `attachment.data`, completed questionnaires. */
  readonly documents: readonly Attached[]
  /** Something else is still to come that the payer tracks by the same number: it must go on waiting (CDex `Final`). */
  readonly moreToCome: boolean
  /** The most bytes of one call's body. */
  readonly limitBytes: number
}

export type Attached = DocumentReference | QuestionnaireResponse

export type AttachmentFailure = Failure<'attachment-missing' | 'attachment-without-content' | 'attachment-too-large'>

const sizeOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length

/** The calls, in order: at least one. Fails naming the document that has no bytes, or that no call can carry. */
export function buildSubmitAttachment(
  input: AttachmentInput,
): Result<readonly [Parameters, ...Parameters[]], AttachmentFailure> {
  const room = input.limitBytes - sizeOf(toCall(input, [], false))
  const calls: { parts: ParametersParameter[]; size: number }[] = []
  for (const [at, document] of input.documents.entries()) {
    const params = { document: titleOf(document) }
    const path = `documents[${String(at)}]`
    if (!hasContent(document)) return err({ reason: 'attachment-without-content', params, path })
    const part = toAttachment(input, document)
    // And the comma before it.
    const size = sizeOf(part) + 1
    if (size > room) return err({ reason: 'attachment-too-large', params, path })
    const last = calls.at(-1)
    if (last === undefined || last.size + size > room) calls.push({ parts: [part], size })
    else {
      last.parts.push(part)
      last.size += size
    }
  }
  const [first, ...rest] = calls.map(({ parts }, at) =>
    toCall(input, parts, at === calls.length - 1 && !input.moreToCome),
  )
  return first === undefined ? err({ reason: 'attachment-missing', path: 'documents' }) : ok([first, ...rest])
}

const hasContent = (document: Attached): boolean =>
  document.resourceType === 'QuestionnaireResponse'
    ? document.status === 'completed' || document.status === 'amended'
    : document.content.every(({ attachment }) => attachment.data !== undefined)

/** A document's name for people, else its reference; a questionnaire's canonical. */
export const titleOf = (document: Attached): string =>
  document.resourceType === 'QuestionnaireResponse' ? (document.questionnaire ?? '') : titleOfDocument(document)

const titleOfDocument = (document: DocumentReference): string =>
  document.content[0]?.attachment.title ??
  document.description ??
  document.type?.text ??
  document.type?.coding?.[0]?.display ??
  referenceTo(document) ??
  ''

function toAttachment({ line, codes }: AttachmentInput, document: Attached): ParametersParameter {
  return {
    name: 'Attachment',
    part: [
      ...(line === null ? [] : [{ name: 'LineItem', valueString: String(line) }]),
      ...(codes.length === 0 ? [] : [{ name: 'Code', valueCodeableConcept: { coding: [...codes] } }]),
      { name: 'Content', resource: document },
    ],
  }
}

function toCall(input: AttachmentInput, attachments: readonly ParametersParameter[], final: boolean): Parameters {
  const { version, tracking, payer, organization, member, serviceDate } = input
  return {
    resourceType: 'Parameters',
    ...(version === '2.0.1' ? {} : { meta: { profile: [PROFILE.cdexSubmitAttachment] } }),
    parameter: [
      { name: 'TrackingId', valueIdentifier: tracking },
      { name: 'AttachTo', valueCode: 'preauthorization' },
      ...(payer === null ? [] : [{ name: 'PayerId', valueIdentifier: payer }]),
      { name: 'OrganizationId', valueIdentifier: organization },
      { name: 'MemberId', valueIdentifier: member },
      ...(serviceDate === null ? [] : [{ name: 'ServiceDate', valueDateTime: serviceDate }]),
      ...attachments,
      { name: 'Final', valueBoolean: final },
    ],
  }
}
