import { screen, waitFor, within } from '@testing-library/react'
import { expect, it } from 'vitest'
import type { CaseView } from '#domain/contract/case.ts'
import type { ChangePreview, ChangeView } from '#domain/contract/change.ts'
import { failure } from '../../testing/fake-server.ts'
import { caseView, line } from '../../testing/fixtures.ts'
import { CASE_API, CASE_PATH, renderApp } from '../../testing/render-app.tsx'

const approved = (more: Partial<CaseView> = {}): CaseView =>
  caseView({
    state: 'approved',
    title: { key: 'case.title.approved', params: { count: 1 } },
    actions: ['change', 'cancel'],
    ...more,
  })

const changeView: ChangeView = {
  caseId: 'c',
  version: 9,
  lines: [
    {
      ...line(1, { status: 'approved' }),
      changeable: true,
      order: { code: 'Q5103', asked: { value: '200', unit: 'UN' }, start: '2026-12-01', end: '2027-05-31' },
    },
    { ...line(2, { status: 'approved' }), changeable: true, order: null },
    { ...line(3, { status: 'denied' }), changeable: false, order: null },
  ],
  orders: [
    {
      orderRef: 'ServiceRequest/new',
      title: 'Office visit',
      code: '99214',
      asked: { value: '2', unit: 'UN' },
      start: null,
      end: null,
      problem: null,
    },
  ],
  documents: [
    { reference: 'DocumentReference/lab', title: 'Laboratory report', date: '2026-11-25', contentType: null },
  ],
  mayCancel: true,
}

const preview = (more: Partial<ChangePreview['differences']> = {}): ChangePreview => ({
  version: 9,
  differences: {
    cancelsAll: false,
    lines: [
      {
        sequence: 1,
        title: 'Infliximab-dyyb',
        change: 'changed',
        before: { code: 'Q5103', asked: { value: '175', unit: 'UN' }, start: '2026-12-01', end: '2027-05-31' },
        after: { code: 'Q5103', asked: { value: '210', unit: 'UN' }, start: '2026-12-01', end: '2027-05-31' },
        certification: '4',
      },
    ],
    documents: ['Laboratory report'],
    messages: [],
    ...more,
  },
  problems: [],
})

const answers = (body = preview()) => ({
  [`GET ${CASE_API}`]: { body: approved() },
  [`GET ${CASE_API}/change`]: { body: changeView },
  [`POST ${CASE_API}/change/preview`]: { body },
  [`POST ${CASE_API}/change`]: { body: {} },
})

