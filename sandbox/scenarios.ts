/**
 * The scenarios that the sandbox offers, as data. What a payer decides follows the policy's criteria and the chart; how it
 * behaves follows the member id. One synthetic patient each, so that a scenario can be played again and again.
 */
export type PayerBehavior =
  'answer' | 'pend' | 'reject-member' | 'silent' | 'codes' | 'showcase' | 'ask-form' | 'out-of-order'
export type ChartKind = 'complete' | 'gaps' | 'contradictory'

export interface Scenario {
  readonly id: string
  readonly title: string
  /** What a visitor will see, in a sentence. */
  readonly expect: string
  readonly patientId: string
  readonly payerId: 'caresource-oh' | 'caresource-ga'
  readonly memberId: string
  readonly behavior: PayerBehavior
  /** Case state of Precert when the scenario has come to rest. */
  readonly finalState: 'approved' | 'partly-approved' | 'denied' | 'pended' | 'rejected' | 'unknown'
}

export interface Persona {
  readonly patientId: string
  readonly family: string
  readonly given: readonly string[]
  readonly gender: 'female' | 'male'
  readonly birthDate: string
  readonly chart: ChartKind
  readonly seed: number
  /** Infliximab-dyyb dose of the order template offered for this patient. */
  readonly doseMgPerKg: number
  readonly coverages: readonly {
    readonly payerId: 'caresource-oh' | 'caresource-ga' | 'unregistered'
    readonly lineOfBusiness: 'medicare-advantage' | 'medicaid' | 'marketplace' | 'commercial'
    readonly memberId: string
  }[]
}

