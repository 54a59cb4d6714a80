/** The six order types of CRD (crd.md §2.1) and what a person is shown about one. */
import type {
  CodeableConcept,
  Coding,
  CommunicationRequest,
  DeviceRequest,
  FhirResource,
  MedicationRequest,
  NutritionOrder,
  Quantity,
  Reference,
  ServiceRequest,
  VisionPrescription,
} from 'fhir/r4'
import { SYSTEM } from '../fhir/canonical.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import { readProviderName } from './human-name.ts'

export type Order =
  CommunicationRequest | DeviceRequest | MedicationRequest | NutritionOrder | ServiceRequest | VisionPrescription

export const ORDER_TYPES = [
  'CommunicationRequest',
  'DeviceRequest',
  'MedicationRequest',
  'NutritionOrder',
  'ServiceRequest',
  'VisionPrescription',
] as const

/** Whether a value is one of the six order resources. */
export function isOrder(resource: unknown): resource is Order {
  const type = (resource as { resourceType?: unknown } | null | undefined)?.resourceType
  return ORDER_TYPES.some((name) => name === type)
}

/** Systems of codes that are billed, in the order they are shown. */
const BILLING_SYSTEMS: readonly string[] = [SYSTEM.hcpcs, SYSTEM.cpt]

function findResource(
  reference: Reference | undefined,
  order: Order,
  known: readonly FhirResource[],
): FhirResource | undefined {
  const literal = reference?.reference
  if (literal === undefined) return undefined
  if (literal.startsWith('#'))
    return order.contained?.find((resource) => `#${resource.id ?? ''}` === literal) as FhirResource | undefined
  return known.find((resource) => isSameReference(referenceTo(resource), literal))
}

function conceptOf(order: Order, known: readonly FhirResource[]): CodeableConcept | undefined {
  switch (order.resourceType) {
    case 'MedicationRequest': {
      if (order.medicationCodeableConcept !== undefined) return order.medicationCodeableConcept
      const medication = findResource(order.medicationReference, order, known)
      if (medication?.resourceType === 'Medication') return medication.code
      return order.medicationReference?.display === undefined ? undefined : { text: order.medicationReference.display }
    }
    case 'ServiceRequest':
      return order.code
    case 'DeviceRequest': {
      if (order.codeCodeableConcept !== undefined) return order.codeCodeableConcept
      const device = findResource(order.codeReference, order, known)
      if (device?.resourceType === 'Device') return device.type
      return order.codeReference?.display === undefined ? undefined : { text: order.codeReference.display }
    }
    case 'NutritionOrder':
      return order.oralDiet?.type?.[0] ?? order.supplement?.[0]?.type ?? order.enteralFormula?.baseFormulaType
    case 'VisionPrescription':
      return order.lensSpecification?.[0]?.product
    case 'CommunicationRequest':
      return order.category?.[0]
  }
}

/** The codings of what is ordered, from the order or the Medication or Device it points to. */
export function readOrderCodings(order: Order, known: readonly FhirResource[]): Coding[] {
  return [...(conceptOf(order, known)?.coding ?? [])]
}

/** The billing code (HCPCS before CPT), else the first code of any system, else null. */
export function readBillingCode(codings: readonly Coding[]): Coding | null {
  for (const system of BILLING_SYSTEMS) {
    const found = codings.find((coding) => coding.system === system && coding.code !== undefined)
    if (found !== undefined) return found
  }
  return codings.find((coding) => coding.code !== undefined) ?? null
}

function quantityText(quantity: Quantity | undefined): string | null {
  if (quantity?.value === undefined) return null
  return [String(quantity.value), quantity.unit ?? quantity.code ?? ''].join(' ').trim()
}

function detailOf(order: Order): string | null {
  if (order.resourceType === 'MedicationRequest') {
    const texts = (order.dosageInstruction ?? []).flatMap(({ text }) => text ?? [])
    return texts.length === 0 ? null : texts.join('; ')
  }
  if (order.resourceType === 'ServiceRequest') return quantityText(order.quantityQuantity)
  return null
}

function conceptText(concept: CodeableConcept | undefined): string | null {
  if (concept === undefined) return null
  const coding = concept.coding?.find(({ system }) => system === SYSTEM.icd10cm) ?? concept.coding?.[0]
  const name = concept.text ?? coding?.display ?? null
  const code = coding?.code ?? null
  if (name === null || name === code) return code
  return code === null ? name : `${name}, ${code}`
}

/** The first diagnosis an order gives as its reason: `Crohn's disease, K50.90`; null where it names none. */
export function readDiagnosis(order: Order, known: readonly FhirResource[]): string | null {
  const coded = 'reasonCode' in order ? conceptText(order.reasonCode?.[0]) : null
  if (coded !== null) return coded
  const reference = 'reasonReference' in order ? order.reasonReference?.[0] : undefined
  const condition = findResource(reference, order, known)
  if (condition?.resourceType === 'Condition') return conceptText(condition.code)
  return reference?.display ?? null
}

/** Reference to the person who ordered, under the name each order type gives it. */
export function readRequesterReference(order: Order): Reference | undefined {
  if (order.resourceType === 'NutritionOrder') return order.orderer
  if (order.resourceType === 'VisionPrescription') return order.prescriber
  return order.requester
}

/** Reference to the patient, under the name each order type gives it. */
export function readSubjectReference(order: Order): string | undefined {
  return order.resourceType === 'NutritionOrder' || order.resourceType === 'VisionPrescription'
    ? order.patient.reference
    : order.subject?.reference
}

/** When the order was written, as FHIR date or dateTime; null where the chart does not say. */
export function readOrderDate(order: Order): string | null {
  if (order.resourceType === 'NutritionOrder') return order.dateTime
  if (order.resourceType === 'VisionPrescription') return order.dateWritten
  return order.authoredOn ?? null
}

/** Name of the person who ordered: the Practitioner (also behind a PractitionerRole), else the reference's display. */
export function readRequesterName(order: Order, known: readonly FhirResource[]): string | null {
  const reference = readRequesterReference(order)
  const target = findResource(reference, order, known)
  const practitioner =
    target?.resourceType === 'PractitionerRole' ? findResource(target.practitioner, order, known) : target
  const name = practitioner?.resourceType === 'Practitioner' ? readProviderName(practitioner.name) : null
  const role = target?.resourceType === 'PractitionerRole' ? target : null
  return name ?? role?.practitioner?.display ?? reference?.display ?? null
}

export interface OrderDisplay {
  readonly reference: string
  readonly title: string
  readonly detail: string | null
  readonly code: string | null
  readonly status: string
}

/** What the coverage screen shows of one order. An order without a code or text is named by its type. */
export function readOrderDisplay(order: Order, known: readonly FhirResource[]): OrderDisplay {
  const concept = conceptOf(order, known)
  const code = readBillingCode(concept?.coding ?? [])
  const title = concept?.text ?? concept?.coding?.find(({ display }) => display !== undefined)?.display ?? code?.code
  return {
    reference: referenceTo(order) ?? order.resourceType,
    title: title ?? order.resourceType,
    detail: detailOf(order),
    code: code?.code ?? null,
    status: order.status ?? 'unknown',
  }
}
