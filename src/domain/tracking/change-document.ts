/**
 * What was changed of a request, as a document for the chart. Nobody signs a change (decision 0019), so this is a record of
 * what was sent, by whom and when: it attests nothing, and the signed summary stays as it is. Pure.
 */
import type { Differences, LineFacts } from '../contract/change.ts'
import { message, type Message } from '../result.ts'
import type { DocumentModel, DocumentSection } from './summary-document.ts'

export interface ChangeFacts {
  readonly patientName: string
  readonly birthDate: string | null
  readonly mrn: string | null
  readonly memberId: string | null
  readonly payer: string
  readonly service: string
  /** Of this version, and of the one that it changes. */
  readonly traceNumber: string
  readonly priorTraceNumber: string | null
  readonly sentBy: string
  /** Already in the tenant's zone and the document's locale. */
  readonly sentAt: string
}

/** Its title: a change, or a cancellation of the whole. */
export const changeTitle = ({ cancelsAll }: Differences, service: string): Message =>
  message(cancelsAll ? 'document.cancellation.title' : 'document.change.title', { service })

const known = (parts: readonly (string | null)[], between: string): string =>
  parts.filter((part) => part !== null && part !== '').join(between)

function describeFacts(facts: LineFacts | null): string {
  if (facts === null) return ''
  const { code, asked, start, end } = facts
  const dates = start === end ? start : known([start, end], ' – ')
  return known([code, asked === null ? null : `${asked.value} ${asked.unit}`, dates], ', ')
}

/** Builds it. The same differences and facts give the same document. */
export function buildChangeDocument(differences: Differences, facts: ChangeFacts): DocumentModel {
  const optional = (label: string, value: string | null): { label: Message; value: string }[] =>
    value === null ? [] : [{ label: message(label), value }]
  const listed = (heading: string, values: readonly string[]): DocumentSection => ({
    heading: message(heading),
    blocks: [{ kind: 'facts', rows: values.map((value, at) => ({ label: String(at + 1), value })) }],
  })
  const sections: DocumentSection[] = [
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
            { label: message('document.label.payer'), value: facts.payer },
            { label: message('document.label.trace'), value: facts.traceNumber },
            ...optional('document.label.priorTrace', facts.priorTraceNumber),
          ],
        },
      ],
    },
    {
      heading: message('document.change.lines'),
      blocks: [
        {
          kind: 'table',
          columns: ['line', 'service', 'change', 'before', 'after'].map((one) => message(`document.column.${one}`)),
          rows: differences.lines.map(({ sequence, title, change, before, after }) => [
            String(sequence),
            title,
            change,
            describeFacts(before),
            describeFacts(after),
          ]),
        },
      ],
    },
    listed('document.change.documents', differences.documents),
    listed('document.change.messages', differences.messages),
    {
      heading: message('document.change.sending'),
      blocks: [
        {
          kind: 'facts',
          rows: [
            { label: message('document.label.sentBy'), value: facts.sentBy },
            { label: message('document.label.sentAt'), value: facts.sentAt },
          ],
        },
      ],
    },
  ]
  return {
    title: changeTitle(differences, facts.service),
    language: 'en',
    footer: message('document.change.footer', { patient: facts.patientName, trace: facts.traceNumber }),
    sections: sections.filter(({ blocks }) => blocks.some(({ rows }) => rows.length > 0)),
  }
}