export const PERSONAS: readonly Persona[] = [
  {
    patientId: 'maya-okafor',
    family: 'Okafor',
    given: ['Maya', 'T.'],
    gender: 'female',
    birthDate: '1992-03-12',
    chart: 'complete',
    seed: 11,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'caresource-oh', lineOfBusiness: 'medicare-advantage', memberId: 'CSA100001' }],
  },
  {
    patientId: 'sara-lindqvist',
    family: 'Lindqvist',
    given: ['Sara'],
    gender: 'female',
    birthDate: '1984-07-30',
    chart: 'complete',
    seed: 12,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'caresource-oh', lineOfBusiness: 'medicare-advantage', memberId: 'CSP200001' }],
  },
  {
    patientId: 'oluwaseun-adeyemi',
    family: 'Adeyemi-Castellanos',
    given: ['Oluwaseun', 'Maximiliano'],
    gender: 'male',
    birthDate: '1978-11-05',
    chart: 'complete',
    seed: 13,
    doseMgPerKg: 10,
    coverages: [{ payerId: 'caresource-oh', lineOfBusiness: 'marketplace', memberId: 'CSA100002' }],
  },
  {
    patientId: 'jonas-brandt',
    family: 'Brandt',
    given: ['Jonas'],
    gender: 'male',
    birthDate: '1969-01-19',
    chart: 'contradictory',
    seed: 14,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'caresource-oh', lineOfBusiness: 'medicaid', memberId: 'CSA100003' }],
  },
  {
    patientId: 'carol-whitfield',
    family: 'Whitfield',
    given: ['Carol'],
    gender: 'female',
    birthDate: '1957-09-02',
    chart: 'gaps',
    seed: 15,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'caresource-oh', lineOfBusiness: 'medicare-advantage', memberId: 'CSA100004' }],
  },
  {
    patientId: 'tomas-reyes',
    family: 'Reyes',
    given: ['Tomás'],
    gender: 'male',
    birthDate: '1990-05-23',
    chart: 'complete',
    seed: 16,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'caresource-oh', lineOfBusiness: 'medicaid', memberId: 'CSX300001' }],
  },
  {
    patientId: 'linh-nguyen',
    family: 'Nguyen',
    given: ['Linh'],
    gender: 'female',
    birthDate: '1995-12-14',
    chart: 'complete',
    seed: 17,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'caresource-ga', lineOfBusiness: 'marketplace', memberId: 'CSS400001' }],
  },
  {
    patientId: 'miguel-santos',
    family: 'Santos',
    given: ['Miguel'],
    gender: 'male',
    birthDate: '1986-10-21',
    chart: 'complete',
    seed: 26,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'caresource-ga', lineOfBusiness: 'commercial', memberId: 'CSP200002' }],
  },
  {
    patientId: 'otto-keller',
    family: 'Keller',
    given: ['Otto'],
    gender: 'male',
    birthDate: '1983-04-17',
    chart: 'complete',
    seed: 27,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'caresource-oh', lineOfBusiness: 'commercial', memberId: 'CSO100001' }],
  },
  // Not scenarios of their own, but what an intake meets every day: none, several, and an unknown payer.
  {
    patientId: 'peter-novak',
    family: 'Novak',
    given: ['Peter'],
    gender: 'male',
    birthDate: '1988-02-29',
    chart: 'complete',
    seed: 18,
    doseMgPerKg: 5,
    coverages: [],
  },
  {
    patientId: 'ines-moreau',
    family: 'Moreau',
    given: ['Inès'],
    gender: 'female',
    birthDate: '1975-06-17',
    chart: 'complete',
    seed: 19,
    doseMgPerKg: 5,
    coverages: [
      { payerId: 'caresource-oh', lineOfBusiness: 'medicare-advantage', memberId: 'CSA100005' },
      { payerId: 'caresource-ga', lineOfBusiness: 'commercial', memberId: 'CSA500001' },
    ],
  },
  {
    patientId: 'ravi-pillai',
    family: 'Pillai',
    given: ['Ravi'],
    gender: 'male',
    birthDate: '1981-10-08',
    chart: 'complete',
    seed: 20,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'unregistered', lineOfBusiness: 'commercial', memberId: 'UNK900001' }],
  },
  {
    patientId: 'nora-haddad',
    family: 'Haddad',
    given: ['Nora'],
    gender: 'female',
    birthDate: '1987-02-11',
    chart: 'complete',
    seed: 21,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'caresource-oh', lineOfBusiness: 'medicare-advantage', memberId: 'CSF600001' }],
  },
  {
    patientId: 'pavel-dvorak',
    family: 'Dvořák',
    given: ['Pavel'],
    gender: 'male',
    birthDate: '1979-06-24',
    chart: 'complete',
    seed: 23,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'caresource-ga', lineOfBusiness: 'commercial', memberId: 'CSQ700001' }],
  },
  {
    patientId: 'hanna-berg',
    family: 'Berg',
    given: ['Hanna'],
    gender: 'female',
    birthDate: '1991-04-02',
    chart: 'complete',
    seed: 25,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'caresource-oh', lineOfBusiness: 'medicare-advantage', memberId: 'CSR900001' }],
  },
  // No scenario: what it brings is for the eye and for conformance tests; some of it the published package forbids itself.
  {
    patientId: 'elena-vargas',
    family: 'Vargas',
    given: ['Elena'],
    gender: 'female',
    birthDate: '1982-08-19',
    chart: 'complete',
    seed: 24,
    doseMgPerKg: 5,
    coverages: [{ payerId: 'caresource-oh', lineOfBusiness: 'commercial', memberId: 'CSE800001' }],
  },
]

