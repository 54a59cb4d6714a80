/** A large chart for CQL: the same for the same size, shaped as US Core wants it. */
import type { Coding } from 'fhir/r4'
import type { SourceResource } from '#domain/dtr/expression/expression.ts'

const CONFIRMED = {
  verificationStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'confirmed' }],
  },
}
const LAB_CODES = ['2744-1', '2019-8', '59417-6', '8867-4', '1960-4', '8480-6', '32354-3', '2703-7']

/** `codes`: of the conditions that the form is about; one condition in two hundred is such a one. */
export function generateCqlChart(size: number, patient: string, codes: readonly Coding[]): SourceResource[] {
  const subject = { reference: `Patient/${patient}` }
  return Array.from({ length: size }, (_none, index): SourceResource => {
    const share = (index * 7) % 20
    const id = `g${String(index)}`
    if (share < 8) return observation(index, id, subject)
    if (share < 13) return condition(index, id, subject, codes)
    if (share < 17) return medication(index, id, subject)
    return procedure(index, id, subject)
  })
}

const resource = (fields: object): SourceResource => fields as SourceResource

function observation(index: number, id: string, subject: object): SourceResource {
  const code = LAB_CODES[index % LAB_CODES.length] ?? ''
  return resource({
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
    ],
    code: { coding: [{ system: 'http://loinc.org', code, display: `Test ${code}` }] },
    subject,
    effectiveDateTime: `2023-0${String((index % 9) + 1)}-11T10:00:00Z`,
    issued: `2023-0${String((index % 9) + 1)}-11T11:00:00Z`,
    valueQuantity: { value: index % 100, unit: '%', system: 'http://unitsofmeasure.org', code: '%' },
  })
}

function condition(index: number, id: string, subject: object, codes: readonly Coding[]): SourceResource {
  const number = String(index % 300)
  const icd = { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: `Z${number}`, display: `Problem ${number}` }
  const about = codes[index % Math.max(codes.length, 1)]
  return resource({
    resourceType: 'Condition',
    id,
    clinicalStatus: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/condition-clinical',
          code: index % 3 === 0 ? 'resolved' : 'active',
        },
      ],
    },
    ...CONFIRMED,
    code: {
      coding: [
        index % 200 === 0 && about !== undefined ? about : icd,
        { system: 'http://snomed.info/sct', code: `7${number}`, display: `Problem ${number}` },
      ],
    },
    subject,
    onsetDateTime: '2020-01-01',
  })
}

function medication(index: number, id: string, subject: object): SourceResource {
  const code = String(index % 100)
  return resource({
    resourceType: 'MedicationRequest',
    id,
    status: 'active',
    intent: 'order',
    subject,
    medicationCodeableConcept: {
      coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code, display: `Drug ${code}` }],
    },
  })
}

function procedure(index: number, id: string, subject: object): SourceResource {
  const code = String(index % 80)
  return resource({
    resourceType: 'Procedure',
    id,
    status: 'completed',
    subject,
    code: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code, display: `Procedure ${code}` }] },
    performedDateTime: '2023-01-01',
  })
}
