import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'
import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import { controlsView } from '../../../testing/controls-form.ts'
import type { Answer } from '../../../testing/fake-server.ts'
import { CASE_API, CASE_PATH, renderApp } from '../../../testing/render-app.tsx'

const OPTIONS: Answer = ({ body }) => ({
  body: {
    options: [
      { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K50.90', display: 'Crohn’s disease', version: null },
    ],
    complete: true,
    from: (body as { filter: string }).filter === '' ? 'package' : 'payer',
  },
})
/** fhirclient finds its own way to the network outside of a browser; `form-controls.test.ts` takes the real one. */
const CHART: Readonly<Record<string, readonly object[]>> = {
  DocumentReference: [
    {
      resourceType: 'DocumentReference',
      id: 'd1',
      status: 'current',
      type: { text: 'Progress note' },
      date: '2026-11-01',
      content: [{ attachment: { contentType: 'application/pdf', url: 'Binary/1' } }],
    },
  ],
  MedicationRequest: [
    { resourceType: 'MedicationRequest', id: 'm1', medicationCodeableConcept: { text: 'Adalimumab 40 mg' } },
    { resourceType: 'MedicationRequest', id: 'm2', medicationCodeableConcept: { text: 'Methotrexate 15 mg' } },
  ],
}
vi.mock('../../../api/chart-reader.ts', () => ({
  listFromChart: (_launchId: string, type: string) => Promise.resolve(CHART[type] ?? []),
}))

async function open() {
  const saved = { status: 200, body: { version: 8, savedAt: '2026-11-28T10:00:00Z' } }
  const app = await renderApp(`${CASE_PATH}/form`, {
    [`GET ${CASE_API}/form`]: { body: controlsView() },
    [`PUT ${CASE_API}/form`]: saved,
    [`POST ${CASE_API}/form/options`]: OPTIONS,
  })
  await app.user.click(await screen.findByRole('button', { name: /^All ·/ }))
  await screen.findByRole('spinbutton', { name: 'Stools a day' })
  await screen.findByRole('tab', { name: 'Clinic' })
  /** The answers of an item as they were last saved. */
  const answersOf = async (linkId: string): Promise<unknown[]> => {
    await waitFor(() =>
      expect(document.querySelector('[data-save-state]')?.getAttribute('data-save-state')).toBe('saved'),
    )
    const body = app.server.asked.findLast(({ method }) => method === 'PUT')?.body as
      { response: QuestionnaireResponse } | undefined
    return find(body?.response.item ?? [], linkId).flatMap(({ answer = [] }) => answer.map(bare))
  }
  return { ...app, answersOf }
}

const bare = ({ extension: _extension, ...answer }: { extension?: unknown }): unknown => answer

function find(items: readonly QuestionnaireResponseItem[], linkId: string): QuestionnaireResponseItem[] {
  return items.flatMap((item) => [...(item.linkId === linkId ? [item] : []), ...find(item.item ?? [], linkId)])
}

const group = (name: string): HTMLElement => screen.getByRole('group', { name: new RegExp(`^${name}`) })

describe('choices', () => {
  it('stand side by side where the form says so, with help, prompt and small print', async () => {
    const { user, answersOf } = await open()
    expect(screen.getByText('Over the last 7 days')).toBeTruthy()
    expect(screen.getByText(/^By answering/).closest('small')).not.toBeNull()
    await user.click(screen.getByRole('button', { name: 'Help for Severity' }))
    expect(screen.getByText('Ask how the last week was.')).toBeTruthy()
    await user.click(within(group('Severity')).getByRole('radio', { name: 'Moderate' }))
    expect(await answersOf('radio')).toMatchObject([{ valueCoding: { code: 'Moderate' } }])
  })

  it('lets an exclusive answer clear the others', async () => {
    const { user, answersOf } = await open()
    const symptoms = within(group('Symptoms'))
    await user.click(symptoms.getByRole('checkbox', { name: 'Pain' }))
    await user.click(symptoms.getByRole('checkbox', { name: 'None of these' }))
    expect(await answersOf('ticks')).toMatchObject([{ valueCoding: { code: 'None of these' } }])
  })

  it('searches a long list on the server, with the words in the body alone', async () => {
    const { user, server, answersOf } = await open()
    const box = await screen.findByRole('combobox', { name: 'Diagnosis' })
    await user.type(box, 'crohn')
    await waitFor(() =>
      expect(server.asked.map(({ body }) => body)).toContainEqual({ linkId: 'remote', filter: 'crohn' }),
    )
    expect(server.asked.every(({ path }) => !path.includes('crohn'))).toBe(true)
    await user.click(await screen.findByRole('option', { name: 'Crohn’s disease' }))
    expect(await answersOf('remote')).toMatchObject([{ valueCoding: { code: 'K50.90' } }])
  })
})

describe('values', () => {
  it('draws a payer’s style and markup as far as they are harmless', async () => {
    await open()
    const bold = await screen.findByText('Styled')
    expect(bold.localName).toBe('b')
    expect(bold.parentElement?.getAttribute('style')).toBe('color: green;')
    expect('hacked' in window).toBe(false)
    const link = screen.getByRole('link', { name: /Styled label/ })
    expect([link.getAttribute('target'), link.getAttribute('rel')]).toEqual(['_blank', 'noopener noreferrer'])
  })

  it('counts up and down by button and by arrow key, and not below the least', async () => {
    const { user, answersOf } = await open()
    const box = screen.getByRole('spinbutton', { name: 'Stools a day' })
    await user.click(screen.getByRole('button', { name: 'More: Stools a day' }))
    await user.click(screen.getByRole('button', { name: 'More: Stools a day' }))
    box.focus()
    await user.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}{ArrowUp}')
    expect(await answersOf('stools')).toEqual([{ valueInteger: 1 }])
  })

  it('has no answer on a scale before somebody moves it', async () => {
    await open()
    expect(screen.getByRole('slider', { name: 'Pain' }).getAttribute('aria-valuetext')).toBe('No answer yet')
    expect(screen.getByText('Worst pain')).toBeTruthy()
  })

  it('keeps a month as a month, and takes a whole date where one is known', async () => {
    const { user, answersOf } = await open()
    const onset = screen.getByLabelText('Onset')
    expect((onset as HTMLInputElement).value).toBe('2024-03')
    await user.clear(onset)
    await user.type(onset, '2023')
    await user.tab()
    expect(await answersOf('onset')).toEqual([{ valueDate: '2023' }])
  })

  it('changes the unit of a value without changing the value', async () => {
    const { user, answersOf } = await open()
    await user.selectOptions(screen.getByRole('combobox', { name: 'Unit of Weight' }), 'lb')
    expect(await answersOf('weight')).toMatchObject([{ valueQuantity: { value: 68.4, code: '[lb_av]' } }])
  })

  it('takes several typed answers, and lets each be taken back', async () => {
    const { user, answersOf } = await open()
    await user.type(screen.getByRole('textbox', { name: 'Earlier drugs, answer 1' }), 'Adalimumab')
    await user.tab()
    await user.click(await within(group('Earlier drugs')).findByRole('button', { name: 'Add an answer' }))
    await user.type(screen.getByRole('textbox', { name: 'Earlier drugs, answer 2' }), 'Methotrexate')
    await user.tab()
    expect(await answersOf('drugs')).toEqual([{ valueString: 'Adalimumab' }, { valueString: 'Methotrexate' }])
    await user.click(screen.getByRole('button', { name: 'Remove Earlier drugs, answer 1' }))
    expect(await answersOf('drugs')).toEqual([{ valueString: 'Methotrexate' }])
  })

  it('takes a document of the chart, and refuses a file of the wrong kind', async () => {
    const { user, answersOf } = await open()
    const place = group('Last note')
    const input = place.querySelector('input[type="file"]') as HTMLInputElement
    input.removeAttribute('accept')
    await user.upload(input, new File(['x'], 'scan.png', { type: 'image/png' }))
    expect(within(place).getByText(/The payer takes application\/pdf here/)).toBeTruthy()
    await user.click(within(place).getByRole('button', { name: 'Choose from the chart' }))
    await user.click(await screen.findByRole('button', { name: /Progress note/ }))
    expect(await answersOf('file')).toMatchObject([{ valueAttachment: { url: 'Binary/1', title: 'Progress note' } }])
  })

  it('looks for a reference in the chart without sending what is typed', async () => {
    const { user, server, answersOf } = await open()
    await user.click(within(group('Earlier order')).getByRole('button', { name: 'Look in the chart' }))
    await user.type(await screen.findByRole('searchbox', { name: 'Filter by name' }), 'metho')
    await waitFor(() => expect(screen.queryByRole('button', { name: /Adalimumab/ })).toBeNull())
    await user.click(screen.getByRole('button', { name: /Methotrexate/ }))
    expect(await answersOf('order')).toMatchObject([{ valueReference: { reference: 'MedicationRequest/m2' } }])
    expect(server.asked.every(({ path }) => !path.includes('metho'))).toBe(true)
  })
})

