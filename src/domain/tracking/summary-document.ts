/**
 * The signed summary of a request as a document model: what was asked, answered and attested, for the chart. The model
 * names its labels by key; `server/documents` renders it. Source of its content: the review that the signer saw.
 */
import type { ReviewView } from '../contract/case.ts'
import { message, type Message } from '../result.ts'

export type DocumentBlock =
  | { readonly kind: 'facts'; readonly rows: readonly { readonly label: Message | string; readonly value: string }[] }
  | { readonly kind: 'table'; readonly columns: readonly Message[]; readonly rows: readonly (readonly string[])[] }

export interface DocumentSection {
  readonly heading: Message | string
  readonly blocks: readonly DocumentBlock[]
}

export interface DocumentModel {
  readonly title: Message
  readonly language: string
  /** Stands at the foot of every page. */
  readonly footer: Message
  readonly sections: readonly DocumentSection[]
}

export interface SummaryFacts {
  readonly patientName: string
  readonly birthDate: string | null
  readonly mrn: string | null
  readonly memberId: string | null
  readonly service: string
  readonly traceNumber: string
  /** Already in the tenant's zone and the document's locale. */
  readonly signedAt: string
}

const asked = (line: ReviewView['lines'][number]): string =>
  line.asked === null ? '' : `${line.asked.value} ${line.asked.unit}`
const dates = (line: ReviewView['lines'][number]): string =>
  [line.start, line.end].filter((date) => date !== null).join(' – ')

/** Builds the summary. Pure: the same review and facts give the same document. */
export function buildSummaryDocument(review: ReviewView, facts: SummaryFacts): DocumentModel {
  const sections: readonly DocumentSection[] = summarySections(review, facts)
  return {
    title: message('document.summary.title', { service: facts.service }),
    language: 'en',
    footer: message('document.summary.footer', { patient: facts.patientName, trace: facts.traceNumber }),
    sections: sections.filter((section) => section.blocks.some((block) => block.rows.length > 0)),
  }
}

function summarySections(review: ReviewView, facts: SummaryFacts): DocumentSection[] {
  const optional = (label: string, value: string | null): { label: Message; value: string }[] =>
    value === null ? [] : [{ label: message(label), value }]
  return [
    {
      heading: message('document.summary.request'),
      blocks: [
        {
          kind: 'facts',
          rows: [
            { label: message('document.label.patient'), value: facts.patientName },
            ...optional('document.label.birthDate', facts.birthDate),
            ...optional('document.label.mrn', facts.mrn),
            ...optional('document.label.memberId', facts.memberId),
            { label: message('document.label.payer'), value: review.payer.name },
            { label: message('document.label.trace'), value: facts.traceNumber },
          ],
        },
        {
          kind: 'table',
          columns: ['line', 'service', 'code', 'asked', 'dates'].map((column) => message(`document.column.${column}`)),
          rows: review.lines.map((line) => [
            String(line.sequence),
            line.title,
            line.code ?? '',
            asked(line),
            dates(line),
          ]),
        },
      ],
    },
    ...review.forms.flatMap(({ answers }) => (answers?.sections ?? []).map(answersSection)),
    {
      heading: message('document.summary.documents'),
      blocks: [
        {
          kind: 'facts',
          rows: review.documents
            .filter((document) => document.included)
            .map((document) => ({ label: document.title, value: document.date ?? '' })),
        },
      ],
    },
    {
      heading: message('document.summary.attestation'),
      blocks: [
        {
          kind: 'facts',
          rows: [
            { label: message('document.label.signedBy'), value: review.signer.name },
            ...optional('document.label.npi', review.signer.npi),
            { label: message('document.label.signedAt'), value: facts.signedAt },
          ],
        },
      ],
    },
  ]
}

type Section = NonNullable<ReviewView['forms'][number]['answers']>['sections'][number]

const answersSection = ({ title, answers }: Section): DocumentSection => ({
  heading: title,
  blocks: [{ kind: 'facts', rows: answers.map(({ label, value }) => ({ label, value })) }],
})
