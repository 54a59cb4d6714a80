/** Vital signs of every visit; the weight of the last one is the one that doses rest on. */
import type { Observation, ObservationComponent } from 'fhir/r4'
import { concept, loinc, profiled, referTo, type ChartBuilder } from './chart-builder.ts'
import type { Visit } from './encounters.ts'
import { observationCategory, quantity } from './observation-parts.ts'
import type { Story } from './story.ts'

const vitalSigns = observationCategory('vital-signs', 'Vital Signs')

interface VitalInput {
  readonly profile: string
  readonly code: readonly [string, string]
  readonly value: Pick<Observation, 'valueQuantity'> | Pick<Observation, 'component'>
}

function vital(builder: ChartBuilder, visit: Visit, { profile, code, value }: VitalInput): Observation {
  return {
    resourceType: 'Observation',
    id: builder.id('vital'),
    meta: profiled(profile),
    status: 'final',
    category: vitalSigns,
    code: concept(code[1], loinc(...code)),
    subject: builder.patient,
    encounter: referTo(visit.encounter),
    effectiveDateTime: builder.at(visit.daysAgo, '09:45'),
    performer: [{ reference: 'Practitioner/ana-silva', display: 'Ana Silva' }],
    ...value,
  }
}

const pressure = (code: string, display: string, value: number): ObservationComponent => ({
  code: concept(display, loinc(code, display)),
  valueQuantity: quantity(value, 'mmHg', 'mm[Hg]'),
})

function vitalsAt(builder: ChartBuilder, story: Story, visit: Visit): Observation[] {
  const { random } = builder
  const latest = visit.daysAgo === 4
  const weight = latest ? story.weightKg : random.around(story.weightKg + 1.5, 1.8, 1)
  const bodyMass = Number((weight / (story.heightCm / 100) ** 2).toFixed(1))
  const measured = (profile: string, code: string, name: string, valueQuantity: Observation['valueQuantity']) =>
    vital(builder, visit, {
      profile,
      code: [code, name],
      value: valueQuantity === undefined ? {} : { valueQuantity },
    })
  return [
    measured('us-core-body-weight', '29463-7', 'Body weight', quantity(weight, 'kg', 'kg')),
    measured('us-core-body-height', '8302-2', 'Body height', quantity(story.heightCm, 'cm', 'cm')),
    measured('us-core-bmi', '39156-5', 'Body mass index (BMI)', quantity(bodyMass, 'kg/m2', 'kg/m2')),
    measured('us-core-heart-rate', '8867-4', 'Heart rate', quantity(random.integer(62, 92), 'beats/min', '/min')),
    vital(builder, visit, {
      profile: 'us-core-blood-pressure',
      code: ['85354-9', 'Blood pressure panel'],
      value: {
        component: [
          pressure('8480-6', 'Systolic blood pressure', random.integer(108, 134)),
          pressure('8462-4', 'Diastolic blood pressure', random.integer(64, 84)),
        ],
      },
    }),
  ]
}

export function buildVitals(builder: ChartBuilder, story: Story, visits: readonly Visit[]): Observation[] {
  return visits
    .filter((visit) => visit.kind === 'specialist' || visit.kind === 'primary-care')
    .flatMap((visit) => vitalsAt(builder, story, visit))
}
