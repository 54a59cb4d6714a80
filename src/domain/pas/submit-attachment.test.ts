import { describe, expect, it } from 'vitest'
import type { DocumentReference } from 'fhir/r4'
import { profileSet } from '../../../test/support/profile-set.ts'
import { PROFILE } from '../fhir/canonical.ts'
import { validateMessage } from '../profile/validate.ts'
import { buildSubmitAttachment, type AttachmentInput } from './submit-attachment.ts'

const document = (id: string, bytes = 8): DocumentReference => ({
  resourceType: 'DocumentReference',
  id,
  status: 'current',
  content: [{ attachment: { contentType: 'text/plain', title: `Note ${id}`, data: 'A'.repeat(bytes) } }],
})
const input = (change: Partial<AttachmentInput> = {}): AttachmentInput => ({
  version: '2.2.1',
  tracking: { system: 'https://payer.example/request', value: 'REF-1' },
  payer: { system: 'https://registry.example', value: 'p1' },
  organization: { system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' },
  member: { system: 'https://payer.example/member', value: 'M1' },
  serviceDate: '2026-12-07',
  line: 2,
  codes: [{ system: 'http://loinc.org', code: '16933-4' }],
  documents: [document('a')],
  moreToCome: false,
  limitBytes: 100_000,
  ...change,
})
const build = (change: Partial<AttachmentInput> = {}) => {
  const built = buildSubmitAttachment(input(change))
  if (!built.ok) throw new Error(built.error.reason)
  return built.value
}

describe('one call', () => {
  it('is the last one, unless more is to come under its number', () => {
    const finals = [false, true].map((moreToCome) => build({ moreToCome })[0].parameter?.at(-1))
    expect(finals).toEqual([
      { name: 'Final', valueBoolean: true },
      { name: 'Final', valueBoolean: false },
    ])
  })

  it('carries what CDex asks for, the line and the code beside each document', () => {
    const [call] = build()
    expect(call.parameter?.map(({ name }) => name)).toEqual([
      'TrackingId',
      'AttachTo',
      'PayerId',
      'OrganizationId',
      'MemberId',
      'ServiceDate',
      'Attachment',
      'Final',
    ])
    expect(call.parameter?.[6]?.part).toEqual([
      { name: 'LineItem', valueString: '2' },
      { name: 'Code', valueCodeableConcept: { coding: [{ system: 'http://loinc.org', code: '16933-4' }] } },
      { name: 'Content', resource: document('a') },
    ])
    expect(call.parameter?.[7]).toEqual({ name: 'Final', valueBoolean: true })
  })

  it('leaves out what is not known: line, code, payer, date', () => {
    const [call] = build({ line: null, codes: [], payer: null, serviceDate: null })
    expect(call.parameter?.map(({ name }) => name)).toEqual([
      'TrackingId',
      'AttachTo',
      'OrganizationId',
      'MemberId',
      'Attachment',
      'Final',
    ])
    expect(call.parameter?.[4]?.part?.map(({ name }) => name)).toEqual(['Content'])
  })
})

describe('by its version of PAS', () => {
  const faultsOf = (change: Partial<AttachmentInput>) =>
    build(change).flatMap((call) =>
      validateMessage(profileSet('pas-2.2.1'), call, { profiles: [PROFILE.cdexSubmitAttachment] }).filter(
        ({ severity }) => severity === 'error',
      ),
    )

  it.each(['2.2.1', '2.0.1'] as const)('%s: holds to the profile of CDex 2.1.0, one call or several', (version) => {
    expect(faultsOf({ version })).toEqual([])
    expect(faultsOf({ version, line: null, codes: [], payer: null, serviceDate: null })).toEqual([])
    const documents = ['a', 'b', 'c'].map((id) => document(id, 2_000))
    expect(faultsOf({ version, limitBytes: 4_000, documents })).toEqual([])
  })

  it('the profile is claimed where the payer can know it: PAS 2.0.1 is older than it', () => {
    expect(build()[0].meta?.profile).toEqual([PROFILE.cdexSubmitAttachment])
    const [older] = build({ version: '2.0.1' })
    expect(older).toEqual({ resourceType: 'Parameters', parameter: build()[0].parameter })
    expect(validateMessage(profileSet('pas-2.0.1'), older).filter(({ severity }) => severity === 'error')).toEqual([])
  })
})

describe('more than one call carries', () => {
  it('is split in order, each within the limit, and only the last is final', () => {
    const limitBytes = 6_000
    const calls = build({ limitBytes, documents: ['a', 'b', 'c', 'd', 'e'].map((id) => document(id, 2_000)) })
    expect(calls.length).toBeGreaterThan(1)
    for (const call of calls) expect(JSON.stringify(call).length).toBeLessThanOrEqual(limitBytes)
    const finals = calls.map((call) => call.parameter?.at(-1)?.valueBoolean)
    expect(finals).toEqual([...calls.slice(1).map(() => false), true])
    const sent = calls.flatMap((call) =>
      (call.parameter ?? []).flatMap(({ part = [] }) => part.flatMap(({ resource }) => resource?.id ?? [])),
    )
    expect(sent).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('a document that no call can carry, or that has no bytes, is named', () => {
    expect(
      buildSubmitAttachment(input({ limitBytes: 1_500, documents: [document('a'), document('big', 2_000)] })),
    ).toEqual({
      ok: false,
      error: { reason: 'attachment-too-large', params: { document: 'Note big' }, path: 'documents[1]' },
    })
    const empty = { ...document('x'), content: [{ attachment: { title: 'Link', url: 'Binary/1' } }] }
    expect(buildSubmitAttachment(input({ documents: [empty] }))).toMatchObject({
      error: { reason: 'attachment-without-content', params: { document: 'Link' }, path: 'documents[0]' },
    })
    expect(buildSubmitAttachment(input({ documents: [] }))).toMatchObject({ error: { reason: 'attachment-missing' } })
  })
})
