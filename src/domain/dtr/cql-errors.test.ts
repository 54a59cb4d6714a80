import { describe, expect, it } from 'vitest'
import { message } from '../result.ts'
import { buildErrorReport, readErrorKind, readErrorRegime, type CqlError } from './cql-errors.ts'
import type { DtrVersion } from './dtr-version.ts'

describe('errors of CQL by version of DTR', () => {
  it.each<[DtrVersion, CqlError['kind'], CqlError['role'], boolean, string]>([
    ['2.0.1', 'malformed', 'population', false, 'SHOULD'],
    ['2.0.1', 'execution', 'logic', false, 'SHALL'],
    ['2.1', 'malformed', 'population', false, 'SHALL'],
    ['2.1', 'execution', 'logic', true, 'SHALL'],
    ['2.2', 'execution', 'population', false, 'SHALL'],
    ['2.2', 'malformed', 'logic', true, 'SHALL'],
  ])('%s, %s, %s: completion blocked %s, report %s', (version, kind, role, blocksCompletion, report) => {
    expect(readErrorRegime(version, { kind, role })).toEqual({ blocksCompletion, notifies: true, report })
  })

  it('a refused search is no error of the payer’s logic', () => {
    expect(readErrorKind(message('form.lookup.search-failed', { reason: 'forbidden' }))).toBeNull()
    const by = { application: 'Precert 0.1.0', at: '2026-11-22T10:00:00-05:00', endpoint: 'https://ehr.example/fhir' }
    expect(buildErrorReport([{ linkId: '1', reason: message('form.lookup.search-failed') }], by)).toBeUndefined()
  })

  it('a report names the item and the payer’s own names, the app and the time', () => {
    const by = { application: 'Precert 0.1.0', at: '2026-11-22T10:00:00-05:00', endpoint: 'https://ehr.example/fhir' }
    const reason = message('form.lookup.cql-no-library', { name: 'Vitals|1' })
    expect(buildErrorReport([{ linkId: "a'b", reason }], by)?.issue).toMatchObject([
      {
        details: { coding: [{ code: 'MSG_BAD_SYNTAX' }], text: 'cql-no-library: Vitals|1' },
        diagnostics: 'Precert 0.1.0; 2026-11-22T10:00:00-05:00; https://ehr.example/fhir',
        expression: ["Questionnaire.descendants().where(linkId = 'a\\'b')"],
      },
    ])
  })
})
