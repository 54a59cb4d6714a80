import { screen, waitFor } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { formView } from '../../testing/form-fixture.ts'
import { CASE_API, CASE_PATH, renderApp } from '../../testing/render-app.tsx'

const LINKS = Array.from({ length: 120 }, (_, index) => `q${String(index)}`)

const view = formView({
  questionnaire: {
    resourceType: 'Questionnaire',
    status: 'active',
    item: [
      {
        linkId: 'g',
        type: 'group',
        text: 'Long part',
        item: LINKS.map((linkId) => ({ linkId, type: 'string', text: `Question ${linkId}` })),
      },
    ],
  },
  response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
  meta: { origins: {}, lookups: {}, cleared: [] },
})

describe('a long form', () => {
  it('shows its first screen at once and has every question in the page a moment later', async () => {
    const { container } = await renderApp(`${CASE_PATH}/form`, { [`GET ${CASE_API}/form`]: { body: view } })
    await screen.findByRole('textbox', { name: 'Question q0' })
    expect(container.querySelectorAll('[data-item]').length).toBeLessThan(LINKS.length)
    await waitFor(() => expect(container.querySelectorAll('[data-item]')).toHaveLength(LINKS.length))
  })

  it('goes to a question that the address names before its turn has come', async () => {
    await renderApp(`${CASE_PATH}/form#item=g%2Fq119`, { [`GET ${CASE_API}/form`]: { body: view } })
    // Looked for by its item: finding a field by its role among so many takes seconds a try.
    const focused = () => document.activeElement?.closest('[data-item]')?.getAttribute('data-item')
    await waitFor(() => expect(focused()).toBe('q119'))
    expect(document.activeElement?.tagName).toBe('INPUT')
  })
})
