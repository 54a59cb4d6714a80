import { describe, expect, it } from 'vitest'
import { buildErrorLog, type ErrorLogInput } from './error-log.ts'

const input: ErrorLogInput = {
  questionnaire: 'https://p.example/q|1',
  problems: [
    { kind: 'syntax', linkId: "it's", library: 'Lib' },
    { kind: 'syntax', linkId: "it's", library: 'Lib' },
    { kind: 'expired-form', linkId: null, library: null },
  ],
  app: { name: 'Precert', version: '1' },
  at: '2026-11-22T10:00:00-05:00',
  endpoint: 'https://ehr.example/fhir',
}

describe('$log-questionnaire-errors', () => {
  it.each([
    ['capitalised', ['Questionnaire', 'OperationOutcome']],
    ['listed', ['questionnaire', 'operationOutcome']],
    ['resource', ['resource']],
  ] as const)('has the shape %s', (shape, names) => {
    expect(buildErrorLog(input, shape)?.parameter?.map(({ name }) => name)).toEqual(names)
  })
  it('the shape of 2.2.0 as published holds Parameters in its one parameter', () => {
    expect(buildErrorLog(input, 'resource')?.parameter?.[0]?.resource?.resourceType).toBe('Parameters')
  })
  it('says each problem once, with its place in the form, the app, the time and the endpoint', () => {
    const outcome = buildErrorLog(input, 'listed')?.parameter?.[1]?.resource
    expect(outcome).toMatchObject({
      issue: [
        {
          code: 'invalid',
          details: { coding: [{ code: 'MSG_BAD_SYNTAX' }] },
          expression: ["Questionnaire.item.where(linkId='it\\'s')"],
          diagnostics: 'Precert 1; 2026-11-22T10:00:00-05:00; https://ehr.example/fhir',
        },
        { code: 'expired' },
      ],
    })
  })
  it('is not sent where there is nothing to tell', () => {
    expect(buildErrorLog({ ...input, problems: [] }, 'listed')).toBeNull()
  })
})
