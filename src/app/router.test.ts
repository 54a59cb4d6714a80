import { expect, it } from 'vitest'
import { parseRoute, pathOf, type Route } from './router.tsx'

const ROUTES: readonly Exclude<Route, { screen: 'not-found' }>[] = [
  { screen: 'coverage', launchId: 'L1' },
  { screen: 'form', launchId: 'L1', caseId: 'C1' },
  { screen: 'form', launchId: 'L1', caseId: 'C1', item: 'trials:1/trial.drug' },
  { screen: 'form', launchId: 'L1', caseId: 'C1', form: 'form-2', item: 'a' },
  { screen: 'review', launchId: 'L1', caseId: 'C1' },
  { screen: 'decision', launchId: 'L1', caseId: 'C1' },
]

it.each(ROUTES)('$screen is found again under its own address', (route) => {
  const [path = '', hash = ''] = pathOf(route).split('#')
  expect(parseRoute(path, hash)).toEqual(route)
})

it('an address of nothing is not found', () => {
  expect(parseRoute('/')).toEqual({ screen: 'not-found' })
  expect(parseRoute('/l/L1/other')).toEqual({ screen: 'not-found' })
  expect(parseRoute('/l/L1/cases')).toEqual({ screen: 'not-found' })
})
