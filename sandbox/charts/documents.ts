/** Notes, reports and procedures: what a person reads. Precert attaches them and lifts nothing out of their text. */
import type { DiagnosticReport, DocumentReference, FhirResource, Observation, Procedure } from 'fhir/r4'
import { concept, hl7, icd10, loinc, profiled, referTo, snomed, type ChartBuilder } from './chart-builder.ts'
import { GASTROENTEROLOGY, LABORATORY, PRESCRIBER } from './directory.ts'
import { visitAt, type Visit } from './encounters.ts'
import { CROHN } from './problems.ts'
import type { Story } from './story.ts'
import { buildTextPdf } from './text-pdf.ts'

const prescriber = { reference: PRESCRIBER, display: 'Lena Ruiz, MD' }

interface DocumentInput {
  readonly type: readonly [loinc: string, display: string]
  readonly title: string
  readonly visit: Visit
  readonly contentType: 'application/pdf' | 'text/plain'
  readonly lines: readonly string[]
}

function document(builder: ChartBuilder, input: DocumentInput): DocumentReference {
  const { visit, contentType, lines } = input
  const data =
    contentType === 'application/pdf' ? buildTextPdf(lines) : Buffer.from(lines.join('\n'), 'utf8').toString('base64')
  return {
    resourceType: 'DocumentReference',
    id: builder.id('document'),
    meta: profiled('us-core-documentreference'),
    identifier: [{ system: 'https://ehr.sandbox.example/documents', value: builder.id('document-number') }],
    status: 'current',
    docStatus: 'final',
    type: concept(input.title, loinc(...input.type)),
    category: [
      concept('Clinical note', {
        system: 'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category',
        code: 'clinical-note',
        display: 'Clinical Note',
      }),
    ],
    subject: builder.patient,
    date: builder.at(visit.daysAgo, '12:00'),
    author: [prescriber],
    custodian: { reference: GASTROENTEROLOGY, display: 'Lakeside Gastroenterology' },
    content: [{ attachment: { contentType, data, title: input.title, creation: builder.at(visit.daysAgo, '12:00') } }],
    context: { encounter: [referTo(visit.encounter)], period: { start: builder.at(visit.daysAgo, '09:40') } },
  }
}

function noteLines(builder: ChartBuilder, story: Story, visit: Visit): string[] {
  const { persona } = builder
  const running = story.treatments.filter(
    ({ startDaysAgo, endDaysAgo }) =>
      startDaysAgo >= visit.daysAgo && (endDaysAgo === null || endDaysAgo < visit.daysAgo),
  )
  return [
    'Lakeside Gastroenterology (synthetic note, no real person)',
    `Patient: ${persona.family}, born ${persona.birthDate}`,
    `Visit: ${builder.date(visit.daysAgo)}`,
    '',
    "Follow-up for Crohn's disease of small and large bowel.",
    'Interval history: cramping, loose stools, tiredness. No fever, no bleeding.',
    `On treatment: ${running.length === 0 ? 'none for the bowel' : running.map(({ text }) => text).join('; ')}.`,
    'Examination: abdomen soft, mild tenderness right lower quadrant, no mass.',
    'Assessment and plan: see orders and flowsheet of this visit.',
    'Signed: Lena Ruiz, MD',
  ]
}

const COLONOSCOPY_REPORT: readonly string[] = [
  'Lakeside Gastroenterology (synthetic report, no real person)',
  'Colonoscopy with ileoscopy and biopsies',
  '',
  'Preparation: good. Terminal ileum intubated.',
  'Ileum: deep and aphthous ulcers over 10 cm, edema, no stricture.',
  'Cecum and ascending colon: patchy ulcers with normal mucosa between.',
  'Transverse and left colon, rectum: normal.',
  "Impression: active ileocolonic Crohn's disease.",
  'Signed: Lena Ruiz, MD',
]

function buildNotes(builder: ChartBuilder, story: Story, visits: readonly Visit[]): DocumentReference[] {
  return visits
    .filter((visit) => visit.kind === 'specialist')
    .map((visit) =>
      document(builder, {
        type: ['11506-3', 'Progress note'],
        title: 'Gastroenterology note',
        visit,
        contentType: visit.daysAgo === 4 ? 'application/pdf' : 'text/plain',
        lines: noteLines(builder, story, visit),
      }),
    )
}

function colonoscopy(builder: ChartBuilder, visits: readonly Visit[], daysAgo: number): FhirResource[] {
  const visit = visitAt(visits, daysAgo)
  const procedure: Procedure = {
    resourceType: 'Procedure',
    id: builder.id('procedure'),
    meta: profiled('us-core-procedure'),
    status: 'completed',
    code: concept('Colonoscopy', snomed('73761001', 'Colonoscopy')),
    subject: builder.patient,
    encounter: referTo(visit.encounter),
    performedDateTime: builder.at(daysAgo, '08:15'),
    performer: [{ actor: prescriber }],
    reasonCode: [concept(CROHN.text, icd10(CROHN.icd, CROHN.text))],
  }
  const report: DiagnosticReport = {
    resourceType: 'DiagnosticReport',
    id: builder.id('report'),
    meta: profiled('us-core-diagnosticreport-note'),
    status: 'final',
    category: [concept('Endoscopy')],
    code: concept('Colonoscopy study', loinc('18746-8', 'Colonoscopy study')),
    subject: builder.patient,
    encounter: referTo(visit.encounter),
    effectiveDateTime: builder.at(daysAgo, '08:15'),
    issued: builder.at(daysAgo, '12:00'),
    performer: [prescriber],
    conclusion: 'Active ileocolonic Crohn’s disease with deep ulcers; no stricture',
  }
  const paper = document(builder, {
    type: ['18746-8', 'Colonoscopy study'],
    title: 'Colonoscopy report',
    visit,
    contentType: 'application/pdf',
    lines: COLONOSCOPY_REPORT,
  })
  return [procedure, report, paper]
}

/** One report for each day on which blood was drawn. */
function laboratoryReports(builder: ChartBuilder, results: readonly Observation[]): DiagnosticReport[] {
  const days = groupByDay(results)
  return [...days].map(([effectiveDateTime, group]) => ({
    resourceType: 'DiagnosticReport',
    id: builder.id('report'),
    meta: profiled('us-core-diagnosticreport-lab'),
    status: 'final',
    category: [concept('Laboratory', hl7('v2-0074', 'LAB', 'Laboratory'))],
    code: concept('Laboratory report', loinc('11502-2', 'Laboratory report')),
    subject: builder.patient,
    ...(group[0]?.encounter === undefined ? {} : { encounter: group[0].encounter }),
    effectiveDateTime,
    issued: `${effectiveDateTime.slice(0, 10)}T16:20:00-05:00`,
    performer: [{ reference: LABORATORY, display: 'Lakeside Laboratory' }],
    result: group.map((result) => referTo(result, result.code.text)),
  }))
}

function groupByDay(results: readonly Observation[]): Map<string, Observation[]> {
  const days = new Map<string, Observation[]>()
  for (const result of results) {
    const day = result.effectiveDateTime ?? ''
    days.set(day, [...(days.get(day) ?? []), result])
  }
  return days
}

export function buildDocuments(
  builder: ChartBuilder,
  story: Story,
  visits: readonly Visit[],
  laboratory: readonly Observation[],
): FhirResource[] {
  return [
    ...buildNotes(builder, story, visits),
    ...story.colonoscopiesDaysAgo.flatMap((daysAgo) => colonoscopy(builder, visits, daysAgo)),
    ...laboratoryReports(builder, laboratory),
  ]
}
