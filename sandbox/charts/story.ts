/**
 * What happened to a patient, as data: the parts of a chart that the questionnaire asks about, by kind of chart. All days
 * count back from today, so that every look-back window holds whenever the chart is made.
 */
import type { ChartKind, Persona } from '../scenarios.ts'

export interface StopReason {
  readonly code: '395007004' | '395008009' | '395009001'
  readonly display: string
  readonly text: string
}

/** SNOMED CT reasons for stopping a medicine; the only thing from which a response to treatment may be read. */
const INEFFECTIVE = { code: '395007004', display: 'Medication stopped - ineffective' } as const
const SIDE_EFFECT = { code: '395009001', display: 'Medication stopped - side effect' } as const

export interface Treatment {
  readonly rxnorm: string
  readonly name: string
  readonly text: string
  readonly startDaysAgo: number
  /** null: still taken. */
  readonly endDaysAgo: number | null
  readonly stopReason: StopReason | null
}

export interface Intolerance {
  readonly rxnorm: string
  readonly name: string
  readonly reaction: string
  readonly onsetDaysAgo: number
}

export interface ScoredVisit {
  readonly daysAgo: number
  /** Stools a day, pain 0–3, well-being 0–4, mass 0–3; their sum is the Harvey-Bradshaw index. null: not scored. */
  readonly harveyBradshaw: {
    readonly stools: number
    readonly pain: number
    readonly wellBeing: number
    readonly mass: number
  } | null
  readonly severity: 'mild' | 'moderate' | 'severe'
}

export interface Story {
  readonly diagnosedDaysAgo: number
  readonly colonoscopiesDaysAgo: readonly number[]
  readonly treatments: readonly Treatment[]
  readonly intolerances: readonly Intolerance[]
  readonly scoredVisits: readonly ScoredVisit[]
  readonly tuberculosisTestDaysAgo: readonly number[]
  readonly hepatitisBSurfaceDaysAgo: readonly number[]
  readonly hepatitisBCoreDaysAgo: readonly number[]
  /** A second, contradicting diagnosis recorded at an encounter. */
  readonly colitisAtEncounter: boolean
  readonly weightKg: number
  readonly heightCm: number
}

const budesonide: Treatment = {
  rxnorm: '19831',
  name: 'Budesonide',
  text: 'Budesonide 9 mg by mouth once daily',
  startDaysAgo: 820,
  endDaysAgo: 702,
  stopReason: { ...INEFFECTIVE, text: 'No adequate response after 16 weeks' },
}
const mesalamine: Treatment = {
  rxnorm: '52582',
  name: 'Mesalamine',
  text: 'Mesalamine 4 g by mouth daily',
  startDaysAgo: 690,
  endDaysAgo: 508,
  stopReason: { ...INEFFECTIVE, text: 'Disease active on treatment' },
}
const prednisone: Treatment = {
  rxnorm: '8640',
  name: 'Prednisone',
  text: 'Prednisone 40 mg by mouth daily, taper over 8 weeks',
  startDaysAgo: 420,
  endDaysAgo: 362,
  stopReason: { ...INEFFECTIVE, text: 'Symptoms returned on each taper' },
}
const azathioprine: Treatment = {
  rxnorm: '1256',
  name: 'Azathioprine',
  text: 'Azathioprine 100 mg by mouth once daily',
  startDaysAgo: 186,
  endDaysAgo: null,
  stopReason: null,
}
const methotrexateReaction: Intolerance = {
  rxnorm: '6851',
  name: 'Methotrexate',
  reaction: 'Raised liver enzymes',
  onsetDaysAgo: 470,
}

const MODERATE = { stools: 5, pain: 2, wellBeing: 2, mass: 0 }
const SEVERE = { stools: 8, pain: 3, wellBeing: 3, mass: 1 }
const MILD = { stools: 3, pain: 1, wellBeing: 1, mass: 0 }

/** Body size by patient where the screens or a scenario's arithmetic depend on it. */
const BODY: Readonly<Record<string, { readonly weightKg: number; readonly heightCm: number }>> = {
  'maya-okafor': { weightKg: 68.4, heightCm: 167 },
  'oluwaseun-adeyemi': { weightKg: 81.2, heightCm: 183 },
}

function complete(persona: Persona): Story {
  const size = BODY[persona.patientId] ?? {
    weightKg: (persona.gender === 'female' ? 58 : 74) + ((persona.seed * 17) % 12) + 0.6,
    heightCm: (persona.gender === 'female' ? 160 : 174) + ((persona.seed * 7) % 11),
  }
  const severe = persona.seed % 3 === 1
  return {
    diagnosedDaysAgo: 880,
    colonoscopiesDaysAgo: [876, 49],
    treatments: [budesonide, mesalamine, prednisone, azathioprine],
    intolerances: persona.seed % 2 === 0 ? [methotrexateReaction] : [],
    scoredVisits: [
      { daysAgo: 186, harveyBradshaw: MODERATE, severity: 'moderate' },
      { daysAgo: 95, harveyBradshaw: MODERATE, severity: 'moderate' },
      { daysAgo: 4, harveyBradshaw: severe ? SEVERE : MODERATE, severity: severe ? 'severe' : 'moderate' },
    ],
    tuberculosisTestDaysAgo: [795, 80],
    hepatitisBSurfaceDaysAgo: [80],
    hepatitisBCoreDaysAgo: [80],
    colitisAtEncounter: false,
    ...size,
  }
}

/** The hepatitis B core antibody was never drawn, and the last visit was not scored with the index. */
function withGaps(persona: Persona): Story {
  const whole = complete(persona)
  return {
    ...whole,
    hepatitisBCoreDaysAgo: [],
    scoredVisits: [
      { daysAgo: 186, harveyBradshaw: MODERATE, severity: 'moderate' },
      { daysAgo: 4, harveyBradshaw: null, severity: 'moderate' },
    ],
  }
}

/** Two diagnoses, azathioprine both running and stopped, too little treatment, mild disease. */
function contradicting(persona: Persona): Story {
  return {
    ...complete(persona),
    treatments: [
      { ...budesonide, startDaysAgo: 240, endDaysAgo: 219 },
      {
        ...azathioprine,
        startDaysAgo: 200,
        endDaysAgo: 186,
        stopReason: { ...SIDE_EFFECT, text: 'Nausea; stopped by the patient’s other clinic' },
      },
      { ...azathioprine, startDaysAgo: 49 },
    ],
    intolerances: [],
    scoredVisits: [
      { daysAgo: 95, harveyBradshaw: MILD, severity: 'mild' },
      { daysAgo: 4, harveyBradshaw: MILD, severity: 'mild' },
    ],
    colitisAtEncounter: true,
  }
}

const BY_KIND: Readonly<Record<ChartKind, (persona: Persona) => Story>> = {
  complete,
  gaps: withGaps,
  contradictory: contradicting,
}

export function tellStory(persona: Persona): Story {
  return BY_KIND[persona.chart](persona)
}
