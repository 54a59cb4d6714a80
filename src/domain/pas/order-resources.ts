/**
 * Orders and documents re-expressed to the PAS profiles (pas.md §2.11, §2.12): same instance, same REST address, signed
 * instead of draft. Pure; the coverage-information extension stays, it carries the CRD assertion id.
 */
import type {
  CodeableConcept,
  Coding,
  DeviceRequest,
  DocumentReference,
  Extension,
  FhirResource,
  MedicationRequest,
  NutritionOrder,
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

/** The profiles ask for a code that a 278 carries: the one that the line is billed under joins those of the order. */
function withBilled(code: CodeableConcept | undefined, billed: Coding): CodeableConcept {
  const codings = code?.coding ?? []
  const isThere = codings.some((one) => one.system === billed.system && one.code === billed.code)
  return isThere ? { ...code } : { ...code, coding: [...codings, billed] }
}

/** The profile knows occurrenceTiming alone; dates of service stand on the Claim's item. */
function toServiceRequest(order: ServiceRequest, coverageRef: string | undefined, billed: Coding): ServiceRequest {
  const { extension, quantityQuantity, occurrenceTiming } = order
  const rest = omit(order, 'extension', 'code', 'quantityQuantity', 'quantityRange', 'quantityRatio', ...OCCURRENCES)
  const extensions = keepOneCoverage(extension, coverageRef)
  const timing = toPasTiming(occurrenceTiming)
  return withProfile(
    {
      ...rest,
      ...(extensions.length > 0 ? { extension: extensions } : {}),
      status: order.status === 'draft' ? 'active' : order.status,
      intent: 'order',
      code: withBilled(order.code, billed),
      ...(quantityQuantity === undefined ? {} : { quantityQuantity: toPasQuantity(quantityQuantity) }),
      ...(timing === undefined ? {} : { occurrenceTiming: timing }),
    },
    PROFILE.pasServiceRequest,
  )
}

/** The profile takes occurrenceTiming alone, and a code of its own, no Device. */
function toDeviceRequest(order: DeviceRequest, coverageRef: string | undefined, billed: Coding): DeviceRequest {
  const rest = omit(order, 'extension', 'codeReference', 'codeCodeableConcept', ...OCCURRENCES)
  const extensions = keepOneCoverage(order.extension, coverageRef)
  const timing = toPasTiming(order.occurrenceTiming)
  return withProfile(
    {
      ...rest,
      ...(extensions.length > 0 ? { extension: extensions } : {}),
      status: order.status === 'draft' ? 'active' : (order.status ?? 'active'),
      intent: 'order',
      codeCodeableConcept: withBilled(order.codeCodeableConcept, billed),
      ...(timing === undefined ? {} : { occurrenceTiming: timing }),
    },
    PROFILE.pasDeviceRequest,
  )
}

function toNutritionOrder(order: NutritionOrder, coverageRef: string | undefined): NutritionOrder {
  const extensions = keepOneCoverage(order.extension, coverageRef)
  return withProfile(
    {
      ...omit(order, 'extension'),
      ...(extensions.length > 0 ? { extension: extensions } : {}),
      status: order.status === 'draft' ? 'active' : order.status,
      intent: 'order',
    },
    PROFILE.pasNutritionOrder,
  )
}

/**
 * An order in the form of its PAS profile; `billed` is the code of its line. Fails with `order-type-unsupported` for a type that gives no
 * request line.
 */
export function toPasOrder(
  order: FhirResource,
  coverageRef: string | undefined,
  billed: Coding,
): Result<MedicationRequest | ServiceRequest | DeviceRequest | NutritionOrder, PasRequestError> {
  switch (order.resourceType) {
    case 'MedicationRequest':
      return ok(toMedicationRequest(order, coverageRef))
    case 'ServiceRequest':
      return ok(toServiceRequest(order, coverageRef, billed))
    case 'DeviceRequest':
      return ok(toDeviceRequest(order, coverageRef, billed))
    case 'NutritionOrder':
      return ok(toNutritionOrder(order, coverageRef))
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
