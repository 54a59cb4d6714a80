/**
 * Orders and documents re-expressed to the PAS profiles (pas.md §2.11, §2.12): same instance, same REST address, signed
 * instead of draft. Pure; the coverage-information extension stays, it carries the CRD assertion id.
 */
import type {
  DeviceRequest,
  DocumentReference,
  Extension,
  FhirResource,
  MedicationRequest,
  ServiceRequest,
  Timing,
} from 'fhir/r4'
import { EXT, PROFILE } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { isSameReference } from '../fhir/reference.ts'
import { err, ok, type Result } from '../result.ts'
import { omit, toPasQuantity, withProfile } from './profile-parts.ts'
import type { PasRequestError } from './request-input.ts'

/** The profiles allow one coverage-information: the one about the coverage that is asked under, else the first. */
function keepOneCoverage(extensions: readonly Extension[] | undefined, coverageRef: string | undefined): Extension[] {
  const all = extensions ?? []
  const statements = all.filter(({ url }) => url === EXT.coverageInformation)
  const ours =
    statements.find((statement) =>
      isSameReference(readExtension(statement, 'coverage')?.valueReference?.reference, coverageRef),
    ) ?? statements[0]
  return all.filter((extension) => extension.url !== EXT.coverageInformation || extension === ours)
}

/** PASTiming: a count, or a whole frequency (prof-1); the only bounds are a duration. A timing without either is left out. */
function toPasTiming(timing: Timing | undefined): Timing | undefined {
  if (timing?.repeat === undefined) return undefined
  const repeat = omit(timing.repeat, 'boundsPeriod', 'boundsRange')
  const hasFrequency = repeat.frequency !== undefined && repeat.period !== undefined && repeat.periodUnit !== undefined
  return repeat.count !== undefined || hasFrequency ? { ...timing, repeat } : undefined
}

function toMedicationRequest(order: MedicationRequest, coverageRef: string | undefined): MedicationRequest {
  const { extension, dosageInstruction, ...rest } = order
  const extensions = keepOneCoverage(extension, coverageRef)
  return withProfile(
    {
      ...rest,
      ...(extensions.length > 0 ? { extension: extensions } : {}),
      status: 'active',
      intent: 'order',
      ...(dosageInstruction === undefined
        ? {}
        : {
            dosageInstruction: dosageInstruction.map(({ timing, ...dosage }) => {
              const kept = toPasTiming(timing)
              return kept === undefined ? dosage : { ...dosage, timing: kept }
            }),
          }),
    },
    PROFILE.pasMedicationRequest,
  )
}

const OCCURRENCES = ['occurrenceTiming', 'occurrenceDateTime', 'occurrencePeriod'] as const

/** The profile knows occurrenceTiming alone; dates of service stand on the Claim's item. */
function toServiceRequest(order: ServiceRequest, coverageRef: string | undefined): ServiceRequest {
  const { extension, quantityQuantity, occurrenceTiming } = order
  const rest = omit(order, 'extension', 'quantityQuantity', 'quantityRange', 'quantityRatio', ...OCCURRENCES)
  const extensions = keepOneCoverage(extension, coverageRef)
  const timing = toPasTiming(occurrenceTiming)
  return withProfile(
    {
      ...rest,
      ...(extensions.length > 0 ? { extension: extensions } : {}),
      status: order.status === 'draft' ? 'active' : order.status,
      intent: 'order',
      ...(quantityQuantity === undefined ? {} : { quantityQuantity: toPasQuantity(quantityQuantity) }),
      ...(timing === undefined ? {} : { occurrenceTiming: timing }),
    },
    PROFILE.pasServiceRequest,
  )
}

/** An order in the form of its PAS profile. Fails with `order-type-unsupported` for a type that gives no request line. */
export function toPasOrder(
  order: FhirResource,
  coverageRef: string | undefined,
): Result<MedicationRequest | ServiceRequest | DeviceRequest, PasRequestError> {
  switch (order.resourceType) {
    case 'MedicationRequest':
      return ok(toMedicationRequest(order, coverageRef))
    case 'ServiceRequest':
      return ok(toServiceRequest(order, coverageRef))
    default:
      return err({ reason: 'order-type-unsupported', params: { type: order.resourceType } })
  }
}

/** `PAS:profile-documentreference`: bytes inline, no address. Fails where an attachment has no bytes. */
export function toPasDocument(document: DocumentReference): Result<DocumentReference, PasRequestError> {
  const content = document.content.map((one) => {
    return { ...one, attachment: omit(one.attachment, 'url') }
  })
  if (content.some(({ attachment }) => attachment.data === undefined))
    return err({ reason: 'document-without-bytes', params: { id: document.id ?? '' } })
  return ok(withProfile({ ...document, content }, PROFILE.pasDocumentReference))
}
