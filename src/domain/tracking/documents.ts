/**
 * Which documents of the chart may go along, and which do unless a person says otherwise: those an answer rests on, and the
 * latest progress note (requirement 19). Nothing is read out of them.
 */
import type { DocumentReference, FhirResource } from 'fhir/r4'
import type { ReviewView } from '../contract/case.ts'
import type { FormMeta } from '../contract/form.ts'
import { listItems, type FormState } from '../dtr/form-state.ts'
import { SYSTEM } from '../fhir/canonical.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'

/** LOINC of a progress note. */
const PROGRESS_NOTE = '11506-3'

/** A chart's document as listed: current ones with a readable attachment, newest first, each once. */
export function listDocuments(resources: readonly FhirResource[]): DocumentReference[] {
  const seen = new Set<string>()
  return resources
    .filter(
      (resource): resource is DocumentReference =>
        resource.resourceType === 'DocumentReference' && resource.status === 'current',
    )
    .filter((document) =>
      document.content.some(({ attachment }) => attachment.data !== undefined || attachment.url !== undefined),
    )
    .filter((document) => {
      const reference = referenceTo(document)
      if (reference === undefined || seen.has(reference)) return false
      seen.add(reference)
      return true
    })
    .sort((a, b) => ((a.date ?? '' < (b.date ?? '')) ? 1 : -1))
}

function answersThatRestOn(form: FormState, meta: FormMeta, reference: string): string[] {
  return listItems(form)
    .filter((item) => {
      const isAnswer = item.answers.some((answer) => isSameReference(answer.valueReference?.reference, reference))
      const isEvidence = (meta.origins[item.key]?.evidence ?? []).some((evidence) =>
        isSameReference(evidence.reference, reference),
      )
      return item.enabled && (isAnswer || isEvidence)
    })
    .map((item) => item.text)
}

/** The documents with whether they go along. `chosen` is what a person decided; null means the default. */
export function reviewDocuments(
  documents: readonly DocumentReference[],
  form: FormState,
  meta: FormMeta,
  chosen: readonly string[] | null,
): ReviewView['documents'] {
  const latestNote = documents.find((document) =>
    document.type?.coding?.some((coding) => coding.system === SYSTEM.loinc && coding.code === PROGRESS_NOTE),
  )
  return documents.map((document) => {
    const reference = referenceTo(document) ?? ''
    const supports = answersThatRestOn(form, meta, reference)
    return {
      reference,
      title:
        document.content[0]?.attachment.title ??
        document.description ??
        document.type?.text ??
        document.type?.coding?.[0]?.display ??
        reference,
      date: document.date?.slice(0, 10) ?? null,
      supports: supports.length === 0 ? null : supports.join(', '),
      contentType: document.content[0]?.attachment.contentType ?? null,
      included:
        chosen === null
          ? supports.length > 0 || document === latestNote
          : chosen.some((each) => isSameReference(each, reference)),
    }
  })
}
