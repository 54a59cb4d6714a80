/**
 * What an order says of its line beside code, units and dates: modifiers, revenue code, price, range of codes, who performs it,
 * and the earlier authorization that it renews. Pure; what the order does not say is null.
 */
import type {
  ChargeItem,
  Coding,
  DeviceRequest,
  FhirResource,
  MedicationRequest,
  Money,
  NutritionOrder,
  ServiceRequest,
} from 'fhir/r4'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import { CERTIFICATION, type Certification } from './claim-marks.ts'
import { readServiceKind, type ServiceKind } from './service-kind.ts'

/** The orders that give a request line. */
export type RequestableOrder = MedicationRequest | ServiceRequest | DeviceRequest | NutritionOrder

/** An approved line of an earlier request: what a renewal goes on from. */
export interface EarlierApproval {
  readonly orderRef: string
  readonly authorizationNumber: string
}

export interface LineParticulars extends ServiceKind {
  /** X12 1322: initial, or renewal of what was approved before. */
  readonly certification: Certification
  /** The number of the authorization that is renewed. */
  readonly earlierAuthorization: string | null
  /** CPT or HCPCS; X12 takes four. */
  readonly modifiers: readonly Coding[]
  /** NUBC. */
  readonly revenue: Coding | null
  /** Last code of a range. */
  readonly codeEnd: Coding | null
  readonly unitPrice: Money | null
  /** Whether it is part of EPSDT: HCPCS modifier EP; null where nothing says so. */
  readonly epsdt: boolean | null
  /** `Type/id` of who performs it. */
  readonly performer: string | null
}

const MAX_MODIFIERS = 4
const REVENUE_SYSTEMS: readonly string[] = [SYSTEM.revenue, 'https://www.nubc.org/revenue-code']
/** HCPCS level II: furnished as part of EPSDT. */
const EPSDT_MODIFIER = 'EP'
/** A modifier has two characters in CPT and HCPCS; a code has five. */
const isModifier = ({ system, code }: Coding): boolean =>
  (system === SYSTEM.cpt || system === SYSTEM.hcpcs) && code?.length === 2

function codingsOf(order: RequestableOrder): Coding[] {
  const details = order.resourceType === 'ServiceRequest' ? (order.orderDetail ?? []) : []
  const code = order.resourceType === 'ServiceRequest' ? order.code : undefined
  const device = order.resourceType === 'DeviceRequest' ? order.codeCodeableConcept : undefined
  const parameters = order.resourceType === 'DeviceRequest' ? (order.parameter ?? []) : []
  const concepts = [code, device, ...details, ...parameters.map(({ valueCodeableConcept }) => valueCodeableConcept)]
  return concepts.flatMap((concept) => concept?.coding ?? [])
}

function readCodeEnd(order: RequestableOrder): Coding | null {
  const coding = readExtension(order, EXT.productOrServiceCodeEnd)?.valueCodeableConcept?.coding?.[0]
  return coding ?? null
}

/** The price that the chart's charge item for the order names. */
function readUnitPrice(order: RequestableOrder, known: readonly FhirResource[]): Money | null {
  const item = known.find(
    (one): one is ChargeItem =>
      one.resourceType === 'ChargeItem' &&
      (one.supportingInformation ?? []).some(({ reference }) => isSameReference(reference, referenceTo(order))),
  )
  return item?.priceOverride ?? null
}

/** What the order renews or replaces, as `Type/id`. */
export function listEarlierOrders(order: FhirResource): string[] {
  switch (order.resourceType) {
    case 'MedicationRequest':
      return [order.priorPrescription?.reference].flatMap((one) => one ?? [])
    case 'ServiceRequest':
      return (order.replaces ?? []).flatMap(({ reference }) => reference ?? [])
    case 'DeviceRequest':
      return (order.priorRequest ?? []).flatMap(({ reference }) => reference ?? [])
    default:
      return []
  }
}

function readPerformer(order: RequestableOrder): string | null {
  if (order.resourceType === 'ServiceRequest') return order.performer?.[0]?.reference ?? null
  if (order.resourceType === 'DeviceRequest' || order.resourceType === 'MedicationRequest')
    return order.performer?.reference ?? null
  return null
}

/** Reads the particulars of an order that is billed under `billed` at `place`. */
export function readParticulars(
  order: RequestableOrder,
  of: {
    readonly known: readonly FhirResource[]
    readonly earlier: readonly EarlierApproval[]
    readonly billed: Coding | undefined
    readonly place: string | null
  },
): LineParticulars {
  const codings = codingsOf(order)
  const modifiers = codings.filter(isModifier).slice(0, MAX_MODIFIERS)
  const renewed = listEarlierOrders(order)
  const earlier = of.earlier.find(({ orderRef }) => renewed.some((one) => isSameReference(one, orderRef)))
  return {
    ...readServiceKind(order, of.known, of.billed, of.place),
    certification: earlier === undefined ? CERTIFICATION.initial : CERTIFICATION.renewal,
    earlierAuthorization: earlier?.authorizationNumber ?? null,
    modifiers,
    revenue: codings.find(({ system, code }) => REVENUE_SYSTEMS.includes(system ?? '') && code !== undefined) ?? null,
    codeEnd: readCodeEnd(order),
    unitPrice: readUnitPrice(order, of.known),
    epsdt: modifiers.some(({ code }) => code === EPSDT_MODIFIER) ? true : null,
    performer: readPerformer(order),
  }
}
