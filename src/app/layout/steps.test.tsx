import { screen, within } from '@testing-library/react'
import { expect, it } from 'vitest'
import { formView } from '../testing/form-fixture.ts'
import { CASE_ID, launch } from '../testing/fixtures.ts'
import { API, CASE_API, CASE_PATH, renderApp } from '../testing/render-app.tsx'

it.each([
  ['ready', 1],
  ['pended', 2],
])('on the form of a case that is %s, %i of the other steps are done', async (state, count) => {
  const cases = [{ caseId: CASE_ID, groupId: 'group-1', state, title: { key: 'case.title.sent' } }]
  await renderApp(`${CASE_PATH}/form`, {
    [`GET ${API}`]: { body: launch({ cases }) },
    [`GET ${CASE_API}/form`]: { body: formView() },
  })
  // The form comes after the launch, and with it the case's state.
  await screen.findByRole('group', { name: 'Which questions are shown' })
  const steps = screen.getByRole('navigation', { name: 'Steps of this authorization' })
  expect(within(steps).getAllByText('done')).toHaveLength(count)
})
