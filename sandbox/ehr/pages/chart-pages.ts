/** The chart's tabs: what is in the FHIR store, as a clinician would want to read it. */
import { readConcept, readPath, readText, type StoredResource } from '../resource.ts'
import type { ResourceStore } from '../store.ts'
import { formatDate, formatDay, formatName, formatValue } from './format.ts'
import { html, type Html } from './html.ts'
import { linkAs, type EhrUser, type Tab } from './layout.ts'

const MOST_ROWS = 400

interface Column {
  readonly title: string
  /** Dates and codes stay on one line. */
  readonly short?: true
  readonly cell: (resource: StoredResource) => Html | string
}

interface ListView {
  readonly title: string
  readonly empty: string
  readonly resources: readonly StoredResource[]
  readonly columns: readonly Column[]
}

/** The content of a chart tab; the Orders tab has its own module. */
export function renderChartTab(
  tab: Exclude<Tab, 'orders'>,
  store: ResourceStore,
  patientId: string,
  user: EhrUser,
): Html {
  const lists = createLists(store, patientId, user)
  switch (tab) {
    case 'summary':
      return html`<h1>Summary</h1>
        <div class="columns">
          ${renderList(lists.problems(true), 2)} ${renderList(lists.medications(true), 2)}
          ${renderList(lists.allergies(), 2)} ${renderList(lists.coverage(), 2)} ${renderList(lists.visits(), 2)}
        </div>`
    case 'problems':
      return html`${renderList(lists.problems(false), 1)} ${renderList(lists.diagnoses(), 2)}
      ${renderList(lists.allergies(), 2)}`
    case 'medications':
      return renderList(lists.medications(false), 1)
    case 'results':
      return html`${renderList(lists.results(), 1)} ${renderList(lists.reports(), 2)}`
    case 'notes':
      return html`<h1>Notes</h1>
        ${renderNotes(store, patientId)}`
    case 'documents':
      return renderList(lists.documents(), 1)
  }
}

function renderList(view: ListView, level: 1 | 2): Html {
  const heading = level === 1 ? html`<h1>${view.title}</h1>` : html`<h2>${view.title}</h2>`
  if (view.resources.length === 0)
    return html`<section class="panel">
      ${heading}
      <p class="quiet">${view.empty}</p>
    </section>`
  const shown = view.resources.slice(0, MOST_ROWS)
  return html`<section class="panel">
    ${heading}
    <table>
      <thead>
        <tr>
          ${view.columns.map(({ title }) => html`<th scope="col">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${shown.map(
          (resource) =>
            html`<tr>
              ${view.columns.map(({ cell, short }) => html`<td ${short === true ? html`class="short"` : null}>${cell(resource)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
    ${
      shown.length < view.resources.length
        ? html`<p class="quiet">The newest ${shown.length} of ${view.resources.length} are shown.</p>`
        : null
    }
  </section>`
}

/** Newest first by the first of these elements that a resource has. */
function newestFirst(resources: readonly StoredResource[], ...paths: readonly string[]): readonly StoredResource[] {
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

interface Lists {
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

function createLists(store: ResourceStore, patientId: string, user: EhrUser): Lists {
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

/** Clinical notes: text documents, read in place. */
function renderNotes(store: ResourceStore, patientId: string): Html {
  const notes = newestFirst(store.list('DocumentReference', patientId), 'date').filter((document) =>
    /^text\//.test(readText(document, 'content.attachment.contentType') ?? ''),
  )
  if (notes.length === 0) return html`<p class="quiet">No note is on file.</p>`
  return html`${notes.map(
    (note) =>
      html`<details class="panel note">
        <summary>
          <strong>${readText(note, 'description') ?? readConcept(note, 'type') ?? 'Note'}</strong>
          <span class="quiet">${formatDate(readText(note, 'date'))} ${readText(note, 'author.display') ?? ''}</span>
        </summary>
        <pre tabindex="0">${readNoteText(note)}</pre>
      </details>`,
  )}`
}

function readNoteText(note: StoredResource): string {
  const data = readText(note, 'content.attachment.data')
  return data === undefined ? 'The text of this note is kept elsewhere.' : Buffer.from(data, 'base64').toString('utf8')
}

/** The list of patients. */
export function renderPatients(
  groups: readonly { readonly title: string; readonly patients: readonly StoredResource[] }[],
  user: EhrUser,
): Html {
  return html`<h1>Patients</h1>
    ${groups.map(
      ({ title, patients }) =>
        html`<section class="panel">
          <h2>${title}</h2>
          <table>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Born</th>
                <th scope="col">Sex</th>
                <th scope="col">Orders</th>
              </tr>
            </thead>
            <tbody>
              ${patients.map(
                (patient) =>
                  html`<tr>
                    <td><a href="${linkAs(user, `/patients/${patient.id}/summary`)}">${formatName(patient)}</a></td>
                    <td>${formatDate(readText(patient, 'birthDate'))}</td>
                    <td>${readText(patient, 'gender')}</td>
                    <td>
                      <a
                        href="${linkAs(user, `/patients/${patient.id}/orders`)}"
                        aria-label="Orders of ${formatName(patient)}"
                        >Orders</a
                      >
                    </td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </section>`,
    )}`
}
