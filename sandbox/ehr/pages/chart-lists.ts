/** What each list of the chart holds and shows: from FHIR resources to columns of words. */
import { readConcept, readPath, readText, type StoredResource } from '../resource.ts'
import type { ResourceStore } from '../store.ts'
import { formatDate, formatDay, formatValue } from './format.ts'
import { html, type Html } from './html.ts'
import { linkAs, type EhrUser } from './layout.ts'

export interface Column {
  readonly title: string
  /** Dates and codes stay on one line. */
  readonly short?: true
  readonly cell: (resource: StoredResource) => Html | string
}

export interface ListView {
  readonly title: string
  readonly empty: string
  readonly resources: readonly StoredResource[]
  readonly columns: readonly Column[]
}

/** Newest first by the first of these elements that a resource has. */
export function newestFirst(
  resources: readonly StoredResource[],
  ...paths: readonly string[]
): readonly StoredResource[] {
  const when = (resource: StoredResource): string => readWhen(resource, ...paths) ?? ''
  return [...resources].sort((a, b) => when(b).localeCompare(when(a)))
}

function readWhen(resource: StoredResource, ...paths: readonly string[]): string | undefined {
  return paths.map((path) => readText(resource, path)).find((value) => value !== undefined)
}

const at =
  (...paths: readonly string[]) =>
  (resource: StoredResource): string =>
    formatDay(readWhen(resource, ...paths))
const says =
  (path: string) =>
  (resource: StoredResource): string =>
    readConcept(resource, path) ?? ''

const isCurrent =
  (path: string, ...statuses: readonly string[]) =>
  (resource: StoredResource): boolean =>
    statuses.includes(readText(resource, path) ?? '')

const isEncounterDiagnosis = (condition: StoredResource): boolean =>
  readPath(condition, 'category.coding.code').includes('encounter-diagnosis')

export interface ChartLists {
  problems(activeOnly: boolean): ListView
  diagnoses(): ListView
  medications(activeOnly: boolean): ListView
  allergies(): ListView
  coverage(): ListView
  visits(): ListView
  results(): ListView
  reports(): ListView
  documents(): ListView
}

