/** Diagnoses and intolerances. */
import type { AllergyIntolerance, Condition } from 'fhir/r4'
import { concept, hl7, icd10, profiled, referTo, rxnorm, snomed, type ChartBuilder } from './chart-builder.ts'
import { PRESCRIBER } from './directory.ts'
import type { Visit } from './encounters.ts'
import { visitAt } from './encounters.ts'
import type { Story } from './story.ts'

interface Diagnosis {
  readonly icd: string
  readonly sct: string
  readonly text: string
}

export const CROHN: Diagnosis = { icd: 'K50.90', sct: '34000006', text: 'Crohn’s disease' }
const COLITIS: Diagnosis = { icd: 'K51.90', sct: '64766004', text: 'Ulcerative colitis' }

/** [diagnosis, onset, resolved]; days before today. */
const ALWAYS: readonly (readonly [Diagnosis, number, number | null])[] = [
  [{ icd: 'D50.9', sct: '87522002', text: 'Iron deficiency anemia' }, 700, null],
  [{ icd: 'E55.9', sct: '34713006', text: 'Vitamin D deficiency' }, 700, null],
  [{ icd: 'J30.2', sct: '367498001', text: 'Seasonal allergic rhinitis' }, 1400, null],
  [{ icd: 'N39.0', sct: '68566005', text: 'Urinary tract infection' }, 560, 548],
  [{ icd: 'K60.2', sct: '30037006', text: 'Anal fissure' }, 830, 640],
]
const OLDER: readonly (readonly [Diagnosis, number, number | null])[] = [
  [{ icd: 'I10', sct: '59621000', text: 'Essential hypertension' }, 1900, null],
  [{ icd: 'E78.5', sct: '55822004', text: 'Hyperlipidemia' }, 1500, null],
]
const YOUNGER: readonly (readonly [Diagnosis, number, number | null])[] = [
  [{ icd: 'F41.9', sct: '48694002', text: 'Anxiety' }, 620, null],
  [{ icd: 'J06.9', sct: '54150009', text: 'Upper respiratory infection' }, 330, 320],
]

const clinical = (code: 'active' | 'resolved') =>
  concept(
    code === 'active' ? 'Active' : 'Resolved',
    hl7('condition-clinical', code, code === 'active' ? 'Active' : 'Resolved'),
  )

const confirmed = concept('Confirmed', hl7('condition-ver-status', 'confirmed', 'Confirmed'))
const coded = ({ icd, sct, text }: Diagnosis) => concept(text, icd10(icd, text), snomed(sct, text))

function problem(builder: ChartBuilder, diagnosis: Diagnosis, onset: number, resolved: number | null): Condition {
  return {
    resourceType: 'Condition',
    id: builder.id('condition'),
    meta: profiled('us-core-condition-problems-health-concerns'),
    clinicalStatus: clinical(resolved === null ? 'active' : 'resolved'),
    verificationStatus: confirmed,
    category: [concept('Problem list', hl7('condition-category', 'problem-list-item', 'Problem List Item'))],
    code: coded(diagnosis),
    subject: builder.patient,
    onsetDateTime: builder.date(onset),
    ...(resolved === null ? {} : { abatementDateTime: builder.date(resolved) }),
    recordedDate: builder.date(onset),
    recorder: { reference: PRESCRIBER, display: 'Lena Ruiz, MD' },
  }
}

function encounterDiagnosis(builder: ChartBuilder, diagnosis: Diagnosis, visit: Visit): Condition {
  return {
    resourceType: 'Condition',
    id: builder.id('condition'),
    meta: profiled('us-core-condition-encounter-diagnosis'),
    clinicalStatus: clinical('active'),
    verificationStatus: confirmed,
    category: [concept('Encounter diagnosis', hl7('condition-category', 'encounter-diagnosis', 'Encounter Diagnosis'))],
    code: coded(diagnosis),
    subject: builder.patient,
    encounter: referTo(visit.encounter),
    onsetDateTime: builder.date(visit.daysAgo),
    recordedDate: builder.date(visit.daysAgo),
  }
}

export function buildConditions(builder: ChartBuilder, story: Story, visits: readonly Visit[]): Condition[] {
  const age = Number(builder.today.slice(0, 4)) - Number(builder.persona.birthDate.slice(0, 4))
  const specialist = visits.filter((visit) => visit.kind === 'specialist')
  return [
    problem(builder, CROHN, story.diagnosedDaysAgo, null),
    ...[...ALWAYS, ...(age >= 45 ? OLDER : YOUNGER)].map(([diagnosis, onset, resolved]) =>
      problem(builder, diagnosis, onset, resolved),
    ),
    ...specialist.map((visit) => encounterDiagnosis(builder, CROHN, visit)),
    ...(story.colitisAtEncounter ? [encounterDiagnosis(builder, COLITIS, visitAt(visits, 95))] : []),
  ]
}

interface AllergyInput {
  readonly type: 'allergy' | 'intolerance'
  readonly category: 'medication' | 'environment'
  readonly code: AllergyIntolerance['code']
  readonly reaction: string
  readonly onsetDaysAgo: number
}

function allergy(builder: ChartBuilder, input: AllergyInput): AllergyIntolerance {
  return {
    resourceType: 'AllergyIntolerance',
    id: builder.id('allergy'),
    meta: profiled('us-core-allergyintolerance'),
    clinicalStatus: concept('Active', hl7('allergyintolerance-clinical', 'active', 'Active')),
    verificationStatus: concept('Confirmed', hl7('allergyintolerance-verification', 'confirmed', 'Confirmed')),
    type: input.type,
    category: [input.category],
    criticality: 'low',
    ...(input.code === undefined ? {} : { code: input.code }),
    patient: builder.patient,
    onsetDateTime: builder.date(input.onsetDaysAgo),
    recordedDate: builder.date(input.onsetDaysAgo),
    reaction: [{ manifestation: [concept(input.reaction)], severity: 'mild' }],
  }
}

export function buildAllergies(builder: ChartBuilder, story: Story): AllergyIntolerance[] {
  return [
    allergy(builder, {
      type: 'allergy',
      category: 'environment',
      code: concept('Grass pollen', snomed('256277009', 'Grass pollen')),
      reaction: 'Rhinitis',
      onsetDaysAgo: 1400,
    }),
    ...story.intolerances.map(({ rxnorm: code, name, reaction, onsetDaysAgo }) =>
      allergy(builder, {
        type: 'intolerance',
        category: 'medication',
        code: concept(name, rxnorm(code, name.toLowerCase())),
        reaction,
        onsetDaysAgo,
      }),
    ),
  ]
}
