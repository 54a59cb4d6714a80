/**
 * Orders to request lines: code, units and dates of each. Pure. What cannot be known (no weight, a dose per surface, a code
 * without a billing unit) is a problem on the line and a null quantity; nothing is guessed.
 */
import type { Dosage, FhirResource, MedicationRequest, Quantity } from 'fhir/r4'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import { err, message, ok, type Message, type Result } from '../result.ts'
import { readParticulars, type EarlierApproval, type LineParticulars } from './line-particulars.ts'
import type { X12Quantity } from './profile-parts.ts'
import { readBillingCode, readDeviceLine, readNutritionLine, readServiceLine, toDates } from './service-lines.ts'

/** `fhir-profiles/hcpcs-units.json`: the billing unit of a drug code, and which codes bill its administration. */
export interface HcpcsUnits {
  readonly units: readonly { readonly code: string; readonly amount: number; readonly unit: string }[]
  readonly administration: readonly string[]
}

export type LineProblem =
  | 'billing-code-missing'
  | 'billing-unit-unknown'
  | 'dose-missing'
  | 'dose-unit-unsupported'
  | 'weight-missing'
  | 'administrations-missing'
  | 'quantity-missing'

export interface RequestLine {
  /** 1-based; the key for life. */
  readonly sequence: number
  /** `Type/id` of the order. */
  readonly orderRef: string
  readonly kind: 'drug' | 'administration' | 'service'
  readonly system: string | null
  readonly code: string | null
  readonly title: string
  /** How the units came about, e.g. `5 mg/kg × 64 kg = 320 mg; 32 units × 5`. */
  readonly detail: Message | null
  /** What is asked for in all: billing units (X12 673 `UN`), or days, hours, visits… */
  readonly quantity: X12Quantity | null
  /** Full dates. */
  readonly start: string | null
  readonly end: string | null
  /** CMS place of service, where the order names one. */
  readonly placeOfService: string | null
  readonly particulars: LineParticulars
  readonly problems: readonly LineProblem[]
}

export interface LineContext {
  readonly units: HcpcsUnits
  /** The weight that the dose is reckoned from, as observed; null where the chart has none. */
  readonly weight: Quantity | null
  /** What an order may point to: medications, devices, encounters, charge items. */
  readonly known: readonly FhirResource[]
  /** Approved lines of the patient's earlier requests. */
  readonly earlier: readonly EarlierApproval[]
}

/** Kilograms per UCUM unit of a body weight. */
const KILOGRAMS: Readonly<Record<string, number>> = { kg: 1, g: 0.001, '[lb_av]': 0.45359237 }
/** Milligrams per UCUM unit of mass. */
const MILLIGRAMS: Readonly<Record<string, number>> = { mg: 1, g: 1000, ug: 0.001, mcg: 0.001 }

type Outcome<T> = Result<T, LineProblem>

/** Weight in kilograms; undefined where there is none or its unit is not one of mass. */
export function readKilograms(weight: Quantity | null): number | undefined {
  const factor = KILOGRAMS[weight?.code ?? weight?.unit ?? '']
  const value = weight?.value
  return factor === undefined || value === undefined || value <= 0 ? undefined : value * factor
}

/** Milligrams of one administration: a plain mass, or a mass per kilogram of body weight. */
function readDoseMg(dose: Quantity | undefined, kilograms: number | undefined): Outcome<number> {
  if (dose?.value === undefined) return err('dose-missing')
  const [mass = '', per, ...more] = (dose.code ?? dose.unit ?? '').split('/')
  const milligrams = MILLIGRAMS[mass]
  if (milligrams === undefined || more.length > 0) return err('dose-unit-unsupported')
  if (per === undefined) return ok(dose.value * milligrams)
  if (per !== 'kg') return err('dose-unit-unsupported')
  return kilograms === undefined ? err('weight-missing') : ok(dose.value * milligrams * kilograms)
}

/** Rounds up to whole units, forgiving the last bits of a binary product (5 × 64 / 10 is 32, not 33). */
function ceilUnits(milligrams: number, unitMg: number): number {
  return Math.ceil(Number((milligrams / unitMg).toFixed(6)))
}

interface DrugUnits {
  readonly units: number
  readonly administrations: number
}

function countDosage(dosage: Dosage, unitMg: number, kilograms: number | undefined): Outcome<DrugUnits> {
  const dose = readDoseMg(dosage.doseAndRate?.[0]?.doseQuantity, kilograms)
  if (!dose.ok) return dose
  const administrations = dosage.timing?.repeat?.count
  if (administrations === undefined || administrations < 1) return err('administrations-missing')
  return ok({ units: ceilUnits(dose.value, unitMg) * administrations, administrations })
}

