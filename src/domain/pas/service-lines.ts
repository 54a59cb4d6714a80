/**
 * Lines of orders that are no drug: services, devices, nutrition. Code, quantity in X12 673 units, dates, place. Pure; what
 * the order does not say stays a problem or null, never a guess.
 */
import type { Coding, DeviceRequest, NutritionOrder, Period, Quantity, ServiceRequest, Timing } from 'fhir/r4'
import { SYSTEM } from '../fhir/canonical.ts'
import { referenceTo } from '../fhir/reference.ts'
import { readParticulars, type LineParticulars } from './line-particulars.ts'
import { toX12Quantity, type X12Quantity } from './profile-parts.ts'
import type { LineContext, LineDraft, LineProblem } from './request-lines.ts'
import { readServiceKind } from './service-kind.ts'

/** HCPCS before CPT, as X12 SV101 HC takes both; a code of two characters is a modifier. */
export function readBillingCode(codings: readonly Coding[] | undefined): Coding | undefined {
  const of = (system: string): Coding | undefined =>
    codings?.find((coding) => coding.system === system && coding.code !== undefined && coding.code.length > 2)
  return of(SYSTEM.hcpcs) ?? of(SYSTEM.cpt)
}

const toDate = (value: string | undefined): string | null =>
  value !== undefined && /^\d{4}-\d{2}-\d{2}/.test(value) ? value.slice(0, 10) : null

/** Full dates of a period. */
export const toDates = (period: Period | undefined): { start: string | null; end: string | null } => ({
  start: toDate(period?.start),
  end: toDate(period?.end),
})

interface Occurrence {
  readonly occurrenceDateTime?: string | undefined
  readonly occurrencePeriod?: Period | undefined
  readonly occurrenceTiming?: Timing | undefined
}

function readDates({ occurrenceDateTime, occurrencePeriod, occurrenceTiming }: Occurrence): ReturnType<typeof toDates> {
  const on = toDate(occurrenceDateTime)
  return on === null ? toDates(occurrencePeriod ?? occurrenceTiming?.repeat?.boundsPeriod) : { start: on, end: on }
}

const countOf = (timing: Timing | undefined): Quantity | undefined =>
  timing?.repeat?.count === undefined ? undefined : { value: timing.repeat.count }

/** What a line of this kind may leave open: one operation, and one referral, are asked for without a count. */
const NEEDS_NO_COUNT = ['2', '3']

function draft(
  order: ServiceRequest | DeviceRequest | NutritionOrder,
  billed: Coding | undefined,
  quantity: X12Quantity | null,
  more: Pick<LineDraft, 'kind' | 'title' | 'start' | 'end' | 'placeOfService'> & {
    readonly particulars: LineParticulars
  },
): LineDraft {
  const problems: LineProblem[] = []
  if (billed === undefined) problems.push('billing-code-missing')
  if (quantity === null && !NEEDS_NO_COUNT.includes(more.particulars.serviceType)) problems.push('quantity-missing')
  return {
    orderRef: referenceTo(order) ?? '',
    system: billed?.system ?? null,
    code: billed?.code ?? null,
    detail: null,
    quantity,
    problems,
    ...more,
  }
}

/** The line of a service: a procedure, a visit, a referral, home care, the administration of a drug. */
export function readServiceLine(order: ServiceRequest, context: LineContext): LineDraft {
  const place =
    order.locationCode?.flatMap((code) => code.coding ?? []).find(({ system }) => system === SYSTEM.placeOfService)
      ?.code ?? null
  const named = readBillingCode(order.code?.coding)
  const kind = readServiceKind(order, context.known, named, place)
  // A referral is for a kind of care, not for a procedure: without a code of its own it asks for that (pas.md §2.4).
  const referral: Coding | undefined =
    kind.requestType === 'SC' ? { system: SYSTEM.x12ServiceType, code: kind.serviceType } : undefined
  const billed = named ?? referral
  const asked = order.quantityQuantity ?? countOf(order.occurrenceTiming)
  return draft(order, billed, asked === undefined ? null : toX12Quantity(asked), {
    kind: context.units.administration.includes(billed?.code ?? '') ? 'administration' : 'service',
    title: order.code?.text ?? billed?.display ?? order.code?.coding?.[0]?.display ?? billed?.code ?? '',
    ...readDates(order),
    placeOfService: place,
    particulars: readParticulars(order, { ...context, billed, place }),
  })
}

/** The line of a device. The order has no quantity of its own: its parameters may name one, else it is for one. */
export function readDeviceLine(order: DeviceRequest, context: LineContext): LineDraft {
  const device = context.known.find(
    (one) =>
      one.resourceType === 'Device' && order.codeReference?.reference?.endsWith(referenceTo(one) ?? '#') === true,
  )
  const concept = order.codeCodeableConcept ?? (device?.resourceType === 'Device' ? device.type : undefined)
  const billed = readBillingCode(concept?.coding)
  const named = order.parameter?.find(({ valueQuantity }) => valueQuantity?.value !== undefined)?.valueQuantity
  const quantity = toX12Quantity(named ?? countOf(order.occurrenceTiming) ?? { value: 1 })
  return draft(order, billed, quantity, {
    kind: 'service',
    title: concept?.text ?? billed?.display ?? concept?.coding?.[0]?.display ?? billed?.code ?? '',
    ...readDates(order),
    placeOfService: null,
    particulars: readParticulars(order, { ...context, billed, place: null }),
  })
}

/** The line of a diet or an enteral formula: as many times, or days, as its schedule says. */
export function readNutritionLine(order: NutritionOrder, context: LineContext): LineDraft {
  const concept = order.enteralFormula?.baseFormulaType ?? order.oralDiet?.type?.[0]
  const billed = readBillingCode(concept?.coding)
  const schedule = order.enteralFormula?.administration?.[0]?.schedule ?? order.oralDiet?.schedule?.[0]
  const repeat = schedule?.repeat
  const duration = repeat?.boundsDuration
  const asked = countOf(schedule) ?? (duration?.value === undefined ? undefined : duration)
  return draft(order, billed, asked === undefined ? null : toX12Quantity(asked), {
    kind: 'service',
    title:
      concept?.text ??
      order.enteralFormula?.baseFormulaProductName ??
      billed?.display ??
      concept?.coding?.[0]?.display ??
      billed?.code ??
      '',
    ...toDates(repeat?.boundsPeriod ?? { start: order.dateTime }),
    placeOfService: null,
    particulars: readParticulars(order, { ...context, billed, place: null }),
  })
}
