import { screen, within } from '@testing-library/react'
import { expect, it } from 'vitest'
import type { CaseView, Inquiry } from '#domain/contract/case.ts'
import { caseView } from '../../testing/fixtures.ts'
import { CASE_API, CASE_PATH, renderApp } from '../../testing/render-app.tsx'

const asked = (more: Partial<Inquiry> = {}): Inquiry => ({
  at: '2026-11-28T10:00:00Z',
  by: 'Ana Silva',
  how: 'number',
  state: 'nothing',
  others: [],
  ...more,
})
const showing = (more: Partial<CaseView>) =>
  renderApp(CASE_PATH, {
    [`GET ${CASE_API}`]: { body: caseView({ actions: ['inquire'], ...more }) },
    [`POST ${CASE_API}/resolve`]: { body: {} },
  })
const panel = () => screen.findByRole('region', { name: 'Ask CareSource what it has' })

it('asks by the number where there is one, or by what a person chooses', async () => {
  const { user, server } = await showing({})
  const place = await panel()
  expect(within(place).getByRole<HTMLInputElement>('radio', { name: 'The number' }).checked).toBe(true)
  await user.click(within(place).getByRole('radio', { name: 'Everything of this patient' }))
  await user.click(within(place).getByRole('button', { name: 'Ask now' }))
  const [question] = server.asked.filter(({ path }) => path.endsWith('/resolve'))
  expect(question?.body).toEqual({ action: 'inquire', by: 'patient' })
})

it('says that the payer has nothing, and who asked when', async () => {
  await showing({ inquiry: asked() })
  expect((await panel()).textContent).toContain('CareSource has nothing that matches.')
  expect((await panel()).textContent).toContain('Ana Silva')
})

it('shows what else the payer has', async () => {
  const others = [
    { numbers: ['P-77'], statuses: ['approved' as const], validFrom: '2026-01-01', validTo: '2026-06-30' },
  ]
  await showing({ inquiry: asked({ state: 'others', others }) })
  expect((await panel()).textContent).toContain('CareSource has 1 other authorization, and not this request.')
  expect((await panel()).textContent).toContain('P-77Approved · Jan 1, 2026 to Jun 30, 2026')
})

it('is not there where nobody may ask and nobody asked', async () => {
  await showing({ actions: [] })
  await screen.findByRole('heading', { level: 1 })
  expect(screen.queryByRole('region', { name: 'Ask CareSource what it has' })).toBeNull()
})
