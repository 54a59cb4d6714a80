/**
 * A whole synthetic chart: at least 150 US Core shaped resources over several years, besides the people and places that
 * all charts share. Pure and seeded: the same persona and day give the same chart.
 */
import type { FhirResource } from 'fhir/r4'
import type { Persona } from '../scenarios.ts'
import { createChartBuilder } from './chart-builder.ts'
import { DIRECTORY } from './directory.ts'
import { buildDocuments } from './documents.ts'
import { buildVisits } from './encounters.ts'
import { buildLaboratory } from './laboratory.ts'
import { buildImmunizations, buildMedicationRequests } from './medications.ts'
import { buildCoverages, buildPatient } from './patient.ts'
import { buildAllergies, buildConditions } from './problems.ts'
import { buildFlowsheets } from './scores.ts'
import { tellStory } from './story.ts'
import { buildVitals } from './vitals.ts'

/** `today` is a full FHIR date; every look-back window of the questionnaire holds on that day. */
export function generateChart(persona: Persona, today: string): FhirResource[] {
  const builder = createChartBuilder(persona, today)
  const story = tellStory(persona)
  const visits = buildVisits(builder)
  const laboratory = buildLaboratory(builder, story, visits)
  return [
    buildPatient(builder),
    ...DIRECTORY,
    ...buildCoverages(builder),
    ...visits.map(({ encounter }) => encounter),
    ...buildConditions(builder, story, visits),
    ...buildAllergies(builder, story),
    ...buildMedicationRequests(builder, story, visits),
    ...buildVitals(builder, story, visits),
    ...laboratory,
    ...buildFlowsheets(builder, story, visits),
    ...buildDocuments(builder, story, visits, laboratory),
    ...buildImmunizations(builder),
  ]
}
