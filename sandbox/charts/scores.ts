/** Flowsheet rows that the clinician scored: the disease index with its parts, and the rating of severity. */
import type { Observation, ObservationComponent } from 'fhir/r4'
import { concept, profiled, referTo, snomed, type ChartBuilder } from './chart-builder.ts'
import { PRESCRIBER } from './directory.ts'
import { visitAt, type Visit } from './encounters.ts'
import { FLOWSHEET } from './flowsheet.ts'
import { observationCategory } from './observation-parts.ts'
import type { ScoredVisit, Story } from './story.ts'

const SEVERITY = {
  mild: snomed('255604002', 'Mild'),
  moderate: snomed('6736007', 'Moderate'),
  severe: snomed('24484000', 'Severe'),
} as const
const PAIN = ['None', 'Mild', 'Moderate', 'Severe'] as const
const WELL_BEING = ['Very well', 'Slightly below par', 'Poor', 'Very poor', 'Terrible'] as const

function flowsheet(
  builder: ChartBuilder,
  visit: Visit,
  row: (typeof FLOWSHEET)[keyof typeof FLOWSHEET],
  value: Pick<Observation, 'valueInteger' | 'valueCodeableConcept' | 'component'>,
): Observation {
  return {
    resourceType: 'Observation',
    id: builder.id('flowsheet'),
    meta: profiled('us-core-simple-observation'),
    status: 'final',
    category: observationCategory('exam', 'Exam'),
    code: concept(row.display, { ...row }),
    subject: builder.patient,
    encounter: referTo(visit.encounter),
    effectiveDateTime: builder.at(visit.daysAgo, '10:05'),
    performer: [{ reference: PRESCRIBER, display: 'Lena Ruiz, MD' }],
    ...value,
  }
}

function scores(builder: ChartBuilder, visit: Visit, scored: ScoredVisit): Observation[] {
  const severity = flowsheet(builder, visit, FLOWSHEET.severity, {
    valueCodeableConcept: concept(SEVERITY[scored.severity].display ?? '', SEVERITY[scored.severity]),
  })
  const parts = scored.harveyBradshaw
  if (parts === null) return [severity]
  const part = (row: (typeof FLOWSHEET)[keyof typeof FLOWSHEET], value: Partial<ObservationComponent>) => ({
    code: concept(row.display, { ...row }),
    ...value,
  })
  const index = flowsheet(builder, visit, FLOWSHEET.harveyBradshaw, {
    valueInteger: parts.stools + parts.pain + parts.wellBeing + parts.mass,
    component: [
      part(FLOWSHEET.stools, { valueInteger: parts.stools }),
      part(FLOWSHEET.pain, { valueCodeableConcept: concept(PAIN[parts.pain] ?? 'Severe') }),
      part(FLOWSHEET.wellBeing, { valueCodeableConcept: concept(WELL_BEING[parts.wellBeing] ?? 'Terrible') }),
      part(FLOWSHEET.mass, { valueInteger: parts.mass }),
    ],
  })
  return [severity, index]
}

export function buildFlowsheets(builder: ChartBuilder, story: Story, visits: readonly Visit[]): Observation[] {
  return story.scoredVisits.flatMap((scored) => scores(builder, visitAt(visits, scored.daysAgo), scored))
}
