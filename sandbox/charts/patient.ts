/** Who the patient is and what covers them. */
import type { Coverage, FhirResource, Patient } from 'fhir/r4'
import { SYSTEM } from '#domain/fhir/canonical.ts'
import type { Persona } from '../scenarios.ts'
import { concept, hl7, profiled, US_CORE, type ChartBuilder } from './chart-builder.ts'

export const MEMBER_ID_SYSTEM = 'https://caresource.example/member-id'
export const MRN_SYSTEM = 'https://ehr.sandbox.example/mrn'

/** Record numbers that the design's screens show; any other persona gets one from the seed. */
const MRN: Readonly<Record<string, string>> = {
  'maya-okafor': '0048213',
  'sara-lindqvist': '0047125',
  'oluwaseun-adeyemi': '0059034',
  'jonas-brandt': '0051877',
  'carol-whitfield': '0033410',
  'tomas-reyes': '0062290',
}

const STREETS = ['Birch Street', 'Maple Avenue', 'River Road', 'Summit Street', 'Garden Lane'] as const
const COLUMBUS = { city: 'Columbus', state: 'OH', postalCode: '43215' }
const ATLANTA = { city: 'Atlanta', state: 'GA', postalCode: '30309' }

/** The member's state: where the first insurer sells its plans. */
const homeOf = (persona: Persona): typeof COLUMBUS =>
  persona.coverages[0]?.payerId === 'caresource-ga' ? ATLANTA : COLUMBUS

export function buildPatient({ persona, random }: ChartBuilder): Patient {
  return {
    resourceType: 'Patient',
    id: persona.patientId,
    meta: profiled('us-core-patient'),
    identifier: [
      {
        use: 'usual',
        type: concept('Medical record number', hl7('v2-0203', 'MR', 'Medical record number')),
        system: MRN_SYSTEM,
        value: MRN[persona.patientId] ?? `00${String(70_000 + persona.seed * 131)}`,
      },
    ],
    active: true,
    name: [{ use: 'official', family: persona.family, given: [...persona.given] }],
    telecom: [
      { system: 'phone', value: `614-555-0${String(random.integer(200, 899))}`, use: 'mobile' },
      { system: 'email', value: `${persona.patientId}@mail.example`, use: 'home' },
    ],
    gender: persona.gender,
    birthDate: persona.birthDate,
    address: [
      {
        use: 'home',
        line: [`${String(random.integer(10, 990))} ${random.pick(STREETS)}`],
        ...homeOf(persona),
        country: 'US',
      },
    ],
    communication: [{ language: concept('English', { system: 'urn:ietf:bcp:47', code: 'en' }), preferred: true }],
  }
}

type PersonaCoverage = Persona['coverages'][number]

/** Payer's plan codes (`payers[].plans[].value` of the configuration) by insurer and line of business. */
const PLAN = {
  'caresource-oh': {
    'medicare-advantage': ['OH-MA', 'CareSource Medicare Advantage'],
    medicaid: ['OH-MCD', 'CareSource Ohio Medicaid'],
    marketplace: ['OH-MKT', 'CareSource Marketplace'],
    commercial: ['OH-COM', 'CareSource Commercial'],
  },
  'caresource-ga': {
    'medicare-advantage': ['GA-MA', 'CareSource Medicare Advantage'],
    medicaid: ['GA-MCD', 'CareSource Georgia Medicaid'],
    marketplace: ['GA-MKT', 'CareSource Marketplace'],
    commercial: ['GA-COM', 'CareSource Commercial'],
  },
  unregistered: {
    'medicare-advantage': ['MB-MA', 'Meadowbrook Senior'],
    medicaid: ['MB-MCD', 'Meadowbrook Care'],
    marketplace: ['MB-MKT', 'Meadowbrook Marketplace'],
    commercial: ['MB-COM', 'Meadowbrook Select'],
  },
} as const

const INSURER = {
  'caresource-oh': { reference: 'Organization/caresource-oh', display: 'CareSource Ohio' },
  'caresource-ga': { reference: 'Organization/caresource-ga', display: 'CareSource Georgia' },
  unregistered: { reference: 'Organization/unknown-plan', display: 'Meadowbrook Health Plan' },
} as const

/** Source of payment typology: what the insurance is, whoever sells it. */
const PAYMENT_TYPE = {
  'medicare-advantage': ['111', 'Medicare HMO'],
  medicaid: ['211', 'Medicaid HMO'],
  marketplace: ['511', 'Commercial Managed Care - HMO'],
  commercial: ['512', 'Commercial Managed Care - PPO'],
} as const

interface CoverageInput {
  readonly id: string
  readonly patient: { readonly reference: string; readonly display?: string }
  readonly coverage: PersonaCoverage
  readonly period: { readonly start: string; readonly end?: string }
}

/** A self-subscribed Coverage in the shape that CRD, DTR and PAS ask for. */
export function buildCoverage({ id, patient, coverage, period }: CoverageInput): Coverage {
  const [plan, planName] = PLAN[coverage.payerId][coverage.lineOfBusiness]
  const [paymentCode, paymentName] = PAYMENT_TYPE[coverage.lineOfBusiness]
  return {
    resourceType: 'Coverage',
    id,
    meta: { profile: [`${US_CORE}/us-core-coverage`] },
    identifier: [
      {
        type: concept('Member number', hl7('v2-0203', 'MB', 'Member Number')),
        system: MEMBER_ID_SYSTEM,
        value: coverage.memberId,
      },
    ],
    status: 'active',
    type: concept(planName, { system: SYSTEM.sopt, code: paymentCode, display: paymentName }),
    subscriber: { ...patient },
    subscriberId: coverage.memberId,
    beneficiary: { ...patient },
    relationship: concept('Self', hl7('subscriber-relationship', 'self', 'Self')),
    period: { ...period },
    payor: [{ ...INSURER[coverage.payerId] }],
    class: [
      { type: concept('Plan', hl7('coverage-class', 'plan', 'Plan')), value: plan, name: planName },
      { type: concept('Group', hl7('coverage-class', 'group', 'Group')), value: `${plan}-100`, name: planName },
    ],
  }
}

/** One Coverage for each of the persona's plans; none where they have none. */
export function buildCoverages({ persona, patient, date }: ChartBuilder): FhirResource[] {
  const reference = patient.reference ?? ''
  return persona.coverages.map((coverage, index) =>
    buildCoverage({
      id: `${persona.patientId}-coverage-${String(index + 1)}`,
      patient: patient.display === undefined ? { reference } : { reference, display: patient.display },
      coverage,
      period: { start: `${date(700).slice(0, 4)}-01-01` },
    }),
  )
}
