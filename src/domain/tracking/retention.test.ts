import { describe, expect, it } from 'vitest'
import { keptUntil, mayDelete, type KeptRequest } from './retention.ts'

const request = (more: Partial<KeptRequest> = {}): KeptRequest => ({
  servicesEnd: '2026-05-31',
  answeredOn: '2026-01-10',
  isClosed: true,
  ...more,
})

describe('a request whose service is over', () => {
  it('is kept for six whole months after its last day', () => {
    expect(keptUntil(request())).toBe('2026-12-01')
    expect(mayDelete(request(), '2026-11-30')).toBe(false)
    expect(mayDelete(request(), '2026-12-01')).toBe(true)
  })
  it('is kept through the last day of a shorter month', () => {
    expect(keptUntil(request({ servicesEnd: '2025-08-31' }))).toBe('2026-07-11')
    expect(keptUntil(request({ servicesEnd: '2026-08-31' }))).toBe('2027-03-01')
  })
  it('is kept six months after an answer that came later', () => {
    expect(keptUntil(request({ answeredOn: '2026-09-15' }))).toBe('2027-03-16')
  })
})

describe('a request is kept without an end', () => {
  it.each([
    ['that names no end of its service', { servicesEnd: null }],
    ['whose end is not a full date', { servicesEnd: '2026-05' }],
    ['that is not answered', { answeredOn: null }],
    ['that is still open', { isClosed: false }],
  ])('%s', (_name, more) => {
    expect(keptUntil(request(more))).toBeNull()
    expect(mayDelete(request(more), '2099-01-01')).toBe(false)
  })
})
