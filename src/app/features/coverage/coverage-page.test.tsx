import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { failure } from '../../testing/fake-server.ts'
import { coverage, launch, orderGroup, simpleGroup } from '../../testing/fixtures.ts'
import { API, COVERAGE_PATH, renderApp } from '../../testing/render-app.tsx'

const showing = (body: unknown, more = {}) => renderApp(COVERAGE_PATH, { [`GET ${API}/coverage`]: { body }, ...more })

describe('the coverage screen', () => {
  it('says the state of the orders in its title', async () => {
    await showing(coverage())
    expect(
      await screen.findByRole('heading', { level: 1, name: '1 of 3 orders needs authorization, 1 unknown' }),
    ).toBeTruthy()
    expect(document.title).toBe('1 of 3 orders needs authorization, 1 unknown · Precert')
  })

  it('shows who the patient is', async () => {
    await showing(coverage())
    const patient = await screen.findByRole('group', { name: 'Patient' })
    expect(patient.textContent).toContain('Okafor, Maya T.')
    expect(patient.textContent).toContain('Female, 34 y · Mar 12, 1992 · MRN 0048213')
  })

  it('shows what is asked, in our words and in the payer’s own, with documentation, person and clocks', async () => {
    await showing(coverage())
    const card = await screen.findByRole('article', { name: 'Infliximab-dyyb infusion, 5 mg/kg' })
    expect(card.textContent).toContain('Authorization needed')
    expect(card.textContent).toContain(
      'The plan asks for clinical documentation before it decides. Precert can answer 24 of 28 questions from the chart.',
    )
    expect(card.textContent).toContain(
      '“Prior authorization is required for Q5103 and its administration. Complete the attached questionnaire.”',
    )
    expect(card.textContent).toContain('CareSource, assertion 7F31-0922')
    expect(card.textContent).toContain('1 questionnaire, under 3 min')
    expect(card.textContent).toContain('Clinician signs; staff may prepare')
    expect(card.textContent).toContain('Drug 72 hours')
    expect(card.textContent).toContain('42 CFR 422.568(b)(3)')
  })

  it('shows every element of the answer to those who ask why', async () => {
    const { user } = await showing(coverage())
    const card = await screen.findByRole('article', { name: /Infliximab/ })
    await user.click(within(card).getByText('Why?'))
    for (const words of [
      'Needed (auth-needed)',
      'Covered (covered)',
      'Q5103',
      '30 units per visit',
      'Utilization management, 800-555-0100',
      '7F31-0922',
      'With the authorization request (withpa)',
      'Nov 22, 2026, holds until Feb 20, 2027',
    ])
      expect(card.textContent).toContain(words)
  })

  it('has one primary action, which opens the case and goes on to its questionnaire', async () => {
    const { user, server } = await showing(coverage(), {
      [`POST ${API}/cases`]: { body: { caseId: 'case-1' } },
    })
    await user.click(await screen.findByRole('button', { name: 'Complete documentation' }))
    await waitFor(() => expect(window.location.pathname).toBe('/l/launch-1/cases/case-1/form'))
    const opened = server.asked.find(({ method }) => method === 'POST')
    expect(opened?.body).toEqual({ groupId: 'group-1' })
    expect(opened?.headers.get('x-precert')).toBe('1')
  })

  it('goes straight to a case that was opened behind the screen', async () => {
    const { user } = await showing(coverage({ groups: [orderGroup({ caseId: 'case-9', caseState: 'draft' })] }))
    await user.click(await screen.findByRole('button', { name: 'Complete documentation' }))
    expect(window.location.pathname).toBe('/l/launch-1/cases/case-9/form')
  })

  it('takes up a case that came back rejected', async () => {
    const { user } = await showing(coverage({ groups: [orderGroup({ caseId: 'case-9', caseState: 'rejected' })] }))
    await user.click(await screen.findByRole('button', { name: 'Continue documentation' }))
    expect(window.location.pathname).toBe('/l/launch-1/cases/case-9/form')
  })

  it('never shows a missing answer as nothing needed, and asks again', async () => {
    const { user, server } = await showing(coverage(), { [`POST ${API}/coverage/ask`]: { body: coverage() } })
    const card = await screen.findByRole('article', { name: 'MR enterography' })
    expect(card.textContent).toContain('Unknown: payer did not answer')
    expect(card.textContent).toContain('No answer does not mean that none is needed')
    await user.click(within(card).getByRole('button', { name: 'Ask again' }))
    await waitFor(() => expect(server.asked.some(({ path }) => path.endsWith('/coverage/ask'))).toBe(true))
  })

  it('shows what needs somebody before what is settled', async () => {
    await showing(coverage({ groups: [simpleGroup('a', 'Azathioprine', 'no-auth-needed'), orderGroup()] }))
    await screen.findByRole('article', { name: 'Azathioprine' })
    expect(
      screen.getAllByRole('article').map((card) => within(card).getByRole('heading', { level: 2 }).textContent),
    ).toEqual(['Infliximab-dyyb infusion, 5 mg/kg', 'Azathioprine'])
  })
})

