import type { QuestionnaireResponse } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT, PROFILE, SYSTEM } from '../../fhir/canonical.ts'
import { downcastResponse, type ResponseDialect } from './downcast-response.ts'
import { upcastResponse } from './upcast-response.ts'

const origin = (source: string, author?: string) => ({
  url: EXT.informationOrigin,
  extension: [
    { url: 'source', valueCode: source },
    ...(author === undefined
      ? []
      : [{ url: 'author', extension: [{ url: 'practitioner', valueReference: { reference: author } }] }]),
  ],
})
const response: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  meta: { profile: [PROFILE.dtrQuestionnaireResponse] },
  extension: [
    { url: EXT.qrCoverage, valueReference: { reference: 'Coverage/c' } },
    { url: EXT.qrContext, valueReference: { reference: 'ServiceRequest/s' } },
    {
      url: EXT.intendedUse,
      valueCodeableConcept: { coding: [{ system: SYSTEM.crdCoverageInformationCodes, code: 'withpa' }] },
    },
    { url: 'https://p.example/unknown', valueString: 'kept' },
  ],
  questionnaire: 'https://p.example/q|2',
  status: 'completed',
  subject: { reference: 'Patient/p' },
  authored: '2026-11-22T10:00:00Z',
  item: [
    {
      linkId: 'g',
      item: [
        {
          linkId: 'a',
          answer: [
            {
              valueString: 'x',
              extension: [origin('auto-client'), { url: EXT.itemWeight, valueDecimal: 2 }],
              item: [{ linkId: 'b', answer: [{ valueBoolean: true, extension: [origin('auto-server')] }] }],
            },
          ],
        },
        {
          linkId: 'c',
          answer: [{ valueString: 'y', extension: [origin('override', 'Practitioner/d')] }],
        },
      ],
    },
  ],
}
const dialect = (version: ResponseDialect['version'], bareCanonical = false): ResponseDialect => ({
  version,
  bareCanonical,
})
const written = (version: ResponseDialect['version'], bare = false) => {
  const result = downcastResponse(response, dialect(version, bare))
  if (!result.ok) throw new Error(result.error.reason)
  return result.value
}

describe('a response for a partner that speaks 2.0.1 or 2.1', () => {
  it.each(['2.0.1', '2.1'] as const)('%s has one word for what was filled, at every depth', (version) => {
    const text = JSON.stringify(written(version).resource)
    expect(text).not.toMatch(/auto-(client|server)/)
    expect(text.match(/"valueCode":"auto"/g)).toHaveLength(2)
    expect(written(version).losses).toContainEqual({ element: 'information-origin.source', change: 'generalised' })
  })
  it('links the coverage as a context, and weighs by ordinalValue', () => {
    const { resource } = written('2.0.1')
    expect(resource.extension?.slice(0, 2).map(({ url }) => url)).toEqual([EXT.qrContext, EXT.qrContext])
    expect(JSON.stringify(resource)).toContain(EXT.ordinalValue)
    expect(resource.extension?.[2]?.valueCodeableConcept?.coding?.[0]?.system).toBe(SYSTEM.crdTemp)
  })
  it('keeps unknown extensions and who edited', () => {
    const { resource } = written('2.0.1')
    expect(resource.extension).toContainEqual({ url: 'https://p.example/unknown', valueString: 'kept' })
    expect(resource.item?.[0]?.item?.[1]).toEqual(response.item?.[0]?.item?.[1])
  })
  it('writes the bare canonical for a partner that compares it so', () => {
    expect(written('2.0.1', true).resource.questionnaire).toBe('https://p.example/q')
    expect(written('2.0.1').resource.questionnaire).toBe('https://p.example/q|2')
  })
  it('is not written without an order, which these versions require', () => {
    const alone = { ...response, extension: response.extension?.filter(({ url }) => url !== EXT.qrContext) ?? [] }
    expect(downcastResponse(alone, dialect('2.1'))).toMatchObject({
      ok: false,
      error: { params: { element: 'qr-context' } },
    })
    expect(downcastResponse(alone, dialect('2.2')).ok).toBe(true)
  })
  it('is not written where an answer has no origin', () => {
    const bare = { ...response, item: [{ linkId: 'z', answer: [{ valueString: 'x' }] }] }
    expect(downcastResponse(bare, dialect('2.2'))).toMatchObject({
      ok: false,
      error: { params: { element: 'information-origin of z' } },
    })
  })
  it('an adaptive response carries the profile that the version has', () => {
    const adaptive = { ...response, meta: { profile: [PROFILE.dtrQuestionnaireResponseAdapt] } }
    const older = downcastResponse(adaptive, dialect('2.0.1'))
    expect(older.ok && older.value.resource.meta?.profile).toEqual([PROFILE.sdcQuestionnaireResponseAdapt])
  })
})

describe('a response as it comes in', () => {
  it('2.2 passes unchanged, both ways', () => {
    expect(upcastResponse(response, 'payer')).toEqual({ resource: response, losses: [] })
    expect(written('2.2')).toEqual({ resource: response, losses: [] })
  })
  it('what an older version said is the same again, but for who filled it', () => {
    const back = upcastResponse(written('2.0.1').resource, 'client').resource
    expect(back).toEqual(JSON.parse(JSON.stringify(response).replaceAll('auto-server', 'auto-client')))
  })
  it('auto of a payer is auto-server, and an author beside it goes (dtrx-1)', () => {
    const older = {
      ...response,
      item: [{ linkId: 'a', answer: [{ valueString: 'x', extension: [origin('auto', 'Practitioner/d')] }] }],
    }
    const { resource, losses } = upcastResponse(older, 'payer')
    expect(resource.item?.[0]?.answer?.[0]?.extension).toEqual([origin('auto-server')])
    expect(losses).toEqual([{ element: 'information-origin.author', change: 'removed' }])
  })
  it('leaves the argument alone', () => {
    const before = JSON.stringify(response)
    upcastResponse(response, 'payer')
    written('2.0.1', true)
    expect(JSON.stringify(response)).toBe(before)
  })
})
