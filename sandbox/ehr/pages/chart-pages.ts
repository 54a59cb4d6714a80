/** The chart's tabs: what is in the FHIR store, as a clinician would want to read it. */
import { readConcept, readText, type StoredResource } from '../resource.ts'
import type { ResourceStore } from '../store.ts'
import { formatDate } from './format.ts'
import { html, type Html } from './html.ts'
import type { EhrUser, Tab } from './layout.ts'
import { createChartLists, newestFirst, type ListView } from './chart-lists.ts'

const MOST_ROWS = 400

/** The content of a chart tab; the Orders tab has its own module. */
export function renderChartTab(
  tab: Exclude<Tab, 'orders'>,
  store: ResourceStore,
  patientId: string,
  user: EhrUser,
): Html {
  const lists = createChartLists(store, patientId, user)
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
