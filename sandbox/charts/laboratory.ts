/** Blood and stool results over the years, and the screening results that a biologic asks for. */
import type { Observation } from 'fhir/r4'
import { concept, hl7, loinc, profiled, referTo, snomed, type ChartBuilder } from './chart-builder.ts'
import { LABORATORY } from './directory.ts'
import { visitAt, type Visit } from './encounters.ts'
import { observationCategory, quantity } from './observation-parts.ts'
import type { Story } from './story.ts'

const laboratory = observationCategory('laboratory', 'Laboratory')

interface Analyte {
  readonly code: string
  readonly name: string
  readonly unit: readonly [unit: string, ucum: string]
  readonly centre: number
  readonly spread: number
  readonly decimals: number
  readonly reference: { readonly low?: number; readonly high?: number }
}

const analyte = (
  [code, name]: readonly [string, string],
  unit: readonly [string, string],
  [centre, spread, decimals]: readonly [number, number, number],
  reference: Analyte['reference'],
): Analyte => ({ code, name, unit, centre, spread, decimals, reference })

const CRP = analyte(['1988-5', 'C-reactive protein'], ['mg/L', 'mg/L'], [18, 7, 0], { high: 5 })
const PANEL: readonly Analyte[] = [
  analyte(['718-7', 'Hemoglobin'], ['g/dL', 'g/dL'], [11.6, 0.6, 1], { low: 12, high: 16 }),
  analyte(['6690-2', 'Leukocytes'], ['10*3/uL', '10*3/uL'], [7.4, 1.6, 1], { low: 4, high: 11 }),
  analyte(['777-3', 'Platelets'], ['10*3/uL', '10*3/uL'], [372, 40, 0], { low: 150, high: 400 }),
  analyte(['1742-6', 'Alanine aminotransferase'], ['U/L', 'U/L'], [24, 9, 0], { high: 45 }),
  analyte(['2160-0', 'Creatinine'], ['mg/dL', 'mg/dL'], [0.82, 0.12, 2], { low: 0.5, high: 1.2 }),
  analyte(['1751-7', 'Albumin'], ['g/dL', 'g/dL'], [3.5, 0.3, 1], { low: 3.5, high: 5 }),
]
const CALPROTECTIN = analyte(['38445-3', 'Calprotectin, stool'], ['ug/g', 'ug/g'], [612, 210, 0], { high: 120 })

/** Panels were drawn on these days; the last two also in the look-back windows of the questionnaire. */
export const PANEL_DAYS_AGO = [876, 702, 600, 508, 420, 280, 186, 95, 10] as const
const CALPROTECTIN_DAYS_AGO = [876, 508, 280, 23] as const

function result(
  builder: ChartBuilder,
  visits: readonly Visit[],
  daysAgo: number,
  {
    code,
    name,
    ...value
  }: { code: string; name: string } & Pick<
    Observation,
    'valueQuantity' | 'valueCodeableConcept' | 'referenceRange' | 'interpretation'
  >,
): Observation {
  return {
    resourceType: 'Observation',
    id: builder.id('lab'),
    meta: profiled('us-core-observation-lab'),
    status: 'final',
    category: laboratory,
    code: concept(name, loinc(code, name)),
    subject: builder.patient,
    encounter: referTo(visitAt(visits, daysAgo).encounter),
    effectiveDateTime: builder.at(daysAgo, '07:55'),
    issued: builder.at(daysAgo, '16:20'),
    performer: [{ reference: LABORATORY, display: 'Lakeside Laboratory' }],
    ...value,
  }
}

function measured(builder: ChartBuilder, visits: readonly Visit[], daysAgo: number, item: Analyte, last: boolean) {
  const { low, high } = item.reference
  const value = last ? item.centre : builder.random.around(item.centre, item.spread, item.decimals)
  const bound = (limit: number) => quantity(limit, item.unit[0], item.unit[1])
  return result(builder, visits, daysAgo, {
    code: item.code,
    name: item.name,
    valueQuantity: bound(value),
    referenceRange: [
      { ...(low === undefined ? {} : { low: bound(low) }), ...(high === undefined ? {} : { high: bound(high) }) },
    ],
  })
}

const NEGATIVE = concept('Negative', snomed('260385009', 'Negative'))

const screening =
  (code: string, name: string) =>
  (builder: ChartBuilder, visits: readonly Visit[], daysAgo: number): Observation =>
    result(builder, visits, daysAgo, {
      code,
      name,
      valueCodeableConcept: NEGATIVE,
      interpretation: [concept('Negative', hl7('v3-ObservationInterpretation', 'NEG', 'Negative'))],
    })

const tuberculosis = screening('71773-6', 'Mycobacterium tuberculosis IGRA')
const hepatitisBSurface = screening('5195-3', 'Hepatitis B surface antigen')
const hepatitisBCore = screening('16933-4', 'Hepatitis B core antibody')

export function buildLaboratory(builder: ChartBuilder, story: Story, visits: readonly Visit[]): Observation[] {
  const last = PANEL_DAYS_AGO.at(-1)
  const panels = PANEL_DAYS_AGO.flatMap((daysAgo) =>
    [CRP, ...PANEL].map((item) => measured(builder, visits, daysAgo, item, daysAgo === last)),
  )
  const stool = CALPROTECTIN_DAYS_AGO.map((daysAgo) =>
    measured(builder, visits, daysAgo, CALPROTECTIN, daysAgo === CALPROTECTIN_DAYS_AGO.at(-1)),
  )
  return [
    ...panels,
    ...stool,
    ...story.tuberculosisTestDaysAgo.map((daysAgo) => tuberculosis(builder, visits, daysAgo)),
    ...story.hepatitisBSurfaceDaysAgo.map((daysAgo) => hepatitisBSurface(builder, visits, daysAgo)),
    ...story.hepatitisBCoreDaysAgo.map((daysAgo) => hepatitisBCore(builder, visits, daysAgo)),
  ]
}
