/** A request of every kind that the guide's own examples show (pas.md §12.3), from orders as a chart would hold them. */
import { readFileSync } from 'node:fs'
import type {
  ChargeItem,
  Condition,
  Coverage,
  DeviceRequest,
  Encounter,
  FhirResource,
  NutritionOrder,
  Organization,
  Patient,
  QuestionnaireResponse,
  RelatedPerson,
  ServiceRequest,
} from 'fhir/r4'
import { EXT, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { readClaimFacts } from '../../src/domain/pas/claim-facts.ts'
import type { EarlierApproval } from '../../src/domain/pas/line-particulars.ts'
import { omit } from '../../src/domain/pas/profile-parts.ts'
import type { PasRequestInput } from '../../src/domain/pas/request-input.ts'
import { buildRequestLines } from '../../src/domain/pas/request-lines.ts'
import { hcpcsUnits } from './hcpcs-units.ts'
import { pasRequestInput } from './pas-request.ts'

const subject = { reference: 'Patient/pat-1' }
const requester = { reference: 'PractitionerRole/lena-ruiz-gi' }
const coded = (system: string, code: string) => ({ coding: [{ system, code }] })
const crohns = { reasonReference: [{ reference: 'Condition/crohns' }] }

const referral: ServiceRequest = {
  resourceType: 'ServiceRequest',
  id: 'sr-referral',
  authoredOn: '2026-11-22',
  status: 'active',
  intent: 'order',
  category: [coded(SYSTEM.snomed, '3457005')],
  code: { text: 'Referral to dermatology' },
  subject,
  requester,
  performer: [{ reference: 'Organization/dermatology' }],
  occurrencePeriod: { start: '2026-12-10', end: '2027-01-31' },
  ...crohns,
}

const admission: Encounter = {
  resourceType: 'Encounter',
  id: 'enc-admission',
  status: 'arrived',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
  priority: coded(SYSTEM.actPriority, 'EL'),
  type: [{ text: 'Planned stay' }],
  subject,
  period: { start: '2026-12-14T07:00:00-05:00', end: '2026-12-18' },
  hospitalization: { admitSource: coded(SYSTEM.pointOfOrigin, '1') },
}

const surgery: ServiceRequest = {
  resourceType: 'ServiceRequest',
  id: 'sr-surgery',
  authoredOn: '2026-11-22',
  extension: [{ url: EXT.productOrServiceCodeEnd, valueCodeableConcept: coded(SYSTEM.cpt, '44147') }],
  status: 'active',
  intent: 'order',
  code: { text: 'Partial colectomy', ...coded(SYSTEM.cpt, '44140') },
  orderDetail: [coded(SYSTEM.cpt, '22'), coded(SYSTEM.hcpcs, 'EP'), coded(SYSTEM.revenue, '0120')],
  subject,
  encounter: { reference: 'Encounter/enc-admission' },
  requester,
  performer: [{ reference: 'PractitionerRole/lena-ruiz-gi' }],
  occurrenceDateTime: '2026-12-14',
  ...crohns,
}

const charge: ChargeItem = {
  resourceType: 'ChargeItem',
  id: 'charge-1',
  status: 'planned',
  code: { text: 'Room' },
  subject,
  priceOverride: { value: 1250, currency: 'USD' },
  supportingInformation: [{ reference: 'ServiceRequest/sr-surgery' }],
}

const homeCare: ServiceRequest = {
  resourceType: 'ServiceRequest',
  id: 'sr-home',
  authoredOn: '2026-11-22',
  status: 'active',
  intent: 'order',
  category: [coded(SYSTEM.snomed, '60689008')],
  code: { text: 'Skilled nursing at home', ...coded(SYSTEM.hcpcs, 'G0299') },
  locationCode: [coded(SYSTEM.placeOfService, '12')],
  quantityQuantity: { value: 12, unit: 'visits' },
  subject,
  requester,
  occurrencePeriod: { start: '2026-12-01', end: '2027-01-31' },
  ...crohns,
}

const device: DeviceRequest = {
  resourceType: 'DeviceRequest',
  id: 'dr-pump',
  authoredOn: '2026-11-22',
  status: 'active',
  intent: 'order',
  codeCodeableConcept: { text: 'Ambulatory infusion pump', ...coded(SYSTEM.hcpcs, 'E0781') },
  parameter: [{ code: { text: 'Months of rental' }, valueQuantity: { value: 3, code: 'mo', system: SYSTEM.ucum } }],
  subject,
  requester,
  occurrencePeriod: { start: '2026-12-01', end: '2027-02-28' },
  ...crohns,
}

const nutrition: NutritionOrder = {
  resourceType: 'NutritionOrder',
  id: 'no-formula',
  status: 'active',
  intent: 'order',
  patient: subject,
  dateTime: '2026-11-28',
  orderer: requester,
  oralDiet: { type: [coded(SYSTEM.hcpcs, 'S9341')] },
  enteralFormula: {
    baseFormulaType: { text: 'Enteral formula', ...coded(SYSTEM.hcpcs, 'B4153') },
    administration: [{ schedule: { repeat: { boundsDuration: { value: 30, code: 'd', system: SYSTEM.ucum } } } }],
  },
}

const dermatology: Organization = {
  resourceType: 'Organization',
  id: 'dermatology',
  identifier: [{ system: SYSTEM.npi, value: '1003000126' }],
  active: true,
  name: 'Lakeside Dermatology',
}

/** Facts that only a form states, each in its X12 list. */
const form: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  id: 'qr-facts',
  questionnaire: 'https://payer.example/Questionnaire/facts|1',
  status: 'completed',
  subject,
  authored: '2026-11-22T10:00:00Z',
  author: { reference: 'Practitioner/lena-ruiz' },
  item: [
    {
      linkId: 'condition',
      item: [
        { linkId: 'category', answer: [{ valueCoding: { system: SYSTEM.x12ConditionCategory, code: '07' } }] },
        { linkId: 'code', answer: [{ valueCoding: { system: SYSTEM.x12ConditionCode, code: '09' } }] },
      ],
    },
    {
      linkId: 'home',
      item: [
        { linkId: 'prognosis', answer: [{ valueCoding: { system: SYSTEM.x12Prognosis, code: '1' } }] },
        { linkId: 'since', answer: [{ valueDate: '2026-12-01' }] },
      ],
    },
    {
      linkId: 'accident',
      item: [
        { linkId: 'cause', answer: [{ valueCoding: { system: SYSTEM.x12RelatedCause, code: 'AA' } }] },
        { linkId: 'day', answer: [{ valueDate: '2026-11-01' }] },
        { linkId: 'state', answer: [{ valueCoding: { system: SYSTEM.usps, code: 'OH' } }] },
      ],
    },
    { linkId: 'level', answer: [{ valueCoding: { system: SYSTEM.x12LevelOfCare, code: '2' } }] },
    { linkId: 'status', answer: [{ valueCoding: { system: SYSTEM.x12ResidentialStatus, code: '2' } }] },
  ],
}

