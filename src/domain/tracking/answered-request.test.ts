import { describe, expect, it } from 'vitest'
import { pasLine, pasResponse } from '../../../test/support/pas-answer.ts'
import type { PasResponse } from '../pas/pas-response.ts'
import { findNamedRequest, findTrackedRequest, type SentRequest } from './answered-request.ts'

const ID = '0f0f4e1c-6ad0-4c4c-9d8c-1d2f3c4b5a60'
const OTHER_ID = '1a2b4e1c-6ad0-4c4c-9d8c-1d2f3c4b5a61'

const request = (id: string, claimId: string, more: Partial<SentRequest> = {}): SentRequest => ({
  id,
  claimIdentifier: `CLAIM-${id}`,
  priorClaim: null,
  caseId: null,
  createdAt: '2026-11-28T10:00:00Z',
  traceNumbers: [`CLAIM-${id}-1`, claimId === ID ? `urn:uuid:${claimId}` : `Claim/${claimId}`],
  memberId: 'M1',
  subscriberId: null,
  ...more,
})
const ours = request('a', ID)
const other = request('b', OTHER_ID)
const naming = (reference: string | null, more: Partial<PasResponse> = {}): PasResponse =>
  pasResponse({ answers: { reference, identifier: null }, ...more })
const traced = (value: string) => pasLine(1, 'approved', { traceNumbers: [{ system: null, value }] })
const found = (response: PasResponse, ...among: SentRequest[]): string => {
  const answered = findNamedRequest(response, among)
  return answered.kind === 'found' ? answered.request.id : answered.kind
}

describe('an answer that refers to a Claim by its address', () => {
  it.each([
    `urn:uuid:${ID}`,
    `Claim/${ID}`,
    `https://payer.example/fhir/Claim/${ID}`,
    `https://payer.example/fhir/Claim/${ID}/_history/2`,
    `Claim/${ID.toUpperCase()}`,
  ])('is about the request with that id: %s', (reference) => {
    expect(found(naming(reference), other, ours)).toBe('a')
  })

  it('finds a request that was kept by its fullUrl alone', () => {
    expect(found(naming(`Claim/${ID}`), request('a', ID, { traceNumbers: [`urn:uuid:${ID}`] }), other)).toBe('a')
  })

  it.each([`ClaimResponse/${ID}`, `Claim/${ID}0`, `https://payer.example/Claim/${ID}/x`, ID, 'Claim/'])(
    'is about none where it names something else: %s',
    (reference) => {
      expect(found(naming(reference), other, ours)).toBe('none')
    },
  )

  it('with a short id, which the payer may have given itself, is about it for the same patient alone', () => {
    const short = request('c', '7')
    expect(found(naming('Claim/7'), short)).toBe('none')
    expect(found(naming('https://payer.example/fhir/Claim/7', { memberIds: ['M2'] }), short)).toBe('none')
    expect(found(naming('https://payer.example/fhir/Claim/7', { memberIds: ['M1'] }), short)).toBe('c')
  })

  it('counts before the trace numbers of its lines, and after the identifier', () => {
    const response = naming(`Claim/${ID}`, { lines: [traced('CLAIM-b-1')] })
    expect(found(response, ours, other)).toBe('a')
    const named = { reference: `Claim/${ID}`, identifier: { system: null, value: 'CLAIM-b' } }
    expect(found({ ...response, answers: named }, ours, other)).toBe('b')
  })

  it('is nobody’s where two requests answer to the name', () => {
    const twice = request('d', '7', { caseId: 'case' })
    expect(found(naming('Claim/7', { memberIds: ['M1'] }), request('c', '7'), twice)).toBe('several')
  })
})

describe('an answer that names no Claim', () => {
  it('is about the request with the trace number of a line, the newest version of it', () => {
    const update = request('u', OTHER_ID, { priorClaim: 'CLAIM-a', traceNumbers: ['CLAIM-a-1'] })
    expect(found(naming(null, { lines: [traced('CLAIM-a-1')] }), ours, other)).toBe('a')
    expect(found(naming(null, { lines: [traced('CLAIM-a-1')] }), ours, update)).toBe('u')
    expect(found(naming(null, { lines: [traced('nobody')] }), ours, other)).toBe('none')
  })

  const tracks = (trackingNumber: string) => pasResponse({ lines: [pasLine(1, 'pended', { trackingNumber })] })
  const says = (memberId: string) =>
    pasResponse({ memberIds: [memberId], lines: [pasLine(1, 'approved', { trackingNumber: 'NT1' })] })
  const tracked = (response: PasResponse, ...among: [SentRequest, PasResponse][]): string => {
    const answered = findTrackedRequest(
      response,
      among.map(([one, last]) => ({ request: one, response: last })),
    )
    return answered.kind === 'found' ? answered.request.id : answered.kind
  }

  it('is about the request of its patient that the payer tracks under the same number', () => {
    expect(tracked(says('M1'), [ours, tracks('NT1')], [other, tracks('NT2')])).toBe('a')
    expect(tracked(says('S1'), [request('s', ID, { subscriberId: 'S1' }), tracks('NT1')])).toBe('s')
  })

  it('is not about that of another patient, nor about one without the number', () => {
    expect(tracked(says('M2'), [ours, tracks('NT1')])).toBe('none')
    expect(tracked(says('M1'), [ours, tracks('NT2')])).toBe('none')
    expect(tracked({ ...says('M1'), lines: [] }, [ours, pasResponse({ lines: [] })])).toBe('none')
  })

  it('is nobody’s where two requests are tracked under the number, unless one updates the other', () => {
    expect(tracked(says('M1'), [ours, tracks('NT1')], [other, tracks('NT1')])).toBe('several')
    const update = request('u', OTHER_ID, { priorClaim: 'CLAIM-a' })
    expect(tracked(says('M1'), [ours, tracks('NT1')], [update, tracks('NT1')])).toBe('u')
  })
})
