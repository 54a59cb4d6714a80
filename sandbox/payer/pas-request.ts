/** From the body of `Claim/$submit` to a request that keeps every rule, or the refusal that names each one it breaks. */
import type { Bundle, Claim, FhirResource, Identifier, Patient } from 'fhir/r4'
import { EXT } from '../../src/domain/fhir/canonical.ts'
import { readExtension } from '../../src/domain/fhir/extension.ts'
import { err, ok, type Result } from '../../src/domain/result.ts'
import { collectFaults } from './faults.ts'
import { parseJsonObject, refuse, type Issue, type Refusal } from './fhir-http.ts'
import { findEntry, readClaim } from './pas-bundle.ts'
import { checkBundle } from './pas-bundle-rules.ts'
import { checkInquiryClaim, checkRequestClaim } from './pas-claim-rules.ts'
import { checkEntries, isMemberId } from './pas-entry-rules.ts'
import type { PasVersion } from './pas-version.ts'

/** A request with what the payer files it under. */
export interface PasRequest {
  readonly version: PasVersion
  readonly bundle: Bundle<FhirResource>
  readonly claim: Claim
  /** `system|value`. */
  readonly bundleIdentifier: string
  readonly claimIdentifier: string
  readonly memberId: Identifier
  readonly patient: Patient
  /** interchangeSenderID: whose subscription hears of the answer. 2.0.1 has no place for it. */
  readonly senderId: string | null
}

/** Parses and checks a request (`submit`) or a query by example (`inquire`). 400 with every fault and its FHIRPath. */
export function parsePasRequest(
  body: unknown,
  operation: 'submit' | 'inquire',
  version: PasVersion = '2.2.1',
): Result<PasRequest, Refusal> {
  const parsed = parseJsonObject(body)
  if (!parsed.ok) return parsed
  if (parsed.value['resourceType'] !== 'Bundle')
    return err(refuse(400, 'structure', 'The body must be the Bundle itself.', 'Bundle'))
  const bundle = parsed.value as unknown as Bundle<FhirResource>
  const shape = checkShape(bundle)
  if (shape !== undefined) return err(shape)
  const [first, ...rest] = listFaults(bundle, operation, version)
  return first === undefined ? readRequest(bundle, version) : err({ status: 400, issues: [first, ...rest] })
}

/** Every rule in turn. The rules walk the message as typed; where its JSON is of another shape, that is the fault. */
function listFaults(
  bundle: Bundle<FhirResource>,
  operation: 'submit' | 'inquire',
  version: PasVersion,
): readonly Issue[] {
  const faults = collectFaults()
  try {
    checkBundle(bundle, version, faults)
    const claim = readClaim(bundle)
    if (claim !== undefined && operation === 'submit') checkRequestClaim(bundle, claim, version, faults)
    if (claim !== undefined && operation === 'inquire') checkInquiryClaim(bundle, claim, version, faults)
    checkEntries(bundle, version, faults)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return [...faults.list(), { code: 'structure', text: 'An element is of the wrong JSON type.', path: 'Bundle' }]
  }
  return faults.list()
}

/** Nothing may be walked before entries are known to be a list of objects. */
function checkShape(bundle: Bundle<FhirResource>): Refusal | undefined {
  const entries: unknown = bundle.entry
  const sound = Array.isArray(entries) && entries.every((entry) => typeof entry === 'object' && entry !== null)
  return sound ? undefined : refuse(400, 'structure', 'Bundle.entry must be a list of entries.', 'Bundle.entry')
}

function readRequest(bundle: Bundle<FhirResource>, version: PasVersion): Result<PasRequest, Refusal> {
  const claim = readClaim(bundle)
  const owner = bundle.entry?.[0]?.fullUrl
  const patient = findEntry(bundle, claim?.patient.reference, owner)?.resource
  const coverage = findEntry(bundle, claim?.insurance[0]?.coverage.reference, owner)?.resource
  const memberId = coverage?.resourceType === 'Coverage' ? coverage.identifier?.find(isMemberId) : undefined
  if (claim === undefined || patient?.resourceType !== 'Patient' || memberId === undefined)
    return err(refuse(400, 'required', 'The request names no member.', 'Bundle'))
  const ids = readExtension(claim, EXT.transmissionIdentifiers)
  return ok({
    version,
    bundle,
    claim,
    bundleIdentifier: writeIdentifier(bundle.identifier),
    claimIdentifier: writeIdentifier(claim.identifier?.[0]),
    memberId,
    patient,
    senderId: readExtension(ids, 'interchangeSenderID')?.valueString ?? null,
  })
}

/** An identifier as one string. */
export function writeIdentifier(identifier: Identifier | undefined): string {
  return `${identifier?.system ?? ''}|${identifier?.value ?? ''}`
}
