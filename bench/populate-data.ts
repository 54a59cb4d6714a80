/**
 * A form and a chart of any size, the same at every run: 40 % Observation, 25 % Condition, 20 % MedicationRequest,
 * 15 % Procedure, two codings each; 85 % of the items have an expression, of six kinds in turn.
 */
import type { Bundle, FhirResource, Patient, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { EXT } from '../src/domain/fhir/canonical.ts'

export interface PopulateCase {
  readonly questionnaire: Questionnaire
  readonly patient: Patient
  /** What each search gives, by resource type. */
  readonly bundles: Readonly<Record<string, Bundle>>
}

const CODES = 60
const LOINC = 'http://loinc.org'
const SNOMED = 'http://snomed.info/sct'
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm'
const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm'
const CPT = 'http://www.ama-assn.org/go/cpt'
const CLINICAL = 'http://terminology.hl7.org/CodeSystem/condition-clinical'
const UCUM = 'http://unitsofmeasure.org'

/** A generator of numbers below a limit that always begins the same way. */
function numbers(): (below: number) => number {
  let state = 42
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
}

const local = (system: string, code: string) => [
  { system, code, display: `Code ${code}` },
  { system: 'urn:precert:local', code: `L-${code}` },
]
const day = (number: number): string => new Date(Date.UTC(2020, 0, 1 + number)).toISOString().slice(0, 10)

/** The resource at a position of the chart, by its share of every hundred. */
function resourceAt(position: number, next: (below: number) => number): FhirResource {
  const share = position % 100
  const code = next(CODES)
  const id = String(position)
  const subject = { reference: 'Patient/bench' }
  if (share < 40)
    return {
      resourceType: 'Observation',
      id: `o${id}`,
      status: 'final',
      category: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
      ],
      code: { coding: local(LOINC, `${String(1000 + code)}-1`), text: `Test ${String(code)}` },
      subject,
      effectiveDateTime: day(next(2500)),
      valueQuantity: { value: next(1000) / 10, unit: 'mg/dL', system: UCUM, code: 'mg/dL' },
    }
  if (share < 65)
    return {
      resourceType: 'Condition',
      id: `c${id}`,
      clinicalStatus: { coding: [{ system: CLINICAL, code: next(3) === 0 ? 'resolved' : 'active' }] },
      code: {
        coding: [...local(ICD, `E${String(10 + code)}`), { system: SNOMED, code: String(44_054_000 + code) }],
        text: `Disease ${String(code)}`,
      },
      subject,
      onsetDateTime: day(next(2500)),
    }
  if (share < 85)
    return {
      resourceType: 'MedicationRequest',
      id: `m${id}`,
      status: 'active',
      intent: 'order',
      medicationCodeableConcept: { coding: local(RXNORM, String(860_900 + code)), text: `Drug ${String(code)}` },
      subject,
      authoredOn: day(next(2500)),
      dosageInstruction: [{ text: `${String(1 + next(3))} daily` }],
    }
  return {
    resourceType: 'Procedure',
    id: `p${id}`,
    status: 'completed',
    code: { coding: local(CPT, String(99_000 + code)), text: `Procedure ${String(code)}` },
    subject,
    performedDateTime: day(next(2500)),
  }
}

type Kind = readonly [type: QuestionnaireItem['type'], expression: (code: number) => string]

const KINDS: readonly Kind[] = [
  ['string', () => `%patient.name.where(use = 'official').given.first()`],
  [
    'decimal',
    (code) =>
      `%observations.entry.resource.where(code.coding.where(system = '${LOINC}' and code = '${String(1000 + code)}-1').exists()).value.ofType(Quantity).value.first()`,
  ],
  [
    'boolean',
    (code) =>
      `%conditions.entry.resource.where(code.coding.where(system = '${ICD}' and code = 'E${String(10 + code)}').exists()).exists()`,
  ],
  [
    'string',
    (code) =>
      `%conditions.entry.resource.where(clinicalStatus.coding.where(code = 'active').exists() and code.coding.where(system = '${ICD}' and code = 'E${String(10 + code)}').exists()).code.text.first()`,
  ],
  [
    'string',
    (code) =>
      `%medications.entry.resource.where(medication.coding.where(system = '${RXNORM}' and code = '${String(860_900 + code)}').exists()).dosageInstruction.text.first()`,
  ],
  [
    'date',
    (code) =>
      `%procedures.entry.resource.where(code.coding.where(system = '${CPT}' and code = '${String(99_000 + code)}').exists()).performed.first()`,
  ],
]

function itemAt(position: number): QuestionnaireItem {
  const [type, expression] = KINDS[position % KINDS.length] ?? KINDS[0] ?? ['string', () => '']
  const item: QuestionnaireItem = { linkId: `q${String(position)}`, text: `Question ${String(position)}`, type }
  if (position % 20 >= 17) return item
  const valueExpression = { language: 'text/fhirpath' as const, expression: expression((position * 7) % CODES) }
  return { ...item, extension: [{ url: EXT.initialExpression, valueExpression }] }
}

const variable = (name: string, type: string) => ({
  url: EXT.variable,
  valueExpression: {
    name,
    language: 'application/x-fhir-query' as const,
    expression: `${type}?patient={{%patient.id}}`,
  },
})

function questionnaireOf(items: number): Questionnaire {
  const all = Array.from({ length: items }, (_, position) => itemAt(position))
  const groups = Array.from({ length: Math.ceil(items / 10) }, (_, at) => ({
    linkId: `g${String(at)}`,
    text: `Group ${String(at)}`,
    type: 'group' as const,
    item: all.slice(at * 10, at * 10 + 10),
  }))
  return {
    resourceType: 'Questionnaire',
    id: 'bench',
    url: 'urn:precert:bench',
    status: 'active',
    extension: [
      {
        url: EXT.launchContext,
        extension: [
          { url: 'name', valueCoding: { code: 'patient' } },
          { url: 'type', valueCode: 'Patient' },
        ],
      },
      variable('observations', 'Observation'),
      variable('conditions', 'Condition'),
      variable('medications', 'MedicationRequest'),
      variable('procedures', 'Procedure'),
    ],
    item: groups,
  }
}

/** The case of a size, made anew: nothing that an engine keeps with a chart is there yet. */
export function makeCase(items: number, resources: number): PopulateCase {
  const next = numbers()
  const chart = Array.from({ length: resources }, (_, position) => resourceAt(position, next))
  const bundles: Record<string, Bundle> = {}
  for (const type of ['Observation', 'Condition', 'MedicationRequest', 'Procedure']) {
    const entry = chart.filter(({ resourceType }) => resourceType === type).map((resource) => ({ resource }))
    bundles[type] = { resourceType: 'Bundle', type: 'searchset', total: entry.length, entry }
  }
  const patient: Patient = {
    resourceType: 'Patient',
    id: 'bench',
    name: [{ use: 'official', family: 'Bench', given: ['Ada'] }],
    birthDate: '1970-01-01',
  }
  return { questionnaire: questionnaireOf(items), patient, bundles }
}
