/**
 * The search parameters that the simulated EHR really implements: name → kind and the elements it looks at (R4 search
 * parameter registry). What is not here is refused, not ignored.
 */
export type ParameterKind = 'token' | 'reference' | 'date' | 'string' | 'uri'

export interface SearchParameter {
  readonly kind: ParameterKind
  readonly paths: readonly string[]
  /** The one type a `reference` may be given as a bare id for. */
  readonly target?: string
}

const token = (...paths: string[]): SearchParameter => ({ kind: 'token', paths })
const date = (...paths: string[]): SearchParameter => ({ kind: 'date', paths })
const text = (...paths: string[]): SearchParameter => ({ kind: 'string', paths })
const reference = (path: string, target?: string): SearchParameter => ({
  kind: 'reference',
  paths: [path],
  ...(target === undefined ? {} : { target }),
})

const COMMON = { _id: token('id'), _lastUpdated: date('meta.lastUpdated'), identifier: token('identifier') }
const patient = (element: 'subject' | 'patient' | 'beneficiary' | 'for'): Record<string, SearchParameter> => ({
  patient: reference(element, 'Patient'),
  ...(element === 'patient' ? {} : { [element]: reference(element, 'Patient') }),
})
const ENCOUNTER = { encounter: reference('encounter', 'Encounter') }
const CODED = { code: token('code'), category: token('category'), status: token('status') }

