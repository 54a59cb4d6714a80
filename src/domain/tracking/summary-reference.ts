/**
 * The DocumentReference that carries the signed summary, or the record of a change, back to the chart: the write-back that
 * every EHR takes (crd.md §5). US Core DocumentReference.
 */
import type { DocumentReference } from 'fhir/r4'
import { SYSTEM } from '../fhir/canonical.ts'

export interface SummaryReferenceInput {
  /** `Patient/<id>`, `Practitioner/<id>` (null where the signer is none), `Encounter/<id>` or null. */
  readonly patient: string
  readonly author: string | null
  readonly encounter: string | null
  /** Instant of signing, or of sending where nobody signs. */
  readonly date: string
  readonly title: string
  /** Reference of the document that this one is added to; null for the first of a case. */
  readonly appendsTo: string | null
  /** Our identifier of the document: a second write finds the first. */
  readonly identifier: { readonly system: string; readonly value: string }
  /** base64 of the PDF. */
  readonly data: string
}

/** Builds it; the type is LOINC 51851-4, an administrative note. */
export function buildSummaryReference(input: SummaryReferenceInput): DocumentReference {
  return {
    resourceType: 'DocumentReference',
    identifier: [input.identifier],
    status: 'current',
    docStatus: 'final',
    type: { coding: [{ system: SYSTEM.loinc, code: '51851-4', display: 'Administrative note' }], text: input.title },
    category: [
      {
        coding: [
          {
            system: 'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category',
            code: 'clinical-note',
            display: 'Clinical Note',
          },
        ],
      },
    ],
    subject: { reference: input.patient },
    date: input.date,
    ...(input.appendsTo === null
      ? {}
      : { relatesTo: [{ code: 'appends' as const, target: { reference: input.appendsTo } }] }),
    ...(input.author === null ? {} : { author: [{ reference: input.author }] }),
    content: [
      {
        attachment: {
          contentType: 'application/pdf',
          language: 'en',
          data: input.data,
          title: input.title,
          creation: input.date,
        },
      },
    ],
    ...(input.encounter === null ? {} : { context: { encounter: [{ reference: input.encounter }] } }),
  }
}
