import { describe, expect, it } from 'vitest'
import type { Differences } from '../contract/change.ts'
import { buildChangeDocument, type ChangeFacts } from './change-document.ts'

const facts: ChangeFacts = {
  patientName: 'Jo Doe',
  birthDate: null,
  mrn: 'M1',
  memberId: null,
  payer: 'Payer',
  service: 'Infliximab',
  traceNumber: 'T2',
  priorTraceNumber: 'T1',
  sentBy: 'Pat Staff',
  sentAt: 'Nov 29, 2026',
}
const asked = { value: '4', unit: 'UN' }
const line = { code: 'J1745', asked, start: '2026-12-01', end: '2027-06-30' }
const differences: Differences = {
  cancelsAll: false,
  lines: [
    {
      sequence: 1,
      title: 'Drug',
      change: 'changed',
      before: line,
      after: { ...line, end: '2027-09-30' },
      certification: '4',
    },
    {
      sequence: 2,
      title: 'Visit',
      change: 'cancelled',
      before: { ...line, end: line.start },
      after: null,
      certification: '3',
    },
  ],
  documents: ['Note'],
  messages: [],
}

describe('the record of a change', () => {
  const document = buildChangeDocument(differences, facts)

  it('says of each line what was asked for before and after', () => {
    const table = document.sections.flatMap(({ blocks }) => blocks).find(({ kind }) => kind === 'table')
    expect(table?.rows).toEqual([
      ['1', 'Drug', 'changed', 'J1745, 4 UN, 2026-12-01 – 2027-06-30', 'J1745, 4 UN, 2026-12-01 – 2027-09-30'],
      ['2', 'Visit', 'cancelled', 'J1745, 4 UN, 2026-12-01', ''],
    ])
  })

  it('names who sent it and when, both trace numbers, and attests nothing', () => {
    const text = JSON.stringify(document)
    for (const one of ['Pat Staff', 'Nov 29, 2026', '"T1"', '"T2"', '"Note"']) expect(text).toContain(one)
    expect(text).not.toMatch(/attestation|signed/i)
  })

  it('leaves out what did not change, and calls a cancellation one', () => {
    expect(JSON.stringify(document)).not.toContain('document.change.messages')
    expect(document.title.key).toBe('document.change.title')
    expect(buildChangeDocument({ ...differences, cancelsAll: true }, facts).title.key).toBe(
      'document.cancellation.title',
    )
  })
})
