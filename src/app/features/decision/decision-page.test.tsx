import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import type { CaseView } from '#domain/contract/case.ts'
import { caseView, line, runningClocks } from '../../testing/fixtures.ts'
import { formView } from '../../testing/form-fixture.ts'
import { CASE_API, CASE_PATH, renderApp } from '../../testing/render-app.tsx'

const showing = (body: CaseView, more = {}) => renderApp(CASE_PATH, { [`GET ${CASE_API}`]: { body }, ...more })
const title = (name: string) => screen.findByRole('heading', { level: 1, name })

const unknown = (overrides: Partial<CaseView> = {}): CaseView =>
  caseView({
    state: 'unknown',
    title: { key: 'case.title.unknown', params: { payer: 'CareSource' } },
    lines: [line(1, { status: 'unknown' })],
    decisionSource: null,
    unknown: { since: '2026-11-22T09:47:20Z', step: 'person', nextAt: null },
    actions: ['inquire', 'record-decision'],
    nextStep: { key: 'case.next.callPayer', params: { payer: 'CareSource', phone: '800-555-0100' } },
    owner: 'pa-staff',
    ...overrides,
  })

describe('a decided case', () => {
  it('says the decision of each line, with number, units, dates and the payer’s words', async () => {
    await showing(caseView())
    await title('Partly approved: 1 denied, 1 reduced')
    const rows = within(screen.getByRole('table')).getAllByRole('row')
    expect(rows[1]!.textContent).toContain('Approved as modified')
    expect(rows[1]!.textContent).toContain('175 units')
    expect(rows[1]!.textContent).toContain('105 units')
    expect(rows[1]!.textContent).toContain('P2611-0093817')
    expect(rows[1]!.textContent).toContain('Dec 1, 2026 to Jan 12, 2027')
    const third = rows.findIndex((row) => row.textContent.startsWith('3'))
    expect(rows[third]!.textContent).toContain('Denied')
    // The words stand in a row of their own, under the line that they are about.
    expect(rows[third + 1]!.textContent).toContain('“Exceeds the plan’s limit for infusion time.”')
  })

  it('says the payer’s words once where they are the same, and no row where a code has none', async () => {
    const notes = ['The disease is not moderate to severe.']
    const wordless = { reasons: [{ code: 'ZZ', text: null }], notes: [] }
    await showing(caseView({ lines: [line(1, { notes }), line(2, { notes }), line(3, wordless)] }))
    await title('Partly approved: 1 denied, 1 reduced')
    const rows = within(screen.getByRole('table')).getAllByRole('row')
    expect(screen.getAllByText(/not moderate to severe/)).toHaveLength(1)
    expect(rows[4]!.textContent).toBe('The payer says the same as for line 1.')
    expect(rows).toHaveLength(6)
  })

  it('keeps X12 codes to the details', async () => {
    await showing(caseView())
    await title('Partly approved: 1 denied, 1 reduced')
    const row = within(screen.getByRole('table')).getAllByRole('row')[1]!
    expect(within(row).getByText('A6').closest('details')).not.toBeNull()
  })

  it('tells the timeline, the newest first', async () => {
    await showing(caseView())
    const timeline = await screen.findByRole('complementary', { name: 'Timeline' })
    const entries = within(timeline)
      .getAllByRole('listitem')
      .map((entry) => entry.textContent)
    expect(entries[0]).toContain('CareSource decided')
    expect(entries.at(-1)).toContain('Case opened')
  })

  it('shows a due time as a date and what is left, with the rule one click away', async () => {
    await showing(caseView({ clocks: runningClocks(Date.now()) }))
    const clocks = await screen.findByRole('region', { name: 'Until when CareSource must decide' })
    expect(clocks.textContent).toMatch(/Drug .* · 2d left/)
    expect(clocks.textContent).toContain('a standard request for a Part B drug is decided within 72 hours')
    expect(clocks.textContent).toContain('42 CFR 422.568(b)(3)')
  })

  it('does not pass our own note off as the payer’s', async () => {
    await showing(caseView({ decisionSource: 'intermediary' }))
    expect(await screen.findByText(/This is Precert’s own note; CareSource itself has not answered/)).toBeTruthy()
  })
})

