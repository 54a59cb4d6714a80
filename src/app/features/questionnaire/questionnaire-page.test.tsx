import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import type { FormMeta } from '#domain/contract/form.ts'
import { failure } from '../../testing/fake-server.ts'
import { formView } from '../../testing/form-fixture.ts'
import { CASE_API, CASE_PATH, renderApp } from '../../testing/render-app.tsx'

const EVIDENCE = {
  resource: {
    resourceType: 'Observation',
    id: 'gi-1',
    status: 'final',
    code: { text: 'GI disease activity' },
    valueCodeableConcept: { text: 'Moderate' },
  },
  reference: 'Observation/gi-1',
  readAt: '2026-11-22T09:40:00Z',
}

const showing = (more = {}, options = {}, view = formView()) =>
  renderApp(
    `${CASE_PATH}/form`,
    {
      [`GET ${CASE_API}/form`]: { body: view },
      [`PUT ${CASE_API}/form`]: { body: { version: 8, savedAt: '2026-11-22T09:43:00Z' } },
      [`GET ${CASE_API}/evidence/ev-1`]: { body: EVIDENCE },
      ...more,
    },
    options,
  )

const title = (name: string) => screen.findByRole('heading', { level: 1, name })
const question = (name: string) => screen.findByText(name).then((label) => label.closest<HTMLElement>('[data-item]')!)

interface Saved {
  version: number
  meta: FormMeta
  response: { item: { item: { linkId: string; answer?: unknown[] }[] }[] }
}

describe('the questionnaire', () => {
  it('opens on what needs somebody, and shows all when asked', async () => {
    const { user } = await showing()
    await title('2 questions need you')
    expect(screen.queryByText('Infusions in the first 6 months')).toBeNull()
    await user.click(screen.getByRole('button', { name: 'All · 5' }))
    expect(screen.getByText('Infusions in the first 6 months')).toBeTruthy()
    expect(screen.queryByText('When did it begin?')).toBeNull()
  })

  it('asks to confirm a clinician-scored value, by button or by key', async () => {
    const { user } = await showing()
    await title('2 questions need you')
    const severity = await question('Severity')
    expect(severity.textContent).toContain('Please confirm')
    expect(severity.textContent).toContain('GI disease activity, Nov 18, 2026')
    await user.keyboard('c')
    await title('1 question needs you')
    expect(severity.textContent).toContain('confirmed by Lena Ruiz, MD')
  })

  it('shows the evidence of the question being looked at, its value marked', async () => {
    await showing()
    const pane = await screen.findByRole('complementary', { name: 'Evidence' })
    const value = await within(pane).findByText('Moderate', { selector: 'mark' })
    expect(value).toBeTruthy()
    expect(pane.textContent).toContain('Chart, not yet confirmed')
  })

  it('says what was looked for where nothing was found', async () => {
    const { user } = await showing()
    const index = await question('Harvey-Bradshaw index')
    expect(index.textContent).toContain('Not in the chart.')
    await user.click(within(index).getByText('What was looked for'))
    expect(index.textContent).toContain('Observation: 0 found')
  })

  it('saves an answer with the version it rests on, and remembers that a person gave it', async () => {
    const { user, server } = await showing()
    await user.type(await screen.findByRole('textbox', { name: /Harvey-Bradshaw index/ }), '9')
    await user.tab()
    await waitFor(() => expect(screen.getByText('Saved 09:43')).toBeTruthy(), { timeout: 3_000 })
    const saved = server.asked.find(({ method }) => method === 'PUT')?.body as Saved
    expect(saved.version).toBe(7)
    expect(saved.meta.origins['activity/hbi']).toMatchObject({ source: 'manual', author: { name: 'Lena Ruiz, MD' } })
    expect(saved.response.item[0]?.item.find(({ linkId }) => linkId === 'hbi')?.answer).toMatchObject([
      { valueInteger: 9 },
    ])
  })

  it('shows an edited answer as edited, with the chart’s value and the way back', async () => {
    const { user } = await showing()
    await user.click(await screen.findByRole('button', { name: 'All · 5' }))
    const infusions = await question('Infusions in the first 6 months')
    const field = within(infusions).getByRole('textbox')
    await user.clear(field)
    await user.type(field, '6')
    await user.tab()
    expect(within(infusions).getByText('Edited')).toBeTruthy()
    expect(infusions.textContent).toContain('Chart says 5:')
    await user.click(within(infusions).getByRole('button', { name: 'Use 5' }))
    expect((field as HTMLInputElement).value).toBe('5')
    expect(within(infusions).getByText('Chart')).toBeTruthy()
  })

  it('clears an automatic answer and offers it again', async () => {
    const { user } = await showing()
    const severity = await question('Severity')
    await user.click(within(severity).getByRole('button', { name: 'Clear Severity' }))
    expect(severity.textContent).toContain('Cleared.')
    await user.click(within(severity).getByRole('button', { name: 'Use Moderate' }))
    expect(within(severity).getByRole<HTMLInputElement>('radio', { name: 'Moderate' }).checked).toBe(true)
    expect(severity.textContent).toContain('Please confirm')
  })

  it('keeps what is no valid answer in the field and says so', async () => {
    const { user } = await showing()
    const field = await screen.findByRole<HTMLInputElement>('textbox', { name: /Harvey-Bradshaw index/ })
    await user.type(field, 'nine')
    await user.tab()
    expect(field.value).toBe('nine')
    expect(field.getAttribute('aria-invalid')).toBe('true')
    expect(screen.getByText('“nine” is not a whole number.')).toBeTruthy()
  })

  it('shows a question once its condition holds', async () => {
    const { user } = await showing()
    await user.click(await screen.findByRole('button', { name: 'All · 5' }))
    await user.click(within(await question('Flare in the last month')).getByRole('radio', { name: 'Yes' }))
    expect(screen.getByText('When did it begin?')).toBeTruthy()
  })

  it('adds and removes repetitions', async () => {
    const { user } = await showing()
    await user.click(await screen.findByRole('button', { name: 'All · 5' }))
    await user.click(screen.getByRole('button', { name: 'Add Treatment' }))
    expect(screen.getAllByRole('textbox', { name: 'Drug' })).toHaveLength(2)
    await user.click(screen.getByRole('button', { name: 'Remove Treatment 2' }))
    expect(screen.getAllByRole('textbox', { name: 'Drug' })).toHaveLength(1)
  })
})

