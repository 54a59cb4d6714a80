/**
 * The must-support elements that the public PAS test kit's client suite (v2.2.1, pas.md §11.2, §11.4) wants a client to take
 * in: 72 of a ClaimResponse, 71 of an inquiry's answer, 24 of a Task, 11 of a CommunicationRequest. The simulated payer's
 * showcase holds each of them; each is read: without it, what is read differs. That each is shown is tested beside the screen
 * (`src/app/features/decision/answer-details.test.tsx`), with the same answer.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bundle, FhirResource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { PROFILE } from '#domain/fhir/canonical.ts'
import { TOLERATED_CONTEXTS } from '#domain/pas/published-package.ts'
import { readPasResponse } from '#domain/pas/read-pas-response.ts'
import { isError } from '#domain/profile/issue.ts'
import { validateMessage } from '#domain/profile/validate.ts'
import { buildResponseBundle } from '../../sandbox/payer/claim-response.ts'
import { buildInquiryAnswer } from '../../sandbox/payer/inquiry.ts'
import { parsePasRequest } from '../../sandbox/payer/pas-request.ts'
import { showcaseVerdict, showEverything } from '../../sandbox/payer/showcase.ts'
import { loadProfileSet } from '../../server/profiles.ts'
import {
  CLAIM_RESPONSE,
  COMMUNICATION_REQUEST,
  INQUIRY_RESPONSE,
  TASK,
  without,
} from '../../src/app/testing/must-support-elements.ts'

const ROOT = join(import.meta.dirname, '../..')

/** The showcase as the payer builds it, at a fixed time and with counted ids. */
function buildShowcase(): Bundle<FhirResource> {
  const parsed = parsePasRequest(readFileSync(join(ROOT, 'sandbox/payer/fixtures/pas-request.json'), 'utf8'), 'submit')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  let count = 0
  const frame = {
    version: '2.2.1' as const,
    fhirBase: 'https://payer.example/fhir',
    receiverId: 'CSOH',
    now: '2026-11-22T11:00:05Z',
    requestId: '00000000-0000-4000-8000-00000000aaaa',
    newId: () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`,
    authorizationNumber: 'CSOH-AUTH-000001',
    trackingNumber: 'CSOH-REF-000001',
    maxMonths: 6,
  }
  return showEverything(buildResponseBundle(parsed.value, showcaseVerdict(parsed.value), frame), parsed.value, frame)
}

const submitted = buildShowcase()
const [inquired] = (buildInquiryAnswer([{ answer: submitted }], 'inquiry-1').parameter ?? []).map(
  ({ resource }) => resource as Bundle<FhirResource>,
)
const read = (bundle: unknown) => readPasResponse(bundle, { version: '2.2.1', requestedSequences: [1, 2, 3] })

it('the screen is tested with the showcase as the payer gives it', async () => {
  await expect(`${JSON.stringify(submitted, null, 2)}\n`).toMatchFileSnapshot(
    join(ROOT, 'src/app/testing/fixtures/showcase-answer.json'),
  )
})

describe('the showcase', () => {
  it.each([
    ['$submit', PROFILE.pasResponseBundle, submitted],
    ['$inquire', PROFILE.pasInquiryResponseBundle, inquired],
  ])('keeps the profiles in answer to %s', (_operation, profile, bundle) => {
    const issues = validateMessage(loadProfileSet('pas-2.2.1')!, bundle, {
      profiles: [profile],
      isStrict: true,
      toleratedContexts: TOLERATED_CONTEXTS,
    })
    expect(issues.filter(isError).map(({ path, message }) => `${path} ${message}`)).toEqual([])
  })
})

describe.each([
  ['pas_client_v221_submit_response_must_support_claimresponse', 72, CLAIM_RESPONSE, submitted],
  ['pas_client_v221_submit_response_must_support_task', 24, TASK, submitted],
  ['pas_client_v221_submit_response_must_support_communication_request', 11, COMMUNICATION_REQUEST, submitted],
  ['pas_client_v221_inquire_response_must_support_claiminquiryresponse', 71, INQUIRY_RESPONSE, inquired],
  ['pas_client_v221_inquire_response_must_support_task', 24, TASK, inquired],
] as const)('%s', (_id, count, elements, bundle) => {
  const whole = read(bundle)
  it(`lists ${String(count)} elements`, () => {
    expect(new Set(elements).size).toBe(count)
  })
  it.each(elements)('%s is in the answer, and read', (element) => {
    const less = without(bundle!, element)
    expect(less).not.toEqual(bundle)
    expect(read(less)).not.toEqual(whole)
  })
})