/** The lists of one patient's chart. */
export function createChartLists(store: ResourceStore, patientId: string, user: EhrUser): ChartLists {
  const list = (type: string): readonly StoredResource[] => store.list(type, patientId)
  return {
    problems: (activeOnly) => ({
      title: activeOnly ? 'Active problems' : 'Problems',
      empty: 'No problem is recorded.',
      resources: newestFirst(list('Condition'), 'onsetDateTime', 'recordedDate').filter(
        (condition) =>
          !isEncounterDiagnosis(condition) &&
          (!activeOnly || isCurrent('clinicalStatus.coding.code', 'active', 'recurrence')(condition)),
      ),
      columns: [
        { title: 'Problem', cell: says('code') },
        {
          title: 'Code',
          short: true as const,
          cell: (condition: StoredResource) => readText(condition, 'code.coding.code') ?? '',
        },
        { title: 'Since', short: true as const, cell: at('onsetDateTime', 'onsetPeriod.start', 'recordedDate') },
        {
          title: 'Status',
          cell: (condition: StoredResource) => readText(condition, 'clinicalStatus.coding.code') ?? '',
        },
      ].slice(0, activeOnly ? 3 : 4),
    }),
    diagnoses: () => ({
      title: 'Diagnoses at visits',
      empty: 'No visit has a diagnosis of its own.',
      resources: newestFirst(list('Condition'), 'recordedDate', 'onsetDateTime').filter(isEncounterDiagnosis),
      columns: [
        { title: 'When', short: true, cell: at('recordedDate', 'onsetDateTime') },
        { title: 'Diagnosis', cell: says('code') },
        { title: 'Code', short: true, cell: (condition) => readText(condition, 'code.coding.code') ?? '' },
      ],
    }),
    medications: (activeOnly) => ({
      title: activeOnly ? 'Current medications' : 'Medications',
      empty: 'No medication is recorded.',
      resources: newestFirst(
        [...list('MedicationRequest'), ...list('MedicationStatement')].filter(
          (medication) => !activeOnly || medication['status'] === 'active',
        ),
        'authoredOn',
        'effectivePeriod.start',
        'effectiveDateTime',
      ),
      columns: [
        {
          title: 'Medication',
          cell: (medication: StoredResource) =>
            readConcept(medication, 'medicationCodeableConcept') ??
            readText(medication, 'medicationReference.display') ??
            '',
        },
        { title: 'Dose', cell: (medication: StoredResource) => readText(medication, 'dosageInstruction.text') ?? '' },
        {
          title: 'Ordered',
          short: true as const,
          cell: at('authoredOn', 'effectivePeriod.start', 'effectiveDateTime'),
        },
        {
          title: 'Status',
          cell: (medication: StoredResource) => `${String(medication['status'] ?? '')}${formatStop(medication)}`,
        },
      ].slice(0, activeOnly ? 3 : 4),
    }),
    allergies: () => ({
      title: 'Allergies',
      empty: 'No allergy is recorded.',
      resources: list('AllergyIntolerance'),
      columns: [
        { title: 'Allergy', cell: says('code') },
        { title: 'Reaction', cell: (allergy) => readConcept(allergy, 'reaction.manifestation') ?? '' },
        { title: 'Recorded', short: true, cell: at('recordedDate', 'onsetDateTime') },
      ],
    }),
    coverage: () => ({
      title: 'Coverage',
      empty: 'No coverage is on file.',
      resources: list('Coverage'),
      columns: [
        { title: 'Payer', cell: (coverage) => readPayerName(store, coverage) },
        {
          title: 'Plan',
          cell: (coverage) => readText(coverage, 'class.name') ?? readText(coverage, 'class.value') ?? '',
        },
        {
          title: 'Member',
          cell: (coverage) => readText(coverage, 'subscriberId') ?? readText(coverage, 'identifier.value') ?? '',
        },
        { title: 'Status', cell: (coverage) => String(coverage['status'] ?? '') },
      ],
    }),
    visits: () => ({
      title: 'Visits',
      empty: 'No visit is recorded.',
      resources: newestFirst(list('Encounter'), 'period.start').slice(0, 8),
      columns: [
        { title: 'When', short: true, cell: at('period.start') },
        { title: 'What', cell: says('type') },
        { title: 'With', cell: (visit) => readText(visit, 'participant.individual.display') ?? '' },
      ],
    }),
    results: () => ({
      title: 'Results',
      empty: 'No result is recorded.',
      resources: newestFirst(list('Observation'), 'effectiveDateTime', 'effectivePeriod.start', 'issued'),
      columns: [
        { title: 'When', short: true, cell: at('effectiveDateTime', 'effectivePeriod.start', 'issued') },
        { title: 'What', cell: says('code') },
        { title: 'Value', cell: formatValue },
        {
          title: 'Note',
          cell: (result) => readConcept(result, 'interpretation') ?? readText(result, 'note.text') ?? '',
        },
      ],
    }),
    reports: () => ({
      title: 'Reports',
      empty: 'No report is recorded.',
      resources: newestFirst(list('DiagnosticReport'), 'effectiveDateTime', 'issued'),
      columns: [
        { title: 'When', short: true, cell: at('effectiveDateTime', 'effectivePeriod.start', 'issued') },
        { title: 'Report', cell: says('code') },
        { title: 'Conclusion', cell: (report) => readText(report, 'conclusion') ?? '' },
      ],
    }),
    documents: () => ({
      title: 'Documents',
      empty: 'No document is on file. The signed summary of an authorization appears here.',
      resources: newestFirst(list('DocumentReference'), 'date'),
      columns: [
        { title: 'Filed', short: true, cell: (document) => formatDate(readText(document, 'date')) },
        {
          title: 'Document',
          cell: (document) => readText(document, 'description') ?? readConcept(document, 'type') ?? 'Document',
        },
        { title: 'Format', cell: (document) => readText(document, 'content.attachment.contentType') ?? '' },
        { title: 'Open', cell: (document) => renderOpenLinks(document, patientId, user) },
      ],
    }),
  }
}

function formatStop(medication: StoredResource): string {
  const reason = readConcept(medication, 'statusReason') ?? readText(medication, 'note.text')
  return reason === undefined ? '' : ` (${reason})`
}

function readPayerName(store: ResourceStore, coverage: StoredResource): string {
  const [type = '', id = ''] = (readText(coverage, 'payor.reference') ?? '').split('/')
  return readText(store.read(type, id), 'name') ?? readText(coverage, 'payor.display') ?? 'Unknown payer'
}

function renderOpenLinks(document: StoredResource, patientId: string, user: EhrUser): Html {
  const name = readText(document, 'description') ?? readConcept(document, 'type') ?? 'document'
  return html`${readPath(document, 'content').map(
    (_content, index) =>
      html`<a
        href="${linkAs(user, `/patients/${patientId}/documents/${document.id}/${index}`)}"
        target="_blank"
        rel="noopener"
        aria-label="Open ${name}, ${formatDay(readText(document, 'date'))}"
        >Open</a
      > `,
  )}`
}
