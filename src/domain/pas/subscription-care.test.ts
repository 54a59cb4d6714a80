import { describe, expect, it } from 'vitest'
import { EXT } from '../fhir/canonical.ts'
import { careOf, COUNT_UNKNOWN, isLookDue, readGap, readHeartbeat } from './subscription-care.ts'

const ENDPOINT = 'https://us.example/pas/notify/p'

describe('a Subscription of ours', () => {
  const checkedAt = '2026-11-29T10:00:00Z'
  it('is looked at by the hour', () => {
    const known = { checkedAt, heardAt: null, heartbeatSeconds: null }
    expect(isLookDue({ ...known, checkedAt: null }, checkedAt)).toBe(true)
    expect(isLookDue(known, '2026-11-29T10:59:59Z')).toBe(false)
    expect(isLookDue(known, '2026-11-29T11:00:00Z')).toBe(true)
  })

  it('is looked at sooner where the payer is more silent than it promised', () => {
    const known = { checkedAt, heardAt: '2026-11-29T10:02:00Z', heartbeatSeconds: 60 }
    expect(isLookDue(known, '2026-11-29T10:04:59Z')).toBe(false)
    expect(isLookDue(known, '2026-11-29T10:05:00Z')).toBe(true)
    // Not again and again: the last look counts, too.
    expect(isLookDue({ ...known, checkedAt: '2026-11-29T10:05:00Z' }, '2026-11-29T10:06:00Z')).toBe(false)
    expect(isLookDue({ ...known, heartbeatSeconds: null }, '2026-11-29T10:30:00Z')).toBe(false)
  })

  it('is kept, re-activated or replaced by what the payer has', () => {
    const has = (status: string, endpoint = ENDPOINT) => careOf({ status, channel: { endpoint } }, ENDPOINT)
    expect(['active', 'requested'].map((status) => has(status))).toEqual(['keep', 'keep'])
    expect(['error', 'off', 'what'].map((status) => has(status))).toEqual(['reactivate', 'reactivate', 'reactivate'])
    expect(has('active', 'https://old.example')).toBe('reactivate')
    expect(careOf({ status: 'active' }, ENDPOINT)).toBe('keep')
    expect(careOf(null, ENDPOINT)).toBe('replace')
  })

  it('says how often the payer promises a heartbeat', () => {
    const promised = (value: object) =>
      readHeartbeat({ channel: { extension: [{ url: EXT.backportHeartbeatPeriod, ...value }] } })
    expect(promised({ valueUnsignedInt: 60 })).toBe(60)
    expect([promised({ valueUnsignedInt: 0 }), promised({}), readHeartbeat({}), readHeartbeat(null)]).toEqual([
      null,
      null,
      null,
      null,
    ])
  })
})

describe('events that did not arrive', () => {
  const event = (...numbers: (number | null)[]) => ({
    type: 'event-notification' as const,
    eventsSinceStart: null,
    events: numbers.map((number) => ({ number })),
  })
  const quiet = (type: 'heartbeat' | 'handshake', eventsSinceStart: number | null) => ({
    type,
    eventsSinceStart,
    events: [],
  })

  it('are those between the last one and this', () => {
    expect(readGap(3, event(4))).toBeNull()
    expect(readGap(3, event(7))).toEqual({ from: 4, to: 6 })
    expect(readGap(3, event(5, 6))).toEqual({ from: 4, to: 4 })
    expect(readGap(3, event(2, 3))).toBeNull()
    expect(readGap(3, event(null))).toBeNull()
    expect(readGap(0, event(1))).toBeNull()
  })

  it('are named by a heartbeat', () => {
    expect(readGap(3, quiet('heartbeat', 5))).toEqual({ from: 4, to: 5 })
    expect(readGap(3, quiet('heartbeat', 3))).toBeNull()
    expect(readGap(3, quiet('heartbeat', null))).toBeNull()
  })

  it('are none after a new beginning', () => {
    expect(readGap(COUNT_UNKNOWN, event(7))).toBeNull()
    expect(readGap(3, quiet('handshake', 9))).toBeNull()
  })
})