describe('what stands in the way of coverage', () => {
  it('no coverage in the chart: unknown, and what to do', async () => {
    await showing(
      coverage({
        problem: { reason: 'no-coverage' },
        coverages: [],
        groups: [],
        title: { key: 'coverage.title.problem.no-coverage' },
      }),
    )
    expect(await screen.findByRole('heading', { level: 1, name: 'Unknown: no coverage in the chart' })).toBeTruthy()
    expect(screen.getByText(/so no payer was asked/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Read the chart again' })).toBeTruthy()
  })

  it('several coverages: a choice, and only the chosen payer is asked', async () => {
    const [first] = coverage().coverages
    const coverages = [
      { ...first!, chosen: false },
      { ...first!, reference: 'Coverage/cov-2', plan: 'Commercial', chosen: false },
    ]
    const { user, server } = await showing(
      coverage({ problem: { reason: 'several-coverages' }, coverages, groups: [] }),
      {
        [`POST ${API}/coverage/choose`]: { body: coverage() },
      },
    )
    const ask = await screen.findByRole('button', { name: 'Ask this payer' })
    await user.click(ask)
    expect(server.asked.some(({ method }) => method === 'POST')).toBe(false)
    await user.click(screen.getByRole('radio', { name: /Commercial/ }))
    await user.click(ask)
    await waitFor(() =>
      expect(server.asked.find(({ method }) => method === 'POST')?.body).toEqual({ coverage: 'Coverage/cov-2' }),
    )
  })

  it('an unknown payer: nothing was asked', async () => {
    const group = simpleGroup('g', 'Infliximab', 'unknown', { payer: null })
    await showing(coverage({ problem: { reason: 'unknown-payer', params: { payer: 'Acme Health' } }, groups: [group] }))
    expect(await screen.findByText(/The coverage names Acme Health. No payer was asked./)).toBeTruthy()
    expect(screen.getByRole('article').textContent).toContain('Unknown: no payer was asked')
    expect(screen.queryByRole('button', { name: 'Ask again' })).toBeNull()
  })

  it('a failure says what happened, what is kept, and what to quote', async () => {
    await renderApp(COVERAGE_PATH, { [`GET ${API}/coverage`]: { status: 504, body: failure('ehr-timeout') } })
    expect(await screen.findByText('The EHR did not answer in time.')).toBeTruthy()
    expect(screen.getByText('What was saved before is kept.')).toBeTruthy()
    expect(screen.getByText('Reference req-4711')).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy()
  })

  it('an ended session gives way to the page that asks for a new launch', async () => {
    await renderApp(COVERAGE_PATH, { [`GET ${API}`]: { status: 401, body: failure('session-ended') } })
    expect(await screen.findByRole('heading', { level: 1, name: 'This session has ended' })).toBeTruthy()
  })

  it('speaks Spanish to those who do', async () => {
    await renderApp(
      COVERAGE_PATH,
      { [`GET ${API}`]: { body: launch() }, [`GET ${API}/coverage`]: { body: coverage() } },
      { languages: ['es-MX', 'en'] },
    )
    expect(
      await screen.findByRole('heading', { level: 1, name: '1 de 3 órdenes requiere autorización, 1 sin respuesta' }),
    ).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Completar la documentación' })).toBeTruthy()
  })
})
