import { describe, expect, it } from 'vitest'
import { pasLine as line, pasResponse as response } from '../../../test/support/pas-answer.ts'
import { applyAnswer, isStale } from './apply-answer.ts'

const ASKED = [
  { sequence: 1, asked: { value: '175', unit: 'units' } },
  { sequence: 2, asked: { value: '5', unit: 'units' } },
]

describe('applyAnswer', () => {
  it('allows an approved line as asked, a denied one not at all, a modified one as the payer says', () => {
    const change = applyAnswer(
      ASKED,
      [],
      response({ lines: [line(1, 'modified', { allowed: { value: '105', unit: null } }), line(2, 'denied')] }),
    )
    expect(change.state).toBe('partly-approved')
    expect(change.lines.map((each) => each.allowed)).toEqual([
      { value: '105', unit: 'units' },
      { value: '0', unit: 'units' },
    ])
    expect(
      applyAnswer(ASKED, [], response({ lines: [line(1, 'approved'), line(2, 'approved')] })).lines[0]?.allowed,
    ).toEqual({ value: '175', unit: 'units' })
  })
  it('leaves a line that the answer does not mention unknown, and with it the case', () => {
    const change = applyAnswer(ASKED, [], response({ lines: [line(1, 'approved')] }))
    expect(change.lines[1]?.status).toBe('unknown')
    expect(change.state).toBe('unknown')
  })
  it('turns an error into a rejection with what to correct, and touches no line', () => {
    const change = applyAnswer(
      ASKED,
      [],
      response({
        rollUp: 'error',
        errors: [{ code: '75', text: null, followUp: 'C', element: null, path: null, note: null }],
      }),
    )
    expect(change).toMatchObject({
      state: 'rejected',
      event: 'rejected',
      lines: [],
      errors: [{ text: { key: 'case.error.aaa.75' }, followUp: { key: 'case.followUp.C' } }],
    })
  })
  it('shows a code without a sentence as it is', () => {
    const change = applyAnswer(
      ASKED,
      [],
      response({
        rollUp: 'error',
        errors: [{ code: 'ZZ', text: null, followUp: null, element: null, path: null, note: null }],
      }),
    )
    expect(change.errors[0]?.text).toEqual({ key: 'case.error.other', params: { code: 'ZZ' } })
  })
  it('keeps an answered request answered when the payer repeats it, and closes all at a decision', () => {
    const request = {
      id: 'r1',
      kind: 'communication-request' as const,
      lineSequence: 1,
      codes: [{ system: 'http://loinc.org', code: '16933-4', text: null }],
      modifiers: [],
      questionnaireContexts: [],
      dueAt: null,
      payerUrl: null,
    }
    const pended = response({ lines: [line(1, 'pended'), line(2, 'pended')], requests: [request] })
    const first = applyAnswer(ASKED, [], pended)
    expect(first).toMatchObject({ event: 'asked', requests: [{ id: 'r1', answered: false }] })
    const answered = first.requests.map((each) => ({ ...each, answered: true }))
    expect(applyAnswer(ASKED, answered, pended).requests).toMatchObject([{ answered: true }])
    expect(
      applyAnswer(ASKED, first.requests, response({ lines: [line(1, 'approved'), line(2, 'approved')] })).requests,
    ).toMatchObject([{ answered: true }])
  })
})

describe('isStale', () => {
  it('is an answer made before the one that is known', () => {
    expect(isStale({ createdAt: '2026-11-22T10:00:00Z' }, '2026-11-22T10:05:00Z')).toBe(true)
    expect(isStale({ createdAt: null }, '2026-11-22T10:05:00Z')).toBe(false)
    expect(isStale({ createdAt: '2026-11-22T10:05:00Z' }, '2026-11-22T10:05:00Z')).toBe(false)
    expect(isStale({ createdAt: '2026-11-22T06:00:00-05:00' }, '2026-11-22T10:30:00Z')).toBe(false)
    expect(isStale({ createdAt: '2026-11-22' }, '2026-11-22T10:05:00Z')).toBe(false)
  })
})
