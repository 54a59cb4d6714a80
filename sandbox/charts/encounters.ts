/** Visits over three years: the specialist, primary care, two procedures, one emergency, and the visit going on today. */
import type { Encounter, Reference } from 'fhir/r4'
import { concept, hl7, profiled, snomed, type ChartBuilder } from './chart-builder.ts'
import { CLINIC, GASTROENTEROLOGY, PRESCRIBER } from './directory.ts'

export type VisitKind = 'specialist' | 'primary-care' | 'procedure' | 'emergency' | 'today'

export interface Visit {
  readonly kind: VisitKind
  readonly daysAgo: number
  readonly encounter: Encounter
}

/** Days before today; the specialist's visit four days ago is the one that leads to the order. */
const SCHEDULE: readonly (readonly [VisitKind, number])[] = [
  ['specialist', 880],
  ['procedure', 876],
  ['specialist', 820],
  ['primary-care', 795],
  ['specialist', 702],
  ['specialist', 600],
  ['specialist', 508],
  ['emergency', 424],
  ['specialist', 420],
  ['primary-care', 400],
  ['specialist', 362],
  ['specialist', 280],
  ['specialist', 186],
  ['specialist', 95],
  ['primary-care', 80],
  ['procedure', 49],
  ['specialist', 4],
  ['today', 0],
]

interface Manner {
  readonly code: readonly [code: string, display: string]
  readonly actClass: readonly [code: string, display: string]
  readonly who: Reference
  readonly organization: string
  readonly start: string
  readonly end: string
}

const primaryCare: Reference = { reference: 'Practitioner/omar-haddad', display: 'Omar Haddad, MD' }
const prescriber: Reference = { reference: PRESCRIBER, display: 'Lena Ruiz, MD' }

const MANNERS: Readonly<Record<VisitKind, Manner>> = {
  specialist: {
    code: ['390906007', 'Follow-up encounter'],
    actClass: ['AMB', 'ambulatory'],
    who: prescriber,
    organization: GASTROENTEROLOGY,
    start: '09:40',
    end: '10:10',
  },
  'primary-care': {
    code: ['185349003', 'Encounter for check up'],
    actClass: ['AMB', 'ambulatory'],
    who: primaryCare,
    organization: 'Organization/lakeside-primary-care',
    start: '13:00',
    end: '13:30',
  },
  procedure: {
    code: ['371883000', 'Outpatient procedure'],
    actClass: ['AMB', 'ambulatory'],
    who: prescriber,
    organization: GASTROENTEROLOGY,
    start: '07:30',
    end: '10:00',
  },
  emergency: {
    code: ['50849002', 'Emergency room admission'],
    actClass: ['EMER', 'emergency'],
    who: primaryCare,
    organization: 'Organization/lakeside-primary-care',
    start: '18:05',
    end: '23:20',
  },
  today: {
    code: ['390906007', 'Follow-up encounter'],
    actClass: ['AMB', 'ambulatory'],
    who: prescriber,
    organization: GASTROENTEROLOGY,
    start: '08:30',
    end: '09:00',
  },
}

/** The encounter under which an order is written today. */
export function currentEncounterId(patientId: string): string {
  return `${patientId}-encounter-today`
}

function buildVisit(builder: ChartBuilder, kind: VisitKind, daysAgo: number): Visit {
  const manner = MANNERS[kind]
  const start = builder.at(daysAgo, manner.start)
  return {
    kind,
    daysAgo,
    encounter: {
      resourceType: 'Encounter',
      id: kind === 'today' ? currentEncounterId(builder.persona.patientId) : builder.id('encounter'),
      meta: profiled('us-core-encounter'),
      status: kind === 'today' ? 'in-progress' : 'finished',
      class: hl7('v3-ActCode', ...manner.actClass),
      type: [concept(manner.code[1], snomed(...manner.code))],
      subject: builder.patient,
      participant: [
        {
          type: [concept('Primary performer', hl7('v3-ParticipationType', 'PPRF', 'primary performer'))],
          period: { start },
          individual: manner.who,
        },
      ],
      period: kind === 'today' ? { start } : { start, end: builder.at(daysAgo, manner.end) },
      location: [{ location: { reference: CLINIC, display: 'Lakeside clinic' } }],
      serviceProvider: { reference: manner.organization },
    },
  }
}

export function buildVisits(builder: ChartBuilder): Visit[] {
  return SCHEDULE.map(([kind, daysAgo]) => buildVisit(builder, kind, daysAgo))
}

/** The visit on or last before a day; the first one for a day before them all. */
export function visitAt(visits: readonly Visit[], daysAgo: number): Visit {
  const found = visits.findLast((visit) => visit.daysAgo >= daysAgo && visit.kind !== 'today') ?? visits[0]
  if (found === undefined) throw new Error('a chart has at least one visit')
  return found
}
