/** A complete PAS request input for tests: one infusion, a filled questionnaire, a note with its bytes. */
import type { Coverage, DocumentReference, FhirResource, Organization, Patient, QuestionnaireResponse } from 'fhir/r4'
import { NO_FACTS } from '../../src/domain/pas/claim-facts.ts'
import type { PasRequestInput } from '../../src/domain/pas/request-input.ts'
import { buildRequestLines } from '../../src/domain/pas/request-lines.ts'
import { hcpcsUnits } from './hcpcs-units.ts'
import { infusionOrders } from './infusion-orders.ts'

const MEMBER_SYSTEM = 'https://caresource.example/member-id'

const patient: Patient = {
  resourceType: 'Patient',
  id: 'pat-1',
  meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient'] },
  identifier: [
    {
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
      system: 'https://ehr.example/mrn',
      value: 'MRN-1',
    },
    { value: 'no system' },
  ],
  name: [{ use: 'official', family: 'Okafor', given: ['Maya', 'T.'] }],
  telecom: [{ system: 'phone', value: '+1 614 555 0100' }],
  gender: 'female',
  birthDate: '1992-03-12',
  address: [{ line: ['12 Elm Street'], city: 'Columbus', state: 'OH', postalCode: '43215-1234' }],
  generalPractitioner: [{ reference: 'Practitioner/someone-else', display: 'Another doctor' }],
}

const insurer: Organization = {
  resourceType: 'Organization',
  id: 'caresource-oh',
  identifier: [{ system: 'https://payer-registry.example/id', value: 'caresource-oh' }],
  active: true,
  type: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code: 'pay' }] }],
  name: 'CareSource Ohio',
  telecom: [{ system: 'phone', value: '+1 800 555 0101' }],
}

const coverage: Coverage = {
  resourceType: 'Coverage',
  id: 'cov-1',
  identifier: [
    {
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MB' }] },
      system: MEMBER_SYSTEM,
      value: 'CSA100001',
    },
  ],
  status: 'active',
  subscriberId: 'CSA100001',
  beneficiary: { reference: 'Patient/pat-1' },
  relationship: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/subscriber-relationship', code: 'self' }],
  },
  period: { start: '2026-01-01' },
  payor: [{ reference: 'Organization/caresource-oh' }],
  class: [
    {
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/coverage-class', code: 'plan' }] },
      value: 'OH-MA',
      name: 'CareSource Medicare Advantage',
    },
  ],
}

const organization: Organization = {
  resourceType: 'Organization',
  id: 'org-1',
  identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' }],
  active: true,
  name: 'Lakeside Gastroenterology',
  telecom: [{ system: 'phone', value: '+1 614 555 0199' }],
  address: [{ line: ['1 Lake Road'], city: 'Columbus', state: 'OH', postalCode: '43215' }],
}

const known: FhirResource[] = [
  {
    resourceType: 'Practitioner',
    id: 'lena-ruiz',
    identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1003000126' }],
    name: [{ family: 'Ruiz', given: ['Lena'] }],
  },
  {
    resourceType: 'PractitionerRole',
    id: 'lena-ruiz-gi',
    practitioner: { reference: 'Practitioner/lena-ruiz' },
    organization: { reference: 'Organization/org-1' },
    specialty: [{ coding: [{ system: 'http://nucc.org/provider-taxonomy', code: '207RG0100X' }] }],
  },
  {
    resourceType: 'Encounter',
    id: 'enc-1',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    type: [{ coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: '99214' }] }],
    subject: { reference: 'Patient/pat-1' },
    period: { start: '2026-11-20T09:00:00Z', end: '2026-11-20T09:30:00Z' },
    reasonReference: [{ reference: 'Condition/crohns' }],
  },
  {
    resourceType: 'Condition',
    id: 'crohns',
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
    },
    category: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-category', code: 'problem-list-item' }],
      },
    ],
    code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K50.90' }] },
    subject: { reference: 'Patient/pat-1' },
    encounter: { reference: 'Encounter/enc-1' },
    recordedDate: '2024-02-03',
  },
]

const questionnaireResponse: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  id: 'qr-1',
  extension: [
    {
      url: 'http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/qr-context',
      valueReference: { reference: 'MedicationRequest/mr-1' },
    },
  ],
  questionnaire: 'https://payer.example/Questionnaire/infusion|1.0.0',
  status: 'completed',
  subject: { reference: 'Patient/pat-1' },
  authored: '2026-11-22T10:00:00Z',
  author: { reference: 'Practitioner/lena-ruiz' },
  item: [{ linkId: '1', text: 'Weight', answer: [{ valueDecimal: 64 }] }],
}

const document: DocumentReference = {
  resourceType: 'DocumentReference',
  id: 'note-1',
  status: 'current',
  type: { coding: [{ system: 'http://loinc.org', code: '11506-3' }] },
  category: [
    {
      coding: [
        { system: 'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category', code: 'clinical-note' },
      ],
    },
  ],
  subject: { reference: 'Patient/pat-1' },
  date: '2026-11-20T10:00:00Z',
  description: 'Gastroenterology progress note',
  content: [{ attachment: { contentType: 'text/plain', url: 'Binary/b-1', data: 'VGhlIG5vdGUu' } }],
  context: { encounter: [{ reference: 'Encounter/enc-1' }] },
}

/** UUIDs that depend on the key alone. */
export function uuidFor(key: string): string {
  let hash = 2166136261
  const hex = Array.from({ length: 32 }, (_, at) => {
    for (const char of `${key}${at}`) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619) >>> 0
    return (hash >>> 7) % 16
  }).map((digit) => digit.toString(16))
  hex[12] = '4'
  hex[16] = 'a'
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** A request that is complete; `change` what the test is about. */
export function pasRequestInput(change: Partial<PasRequestInput> = {}): PasRequestInput {
  const orders = change.orders ?? infusionOrders()
  return {
    identifiers: {
      bundle: { system: 'https://precert.example/submission', value: '019a0000-0000-7000-8000-000000000001' },
      claim: { system: 'urn:trnorg:1311234567', value: '019a0000-0000-7000-8000-000000000002' },
      claimId: '6f2d3f7e-5d3a-4b8f-9f57-0d0a5b9f3c11',
    },
    createdAt: '2026-11-22T11:00:00Z',
    ehrBase: 'https://ehr.example/fhir',
    uuidFor,
    senderId: 'PRECERT01',
    receiverId: 'CSOH',
    memberIdSystem: MEMBER_SYSTEM,
    patient,
    coverage,
    insurer,
    organization,
    orders,
    lines: buildRequestLines(orders, {
      units: hcpcsUnits,
      weight: { value: 64, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
      known,
      earlier: [],
    }),
    questionnaireResponses: [questionnaireResponse],
    documents: [document],
    known,
    department: null,
    facts: NO_FACTS,
    placeOfService: '11',
    urgency: { level: 'standard', reason: null },
    message: null,
    ...change,
  }
}