/** units = Σ over dosages of ⌈dose ÷ billing unit⌉ × administrations (X12 SV104 counts billing units). */
function countDrug(
  dosages: readonly Dosage[],
  unit: HcpcsUnits['units'][number],
  kilograms: number | undefined,
): Outcome<DrugUnits> {
  const unitMg = MILLIGRAMS[unit.unit]
  if (unitMg === undefined) return err('billing-unit-unknown')
  if (dosages.length === 0) return err('dose-missing')
  let total: DrugUnits = { units: 0, administrations: 0 }
  for (const dosage of dosages) {
    const counted = countDosage(dosage, unit.amount * unitMg, kilograms)
    if (!counted.ok) return counted
    total = {
      units: total.units + counted.value.units,
      administrations: total.administrations + counted.value.administrations,
    }
  }
  return ok(total)
}

export type LineDraft = Omit<RequestLine, 'sequence'>

function readDrugLine(order: MedicationRequest, context: LineContext): LineDraft {
  const medication = context.known.find(
    (resource) =>
      resource.resourceType === 'Medication' &&
      isSameReference(referenceTo(resource), order.medicationReference?.reference),
  )
  const concept =
    order.medicationCodeableConcept ?? (medication?.resourceType === 'Medication' ? medication.code : undefined)
  const billed = readBillingCode(concept?.coding)
  const unit = context.units.units.find(({ code }) => code === billed?.code)
  const kilograms = readKilograms(context.weight)
  const counted: Outcome<DrugUnits> =
    billed === undefined
      ? err('billing-code-missing')
      : unit === undefined
        ? err('billing-unit-unknown')
        : countDrug(order.dosageInstruction ?? [], unit, kilograms)
  return {
    orderRef: referenceTo(order) ?? '',
    kind: 'drug',
    system: billed?.system ?? null,
    code: billed?.code ?? null,
    title: concept?.text ?? billed?.display ?? concept?.coding?.[0]?.display ?? billed?.code ?? '',
    detail: describeDrug(order, counted, kilograms),
    quantity: counted.ok ? { value: String(counted.value.units), unit: 'UN' } : null,
    ...toDates(order.dispenseRequest?.validityPeriod),
    placeOfService: null,
    particulars: readParticulars(order, { ...context, billed, place: null }),
    problems: counted.ok ? [] : [counted.error],
  }
}

function describeDrug(
  order: MedicationRequest,
  counted: Outcome<DrugUnits>,
  kilograms: number | undefined,
): Message | null {
  const dose = order.dosageInstruction?.[0]?.doseAndRate?.[0]?.doseQuantity
  if (!counted.ok || dose?.value === undefined) return null
  const params = {
    dose: dose.value,
    unit: dose.unit ?? dose.code ?? '',
    administrations: counted.value.administrations,
    units: counted.value.units,
  }
  return kilograms === undefined || !(dose.code ?? dose.unit ?? '').endsWith('/kg')
    ? message('line.detail.drug', params)
    : message('line.detail.drugByWeight', { ...params, kilograms: Number(kilograms.toFixed(1)) })
}

/** The widest period that the drafts name: what a line without dates of its own takes, as one course of treatment. */
function spanOf(drafts: readonly LineDraft[]): { start: string | null; end: string | null } {
  const starts = drafts.flatMap(({ start }) => start ?? []).sort()
  const ends = drafts.flatMap(({ end }) => end ?? []).sort()
  return { start: starts[0] ?? null, end: ends.at(-1) ?? null }
}

/**
 * The lines of a group of orders, drug first, then as ordered: sequences 1…n. Orders of other types give no line (the
 * Bundle builder refuses them by name).
 * A line without dates or place of service takes those of its group: the orders of a group are one course of treatment.
 */
export function buildRequestLines(orders: readonly FhirResource[], context: LineContext): RequestLine[] {
  const drafts = orders.flatMap((order): LineDraft[] => {
    if (order.resourceType === 'MedicationRequest') return [readDrugLine(order, context)]
    if (order.resourceType === 'ServiceRequest') return [readServiceLine(order, context)]
    if (order.resourceType === 'DeviceRequest') return [readDeviceLine(order, context)]
    if (order.resourceType === 'NutritionOrder') return [readNutritionLine(order, context)]
    return []
  })
  const span = spanOf(drafts)
  const place = drafts.map(({ placeOfService }) => placeOfService).find((code) => code !== null) ?? null
  const ordered = [...drafts.filter(({ kind }) => kind === 'drug'), ...drafts.filter(({ kind }) => kind !== 'drug')]
  return ordered.map((draft, index) => ({
    ...draft,
    start: draft.start ?? span.start,
    end: draft.start === null ? span.end : draft.end,
    placeOfService: draft.placeOfService ?? place,
    sequence: index + 1,
  }))
}
