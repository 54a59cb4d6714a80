/**
 * Orders as the simulated EHR's order screen writes them: drafts until signed. The infusion is three orders that belong
 * together: the drug, and two lines for giving it. Pure: ids and dates come from the caller.
 */
import type {
  CodeableConcept,
  Coverage,
  Dosage,
  FhirResource,
  MedicationRequest,
  Patient,
  Reference,
  ServiceRequest,
} from 'fhir/r4'
import { SYSTEM } from '#domain/fhir/canonical.ts'
import { addToDate } from '#domain/time.ts'
import type { Persona } from '../scenarios.ts'
import { concept, cpt, hl7, icd10, rxnorm, snomed, US_CORE } from './chart-builder.ts'
import { GASTROENTEROLOGY, INFUSION_SUITE, PRESCRIBER } from './directory.ts'
import { buildCoverage } from './patient.ts'

export const ORDER_GROUP_SYSTEM = 'https://ehr.sandbox.example/order-group'
export const ORDER_TEMPLATES = ['infliximab-infusion', 'azathioprine', 'mr-enterography'] as const
export type OrderTemplate = (typeof ORDER_TEMPLATES)[number]

/** What an order screen calls each template. */
export const ORDER_TEMPLATE_TITLES: Readonly<Record<OrderTemplate, string>> = {
  'infliximab-infusion': 'Infliximab-dyyb infusion',
  azathioprine: 'Azathioprine 100 mg daily',
  'mr-enterography': 'MR enterography',
}

export interface OrderContext {
  /** The day of the order, a full date. */
  readonly today: string
  /** Unique in the EHR, at most 40 letters, digits and dashes: becomes the group's identifier and part of each id. */
  readonly orderNumber: string
  readonly patient: Reference
  readonly encounter: Reference | null
  readonly coverage: Reference | null
}

const CROHN = concept('Crohn’s disease', icd10('K50.90', 'Crohn’s disease, unspecified, without complications'))
const ARTHRITIS = concept('Rheumatoid arthritis', icd10('M06.9', 'Rheumatoid arthritis, unspecified'))
const requester: Reference = { reference: PRESCRIBER, display: 'Lena Ruiz, MD' }
const profile = (name: 'medicationrequest' | 'servicerequest') => ({ profile: [`${US_CORE}/us-core-${name}`] })

/** Infusions take two hours: one first hour and one further hour of administration each. */
const INFUSION_MINUTES = 120
const INDUCTION_DOSES = 3
const MAINTENANCE_DOSES = 2

function later(today: string, by: { days?: number; months?: number }): string {
  const date = addToDate(today, by)
  if (date === undefined) throw new Error(`not a full date: ${today}`)
  return date
}

const common = (context: OrderContext) => ({
  status: 'draft' as const,
  intent: 'order' as const,
  priority: 'routine' as const,
  subject: context.patient,
  ...(context.encounter === null ? {} : { encounter: context.encounter }),
  authoredOn: context.today,
  requester,
  ...(context.coverage === null ? {} : { insurance: [context.coverage] }),
})

const group = (context: OrderContext) => ({ system: ORDER_GROUP_SYSTEM, value: context.orderNumber })

interface Infusion {
  readonly doseMgPerKg: number
  readonly reason: CodeableConcept
}

function dosage(sequence: number, text: string, doseMgPerKg: number, timing: Dosage['timing']): Dosage {
  const value = { value: doseMgPerKg, unit: 'mg/kg', system: SYSTEM.ucum, code: 'mg/kg' }
  return {
    sequence,
    text,
    ...(timing === undefined ? {} : { timing }),
    route: concept('Intravenous', snomed('47625008', 'Intravenous route')),
    doseAndRate: [{ type: concept('Ordered', hl7('dose-rate-type', 'ordered', 'Ordered')), doseQuantity: value }],
  }
}

function drug(context: OrderContext, { doseMgPerKg, reason }: Infusion): MedicationRequest {
  const dose = `${String(doseMgPerKg)} mg/kg`
  const start = later(context.today, { days: 9 })
  const infused = { duration: INFUSION_MINUTES, durationUnit: 'min' as const }
  return {
    resourceType: 'MedicationRequest',
    id: `${context.orderNumber}-drug`,
    meta: profile('medicationrequest'),
    ...common(context),
    groupIdentifier: group(context),
    category: [concept('Outpatient', hl7('medicationrequest-category', 'outpatient', 'Outpatient'))],
    reportedBoolean: false,
    medicationCodeableConcept: concept(`Infliximab-dyyb infusion, ${dose}`, rxnorm('191831', 'infliximab'), {
      system: SYSTEM.hcpcs,
      code: 'Q5103',
    }),
    reasonCode: [reason],
    dosageInstruction: [
      dosage(1, `${dose} IV at weeks 0, 2 and 6`, doseMgPerKg, { repeat: { count: INDUCTION_DOSES, ...infused } }),
      dosage(2, `${dose} IV every 8 weeks from week 14`, doseMgPerKg, {
        repeat: { count: MAINTENANCE_DOSES, ...infused, frequency: 1, period: 8, periodUnit: 'wk' },
      }),
    ],
    dispenseRequest: {
      validityPeriod: { start, end: later(later(start, { months: 6 }), { days: -1 }) },
      expectedSupplyDuration: { value: 6, unit: 'months', system: SYSTEM.ucum, code: 'mo' },
      performer: { reference: GASTROENTEROLOGY, display: 'Lakeside Gastroenterology' },
    },
    substitution: { allowedBoolean: true },
  }
}

