import { screen, waitFor, within } from '@testing-library/react'
import { expect, it } from 'vitest'
import { failure } from '../../testing/fake-server.ts'
import { caseView, review } from '../../testing/fixtures.ts'
import { CASE_API, CASE_PATH, renderApp } from '../../testing/render-app.tsx'

const showing = (body: unknown, more = {}) =>
  renderApp(`${CASE_PATH}/review`, {
    [`GET ${CASE_API}/review`]: { body },
    [`GET ${CASE_API}`]: { body: caseView() },
    ...more,
  })

const sendButton = () => screen.findByRole('button', { name: 'Sign and send to CareSource' })

it('shows every line with its units, every answer with its origin, and the documents', async () => {
  await showing(review())
  expect(await screen.findByRole('heading', { level: 1, name: 'Ready to sign and send to CareSource' })).toBeTruthy()
  const rows = within(screen.getByRole('table')).getAllByRole('row')
  expect(rows.map((row) => row.textContent)).toContain('1Infliximab-dyybQ5103175 unitsDec 1, 2026 to May 31, 2027')
  const answers = screen.getByRole('region', { name: 'Questionnaire: 7 answers' })
  expect(answers.textContent).toContain('4 from the chart · 1 computed · 1 edited · 1 entered')
  expect(answers.textContent).toContain('Moderate confirmed')
  expect(answers.textContent).toContain('Infusions in the first 6 months6Edited')
  expect(screen.getByRole('heading', { name: 'Documents: 2' })).toBeTruthy()
})

it('shows each diagnosis with where its code comes from', async () => {
  await showing(review())
  const code = await screen.findByText('K50.90')
  expect(code.nextElementSibling?.textContent).toBe(
    'Crohn’s disease for 34000006, as another entry of the chart has it',
  )
})

it('says whether it will hold, and that the plan decides', async () => {
  await showing(review())
  const criteria = await screen.findByRole('region', { name: 'Will it hold?' })
  expect(criteria.textContent).toContain('1 open')
  expect(criteria.textContent).toContain('The plan decides.')
  expect(within(criteria).getByRole('link', { name: 'Go to the question' }).getAttribute('href')).toBe(
    `${CASE_PATH}/form#item=act%2Fhbv`,
  )
})

it('sends once, attested, and shows the case', async () => {
  const { user, server } = await showing(review(), { [`POST ${CASE_API}/submit`]: { body: {} } })
  const button = await sendButton()
  expect(button.getAttribute('aria-disabled')).toBe('true')
  expect(screen.getByText('Tick the statement above to sign.')).toBeTruthy()
  await user.click(button)
  await user.click(screen.getByRole('checkbox', { name: /I have reviewed these answers/ }))
  await user.dblClick(button)
  await waitFor(() => expect(window.location.pathname).toBe(CASE_PATH))
  const submissions = server.asked.filter(({ path }) => path.endsWith('/submit')).map(({ body }) => body)
  expect(submissions).toEqual([
    { submissionId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, version: 4, attested: true },
  ])
})

it('keeps the submission’s id for another try after a fault', async () => {
  const { user, server } = await showing(review(), {
    [`POST ${CASE_API}/submit`]: { status: 503, body: failure('payer-unavailable') },
  })
  await user.click(await screen.findByRole('checkbox', { name: /I have reviewed/ }))
  await user.click(await sendButton())
  expect(await screen.findByText(/The payer cannot be reached now/)).toBeTruthy()
  await user.click(await sendButton())
  await waitFor(() => expect(server.asked.filter(({ path }) => path.endsWith('/submit'))).toHaveLength(2))
  const ids = server.asked
    .filter(({ path }) => path.endsWith('/submit'))
    .map(({ body }) => (body as { submissionId: string }).submissionId)
  expect(new Set(ids).size).toBe(1)
})

