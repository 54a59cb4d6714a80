import { expect, it } from 'vitest'
import { readFirst } from './first-matches.ts'

it.each<[string, number | null]>([
  ['code=1&_sort=-date&_count=1', 1],
  ['_count=25&_sort=-date,code', 25],
  ['_count=1', null],
  ['_sort=-date', null],
  ['_sort=&_count=1', null],
  ['_sort=-date&_count=0', null],
  ['_sort=-date&_count=all', null],
])('%s wants the first %s', (parameters, first) => {
  expect(readFirst(parameters)).toBe(first)
})