const TYPES: Readonly<Record<string, Readonly<Record<string, SearchParameter>>>> = {
  AllergyIntolerance: {
    ...patient('patient'),
    code: token('code', 'reaction.substance'),
    category: token('category'),
    'clinical-status': token('clinicalStatus'),
    'verification-status': token('verificationStatus'),
    date: date('recordedDate'),
  },
  CarePlan: {
    ...patient('subject'),
    ...ENCOUNTER,
    category: token('category'),
    status: token('status'),
    date: date('period'),
  },
  CareTeam: { ...patient('subject'), ...ENCOUNTER, category: token('category'), status: token('status') },
  Claim: { ...patient('patient'), status: token('status'), use: token('use'), created: date('created') },
  ClaimResponse: { ...patient('patient'), status: token('status'), use: token('use'), created: date('created') },
  Communication: { ...patient('subject'), ...ENCOUNTER, status: token('status'), sent: date('sent') },
  Condition: {
    ...patient('subject'),
    ...ENCOUNTER,
    code: token('code'),
    category: token('category'),
    'clinical-status': token('clinicalStatus'),
    'verification-status': token('verificationStatus'),
    'onset-date': date('onsetDateTime', 'onsetPeriod'),
    'abatement-date': date('abatementDateTime', 'abatementPeriod'),
    'recorded-date': date('recordedDate'),
  },
  Coverage: {
    ...patient('beneficiary'),
    status: token('status'),
    type: token('type'),
    payor: reference('payor'),
    subscriber: reference('subscriber'),
    'policy-holder': reference('policyHolder'),
  },
  Device: { ...patient('patient'), type: token('type'), status: token('status') },
  DeviceRequest: {
    ...patient('subject'),
    ...ENCOUNTER,
    code: token('codeCodeableConcept'),
    status: token('status'),
    intent: token('intent'),
    'authored-on': date('authoredOn'),
    requester: reference('requester'),
    performer: reference('performer'),
  },
  DiagnosticReport: {
    ...patient('subject'),
    ...ENCOUNTER,
    ...CODED,
    date: date('effectiveDateTime', 'effectivePeriod'),
    issued: date('issued'),
    performer: reference('performer'),
    result: reference('result', 'Observation'),
    'based-on': reference('basedOn'),
  },
  DocumentReference: {
    ...patient('subject'),
    encounter: reference('context.encounter', 'Encounter'),
    category: token('category'),
    type: token('type'),
    status: token('status'),
    date: date('date'),
    period: date('context.period'),
    author: reference('author'),
  },
  Encounter: {
    ...patient('subject'),
    status: token('status'),
    class: token('class'),
    type: token('type'),
    date: date('period'),
    location: reference('location.location', 'Location'),
    practitioner: reference('participant.individual', 'Practitioner'),
    participant: reference('participant.individual'),
    'service-provider': reference('serviceProvider', 'Organization'),
    organization: reference('serviceProvider', 'Organization'),
  },
  ExplanationOfBenefit: { ...patient('patient'), status: token('status'), created: date('created') },
  Goal: { ...patient('subject'), 'lifecycle-status': token('lifecycleStatus'), 'start-date': date('startDate') },
  ImagingStudy: { ...patient('subject'), ...ENCOUNTER, status: token('status'), started: date('started') },
  Immunization: {
    ...patient('patient'),
    status: token('status'),
    'vaccine-code': token('vaccineCode'),
    date: date('occurrenceDateTime'),
  },
  Location: {
    name: text('name'),
    status: token('status'),
    organization: reference('managingOrganization', 'Organization'),
  },
  Medication: { code: token('code'), status: token('status') },
  MedicationAdministration: {
    ...patient('subject'),
    code: token('medicationCodeableConcept'),
    medication: reference('medicationReference', 'Medication'),
    status: token('status'),
    'effective-time': date('effectiveDateTime', 'effectivePeriod'),
    request: reference('request', 'MedicationRequest'),
  },
  MedicationDispense: {
    ...patient('subject'),
    code: token('medicationCodeableConcept'),
    medication: reference('medicationReference', 'Medication'),
    status: token('status'),
    whenhandedover: date('whenHandedOver'),
    prescription: reference('authorizingPrescription', 'MedicationRequest'),
  },
  MedicationRequest: {
    ...patient('subject'),
    ...ENCOUNTER,
    code: token('medicationCodeableConcept'),
    medication: reference('medicationReference', 'Medication'),
    category: token('category'),
    status: token('status'),
    intent: token('intent'),
    authoredon: date('authoredOn'),
    date: date('dosageInstruction.timing.event'),
    requester: reference('requester'),
    'intended-performer': reference('performer'),
  },
  MedicationStatement: {
    ...patient('subject'),
    code: token('medicationCodeableConcept'),
    medication: reference('medicationReference', 'Medication'),
    category: token('category'),
    status: token('status'),
    effective: date('effectiveDateTime', 'effectivePeriod'),
  },
  NutritionOrder: { ...patient('patient'), ...ENCOUNTER, status: token('status'), datetime: date('dateTime') },
  Observation: {
    ...patient('subject'),
    ...ENCOUNTER,
    ...CODED,
    'combo-code': token('code', 'component.code'),
    'component-code': token('component.code'),
    'value-concept': token('valueCodeableConcept'),
    date: date('effectiveDateTime', 'effectivePeriod', 'effectiveInstant'),
    performer: reference('performer'),
    'based-on': reference('basedOn'),
  },
  Organization: { name: text('name', 'alias'), type: token('type'), active: token('active') },
  Patient: {
    name: text('name.family', 'name.given', 'name.text'),
    family: text('name.family'),
    given: text('name.given'),
    birthdate: date('birthDate'),
    gender: token('gender'),
    active: token('active'),
  },
  Practitioner: {
    name: text('name.family', 'name.given', 'name.text'),
    family: text('name.family'),
    given: text('name.given'),
    active: token('active'),
  },
  PractitionerRole: {
    practitioner: reference('practitioner', 'Practitioner'),
    organization: reference('organization', 'Organization'),
    location: reference('location', 'Location'),
    role: token('code'),
    specialty: token('specialty'),
    active: token('active'),
  },
  Procedure: {
    ...patient('subject'),
    ...ENCOUNTER,
    ...CODED,
    date: date('performedDateTime', 'performedPeriod'),
    performer: reference('performer.actor'),
    'based-on': reference('basedOn'),
  },
  QuestionnaireResponse: {
    ...patient('subject'),
    ...ENCOUNTER,
    status: token('status'),
    questionnaire: { kind: 'uri', paths: ['questionnaire'] },
    authored: date('authored'),
    author: reference('author'),
    'based-on': reference('basedOn'),
  },
  RelatedPerson: { ...patient('patient'), active: token('active') },
  ServiceRequest: {
    ...patient('subject'),
    ...ENCOUNTER,
    ...CODED,
    intent: token('intent'),
    authored: date('authoredOn'),
    occurrence: date('occurrenceDateTime', 'occurrencePeriod'),
    requester: reference('requester'),
    performer: reference('performer'),
    requisition: token('requisition'),
    'based-on': reference('basedOn'),
  },
  Task: {
    ...patient('for'),
    ...ENCOUNTER,
    code: token('code'),
    status: token('status'),
    intent: token('intent'),
    owner: reference('owner'),
    requester: reference('requester'),
    focus: reference('focus'),
    'authored-on': date('authoredOn'),
  },
  Provenance: { patient: reference('target', 'Patient'), target: reference('target'), recorded: date('recorded') },
  VisionPrescription: {
    ...patient('patient'),
    ...ENCOUNTER,
    status: token('status'),
    datewritten: date('dateWritten'),
  },
}

/** The resource types this server knows. */
export const RESOURCE_TYPES: readonly string[] = Object.keys(TYPES)

/** The parameters of a type, the common ones included; undefined for a type the server does not have. */
export function readSearchParameters(type: string): Readonly<Record<string, SearchParameter>> | undefined {
  const own = TYPES[type]
  return own === undefined ? undefined : { ...COMMON, ...own }
}

/** Types whose resources belong to one patient: under a `patient/` scope nothing else may be read. */
export function isInPatientCompartment(type: string): boolean {
  const parameters = TYPES[type]
  return type === 'Patient' || (parameters !== undefined && 'patient' in parameters)
}
