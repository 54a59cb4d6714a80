import { describe, expect, it } from 'vitest'
import { pasLine as line, pasResponse as response } from '../../../test/support/pas-answer.ts'
import type { PasInformationRequest } from '../pas/pas-response.ts'
import { applyAnswer, isStale } from './apply-answer.ts'

const ASKED = [
  { sequence: 1, asked: { value: '175', unit: 'units' }, authorizationNumber: null, status: 'none' as const },
  { sequence: 2, asked: { value: '5', unit: 'units' }, authorizationNumber: null, status: 'none' as const },
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
  it('keeps a number that is known until the answer says another', () => {
    const known = ASKED.map((one) => ({ ...one, authorizationNumber: `K${String(one.sequence)}` }))
    const { lines } = applyAnswer(
      known,
      [],
      response({ lines: [line(1, 'approved', { authorizationNumber: 'N1' }), line(2, 'pended')] }),
    )
    expect(lines.map(({ authorizationNumber }) => authorizationNumber)).toEqual(['N1', 'K2'])
    expect(applyAnswer(known, [], response({ lines: [] })).lines[0]?.authorizationNumber).toBe('K1')
    const denied = applyAnswer(known, [], response({ lines: [line(1, 'denied'), line(2, 'approved')] }))
    expect(denied.lines.map(({ authorizationNumber }) => authorizationNumber)).toEqual([null, 'K2'])
  })
  it('leaves a line that the answer does not mention unknown, and with it the case', () => {
    const change = applyAnswer(ASKED, [], response({ lines: [line(1, 'approved')] }))
    expect(change.lines[1]?.status).toBe('unknown')
    expect(change.state).toBe('unknown')
  })
  it('keeps the decision on a line that a partial answer leaves out, unless the line was changed', () => {
    const partial = response({ partial: true, lines: [line(1, 'approved'), line(2, 'unknown', { missing: true })] })
    const decided = ASKED.map((one) => ({ ...one, status: 'denied' as const }))
    const change = applyAnswer(decided, [], partial)
    expect(change.lines.map(({ sequence }) => sequence)).toEqual([1])
    expect(change.state).toBe('partly-approved')
    expect(applyAnswer(ASKED, [], partial).lines[1]?.status).toBe('unknown')
    expect(applyAnswer(decided, [], { ...partial, partial: false }).lines[1]?.status).toBe('unknown')
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
  describe('with requests for information', () => {
    const request: PasInformationRequest = {
      id: 'T1/1/16933-4',
      kind: 'communication-request',
      lineSequence: 1,
      codes: [{ system: 'http://loinc.org', code: '16933-4', text: null }],
      tracking: { system: null, value: 'T1' },
      modifiers: [],
      facts: [],
      questionnaireContexts: [],
      dueAt: '2026-12-10',
      payerUrl: 'https://payer.example/fhir',
    }
    const asking = (...requests: PasInformationRequest[]) =>
      response({ lines: [line(1, 'pended'), line(2, 'pended')], requests })
    const decided = (...requests: PasInformationRequest[]) =>
      response({ lines: [line(1, 'approved'), line(2, 'approved')], requests })
    const first = applyAnswer(ASKED, [], asking(request))
    const answered = first.requests.map((each) => ({ ...each, answered: true, formId: 'f1' }))

    it('keeps what was done for one that the payer repeats', () => {
      expect(first).toMatchObject({ event: 'asked', requests: [{ id: request.id, answered: false }] })
      expect(applyAnswer(ASKED, answered, asking(request)).requests).toMatchObject([{ answered: true, formId: 'f1' }])
    })

    it('opens whatever else is asked for under a number that was answered', () => {
      const more = { ...request, id: 'T1/2/16933-4', lineSequence: 2 }
      const { requests, event } = applyAnswer(ASKED, answered, asking(request, more))
      expect(requests.map(({ id, answered: is }) => [id, is])).toEqual([
        [request.id, true],
        [more.id, false],
      ])
      expect(event).toBe('asked')
    })

    it('loses no deadline, address or context to a later delivery that does not say it', () => {
      const form = { ...request, questionnaireContexts: ['CTX'] }
      const bare = { ...request, dueAt: null, payerUrl: null, tracking: null }
      const known = applyAnswer(ASKED, [], asking(form)).requests
      expect(applyAnswer(ASKED, known, asking(bare)).requests).toEqual(known)
      const later = { ...bare, dueAt: '2026-12-20' }
      expect(applyAnswer(ASKED, known, asking(later)).requests[0]?.dueAt).toBe('2026-12-20')
    })

    it('knows one again that was kept by the payer’s number alone', () => {
      const old = answered.map((each) => ({ ...each, id: 'T1' }))
      expect(applyAnswer(ASKED, old, asking(request)).requests).toMatchObject([{ id: 'T1', answered: true }])
      const other = { ...request, lineSequence: 2 }
      expect(applyAnswer(ASKED, old, asking(other)).requests).toHaveLength(2)
    })

    it('closes at a decision what was asked before it, never what comes with it', () => {
      expect(applyAnswer(ASKED, first.requests, decided()).requests).toMatchObject([{ answered: true }])
      expect(applyAnswer(ASKED, first.requests, decided(request)).requests).toMatchObject([{ answered: true }])
      expect(applyAnswer(ASKED, [], decided(request)).requests).toMatchObject([{ answered: false }])
    })
  })
})

describe('isStale', () => {
  it('is an answer made before the one that is known', () => {
    const known = { createdAt: '2026-11-22T10:05:00Z', decided: true }
    const stale = (createdAt: string | null) => isStale({ createdAt, rollUp: 'denied' }, known)
    expect(stale('2026-11-22T10:00:00Z')).toBe(true)
    expect([null, '2026-11-22T10:05:00Z', '2026-11-22T06:00:00-05:00', '2026-11-22'].map(stale)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })

  it('is a pend that is not certainly later than a decision', () => {
    const decided = { createdAt: '2026-11-22T10:05:00Z', decided: true }
    const stale = (createdAt: string | null, known = decided) => isStale({ createdAt, rollUp: 'pended' }, known)
    expect([null, '2026-11-22', '2026-11-22T10:05:00Z'].map((at) => stale(at))).toEqual([true, true, true])
    expect(stale('2026-11-22T10:06:00Z')).toBe(false)
    expect(stale(null, { ...decided, decided: false })).toBe(false)
  })
})