describe('a case on its way', () => {
  it('says from three seconds on that no answer has come yet', async () => {
    const sent = { state: 'sent', title: { key: 'case.title.sent', params: { payer: 'CareSource' } } } as const
    const { server } = await showing(caseView({ ...sent, sentAt: new Date().toISOString() }))
    await title('Sent to CareSource, no answer yet')
    expect(screen.getByText('On its way to CareSource.')).toBeTruthy()
    await waitFor(() => expect(screen.getByText(/CareSource has not answered yet. You can leave/)).toBeTruthy(), {
      timeout: 5_000,
    })
    expect(server.asked.length).toBeGreaterThan(0)
  })

  it('lists what the payer asks for and until when', async () => {
    await showing(
      caseView({
        state: 'pended',
        requests: [
          {
            id: 'r1',
            lineSequence: 1,
            codes: [{ system: 'http://loinc.org', code: '16933-4', text: 'Hepatitis B core antibody' }],
            dueAt: null,
            facts: [],
            tracking: { system: null, value: 'REF-1' },
            asksForForm: false,
            payerUrl: null,
            elsewhere: null,
            contexts: [],
            formId: null,
            answered: false,
            answer: null,
          },
        ],
      }),
    )
    const requests = await screen.findByRole('region', { name: 'CareSource asks for more before it decides' })
    expect(requests.textContent).toContain('Hepatitis B core antibody')
    expect(requests.textContent).toContain('For line 1')
  })

  it('leads to the questionnaire that the payer asks for', async () => {
    const asked = {
      id: 'r1',
      lineSequence: null,
      codes: [{ system: 'http://loinc.org', code: '102089-0', text: null }],
      dueAt: null,
      facts: [],
      tracking: { system: null, value: 'REF-1' },
      asksForForm: true,
      payerUrl: null,
      elsewhere: null,
      contexts: ['REF-1'],
      formId: null,
      answered: false,
      answer: null,
    }
    const { user, server } = await showing(
      caseView({ state: 'pended', requests: [asked], actions: ['answer-request'] }),
      {
        [`POST ${CASE_API}/request-form`]: { body: { formId: 'asked-1' } },
        [`GET ${CASE_API}/form?form=asked-1`]: { body: formView({ formId: 'asked-1', status: 'populating' }) },
      },
    )
    const requests = await screen.findByRole('region', { name: 'CareSource asks for more before it decides' })
    expect(requests.textContent).toContain('The payer’s questionnaire')
    await user.click(within(requests).getByRole('button', { name: 'Complete it' }))
    await waitFor(() => expect(window.location.hash).toBe('#form=asked-1'))
    expect(server.asked.find(({ path }) => path.endsWith('/request-form'))?.body).toEqual({ requestId: 'r1' })
  })

  it('says what to do where the payer did not answer to documents', async () => {
    const answer = { at: '2026-11-22T10:00:00Z', by: 'Sam Rivera', documents: ['Note'], reason: null }
    const asked = {
      id: 'r1',
      lineSequence: null,
      codes: [{ system: 'http://loinc.org', code: '16933-4', text: 'Hepatitis B core antibody' }],
      dueAt: null,
      facts: [],
      tracking: { system: null, value: 'REF-1' },
      asksForForm: false,
      payerUrl: null,
      elsewhere: null,
      contexts: [],
      formId: null,
      answered: false,
      answer: { ...answer, status: 'unanswered' as const },
    }
    await showing(caseView({ state: 'pended', requests: [asked], actions: ['answer-request'] }))
    const requests = await screen.findByRole('region', { name: 'CareSource asks for more before it decides' })
    expect(requests.textContent).toContain('Send them again, or call CareSource.')
    expect(within(requests).getByRole('button', { name: 'Attach documents' })).toBeDefined()
  })

  it('says where the payer wants a document that cannot be sent from here, and offers to send the others', async () => {
    const asked = {
      id: 'r1',
      lineSequence: null,
      codes: [{ system: 'http://loinc.org', code: '16933-4', text: 'Hepatitis B core antibody' }],
      dueAt: null,
      facts: [],
      tracking: { system: null, value: 'REF-1' },
      asksForForm: false,
      payerUrl: 'https://docs.example/in',
      elsewhere: 'https://docs.example/in',
      contexts: [],
      formId: null,
      answered: false,
      answer: null,
    }
    const other = { ...asked, id: 'r2', payerUrl: null, elsewhere: null }
    await showing(caseView({ state: 'pended', requests: [asked, other], actions: ['answer-request'] }))
    const requests = await screen.findByRole('region', { name: 'CareSource asks for more before it decides' })
    const [first, second] = within(requests).getAllByRole('listitem')
    expect(first?.textContent).toContain('CareSource wants this at https://docs.example/in.')
    expect(within(first!).queryByRole('button', { name: 'Attach documents' })).toBeNull()
    expect(within(second!).getByRole('button', { name: 'Attach documents' })).toBeDefined()
  })

  it('says what a rejection asks to correct, and leads there', async () => {
    await showing(
      caseView({
        state: 'rejected',
        title: { key: 'case.title.rejected', params: { payer: 'CareSource' } },
        errors: [
          {
            code: '75',
            text: { key: 'case.error.aaa.75' },
            followUp: { key: 'case.followUp.C' },
            element: '2010C-NM109',
            path: null,
            note: 'Member not found.',
          },
        ],
        actions: ['correct'],
        nextStep: { key: 'case.next.correct' },
      }),
    )
    const errors = await screen.findByRole('region', { name: 'Correct this and send it again' })
    expect(errors.textContent).toContain('The payer did not find the member.')
    expect(errors.textContent).toContain('It needs no appeal.')
    expect(screen.getByRole('link', { name: 'Correct the answers' }).getAttribute('href')).toBe(`${CASE_PATH}/form`)
  })
})

