/**
 * What a case says is what the other side reads: a request built from it, as bytes, parsed and read as the intermediary
 * does, in both versions (pas.md §2, §13).
 */
import fc from 'fast-check'
import type { Bundle, Claim, FhirResource, Patient } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { resolveInBundle } from '../../src/domain/fhir/reference.ts'
import { readPasRequest } from '../../src/domain/pas/pas-request.ts'
import { buildPasRequestBundle } from '../../src/domain/pas/request-bundle.ts'
import { downcastRequest, upcastRequest } from '../../src/domain/pas/request-codec.ts'
import type { PasRequestInput } from '../../src/domain/pas/request-input.ts'
import { validatePasRequestBundle } from '../../src/domain/pas/validate-request-bundle.ts'
import type { PasVersion } from '../../src/domain/pas/pas-response.ts'
import { parseStrictJson } from '../../server/http/json-parser.ts'
import { profileSet } from '../support/profile-set.ts'
import { REQUEST_KINDS } from '../support/request-kinds.ts'

const RUNS = 60

/** Any text that FHIR takes: something to see, no control characters, no blanks at its ends. */
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .map((value) => value.replace(/[\p{C}\p{Z}]+/gu, ' ').trim())
  .filter((value) => value !== '')
const key = (longest: number) => fc.stringMatching(new RegExp(`^[A-Za-z0-9-]{1,${String(longest)}}$`))

const cases = fc.record({
  kind: fc.constantFrom(...Object.keys(REQUEST_KINDS)),
  bundleId: key(50),
  // Its lines are traced by it and their number.
  claimId: key(46),
  senderId: key(15),
  memberId: key(20),
  insurerId: key(20),
  family: text,
  given: text,
  birthDate: fc.date({ min: new Date('1920-01-01'), max: new Date('2026-11-01'), noInvalidDate: true }),
  placeOfService: fc.constantFrom('11', '22', '12'),
  message: fc.option(text),
  reason: fc.option(text),
})
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never

function inputOf(given: Case): PasRequestInput {
  const input = REQUEST_KINDS[given.kind]?.()
  if (input === undefined) throw new Error(`no kind ${given.kind}`)
  const { patient, coverage, insurer, identifiers } = input
  const asMember = coverage.identifier?.map((one) => ({ ...one, value: given.memberId })) ?? []
  return {
    ...input,
    identifiers: {
      ...identifiers,
      bundle: { ...identifiers.bundle, value: given.bundleId },
      claim: { ...identifiers.claim, value: given.claimId },
    },
    senderId: given.senderId,
    patient: {
      ...patient,
      name: [{ family: given.family, given: [given.given] }],
      birthDate: given.birthDate.toISOString().slice(0, 10),
    },
    coverage: { ...coverage, identifier: asMember, subscriberId: given.memberId },
    insurer: {
      ...insurer,
      // A provider number has a check digit.
      identifier:
        insurer.identifier?.map((one) => (one.system === SYSTEM.npi ? one : { ...one, value: given.insurerId })) ?? [],
    },
    placeOfService: given.placeOfService,
    message: given.message,
    urgency: { level: given.reason === null ? 'standard' : 'expedited', reason: given.reason },
  }
}

function build(input: PasRequestInput): Bundle<FhirResource> {
  const built = buildPasRequestBundle(input)
  if (!built.ok) throw new Error(built.error.reason)
  return built.value.bundle
}

/** Over the wire and into the intermediary: bytes, strict JSON, the check, what it needs to know. */
function receive(sent: Bundle<FhirResource>, version: PasVersion) {
  const json = parseStrictJson(Buffer.from(JSON.stringify(sent)))
  expect(validatePasRequestBundle(profileSet(`pas-${version}`), json, version)).toEqual([])
  const bundle = json as Bundle<FhirResource>
  const request = readPasRequest(bundle)
  if (request === undefined) throw new Error('the request was not read')
  return { bundle, request }
}

/** What a reader finds in the Claim of what the case asked for. */
function readCase(bundle: Bundle<FhirResource>, claim: Claim) {
  const patient = resolveInBundle(bundle, claim.patient) as Patient
  return {
    lines: (claim.item ?? []).map(({ sequence, productOrService, quantity, servicedDate, servicedPeriod }) => ({
      sequence,
      code: productOrService.coding?.[0]?.code ?? null,
      quantity: quantity?.value === undefined ? null : String(quantity.value),
      start: servicedPeriod?.start ?? servicedDate ?? null,
    })),
    family: patient.name?.[0]?.family,
    given: patient.name?.[0]?.given,
    birthDate: patient.birthDate,
    isUrgent: claim.priority?.coding?.some(({ code }) => code === 'stat') ?? false,
    texts: (claim.supportingInfo ?? []).flatMap(({ valueString }) => valueString ?? []),
  }
}

describe('a request read by the other side', () => {
  it.each(['2.2.1', '2.0.1'] as const)('is the case that it was built from, in PAS %s', (version) => {
    fc.assert(
      fc.property(cases, (given) => {
        const input = inputOf(given)
        const built = build(input)
        const { bundle, request } = receive(version === '2.2.1' ? built : downcastRequest(built).resource, version)
        expect(request).toMatchObject({
          bundleIdentifier: given.bundleId,
          claimIdentifier: given.claimId,
          sequences: input.lines.map(({ sequence }) => sequence),
          insurerIdentifiers: input.insurer.identifier,
          // 2.0.1 has no place for who sends.
          interchangeSenderId: version === '2.2.1' ? given.senderId : null,
          member: { memberId: given.memberId, subscriberId: null },
          priorClaim: null,
        })
        for (const { sequence } of input.lines) expect(request.traces).toContain(`${given.claimId}-${String(sequence)}`)
        const read = readCase(bundle, request.claim)
        expect(read).toMatchObject({ family: given.family, given: [given.given], birthDate: input.patient.birthDate })
        expect(read.lines.map(({ sequence, code, start }) => ({ sequence, code, start }))).toEqual(
          input.lines.map(({ sequence, code, start }) => ({ sequence, code, start })),
        )
        for (const said of [given.message, given.reason]) if (said !== null) expect(read.texts).toContain(said)
        // And back in our own form, nothing of it has changed.
        const home = version === '2.2.1' ? bundle : upcastRequest(bundle).resource
        expect(readCase(home, home.entry?.[0]?.resource as Claim)).toEqual(
          readCase(built, built.entry?.[0]?.resource as Claim),
        )
      }),
      { numRuns: RUNS, seed: 20261129 },
    )
  })
})
