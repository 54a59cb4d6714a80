/**
 * Which documents of the chart may go along, and which do unless a person says otherwise: those an answer rests on, and the
 * latest progress note (requirement 19). Nothing is read out of them.
 */
import type { DocumentReference, FhirResource } from 'fhir/r4'
import type { Attachable, ReviewView } from '../contract/case.ts'
import type { FormMeta } from '../contract/form.ts'
import { listItems, type FormState } from '../dtr/form/form-state.ts'
import { SYSTEM } from '../fhir/canonical.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import { titleOf } from '../pas/submit-attachment.ts'

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

/** A document as a list shows it. */
export function describeDocument(document: DocumentReference): Attachable[number] {
  return {
    reference: referenceTo(document) ?? '',
    title: titleOf(document),
    date: document.date?.slice(0, 10) ?? null,
    contentType: document.content[0]?.attachment.contentType ?? null,
  }
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
    const described = describeDocument(document)
    const { reference } = described
    const supports = answersThatRestOn(form, meta, reference)
    return {
      ...described,
      supports: supports.length === 0 ? null : supports.join(', '),
      included:
        chosen === null
          ? supports.length > 0 || document === latestNote
          : chosen.some((each) => isSameReference(each, reference)),
    }
  })
}