/** The patient's condition under a clinical code alone. */
const clinical: Condition = {
  resourceType: 'Condition',
  id: 'crohns-clinical',
  clinicalStatus: coded('http://terminology.hl7.org/CodeSystem/condition-clinical', 'active'),
  category: [coded('http://terminology.hl7.org/CodeSystem/condition-category', 'problem-list-item')],
  code: coded(SYSTEM.snomed, '34000006'),
  subject,
  recordedDate: '2024-02-03',
}

const mother: Patient = {
  resourceType: 'Patient',
  id: 'mother',
  identifier: [{ type: coded(SYSTEM.identifierType, 'MR'), system: 'https://ehr.example/mrn', value: 'MRN-2' }],
  name: [{ family: 'Okafor', given: ['Ada'] }],
  gender: 'female',
  birthDate: '1965-05-01',
}

const father: RelatedPerson = {
  resourceType: 'RelatedPerson',
  id: 'father',
  patient: subject,
  relationship: [coded('http://terminology.hl7.org/CodeSystem/v3-RoleCode', 'FTH')],
  identifier: [{ type: coded(SYSTEM.identifierType, 'MR'), system: 'https://ehr.example/mrn', value: 'MRN-3' }],
  name: [{ family: 'Okafor', given: ['Chidi'] }],
  gender: 'male',
  birthDate: '1963-04-02',
}

