/** The pages of the simulated EHR: what a visitor sees and clicks. Everything else is in the modules they call. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { ORDER_TEMPLATES, type OrderTemplate } from '../../charts/orders.ts'
import { findRoot } from '../../root.ts'
import type { Charts } from '../charts.ts'
import type { OrderDesk } from '../order-desk.ts'
import { readPath, readText, type StoredResource } from '../resource.ts'
import type { ResourceStore } from '../store.ts'
import { renderChartTab } from './chart-pages.ts'
import { formatName } from './format.ts'
import { html, type Html } from './html.ts'
import { linkAs, readUser, renderPage, TABS, type EhrUser, type Tab } from './layout.ts'
import { renderOrders } from './orders-page.ts'
import { renderPatients } from './patients-page.ts'
import { renderStart } from './start-page.ts'

export interface PageRoutesOptions {
  readonly precertUrl: string
  readonly payers: readonly { readonly name: string; readonly url: string }[]
  readonly store: ResourceStore
  readonly charts: Charts
  readonly desk: OrderDesk
  /** Writes the drafts of a template. */
  readonly addOrders: (patientId: string, template: OrderTemplate, doseMgPerKg: number | undefined) => void
  /** The address that opens Precert for these orders. */
  readonly launch: (input: {
    readonly user: string
    readonly patientId: string
    readonly orders: readonly string[]
    readonly appContext: string | null
  }) => string
}

interface PatientRoute {
  Params: { readonly id: string }
  Querystring: { readonly as?: string }
}

const ASSETS = { 'ehr.css': 'text/css', 'ehr.js': 'text/javascript', 'ehr.svg': 'image/svg+xml' } as const

