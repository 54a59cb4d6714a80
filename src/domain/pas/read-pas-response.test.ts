/**
 * The reader against a table made by hand from the specification (pas.md §3) before the reader was written. Rows of
 * official examples and recorded answers hold facts only; they need ../shared/data and are skipped where it is absent.
 */
import { describe, expect, it } from 'vitest'
import { hasShared, readSharedJson, readSharedPackage } from '../../../test/support/shared-data.ts'
import { buildClaimResponse, type BuiltResponse } from '../../../test/support/claim-response.ts'
import { EXT } from '../fhir/canonical.ts'
import type { PasLine, PasAdditionalLine, PasVersion } from './pas-response.ts'
import { readPasResponse, readPasResponses } from './read-pas-response.ts'
import table from './read-pas-response.table.json' with { type: 'json' }

interface Row {
  source: string
  version: PasVersion
  rollUp: string | null
  lines: LineRow[]
  additional?: LineRow[]
  errors?: Record<string, string | null>[]
  requests?: { kind: string; id: string; line: number; codes?: string[] }[]
  humanReviewed?: boolean
  requestNumber?: string
  failure?: string
  build?: BuiltResponse
}
interface LineRow {
  line: number
  status: string
  code: string | null
  number: string | null
  reasons: string[]
  previousNumber?: string
  trackingNumber?: string
  allowed?: string
  issuedOn?: string
  validFrom?: string
  validTo?: string
  notes?: number
  missing?: boolean
}

const rows = table as unknown as Row[]

const sources = new Map<string, unknown>()
for (const version of ['2.0.1', '2.2.1'])
  for (const [path, json] of readSharedPackage(`hl7.fhir.us.davinci-pas-${version}`, 'package/example/'))
    sources.set(`pas-${version}/${path.replace('package/example/', '')}`, json)
for (const [name, json] of readSharedJson('pas-exchanges')) {
  if (Array.isArray(json)) json.forEach((one, index) => sources.set(`pas-exchanges/${name}#${index}`, one))
  else sources.set(`pas-exchanges/${name}`, json)
}

const toRow = (line: PasLine | PasAdditionalLine): object => ({
  line: line.sequence,
  status: line.status,
  code: line.reviewActionCode,
  number: line.authorizationNumber,
  reasons: line.reasons.map(({ code }) => code),
  previousNumber: line.previousAuthorizationNumber,
  trackingNumber: line.trackingNumber,
  allowed: line.allowed?.value ?? null,
  issuedOn: line.issuedOn,
  validFrom: line.validity?.start ?? null,
  validTo: line.validity?.end ?? null,
  notes: 'notes' in line ? line.notes.length : 0,
  missing: 'missing' in line ? line.missing : false,
})
const expected = (row: LineRow): object => ({
  previousNumber: null,
  trackingNumber: null,
  allowed: null,
  issuedOn: null,
  validFrom: null,
  validTo: null,
  notes: 0,
  missing: false,
  ...row,
})