function throughSubscriber(reference: string, known: FhirResource[]): PasRequestInput {
  const relationship = coded(SYSTEM.subscriberRelationship, 'child')
  return requestOf([homeCare], {
    known,
    coverage: { ...pasRequestInput().coverage, subscriber: { reference }, relationship },
  })
}

function requestOf(
  orders: FhirResource[],
  more: { known?: FhirResource[]; earlier?: EarlierApproval[] } & Omit<Partial<PasRequestInput>, 'known'> = {},
): PasRequestInput {
  const { known: also = [], earlier = [], ...change } = more
  const known = [...pasRequestInput().known, ...also]
  const lines = buildRequestLines(orders, {
    units: hcpcsUnits,
    weight: { value: 64, unit: 'kg', system: SYSTEM.ucum, code: 'kg' },
    known,
    earlier,
  })
  return pasRequestInput({ orders, lines, known, ...change })
}

/** A chart that says everything of the parties, the stay and the orders that a request has a place for (pas.md §11.4). */
const rich = JSON.parse(readFileSync(new URL('../fixtures/rich-chart.json', import.meta.url), 'utf8')) as {
  readonly patient: Patient
  readonly coverage: Coverage
  readonly insurer: Organization
  readonly orders: FhirResource[]
  readonly known: FhirResource[]
}
const richForm: QuestionnaireResponse = {
  ...form,
  subject: { reference: 'Patient/rich-patient' },
  author: { reference: 'Practitioner/rich-practitioner' },
}

function richRequest(): PasRequestInput {
  const { orders, known, patient, coverage, insurer } = rich
  const base = pasRequestInput()
  const lines = buildRequestLines(orders, { units: hcpcsUnits, weight: null, known, earlier: [] })
  return pasRequestInput({
    patient,
    coverage,
    insurer,
    orders,
    lines,
    known,
    organization: omit(base.organization, 'id'),
    documents: base.documents.map((one) => ({
      ...omit(one, 'context'),
      subject: { reference: 'Patient/rich-patient' },
    })),
    questionnaireResponses: [richForm],
    facts: readClaimFacts([richForm]),
    department: 'Gastroenterology',
  })
}

const earlier = [{ orderRef: 'MedicationRequest/mr-0', authorizationNumber: 'AUTH-0' }]
const renewed = (): FhirResource[] =>
  pasRequestInput().orders.map((order) =>
    order.resourceType === 'MedicationRequest'
      ? { ...order, priorPrescription: { reference: 'MedicationRequest/mr-0' } }
      : order,
  )

/** One request a kind; `renewal` is of an infusion that was authorized before, `everything of a chart` has all four kinds of order. */
export const REQUEST_KINDS: Readonly<Record<string, () => PasRequestInput>> = {
  'specialty referral': () => requestOf([referral], { known: [dermatology] }),
  'surgery with admission': () =>
    requestOf([surgery], {
      known: [admission, charge],
      questionnaireResponses: [form],
      facts: readClaimFacts([form]),
      department: 'Surgery',
    }),
  'home care': () => requestOf([homeCare], { questionnaireResponses: [form], facts: readClaimFacts([form]) }),
  'durable equipment': () => requestOf([device]),
  'drug with administration': () => requestOf([...pasRequestInput().orders]),
  nutrition: () => requestOf([nutrition]),
  renewal: () => requestOf(renewed(), { earlier }),
  'everything of a chart': richRequest,
  'a member through another patient': () => throughSubscriber('Patient/mother', [mother]),
  'a member through a relative': () => throughSubscriber('RelatedPerson/father', [father]),
  'a member through somebody whom the chart does not show': () => throughSubscriber('Patient/mother', []),
}

/** An order whose reason is coded in clinical terms alone. */
export const clinicallyCoded = {
  order: { ...homeCare, reasonReference: [{ reference: 'Condition/crohns-clinical' }] },
  condition: clinical,
}
