import type { Extension, QuestionnaireResponse, ServiceRequest } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import {
  judgeAcceptance,
  listLinesOf,
  mergeDeterminations,
  readDeterminations,
  readOrderStatements,
  withOrderStatements,
  withWords,
} from './determination.ts'

const said = (coverage: string, assertionId: string, paNeeded = 'satisfied'): Extension => ({
  url: EXT.coverageInformation,
  extension: [
    { url: 'coverage', valueReference: { reference: coverage } },
    { url: 'covered', valueCode: 'covered' },
    { url: 'pa-needed', valueCode: paNeeded },
    { url: 'satisfied-pa-id', valueString: 'PA1' },
    { url: 'coverage-assertion-id', valueString: assertionId },
  ],
})

describe('what the payer decides on an adaptive response', () => {
  it('is read with the orders of the response', () => {
    const response: QuestionnaireResponse = {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      extension: [
        { url: EXT.qrContext, valueReference: { reference: 'ServiceRequest/s' } },
        { url: EXT.qrContext, valueReference: { reference: 'Coverage/c' } },
        said('Coverage/c', 'a'),
      ],
    }
    expect(readDeterminations(response)).toMatchObject([
      { covered: 'covered', paNeeded: 'satisfied', satisfiedPaId: 'PA1', orders: ['ServiceRequest/s'], flagged: null },
    ])
  })
  it('replaces the one of the same coverage and assertion, and stands beside any other (spec-47)', () => {
    const before = [said('Coverage/c', 'a', 'auth-needed'), said('Coverage/c', 'b'), said('Coverage/d', 'a')]
    expect(mergeDeterminations(before, [said('Coverage/c', 'a')])).toEqual([
      before[1],
      before[2],
      said('Coverage/c', 'a'),
    ])
  })
})

describe('the number of a determination (spec-41, spec-44)', () => {
  const today = '2026-11-28'
  const at = '2026-11-28T10:00:00Z'
  const asked = { assertionId: 'a', number: 'PA1' }
  const accepted = { ...asked, by: 'lena', at }
  const flag = { assertionId: 'a', reason: 'Wrong order', by: 'lena', at }
  const offers = () =>
    readDeterminations({
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      extension: [{ url: EXT.qrContext, valueReference: { reference: 'ServiceRequest/s' } }, said('Coverage/c', 'a')],
    })
  const until = (expiryDate: string) => offers().map((one) => ({ ...one, expiryDate }))

  it('is an offer until a person accepts it', () => {
    expect(offers()).toMatchObject([{ satisfiedPaId: 'PA1', accepted: null }])
    expect(judgeAcceptance(offers(), asked, today)).toMatchObject({ ok: true, value: { satisfiedPaId: 'PA1' } })
    expect(withWords(offers(), [], [accepted])).toMatchObject([{ accepted: { by: 'lena', at }, flagged: null }])
  })
  it('is offered anew where the payer sends another one for the same assertion', () => {
    const changed = offers().map((one) => ({ ...one, satisfiedPaId: 'PA2' }))
    expect(withWords(changed, [], [accepted])).toMatchObject([{ accepted: null }])
    expect(judgeAcceptance(changed, asked, today)).toEqual({ ok: false, error: { reason: 'number-not-offered' } })
  })
  it('is not accepted twice, nor where the determination was flagged', () => {
    const reason = (all: ReturnType<typeof offers>) => judgeAcceptance(all, asked, today)
    expect(reason(withWords(offers(), [], [accepted]))).toEqual({ ok: false, error: { reason: 'number-accepted' } })
    expect(reason(withWords(offers(), [flag], []))).toEqual({ ok: false, error: { reason: 'determination-flagged' } })
  })
  it.each([
    ['2026-11-27', false],
    ['2026-11-28', true],
    ['2026-11', true],
    ['2026-10', false],
    ['2026', true],
  ])('of a determination that holds until %s: %s', (expiryDate, isFine) => {
    expect(judgeAcceptance(until(expiryDate), asked, today).ok).toBe(isFine)
  })
  it('goes to the lines of its orders that the payer has not decided and that have none', () => {
    const line = (orderRef: string, status = 'none', authorizationNumber: string | null = null) => ({
      orderRef,
      status,
      authorizationNumber,
    })
    const lines = [
      line('ServiceRequest/s'),
      line('ServiceRequest/other'),
      line('ServiceRequest/s', 'approved'),
      line('ServiceRequest/s', 'pended', 'PA0'),
    ]
    expect(offers().map((one) => listLinesOf(one, lines, null))).toEqual([[lines[0]]])
    expect(offers().map((one) => listLinesOf(one, lines, 'PA0'))).toEqual([[lines[3]]])
  })
})

describe('what the orders carry of it (spec-46)', () => {
  const at = '2026-11-28T10:00:00Z'
  const flag = { assertionId: 'a', reason: 'Wrong order', by: 'lena', at }
  const accepted = { assertionId: 'a', number: 'PA1', by: 'lena', at }
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    extension: [{ url: EXT.qrContext, valueReference: { reference: 'ServiceRequest/s' } }, said('Coverage/c', 'a')],
  }
  const other = { url: 'https://ehr.example/other', valueString: 'kept' }
  const asked = said('Coverage/c', 'a', 'auth-needed')
  const order: ServiceRequest = {
    resourceType: 'ServiceRequest',
    id: 's',
    status: 'draft',
    intent: 'order',
    subject: { reference: 'Patient/p' },
    extension: [asked, other, said('Coverage/c', 'b')],
  }
  const held = readOrderStatements(response, [], [accepted])
  const offered = readOrderStatements(response, [], [])
  const flagged = readOrderStatements(response, [flag], [accepted])

  it('is a statement with a number only once that number is accepted, and none that is flagged', () => {
    expect(offered.holding).toEqual([])
    expect(held.holding).toEqual([said('Coverage/c', 'a')])
    expect(flagged.holding).toEqual([])
  })
  it('is a statement without a number at once', () => {
    const statement = said('Coverage/c', 'a', 'auth-needed')
    const plain = {
      ...statement,
      extension: statement.extension?.filter(({ url }) => url !== 'satisfied-pa-id') ?? [],
    }
    const { holding } = readOrderStatements({ ...response, extension: [plain] }, [], [])
    expect(holding).toEqual([plain])
  })
  it('takes the place of the same statement, beside all others', () => {
    expect(withOrderStatements(order, held).extension).toEqual([
      other,
      said('Coverage/c', 'b'),
      said('Coverage/c', 'a'),
    ])
  })
  it('gives back what it replaced where it holds no longer', () => {
    const before = (order.extension ?? []).filter(({ url }) => url === EXT.coverageInformation)
    const written = withOrderStatements(order, held)
    expect(withOrderStatements(written, flagged, before).extension).toEqual([other, said('Coverage/c', 'b'), asked])
    const { extension: _extension, ...bare } = order
    expect(withOrderStatements({ ...bare, extension: [said('Coverage/c', 'a')] }, flagged, [])).toEqual(bare)
  })
  it('is nothing for an order that the response is not about', () => {
    const elsewhere = { ...order, id: 'other' }
    expect(withOrderStatements(elsewhere, held)).toBe(elsewhere)
  })
})
