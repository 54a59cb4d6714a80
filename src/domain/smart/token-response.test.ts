import { describe, expect, test } from 'vitest'
import { parseRefreshResponse, parseTokenResponse } from './token-response.ts'

const response = {
  access_token: 'at',
  token_type: 'Bearer',
  expires_in: 570,
  scope: 'launch patient/Patient.rs',
  id_token: 'idt',
  patient: 'maya',
}
const parse = (over: Record<string, unknown>) => parseTokenResponse({ ...response, ...over }, ['asked'])

describe('a token response', () => {
  test('gives tokens and launch context', () => {
    expect(parse({ encounter: 'e1', refresh_token: 'rt', appContext: 'pa1.7' })).toEqual({
      ok: true,
      value: {
        accessToken: 'at',
        refreshToken: 'rt',
        expiresInSeconds: 570,
        idToken: 'idt',
        patientId: 'maya',
        encounterId: 'e1',
        appContext: 'pa1.7',
        fhirContext: [],
        needPatientBanner: true,
        grantedScopes: ['launch', 'patient/Patient.rs'],
      },
    })
  })

  test.each([
    [true, true],
    ['true', true],
    [undefined, true],
    [false, false],
    ['false', false],
  ])('with need_patient_banner %j has the banner %j', (sent, banner) => {
    expect(parse({ need_patient_banner: sent })).toMatchObject({ value: { needPatientBanner: banner } })
  })

  test('takes fhirContext as objects with a reference and as bare references', () => {
    const fhirContext = [
      { reference: 'ServiceRequest/1' },
      { reference: 'MedicationRequest/2', role: 'launch', type: 'MedicationRequest' },
      { canonical: 'http://example.org/Questionnaire/q' },
      'Encounter/3',
    ]
    expect(parse({ fhirContext })).toMatchObject({
      value: { fhirContext: ['ServiceRequest/1', 'MedicationRequest/2', 'Encounter/3'] },
    })
  })

  test.each([
    ['an empty role', [{ reference: 'A/1', role: '' }]],
    ['no list', { reference: 'A/1' }],
    ['a number in the list', [7]],
  ])('with %s in fhirContext is refused', (_what, fhirContext) => {
    expect(parse({ fhirContext })).toMatchObject({ ok: false, error: { path: 'fhirContext' } })
  })

  test.each([
    ['no patient', { patient: undefined }, 'no-patient'],
    ['a patient that is no id', { patient: '../Observation/1' }, 'no-patient'],
    ['no id_token', { id_token: '' }, 'no-id-token'],
    ['no access token', { access_token: undefined }, 'token-response-invalid'],
    ['another token type', { token_type: 'mac' }, 'token-response-invalid'],
    ['a life of zero', { expires_in: 0 }, 'token-response-invalid'],
  ])('with %s is refused', (_what, over, reason) => {
    expect(parse(over)).toMatchObject({ ok: false, error: { reason } })
  })

  test.each([
    ['nothing', null],
    ['a text', 'x'],
  ])('that is %s is refused', (_what, body) => {
    expect(parseTokenResponse(body, [])).toMatchObject({ ok: false, error: { reason: 'token-response-invalid' } })
  })

  test('takes a token type in any case, a life as text, a patient as a reference, and no scope for all that was asked', () => {
    expect(parse({ token_type: 'bEaReR', expires_in: '60', patient: 'Patient/maya', scope: undefined })).toMatchObject({
      value: { expiresInSeconds: 60, patientId: 'maya', grantedScopes: ['asked'] },
    })
  })
})

describe('a refresh response', () => {
  const launch = { patientId: 'maya', refreshToken: 'old' }
  const refreshed = { access_token: 'new', token_type: 'bearer', expires_in: 60 }

  test('without a refresh token leaves the old one', () => {
    expect(parseRefreshResponse(refreshed, launch)).toEqual({
      ok: true,
      value: { accessToken: 'new', refreshToken: 'old', expiresInSeconds: 60, patientChanged: false },
    })
  })

  test.each([
    ['maya', false],
    ['Patient/maya', false],
    ['sara', true],
    [7, true],
  ])('that names patient %j has changed the patient: %j', (patient, changed) => {
    expect(parseRefreshResponse({ ...refreshed, patient }, launch)).toMatchObject({
      value: { patientChanged: changed },
    })
  })
})