it('lists what stands in the way, each with a link to where it is mended, and does not send', async () => {
  const { user, server } = await showing(
    review({
      problems: [
        {
          severity: 'warns',
          message: { key: 'problem.administrationMissing' },
          screen: 'coverage',
          formId: null,
          itemKey: null,
        },
        {
          severity: 'blocks',
          message: { key: 'form.issue.required' },
          screen: 'form',
          formId: 'form-2',
          itemKey: 'act/hbi',
        },
      ],
    }),
  )
  expect(await screen.findByRole('heading', { level: 1, name: '1 thing to mend before this can be sent' })).toBeTruthy()
  const [first, second] = within(screen.getByRole('region', { name: 'Mend this before sending' })).getAllByRole(
    'listitem',
  )
  expect(within(first!).getByRole('link').getAttribute('href')).toBe(`${CASE_PATH}/form#form=form-2&item=act%2Fhbi`)
  expect(within(second!).getByRole('link').getAttribute('href')).toBe('/l/launch-1')
  await user.click(screen.getByRole('checkbox', { name: /I have reviewed/ }))
  await user.click(await sendButton())
  expect(screen.getByText('1 thing has to be mended first.')).toBeTruthy()
  expect(server.asked.some(({ method }) => method === 'POST')).toBe(false)
})

it('tells staff who may not sign why, and what to do', async () => {
  await showing(review({ signer: { name: 'Ana Silva', npi: null, maySign: false } }))
  expect(await screen.findByText(/A clinician with signing rights has to sign/)).toBeTruthy()
  expect(screen.queryByRole('checkbox', { name: /I have reviewed/ })).toBeNull()
  expect((await sendButton()).getAttribute('aria-disabled')).toBe('true')
})

it('includes and leaves out documents at once', async () => {
  const { user, server } = await showing(review(), { [`POST ${CASE_API}/documents`]: { body: {} } })
  await user.click(await screen.findByRole('checkbox', { name: /Primary care note/ }))
  await waitFor(() =>
    expect(server.asked.find(({ path }) => path.endsWith('/documents'))?.body).toEqual({
      version: 4,
      references: ['DocumentReference/d1', 'DocumentReference/d2', 'DocumentReference/d3'],
    }),
  )
})

it('makes a request urgent only with a reason', async () => {
  const { user, server } = await showing(review(), { [`POST ${CASE_API}/urgency`]: { body: {} } })
  await user.click(await screen.findByRole('button', { name: 'Make it urgent' }))
  const dialog = screen.getByRole('dialog', { name: 'Make this request urgent' })
  await user.click(within(dialog).getByRole('button', { name: 'Make it urgent' }))
  expect(within(dialog).getByText(/Give the reason/)).toBeTruthy()
  await user.type(within(dialog).getByRole('textbox'), 'Risk of perforation')
  await user.click(within(dialog).getByRole('button', { name: 'Make it urgent' }))
  await waitFor(() =>
    expect(server.asked.find(({ path }) => path.endsWith('/urgency'))?.body).toEqual({
      version: 4,
      level: 'expedited',
      reason: 'Risk of perforation',
    }),
  )
})

it('shows what was sent as sent', async () => {
  await showing(review({ state: 'pended' }))
  expect(await screen.findByRole('heading', { level: 1, name: 'Sent to CareSource' })).toBeTruthy()
  expect(screen.getByRole('link', { name: 'Open the case' }).getAttribute('href')).toBe(CASE_PATH)
})

it('shows every form of the case, and says at one that could not be filled why', async () => {
  const [main] = review().forms
  const failed = {
    formId: 'form-3',
    title: 'Third form',
    status: 'failed',
    failure: { key: 'form.failure.unexpected' },
  }
  const second = { ...main!, formId: 'form-2', title: 'Second form', mayComplete: false }
  await showing(review({ forms: [main!, second, { ...failed, status: 'failed', mayComplete: false, answers: null }] }))
  const shown = await screen.findByRole('region', { name: 'Second form: 7 answers' })
  expect(screen.getByRole('region', { name: 'Infusion request: 7 answers' }).textContent).not.toContain('cannot be')
  expect(shown.textContent).toContain('This questionnaire cannot be completed yet.')
  expect(within(shown).getByRole('link', { name: 'Change answers in Diagnosis' }).getAttribute('href')).toBe(
    `${CASE_PATH}/form#form=form-2&item=dx%2Fdx.primary`,
  )
  expect(screen.getByRole('region', { name: 'Third form' }).textContent).toContain('could not be filled')
})
