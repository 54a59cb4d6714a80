/** The orders of an infliximab-dyyb infusion as an EHR writes them: the drug and its two administration codes. */
import type { MedicationRequest, ServiceRequest } from 'fhir/r4'

const GROUP = { system: 'https://ehr.example/order-group', value: 'G-1001' }
const CROHNS = { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K50.90' }] }
const UNITS = { system: 'https://codesystem.x12.org/005010/673', code: 'UN', unit: 'unit' }

const dose = {
  doseAndRate: [{ doseQuantity: { value: 5, unit: 'mg/kg', system: 'http://unitsofmeasure.org', code: 'mg/kg' } }],
}

function administration(id: string, code: string): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    id,
    status: 'draft',
    intent: 'order',
    requisition: GROUP,
    code: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code }] },
    quantityQuantity: { value: 5, ...UNITS },
    subject: { reference: 'Patient/pat-1' },
    encounter: { reference: 'Encounter/enc-1' },
    occurrenceTiming: { repeat: { count: 5 } },
    authoredOn: '2026-11-22',
    requester: { reference: 'Practitioner/lena-ruiz' },
    reasonCode: [CROHNS],
    insurance: [{ reference: 'Coverage/cov-1' }],
  }
}

export function infusionOrders(): [MedicationRequest, ServiceRequest, ServiceRequest] {
  return [
    {
      resourceType: 'MedicationRequest',
      id: 'mr-1',
      meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-medicationrequest'] },
      extension: [
        {
          url: 'http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information',
          extension: [
            { url: 'coverage', valueReference: { reference: 'Coverage/cov-1' } },
            { url: 'covered', valueCode: 'covered' },
            { url: 'pa-needed', valueCode: 'auth-needed' },
            { url: 'date', valueDate: '2026-11-22' },
            { url: 'coverage-assertion-id', valueString: 'A-77' },
          ],
        },
      ],
      status: 'draft',
      intent: 'order',
      groupIdentifier: GROUP,
      medicationCodeableConcept: {
        coding: [
          { system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '191831', display: 'infliximab' },
          { system: 'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', code: 'Q5103' },
        ],
        text: 'Infliximab-dyyb infusion, 5 mg/kg',
      },
      subject: { reference: 'Patient/pat-1' },
      encounter: { reference: 'Encounter/enc-1' },
      authoredOn: '2026-11-22',
      requester: { reference: 'Practitioner/lena-ruiz' },
      reasonCode: [CROHNS],
      insurance: [{ reference: 'Coverage/cov-1' }],
      dosageInstruction: [
        { sequence: 1, text: '5 mg/kg IV at weeks 0, 2 and 6', timing: { repeat: { count: 3 } }, ...dose },
        {
          sequence: 2,
          text: '5 mg/kg IV every 8 weeks',
          timing: { repeat: { count: 2, frequency: 1, period: 8, periodUnit: 'wk' } },
          ...dose,
        },
      ],
      dispenseRequest: { validityPeriod: { start: '2026-12-01', end: '2027-05-31' } },
    },
    administration('sr-1', '96413'),
    administration('sr-2', '96415'),
  ]
}