describe('keys', () => {
  it('go to the next question that needs somebody, but not while typing', async () => {
    const { user } = await showing()
    await title('2 questions need you')
    await user.keyboard('n')
    const field = screen.getByRole('textbox', { name: /Harvey-Bradshaw index/ })
    await waitFor(() => expect(document.activeElement).toBe(field))
    await user.keyboard('n')
    expect((field as HTMLInputElement).value).toBe('n')
  })

  it('are listed, and can be switched off', async () => {
    const { user } = await showing()
    await title('2 questions need you')
    await user.keyboard('?')
    const dialog = screen.getByRole('dialog', { name: 'Keys' })
    await user.click(within(dialog).getByRole('checkbox'))
    await user.click(within(dialog).getByRole('button', { name: 'Close' }))
    await user.keyboard('c')
    expect(screen.getByRole('heading', { level: 1, name: '2 questions need you' })).toBeTruthy()
  })
})

describe('saving', () => {
  it('says when somebody else changed the form, and loads theirs', async () => {
    const { user, server } = await showing({ [`PUT ${CASE_API}/form`]: { status: 409, body: failure('form-changed') } })
    await title('2 questions need you')
    await user.keyboard('c')
    expect(await screen.findByText(/Somebody else changed this questionnaire/, {}, { timeout: 3_000 })).toBeTruthy()
    server.answers[`GET ${CASE_API}/form`] = { body: formView({ version: 12 }) }
    await user.click(screen.getByRole('button', { name: 'Load the present answers' }))
    await title('2 questions need you')
    expect(screen.queryByText(/Somebody else changed/)).toBeNull()
  })

  it('saves before it leaves', async () => {
    const { user, server } = await showing()
    await title('2 questions need you')
    await user.keyboard('c')
    await user.click(screen.getByRole('button', { name: 'Save and leave' }))
    await waitFor(() => expect(window.location.pathname).toBe('/l/launch-1'))
    expect(server.asked.some(({ method }) => method === 'PUT')).toBe(true)
  })
})

describe('before the questions', () => {
  it('says how much of the chart has been read', async () => {
    const { server } = await showing(
      {},
      {},
      formView({
        status: 'populating',
        progress: { read: 3, total: 7 },
        soFar: [{ itemKey: 'w', label: 'Weight', value: '68.4 kg' }],
      }),
    )
    expect(await screen.findByText('Reading the chart: 3 of 7 searches')).toBeTruthy()
    expect(screen.getByRole('region', { name: 'Found so far: 1 answer' }).textContent).toContain('68.4 kg')
    server.answers[`GET ${CASE_API}/form`] = { body: formView() }
    await title('2 questions need you')
  })

  it('says why a form could not be opened', async () => {
    await showing(
      {},
      {},
      formView({
        status: 'failed',
        questionnaire: null,
        failure: { key: 'form.failure.no-form', params: { payer: 'CareSource', text: '' } },
      }),
    )
    await title('The questionnaire could not be opened')
    expect(screen.getByText(/CareSource offers no questionnaire for this order/)).toBeTruthy()
  })
})
