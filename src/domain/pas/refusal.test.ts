import { describe, expect, it } from 'vitest'
import { isTurnedAway, relayRefusal } from './refusal.ts'

const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'invalid' }] }

describe('a refusal of the payer', () => {
  it.each([
    [403, undefined, true],
    [404, { error: 'no such page' }, true],
    [404, { resourceType: 'OperationOutcome', issue: [] }, true],
    [404, outcome, false],
    [400, undefined, false],
    [413, undefined, false],
  ])('with %i and %j: turned away before anybody looked, %s', (status, json, isAway) => {
    expect(isTurnedAway({ status, json })).toBe(isAway)
  })

  it('passes the payer’s own words, under a status that does not speak of our endpoint', () => {
    expect(relayRefusal({ status: 422, json: outcome })).toEqual({ status: 422, outcome: undefined })
    expect(relayRefusal({ status: 404, json: outcome })).toEqual({ status: 422, outcome: undefined })
  })

  it.each([undefined, null, '<html>', {}, { resourceType: 'OperationOutcome' }, []])(
    'says itself that the payer gave no reason: %j',
    (json) => {
      expect(relayRefusal({ status: 413, json })).toMatchObject({
        status: 413,
        outcome: { resourceType: 'OperationOutcome', issue: [{ code: 'processing', expression: ['Bundle'] }] },
      })
    },
  )
})
