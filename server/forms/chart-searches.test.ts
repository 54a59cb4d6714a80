import { expect, it } from 'vitest'
import { ok } from '#domain/result.ts'
import type { EhrClient } from '../context.ts'
import { makeSearches } from './chart-searches.ts'

it('a search by an order and a count asks for the first ones alone, any other for all', async () => {
  const asked: unknown[] = []
  const ehr: Pick<EhrClient, 'search'> = {
    search: (resourceType, query, _purpose, first) => {
      asked.push([resourceType, query, first])
      return Promise.resolve(ok({ resources: [], complete: true }))
    },
  }
  const wanted = ['Observation?code=1&_sort=-date&_count=1', 'Observation?code=1&_count=1'].map((query) => ({
    query,
    neededBy: 'x',
  }))
  await makeSearches(ehr as EhrClient, 'c', wanted, () => undefined)
  expect(asked).toEqual([
    ['Observation', 'code=1&_sort=-date&_count=1', 1],
    ['Observation', 'code=1&_count=1', null],
  ])
})
