import { describe, expect, it } from 'vitest'
import { buildSubmitAttachment } from '#domain/pas/submit-attachment.ts'
import type { PayerConfig } from '../config.ts'
import type { LaunchContext } from '../context.ts'
import { attachmentInput, type PayerRequest } from './attach-documents.ts'
import type { CaseContext } from './case-record.ts'

const MEMBER_SYSTEM = 'https://payer.example/member'
const context = {
  coverage: {
    resourceType: 'Coverage',
    identifier: [
      {
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MB' }] },
        system: MEMBER_SYSTEM,
        value: 'M1',
      },
    ],
  },
} as unknown as CaseContext
const launch = { tenant: { organization: { npi: '1234567893' } } } as LaunchContext
const request = { id: 'r1', tracking: null, codes: [], lineSequence: null } as unknown as PayerRequest
const documents = [
  {
    resourceType: 'DocumentReference' as const,
    status: 'current' as const,
    content: [{ attachment: { contentType: 'text/plain', data: 'QUE=' } }],
  },
]

function callTo(pas: Partial<NonNullable<PayerConfig['pas']>> | null) {
  const payer = { identifiers: [], memberIdSystem: MEMBER_SYSTEM, pas } as unknown as PayerConfig
  const input = attachmentInput(
    { context, launch, payer },
    { request, requests: [request], serviceDate: null },
    documents,
  )
  return input.ok ? buildSubmitAttachment(input.value) : input
}

describe('what goes to the payer', () => {
  it('claims the profile of CDex where the payer speaks a PAS that knows it', () => {
    const attachmentLimitBytes = 10_000
    const profiles = (['2.2.1', '2.0.1'] as const).map((version) => {
      const call = callTo({ version, attachmentLimitBytes })
      if (!call.ok) throw new Error(call.error.reason)
      return call.value[0].meta?.profile?.length ?? 0
    })
    expect(profiles).toEqual([1, 0])
  })

  it('is nothing where it has no PAS', () => {
    expect(callTo(null)).toMatchObject({ ok: false, error: { reason: 'unknown-payer' } })
  })
})