describe('an unknown case', () => {
  it('says since when, the step, the payer’s phone and what to quote', async () => {
    await showing(unknown())
    const panel = await screen.findByRole('region', { name: /^Unknown since/ })
    expect(
      within(panel)
        .getByText('A person calls CareSource and records the decision')
        .closest('li')
        ?.getAttribute('aria-current'),
    ).toBe('step')
    expect(within(panel).getByRole('link', { name: '800-555-0100' }).getAttribute('href')).toBe('tel:800-555-0100')
    expect(panel.textContent).toContain('never lost and never decided twice')
    expect(within(panel).queryByRole('button', { name: 'Send again' })).toBeNull()
  })

  it('asks the payer for the status', async () => {
    const { user, server } = await showing(unknown(), { [`POST ${CASE_API}/resolve`]: { body: {} } })
    await user.click(await screen.findByRole('button', { name: 'Ask CareSource for the status' }))
    await waitFor(() =>
      expect(server.asked.find(({ path }) => path.endsWith('/resolve'))?.body).toEqual({ action: 'inquire' }),
    )
  })

  it('records what a person was told, line by line and with who said it', async () => {
    const { user, server } = await showing(unknown(), { [`POST ${CASE_API}/resolve`]: { body: {} } })
    await user.click(await screen.findByRole('button', { name: 'Record the decision' }))
    const dialog = screen.getByRole('dialog', { name: 'Record what CareSource decided' })
    const save = within(dialog).getByRole('button', { name: 'Record the decision' })
    await user.click(save)
    expect(within(dialog).getByRole('alert').textContent).toContain('Say for every line')
    await user.click(within(dialog).getByRole('radio', { name: 'Approved' }))
    await user.type(within(dialog).getByRole('textbox', { name: 'Authorization number' }), 'P1')
    await user.type(within(dialog).getByRole('textbox', { name: /Who said it/ }), 'Ms. Hall, 22 Nov')
    await user.click(save)
    await waitFor(() =>
      expect(server.asked.find(({ path }) => path.endsWith('/resolve'))?.body).toEqual({
        action: 'record-decision',
        lines: [{ sequence: 1, status: 'approved', authorizationNumber: 'P1' }],
        note: 'Ms. Hall, 22 Nov',
      }),
    )
  })
})
