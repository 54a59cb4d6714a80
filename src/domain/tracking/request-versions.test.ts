import { expect, it } from 'vitest'
import { withoutEarlierVersions, type RequestVersion } from './request-versions.ts'

const version = (claimIdentifier: string, more: Partial<RequestVersion> = {}): RequestVersion => ({
  claimIdentifier,
  priorClaim: null,
  caseId: null,
  createdAt: `2026-11-28T10:00:0${claimIdentifier.slice(-1)}Z`,
  ...more,
})
const left = (...versions: RequestVersion[]): string[] =>
  withoutEarlierVersions(versions).map(({ claimIdentifier }) => claimIdentifier)

it('leaves an update, not what it updates, in whatever order they come', () => {
  const update = version('c2', { priorClaim: 'c1' })
  expect(left(version('c1'), update)).toEqual(['c2'])
  expect(left(update, version('c1'))).toEqual(['c2'])
})

it('knows the versions of a case though the one in between is not among them', () => {
  const ofCase = { caseId: 'case' }
  expect(left(version('c1', ofCase), version('c3', { ...ofCase, priorClaim: 'c2' }))).toEqual(['c3'])
})

it('leaves two requests that have nothing to do with each other', () => {
  expect(left(version('c1'), version('c2'), version('c3', { caseId: 'other', priorClaim: 'c0' }))).toEqual([
    'c1',
    'c2',
    'c3',
  ])
})