it('shows what would change before it is sent, and sends exactly that, once', async () => {
  const { user, server } = await renderApp(CASE_PATH, answers())
  await user.click(await screen.findByRole('button', { name: 'Change the request' }))
  const dialog = await screen.findByRole('dialog', { name: 'Change the request' })
  const first = await within(dialog).findByRole('group', { name: /^1[.]/ })
  expect(within(dialog).queryByRole('group', { name: /^3[.]/ })).toBeNull()
  const amount = within(first).getByRole('textbox', { name: 'Asked' })
  await user.clear(amount)
  await user.type(amount, '210')
  await user.click(within(dialog).getByRole('checkbox', { name: /Laboratory report/ }))
  await user.click(within(dialog).getByRole('button', { name: 'See what changes' }))
  const review = await screen.findByRole('dialog', { name: 'What changes' })
  const shown = await within(review).findByText('Changed: 1. Infliximab-dyyb')
  expect(shown.closest('li')?.textContent).toContain('175 units')
  expect(shown.closest('li')?.textContent).toContain('210 units')
  expect(shown.closest('li')?.textContent).not.toContain('2027')
  await user.dblClick(within(review).getByRole('button', { name: 'Send the change to CareSource' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  const sent = server.asked.filter(({ path }) => path === `${CASE_API}/change`).flatMap(({ body }) => body ?? [])
  expect(sent).toEqual([
    {
      submissionId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      version: 9,
      change: {
        cancelAll: false,
        edits: [{ sequence: 1, quantity: '210', start: null, end: null }],
        fromOrder: [],
        cancelled: [],
        added: [],
        documents: ['DocumentReference/lab'],
        message: null,
      },
      differences: preview().differences,
    },
  ])
})

it('keeps what was entered for somebody who goes back from the differences', async () => {
  const { user } = await renderApp(CASE_PATH, answers())
  await user.click(await screen.findByRole('button', { name: 'Change the request' }))
  const dialog = await screen.findByRole('dialog')
  const first = await within(dialog).findByRole('group', { name: /^1[.]/ })
  const amount = within(first).getByRole('textbox', { name: 'Asked' })
  await user.clear(amount)
  await user.type(amount, '210')
  await user.click(within(dialog).getByRole('checkbox', { name: /Laboratory report/ }))
  await user.click(within(dialog).getByRole('button', { name: 'See what changes' }))
  await screen.findByText('Changed: 1. Infliximab-dyyb')
  await user.click(screen.getByRole('button', { name: 'Back' }))
  const again = await screen.findByRole('group', { name: /^1[.]/ })
  expect(within(again).getByRole<HTMLInputElement>('textbox', { name: 'Asked' }).value).toBe('210')
  expect(screen.getByRole<HTMLInputElement>('checkbox', { name: /Laboratory report/ }).checked).toBe(true)
})

it('shows the differences anew where they are others than were read', async () => {
  const { user, server } = await renderApp(CASE_PATH, answers())
  await user.click(await screen.findByRole('button', { name: 'Cancel the request' }))
  const review = await screen.findByRole('dialog')
  await within(review).findByText('Changed: 1. Infliximab-dyyb')
  server.answers[`POST ${CASE_API}/change`] = { status: 409, body: failure('case-changed') }
  server.answers[`POST ${CASE_API}/change/preview`] = { body: preview({ documents: ['Another report'] }) }
  await user.click(within(review).getByRole('button', { name: 'Send the change to CareSource' }))
  await within(review).findByText(/Read it again before you send it/)
  await within(review).findByText('Another report')
})

it('takes over an order of the chart, adds one, and leaves a line out', async () => {
  const { user, server } = await renderApp(CASE_PATH, answers())
  await user.click(await screen.findByRole('button', { name: 'Change the request' }))
  const dialog = await screen.findByRole('dialog')
  await user.click(await within(dialog).findByRole('checkbox', { name: /Take over what the order says now/ }))
  const second = within(dialog).getByRole('group', { name: /^2[.]/ })
  await user.click(within(second).getByRole('checkbox', { name: 'No longer ask for this line' }))
  await user.click(within(dialog).getByRole('checkbox', { name: /Office visit/ }))
  await user.click(within(dialog).getByRole('button', { name: 'See what changes' }))
  await screen.findByText('Changed: 1. Infliximab-dyyb')
  const [asked] = server.asked.filter(({ path }) => path.endsWith('/change/preview'))
  expect(asked?.body).toMatchObject({
    change: { fromOrder: [1], cancelled: [2], added: ['ServiceRequest/new'], edits: [] },
  })
})

it('cancels the whole after saying what that means', async () => {
  const { user, server } = await renderApp(CASE_PATH, answers(preview({ cancelsAll: true, documents: [] })))
  await user.click(await screen.findByRole('button', { name: 'Cancel the request' }))
  await screen.findByText(/nothing of this request is needed any more/)
  await user.click(screen.getByRole('button', { name: 'Cancel at CareSource' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  const [sent] = server.asked.filter(({ path, body }) => path === `${CASE_API}/change` && body !== undefined)
  expect(sent?.body).toMatchObject({ change: { cancelAll: true } })
})

it('offers neither where the state does not allow it, and says what is under way', async () => {
  await renderApp(CASE_PATH, {
    [`GET ${CASE_API}`]: {
      body: approved({ actions: [], pendingChange: { kind: 'change', at: '2026-11-28T10:00:00Z', by: 'Ana Silva' } }),
    },
  })
  await screen.findByText(/Ana Silva changed it; CareSource has not decided on the change yet/)
  expect(screen.queryByRole('button', { name: 'Change the request' })).toBeNull()
})

it('tells a change that was not taken from a rejected request', async () => {
  const fault = {
    code: 'refused',
    text: { key: 'case.error.aaa.33' },
    followUp: null,
    element: null,
    path: null,
    note: null,
  }
  await renderApp(CASE_PATH, { [`GET ${CASE_API}`]: { body: approved({ changeErrors: [fault] }) } })
  expect(await screen.findByRole('heading', { name: 'CareSource did not take the change' })).toBeTruthy()
  expect(screen.getByText(/The request stands as it was before/)).toBeTruthy()
})