export const SCENARIOS: readonly Scenario[] = [
  {
    id: 'approved',
    title: 'Approved at once',
    expect: 'The chart answers everything; the payer approves every line in its first answer.',
    patientId: 'maya-okafor',
    payerId: 'caresource-oh',
    memberId: 'CSA100001',
    behavior: 'answer',
    finalState: 'approved',
  },
  {
    id: 'pended',
    title: 'Pended, then approved',
    expect: 'The payer pends the request and approves it some seconds later by a notification.',
    patientId: 'sara-lindqvist',
    payerId: 'caresource-oh',
    memberId: 'CSP200001',
    behavior: 'pend',
    finalState: 'approved',
  },
  {
    id: 'partly-approved',
    title: 'Partly approved',
    expect: 'The order asks for 10 mg/kg; the policy allows 5 mg/kg at the start, and no further hour.',
    patientId: 'oluwaseun-adeyemi',
    payerId: 'caresource-oh',
    memberId: 'CSA100002',
    behavior: 'answer',
    finalState: 'partly-approved',
  },
  {
    id: 'denied',
    title: 'Denied with reasons',
    expect: 'The chart contradicts itself and conventional therapy was too short; the payer denies and says why.',
    patientId: 'jonas-brandt',
    payerId: 'caresource-oh',
    memberId: 'CSA100003',
    behavior: 'answer',
    finalState: 'denied',
  },
  {
    id: 'more-information',
    title: 'Asks for more information',
    expect: 'A screening result is missing; the payer pends and asks for it.',
    patientId: 'carol-whitfield',
    payerId: 'caresource-oh',
    memberId: 'CSA100004',
    behavior: 'answer',
    finalState: 'pended',
  },
  {
    id: 'rejected',
    title: 'Rejected for bad data',
    expect: 'The payer does not find the member: correct and send again.',
    patientId: 'tomas-reyes',
    payerId: 'caresource-oh',
    memberId: 'CSX300001',
    behavior: 'reject-member',
    finalState: 'rejected',
  },
  {
    id: 'no-answer',
    title: 'No answer',
    expect: 'The payer stays silent; the case is unknown until somebody resolves it.',
    patientId: 'linh-nguyen',
    payerId: 'caresource-ga',
    memberId: 'CSS400001',
    behavior: 'silent',
    finalState: 'unknown',
  },
]

/** How a payer may answer besides: the forms and their answers are those of any other patient. */
export const ANSWER_SCENARIOS: readonly Scenario[] = [
  {
    id: 'older-version',
    title: 'A payer of PAS 2.0.1',
    expect:
      'The payer speaks the older version: it pends the request, says later only that there is news, and is asked for it.',
    patientId: 'miguel-santos',
    payerId: 'caresource-ga',
    memberId: 'CSP200002',
    behavior: 'pend',
    finalState: 'approved',
  },
  {
    id: 'out-of-order',
    title: 'Answers out of order',
    expect: 'The payer tells its decision first, then that it pends, then the decision again; the decision stands.',
    patientId: 'otto-keller',
    payerId: 'caresource-oh',
    memberId: 'CSO100001',
    behavior: 'out-of-order',
    finalState: 'approved',
  },
]

/** What a payer may ask beside its own form, or later: played with a person's answers to the further questions. */
export const FORM_SCENARIOS: readonly Scenario[] = [
  {
    id: 'several-forms',
    title: 'Several questionnaires',
    expect: 'The payer asks a second questionnaire beside its own; both are completed, signed and sent together.',
    patientId: 'nora-haddad',
    payerId: 'caresource-oh',
    memberId: 'CSF600001',
    behavior: 'answer',
    finalState: 'approved',
  },
  {
    id: 'step-by-step',
    title: 'Questions step by step',
    expect: 'A second questionnaire gives its next questions by the answers so far, until the payer is done.',
    patientId: 'pavel-dvorak',
    payerId: 'caresource-ga',
    memberId: 'CSQ700001',
    behavior: 'answer',
    finalState: 'approved',
  },
  {
    id: 'asks-for-form',
    title: 'Asks for a questionnaire',
    expect:
      'The payer pends the request and asks for a questionnaire of its own; completed and sent, the request is approved.',
    patientId: 'hanna-berg',
    payerId: 'caresource-oh',
    memberId: 'CSR900001',
    behavior: 'ask-form',
    finalState: 'approved',
  },
]