interface Administration {
  readonly code: '96413' | '96415'
  readonly name: string
  readonly suffix: string
}

function administration(context: OrderContext, reason: CodeableConcept, line: Administration): ServiceRequest {
  const count = INDUCTION_DOSES + MAINTENANCE_DOSES
  return {
    resourceType: 'ServiceRequest',
    id: `${context.orderNumber}-${line.suffix}`,
    meta: profile('servicerequest'),
    ...common(context),
    requisition: group(context),
    category: [concept('Medication administration', snomed('18629005', 'Administration of drug or medicament'))],
    code: concept(line.name, cpt(line.code)),
    quantityQuantity: { value: count, unit: 'UN', system: SYSTEM.x12QuantityQualifier, code: 'UN' },
    occurrenceTiming: { repeat: { count } },
    reasonCode: [reason],
    performer: [{ reference: GASTROENTEROLOGY, display: 'Lakeside Gastroenterology' }],
    locationCode: [concept('Office', { system: SYSTEM.placeOfService, code: '11', display: 'Office' })],
    locationReference: [{ reference: INFUSION_SUITE, display: 'Lakeside infusion suite' }],
  }
}

function infusion(context: OrderContext, order: Infusion): FhirResource[] {
  return [
    drug(context, order),
    administration(context, order.reason, { code: '96413', name: 'Infusion, first hour', suffix: 'first-hour' }),
    administration(context, order.reason, {
      code: '96415',
      name: 'Infusion, each further hour',
      suffix: 'further-hour',
    }),
  ]
}

/** A tablet that the plan covers without authorization. */
function azathioprine(context: OrderContext): MedicationRequest {
  return {
    resourceType: 'MedicationRequest',
    id: `${context.orderNumber}-drug`,
    meta: profile('medicationrequest'),
    ...common(context),
    groupIdentifier: group(context),
    category: [concept('Community', hl7('medicationrequest-category', 'community', 'Community'))],
    reportedBoolean: false,
    medicationCodeableConcept: concept('Azathioprine 100 mg daily', rxnorm('1256', 'azathioprine')),
    reasonCode: [CROHN],
    dosageInstruction: [
      {
        text: '100 mg by mouth once daily',
        timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
        doseAndRate: [{ doseQuantity: { value: 100, unit: 'mg', system: SYSTEM.ucum, code: 'mg' } }],
      },
    ],
    dispenseRequest: { numberOfRepeatsAllowed: 3 },
  }
}

/** An examination that the payers' rules do not know: the coverage screen has to say *unknown*. */
function enterography(context: OrderContext): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    id: `${context.orderNumber}-imaging`,
    meta: profile('servicerequest'),
    ...common(context),
    requisition: group(context),
    category: [concept('Imaging', snomed('363679005', 'Imaging'))],
    code: concept('MR enterography', cpt('74183')),
    reasonCode: [CROHN],
    performer: [{ reference: GASTROENTEROLOGY, display: 'Lakeside Gastroenterology' }],
  }
}

/**
 * The draft orders of a template for one of the personas, in the order in which a screen lists them. The infusion gives
 * three resources that share one identifier (`groupIdentifier`, `requisition`); the others give one.
 */
export function buildOrders(template: OrderTemplate, persona: Persona, context: OrderContext): FhirResource[] {
  switch (template) {
    case 'infliximab-infusion':
      return infusion(context, { doseMgPerKg: persona.doseMgPerKg, reason: CROHN })
    case 'azathioprine':
      return [azathioprine(context)]
    case 'mr-enterography':
      return [enterography(context)]
  }
}

const hasArthritis = (resource: FhirResource): boolean =>
  resource.resourceType === 'Condition' &&
  (resource.code?.coding ?? []).some(
    ({ code, display }) =>
      code === '69896004' ||
      code?.startsWith('M05') === true ||
      code?.startsWith('M06') === true ||
      /rheumatoid arthritis/i.test(display ?? ''),
  )

/**
 * The infusion for a chart that nobody here made: for rheumatoid arthritis (3 mg/kg) where the chart has it, for Crohn's
 * disease otherwise, which a person would not do, but which tries population on any chart.
 */
export function buildOrdersForAnyChart(
  template: OrderTemplate,
  chart: readonly FhirResource[],
  context: OrderContext,
): FhirResource[] {
  if (template === 'azathioprine') return [azathioprine(context)]
  if (template === 'mr-enterography') return [enterography(context)]
  return infusion(
    context,
    chart.some(hasArthritis) ? { doseMgPerKg: 3, reason: ARTHRITIS } : { doseMgPerKg: 5, reason: CROHN },
  )
}

/** A CareSource Ohio Medicare Advantage coverage for a patient whose chart brings none. */
export function buildCoverageFor(patient: Patient, today: string): Coverage {
  const id = patient.id ?? 'unknown'
  const name = patient.name?.[0]
  const display = [...(name?.given ?? []), name?.family ?? ''].join(' ').trim()
  return buildCoverage({
    id: `${id.slice(0, 50)}-coverage`,
    patient: { reference: `Patient/${id}`, ...(display === '' ? {} : { display }) },
    coverage: {
      payerId: 'caresource-oh',
      lineOfBusiness: 'medicare-advantage',
      memberId: `CSA9${id.replace(/\D/g, '').padEnd(5, '0').slice(0, 5)}`,
    },
    period: { start: `${today.slice(0, 4)}-01-01` },
  })
}
