/** The frame of every page: who is signed in, which patient, which tab; and the sentence that all this is a simulation. */
import { readPath, readText, type StoredResource } from '../resource.ts'
import { formatAge, formatDate, formatName } from './format.ts'
import { html, type Html } from './html.ts'

export interface EhrUser {
  readonly id: string
  readonly reference: string
  readonly name: string
  readonly role: string
  readonly maySign: boolean
}

/** Who may sit at the simulated EHR. */
export const USERS: readonly [EhrUser, ...EhrUser[]] = [
  {
    id: 'lena-ruiz',
    reference: 'Practitioner/lena-ruiz',
    name: 'Dr. Lena Ruiz',
    role: 'Gastroenterology',
    maySign: true,
  },
  {
    id: 'ana-silva',
    reference: 'Practitioner/ana-silva',
    name: 'Ana Silva',
    role: 'Prior authorization staff',
    maySign: false,
  },
]

/** The user named in the address: no cookie is needed, so that the sandbox works where a browser keeps none. */
export function readUser(as: string | undefined): EhrUser {
  return USERS.find((user) => user.id === as) ?? USERS[0]
}

/** A link that keeps the user. */
export function linkAs(user: EhrUser, path: string): string {
  if (user === USERS[0]) return path
  return `${path}${path.includes('?') ? '&' : '?'}as=${user.id}`
}

export const TABS = [
  ['summary', 'Summary'],
  ['problems', 'Problems'],
  ['medications', 'Medications'],
  ['results', 'Results'],
  ['notes', 'Notes'],
  ['documents', 'Documents'],
  ['orders', 'Orders'],
] as const
export type Tab = (typeof TABS)[number][0]

interface Page {
  readonly title: string
  readonly user: EhrUser
  /** Path of this page, for the user switcher. */
  readonly path: string
  readonly content: Html
  readonly patient?: StoredResource
  readonly coverage?: string
  readonly tab?: Tab | 'app'
}

/** A whole page. */
export function renderPage(page: Page): string {
  const { user } = page
  const others = USERS.filter((other) => other !== user)
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title} · Sandbox EHR</title>
        <link rel="icon" href="/ehr.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/ehr.css" />
        <script src="/ehr.js" defer></script>
      </head>
      <body class="${page.tab === 'app' ? 'with-app' : ''}">
        <a class="skip" href="#main">Skip to content</a>
        <header class="bar" aria-label="Sandbox EHR">
          <a class="brand" href="${linkAs(user, '/')}"><span class="mark" aria-hidden="true"></span>Sandbox EHR</a>
          <span class="simulation">Simulation, synthetic patients</span>
          <nav aria-label="Main">
            <a href="${linkAs(user, '/')}">Scenarios</a>
            <a href="${linkAs(user, '/patients')}">Patients</a>
          </nav>
          <div class="who">
            <span><strong>${user.name}</strong><small>${user.role}</small></span>
            ${others.map((other) => html`<a class="switch" href="${linkAs(other, page.path)}">Switch to ${other.name}</a>`)}
          </div>
        </header>
        ${page.patient === undefined ? null : renderBanner(page, page.patient)}
        <main id="main" tabindex="-1" aria-label="${page.title}">${page.content}</main>
      </body>
    </html>`.html
}

function renderBanner(page: Page, patient: StoredResource): Html {
  const birthDate = readText(patient, 'birthDate')
  const facts = [
    readText(patient, 'gender'),
    birthDate === undefined ? undefined : `${formatDate(birthDate)}${formatAge(birthDate)}`,
    readMrn(patient),
    page.coverage,
  ].filter((fact) => fact !== undefined)
  return html`<section class="banner" aria-label="Patient">
    <p class="patient"><strong>${formatName(patient)}</strong> <span>${facts.join(' · ')}</span></p>
    <nav aria-label="Chart">
      ${TABS.map(
        ([id, label]) =>
          html`<a
            href="${linkAs(page.user, `/patients/${patient.id}/${id}`)}"
            ${page.tab === id ? html`aria-current="page"` : null}
            >${label}</a
          >`,
      )}
    </nav>
  </section>`
}

/** The medical record number, where the chart has one of type MR. */
function readMrn(patient: StoredResource): string | undefined {
  const identifier = readPath(patient, 'identifier').find((candidate) =>
    readPath(candidate, 'type.coding.code').includes('MR'),
  )
  const value = readText(identifier, 'value')
  return value === undefined ? undefined : `MRN ${value.length > 14 ? `${value.slice(0, 8)}…` : value}`
}