/** Adds the pages. */
export function pageRoutes(app: FastifyInstance, options: PageRoutesOptions): void {
  const { store, charts, desk } = options
  const csp = [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    `frame-src 'self' ${options.precertUrl}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
  ].join('; ')
  const sendPage = (reply: FastifyReply, page: string, status = 200): FastifyReply =>
    reply
      .code(status)
      .headers({ 'content-security-policy': csp, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
      .type('text/html; charset=utf-8')
      .send(page)
  const sendNotFound = (reply: FastifyReply, user: EhrUser): FastifyReply =>
    sendPage(
      reply,
      renderPage({
        title: 'Not found',
        user,
        path: '/',
        content: html`<h1>There is nothing at this address</h1>
          <p><a href="${linkAs(user, '/patients')}">All patients</a></p>`,
      }),
      404,
    )
  const sendPatientPage = (
    reply: FastifyReply,
    page: { patient: StoredResource; user: EhrUser; tab: Tab | 'app'; path: string; content: Html },
  ): FastifyReply =>
    sendPage(
      reply,
      renderPage({ title: formatName(page.patient), coverage: readCoverageNames(store, page.patient.id), ...page }),
    )

  for (const [name, type] of Object.entries(ASSETS)) {
    const text = readFileSync(join(findRoot(), 'sandbox/ehr/pages', name), 'utf8')
    app.get(`/${name}`, async (_request, reply) => reply.type(`${type}; charset=utf-8`).send(text))
  }

  app.get<{ Querystring: { as?: string } }>('/', async (request, reply) => {
    const user = readUser(request.query.as)
    const content = renderStart({ ...options, user, problems: charts.problems, otherCharts: charts.otherIds.length })
    return sendPage(reply, renderPage({ title: 'Scenarios', user, path: '/', content }))
  })

  app.get<{ Querystring: { as?: string } }>('/patients', async (request, reply) => {
    const user = readUser(request.query.as)
    const readAll = (ids: readonly string[]): StoredResource[] => ids.flatMap((id) => store.read('Patient', id) ?? [])
    const groups = [
      { title: 'Synthetic patients', patients: readAll(charts.personaIds) },
      { title: 'Other charts', patients: readAll(charts.otherIds) },
    ].filter(({ patients }) => patients.length > 0)
    return sendPage(
      reply,
      renderPage({ title: 'Patients', user, path: '/patients', content: renderPatients(groups, user) }),
    )
  })

  app.get<PatientRoute>('/patients/:id', async (request, reply) =>
    reply.redirect(
      linkAs(readUser(request.query.as), `/patients/${encodeURIComponent(request.params.id)}/summary`),
      303,
    ),
  )

  app.get<{ Params: { id: string; tab: string }; Querystring: { as?: string } }>(
    '/patients/:id/:tab',
    async (request, reply) => {
      const user = readUser(request.query.as)
      const patient = store.read('Patient', request.params.id)
      const tab = TABS.find(([id]) => id === request.params.tab)?.[0]
      if (patient === undefined || tab === undefined) return sendNotFound(reply, user)
      const content =
        tab === 'orders'
          ? renderOrders({
              patientId: patient.id,
              user,
              orders: desk.listOrders(patient.id),
              signing: desk.readSigning(patient.id),
              doseMgPerKg: charts.readDose(patient.id),
            })
          : renderChartTab(tab, store, patient.id, user)
      return sendPatientPage(reply, { patient, user, tab, content, path: `/patients/${patient.id}/${tab}` })
    },
  )

  app.get<{ Params: { id: string }; Querystring: { as?: string; card?: string; link?: string } }>(
    '/patients/:id/app',
    async (request, reply) => {
      const user = readUser(request.query.as)
      const patient = store.read('Patient', request.params.id)
      if (patient === undefined) return sendNotFound(reply, user)
      const signing = desk.readSigning(patient.id)
      const card = signing?.cards.find(({ uuid }) => uuid === request.query.card)
      const link = card?.links[Number(request.query.link ?? '0')]
      // Only the registered app may be opened from a card (Epic: links must be pre-registered).
      const appContext =
        link?.type === 'smart' && link.url.startsWith(`${options.precertUrl}/launch`) ? link.appContext : null
      const orders = card === undefined ? desk.listCurrent(patient.id) : (signing?.orders ?? [])
      const src = options.launch({ user: user.reference, patientId: patient.id, orders, appContext })
      const content = html`<h1 class="unseen">Precert</h1>
        <iframe title="Precert" src="${src}" allow="clipboard-write"></iframe>`
      return sendPatientPage(reply, { patient, user, tab: 'app', content, path: `/patients/${patient.id}/app` })
    },
  )

  app.get<{ Params: { id: string; documentId: string; index: string } }>(
    '/patients/:id/documents/:documentId/:index',
    async (request, reply) => {
      const { id, documentId, index } = request.params
      const document = store.list('DocumentReference', id).find((candidate) => candidate.id === documentId)
      const attachment = readPath(document, 'content.attachment')[Number(index)]
      const data = readText(attachment, 'data')
      if (data === undefined) return sendNotFound(reply, readUser(undefined))
      return reply
        .headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-disposition': 'inline' })
        .type(readSafeType(readText(attachment, 'contentType')))
        .send(Buffer.from(data, 'base64'))
    },
  )

  addOrderActions(app, options)
}

/** What the buttons of the order screen do; each answers with the order screen. */
function addOrderActions(app: FastifyInstance, { store, charts, desk, addOrders }: PageRoutesOptions): void {
  const post = (
    path: string,
    act: (input: {
      patientId: string
      params: Readonly<Record<string, string>>
      user: EhrUser
      form: URLSearchParams
    }) => unknown,
  ): void => {
    app.post<{ Params: Readonly<Record<string, string>>; Querystring: { as?: string } }>(
      `/patients/:id/${path}`,
      async (request, reply) => {
        const user = readUser(request.query.as)
        const patientId = request.params['id'] ?? ''
        if (store.read('Patient', patientId) === undefined) return reply.code(404).send('No such patient')
        const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
        await act({ patientId, params: request.params, user, form })
        return reply.redirect(linkAs(user, `/patients/${patientId}/orders`), 303)
      },
    )
  }
  post('orders', ({ patientId, user, form }) => {
    const template = ORDER_TEMPLATES.find((known) => known === form.get('template'))
    const dose = Number(form.get('dose'))
    if (template !== undefined && user.maySign)
      addOrders(patientId, template, dose > 0 && dose <= 20 ? dose : undefined)
  })
  post('sign', ({ patientId, user }) =>
    user.maySign ? desk.sign(patientId, user.reference, charts.readEncounterId(patientId)) : undefined,
  )
  post('skip', ({ patientId }) => desk.skipSigning(patientId))
  post('discard', ({ patientId, user }) => (user.maySign ? desk.discardDrafts(patientId) : undefined))
  post('cards/:card/accept', ({ patientId, params, form }) =>
    desk.acceptSuggestion(patientId, params['card'] ?? '', Number(form.get('suggestion') ?? '0')),
  )
  post('cards/:card/dismiss', ({ patientId, params, form }) =>
    desk.dismissCard(patientId, params['card'] ?? '', form.get('reason')),
  )
}

/** Types that a browser may show on this origin; anything else is plain text. */
function readSafeType(contentType: string | undefined): string {
  return contentType === 'application/pdf' ? contentType : 'text/plain; charset=utf-8'
}

function readCoverageNames(store: ResourceStore, patientId: string): string {
  const names = store
    .list('Coverage', patientId)
    .filter((coverage) => coverage['status'] === 'active')
    .map((coverage) => readText(coverage, 'class.name') ?? readText(coverage, 'payor.display') ?? 'Coverage')
  return names.length === 0 ? 'No coverage' : names.join(', ')
}