describe('the response reader', () => {
  for (const row of rows) {
    const body = row.build === undefined ? sources.get(row.source) : buildClaimResponse(row.build, row.version)
    const options = {
      version: row.version,
      ...(row.build?.requested ? { requestedSequences: row.build.requested } : {}),
    }
    it.skipIf(body === undefined)(`reads ${row.source}${body === undefined ? ' (needs ../shared/data)' : ''}`, () => {
      const result = readPasResponse(body, options)
      if (!result.ok) return expect(result.error.reason).toBe(row.failure)
      const response = result.value
      expect(row.failure).toBeUndefined()
      expect(response.rollUp).toBe(row.rollUp)
      expect(response.lines.map(toRow)).toEqual(row.lines.map(expected))
      expect(response.additionalLines.map(toRow)).toEqual((row.additional ?? []).map(expected))
      expect(response.errors.map(({ code, followUp, element, path }) => ({ code, followUp, element, path }))).toEqual(
        row.errors ?? [],
      )
      expect(
        response.requests.map(({ kind, tracking, lineSequence }) => ({
          kind,
          id: tracking?.value,
          line: lineSequence,
        })),
      ).toEqual((row.requests ?? []).map(({ kind, id, line }) => ({ kind, id, line })))
      for (const [index, request] of (row.requests ?? []).entries())
        if (request.codes) expect(response.requests[index]?.codes.map(({ code }) => code)).toEqual(request.codes)
      expect(response.humanReviewed).toBe(row.humanReviewed ?? null)
      if (row.requestNumber !== undefined) expect(response.decision?.authorizationNumber).toBe(row.requestNumber)
      return undefined
    })
  }

  it.skipIf(!hasShared('fhir-packages'))('has a row for every ClaimResponse of the official examples', () => {
    const held = new Set(rows.map(({ source }) => source))
    const without = [...sources].filter(
      ([name, json]) => !held.has(name) && JSON.stringify(json).includes('"resourceType":"ClaimResponse"'),
    )
    expect(without.map(([name]) => name)).toEqual([])
  })

  it('reads each ClaimResponse of an inquiry, and none where nothing was found', () => {
    const one = buildClaimResponse({ items: [[1, 'A1', 'N1', null]] }, '2.2.1')
    const found = readPasResponses(
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'return', resource: one },
          { name: 'return', resource: one },
        ],
      },
      { version: '2.2.1' },
    )
    expect(found.ok && found.value.length).toBe(2)
    expect(readPasResponses({ resourceType: 'Parameters' }, { version: '2.2.1' })).toEqual({ ok: true, value: [] })
  })

  it('refuses nonsense with the path of the fault, and never throws', () => {
    const good = buildClaimResponse({ items: [[1, 'A1', 'N1', null]] }, '2.2.1')
    for (const [path, broken] of [
      ['ClaimResponse.item', { item: 'none' }],
      ['ClaimResponse.item[0].itemSequence', { item: [{ itemSequence: '1', adjudication: [] }] }],
      ['ClaimResponse.addItem[0].itemSequence', { addItem: [{ itemSequence: 1 }] }],
      ['ClaimResponse.item[0].adjudication', { item: [{ itemSequence: 1, adjudication: [null] }] }],
      ['ClaimResponse.preAuthPeriod', { preAuthPeriod: '2026' }],
      ['ClaimResponse.processNote', { processNote: {} }],
    ] as const) {
      const result = readPasResponse({ ...good, ...broken }, { version: '2.2.1' })
      expect(result).toEqual({ ok: false, error: { reason: 'claim-response-malformed', path } })
    }
    for (const body of [null, 7, 'text', [], {}, { resourceType: 'Patient' }, { resourceType: 'Bundle', entry: 'x' }])
      expect(readPasResponse(body, { version: '2.2.1' }).ok).toBe(false)
  })
})

describe('a line that is granted in parts', () => {
  const period = (start: string, end: string) => ({ url: EXT.itemPreAuthPeriod, valuePeriod: { start, end } })
  const service = (code: string) => ({ coding: [{ system: 'http://www.ama-assn.org/go/cpt', code }] })
  const granted = (parts: object[], item: object[] = [{ itemSequence: 1, adjudication: [] }]) => {
    const body = { ...buildClaimResponse({ items: [] }, '2.2.1'), item }
    const addItem = parts.map((part) => ({ itemSequence: [1], productOrService: service('96413'), ...part }))
    const root = buildClaimResponse({ items: [], root: ['A6', null, null] }, '2.2.1').adjudication
    const read = readPasResponse(
      { ...body, addItem, adjudication: root },
      { version: '2.2.1', requestedSequences: [1] },
    )
    if (!read.ok) throw new Error(read.error.reason)
    return read.value.lines[0]
  }
  const units = (value: number, unit = 'UN') => ({ quantity: { value, unit } })
  const decided = (code: string) => ({
    adjudication: buildClaimResponse({ items: [[1, code, null, null]] }, '2.2.1').item?.[0]?.adjudication,
  })

  it('is allowed what the parts come to', () => {
    expect(granted([units(0.1), units(0.2)])?.allowed).toEqual({ value: '0.3', unit: 'UN' })
    expect(granted([units(5)])?.allowed).toEqual({ value: '5', unit: 'UN' })
    expect(granted([units(5), units(3, 'MJ')])?.allowed).toBeNull()
    expect(granted([units(5), {}])?.allowed).toBeNull()
    const other = granted([units(5), { ...units(3), productOrService: service('96415') }])
    expect([other?.allowed, other?.allowedService]).toEqual([null, null])
  })

  it('has no one period where theirs differ, unless the line itself says one', () => {
    const [spring, autumn] = [period('2026-03-01', '2026-05-31'), period('2026-09-01', '2026-11-30')]
    const parts = [{ extension: [spring] }, { extension: [autumn] }]
    expect(granted(parts)?.validity).toBeNull()
    expect(granted([parts[0] ?? {}, parts[0] ?? {}])?.validity).toEqual(spring.valuePeriod)
    const whole = period('2026-03-01', '2026-11-30')
    expect(granted(parts, [{ itemSequence: 1, adjudication: [], extension: [whole] }])?.validity).toEqual(
      whole.valuePeriod,
    )
  })

  it('that are decided differently is approved in part, and pended while one is', () => {
    const status = (...codes: string[]) => granted(codes.map(decided), [])?.status
    expect(status('A1', 'A1')).toBe('approved')
    expect(status('A1', 'A3')).toBe('partially-approved')
    expect(status('A1', 'A4')).toBe('pended')
  })
})
