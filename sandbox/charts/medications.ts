/** Medicines ordered over the years, each stop with its coded reason, and vaccines given. */
import type { Immunization, MedicationRequest } from 'fhir/r4'
import { concept, hl7, icd10, profiled, referTo, rxnorm, snomed, type ChartBuilder } from './chart-builder.ts'
import { PRESCRIBER } from './directory.ts'
import { visitAt, type Visit } from './encounters.ts'
import { CROHN } from './problems.ts'
import type { Story, Treatment } from './story.ts'

/** Medicines that have nothing to do with the request: [RxNorm ingredient, name, text, start, end]. */
const OTHERS: readonly (readonly [string, string, string, number, number | null])[] = [
  ['24947', 'Ferrous sulfate', 'Ferrous sulfate 325 mg by mouth once daily', 700, 400],
  ['24947', 'Ferrous sulfate', 'Ferrous sulfate 325 mg by mouth every other day', 400, null],
  ['2418', 'Cholecalciferol', 'Cholecalciferol 2000 units by mouth once daily', 700, null],
  ['4511', 'Folic acid', 'Folic acid 1 mg by mouth once daily', 600, null],
  ['6468', 'Loperamide', 'Loperamide 2 mg by mouth as needed', 820, 500],
  ['161', 'Acetaminophen', 'Acetaminophen 500 mg by mouth as needed', 900, null],
  ['20610', 'Cetirizine', 'Cetirizine 10 mg by mouth once daily in spring', 1200, 1080],
  ['20610', 'Cetirizine', 'Cetirizine 10 mg by mouth once daily in spring', 600, 480],
  ['26225', 'Ondansetron', 'Ondansetron 4 mg by mouth as needed for nausea', 424, 410],
  ['7646', 'Omeprazole', 'Omeprazole 20 mg by mouth once daily', 420, 360],
]

interface OrderInput {
  readonly code: string
  readonly name: string
  readonly text: string
  readonly start: number
  readonly end: number | null
  readonly stopReason: Treatment['stopReason']
  readonly forCrohn: boolean
}

function order(builder: ChartBuilder, visits: readonly Visit[], input: OrderInput): MedicationRequest {
  const { start, end, stopReason } = input
  return {
    resourceType: 'MedicationRequest',
    id: builder.id('medication'),
    meta: profiled('us-core-medicationrequest'),
    status: end === null ? 'active' : stopReason === null ? 'completed' : 'stopped',
    ...(stopReason === null
      ? {}
      : { statusReason: concept(stopReason.text, snomed(stopReason.code, stopReason.display)) }),
    intent: 'order',
    category: [concept('Community', hl7('medicationrequest-category', 'community', 'Community'))],
    reportedBoolean: false,
    medicationCodeableConcept: concept(input.name, rxnorm(input.code, input.name.toLowerCase())),
    subject: builder.patient,
    encounter: referTo(visitAt(visits, start).encounter),
    authoredOn: builder.date(start),
    requester: { reference: PRESCRIBER, display: 'Lena Ruiz, MD' },
    ...(input.forCrohn ? { reasonCode: [concept(CROHN.text, icd10(CROHN.icd, CROHN.text))] } : {}),
    dosageInstruction: [{ text: input.text }],
    dispenseRequest: {
      validityPeriod: { start: builder.date(start), ...(end === null ? {} : { end: builder.date(end) }) },
      numberOfRepeatsAllowed: 3,
    },
  }
}

export function buildMedicationRequests(
  builder: ChartBuilder,
  story: Story,
  visits: readonly Visit[],
): MedicationRequest[] {
  const treatments = story.treatments.map((treatment) =>
    order(builder, visits, {
      code: treatment.rxnorm,
      name: treatment.name,
      text: treatment.text,
      start: treatment.startDaysAgo,
      end: treatment.endDaysAgo,
      stopReason: treatment.stopReason,
      forCrohn: true,
    }),
  )
  const others = OTHERS.map(([code, name, text, start, end]) =>
    order(builder, visits, { code, name, text, start, end, stopReason: null, forCrohn: false }),
  )
  return [...treatments, ...others]
}

/** [CVX, name, days ago] */
const VACCINES: readonly (readonly [string, string, number])[] = [
  ['150', 'Influenza, injectable, quadrivalent, preservative free', 770],
  ['150', 'Influenza, injectable, quadrivalent, preservative free', 410],
  ['150', 'Influenza, injectable, quadrivalent, preservative free', 40],
  ['115', 'Tdap', 1500],
  ['216', 'Pneumococcal conjugate PCV20', 400],
]

export function buildImmunizations(builder: ChartBuilder): Immunization[] {
  return VACCINES.map(([code, name, daysAgo]) => ({
    resourceType: 'Immunization',
    id: builder.id('immunization'),
    meta: profiled('us-core-immunization'),
    status: 'completed',
    vaccineCode: concept(name, { system: 'http://hl7.org/fhir/sid/cvx', code, display: name }),
    patient: builder.patient,
    occurrenceDateTime: builder.date(daysAgo),
    primarySource: true,
  }))
}