describe('shapes of groups', () => {
  it('puts a header first and a footer last', async () => {
    await open()
    await screen.findByText('Questions? Call 800-555-0100.')
    const headings = screen.getAllByRole('heading', { level: 2 }).map(({ textContent }) => textContent)
    expect(headings[0]).toBe('Before you begin')
    expect(headings.filter((text) => text !== 'Evidence').at(-1)).toBe('About this form')
  })

  it('makes a table of a repeating group, a row for each repetition', async () => {
    const { user, answersOf } = await open()
    const table = screen.getByRole('table', { name: 'Treatment' })
    await user.type(within(table).getByRole('textbox', { name: 'Treatment 1: Drug' }), 'Adalimumab')
    await user.click(screen.getByRole('button', { name: 'Add Treatment' }))
    await user.type(await within(table).findByRole('textbox', { name: 'Treatment 2: Drug' }), 'Ustekinumab')
    await user.tab()
    expect(await answersOf('trial.drug')).toEqual([{ valueString: 'Adalimumab' }, { valueString: 'Ustekinumab' }])
  })

  it('makes one table of choices that share their answers', async () => {
    const { user, answersOf } = await open()
    await user.click(screen.getByRole('radio', { name: 'Missed work: Often' }))
    expect(await answersOf('often.work')).toMatchObject([{ valueCoding: { code: 'Often' } }])
  })

  it('lays groups out as a grid', async () => {
    await open()
    expect(screen.getByRole('rowheader', { name: 'Calprotectin' })).toBeTruthy()
    expect(screen.getByRole('textbox', { name: 'CRP: Value' })).toBeTruthy()
  })

  it('moves between tabs by arrow key, and leaves every panel in the page', async () => {
    const { user } = await open()
    screen.getByRole('tab', { name: 'Clinic' }).focus()
    await user.keyboard('{ArrowRight}')
    const home = screen.getByRole('tab', { name: 'Home' })
    expect(document.activeElement).toBe(home)
    expect(home.getAttribute('aria-selected')).toBe('true')
    expect(screen.getByLabelText('Who gives it: Clinic').closest('[role=tabpanel]')?.getAttribute('hidden')).toBe(
      'until-found',
    )
  })
})
