import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  Bundle,
  Claim,
  Coverage,
  FhirResource,
  MedicationRequest,
  Organization,
  PractitionerRole,
  QuestionnaireResponse,
} from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { parsePasRequest } from './pas-request.ts'

const FIXTURE = readFileSync(join(import.meta.dirname, 'fixtures/pas-request.json'), 'utf8')

type Edit = (bundle: Bundle<FhirResource>) => void

/** What the payer says to the fixture after one change: `[status, expressions]`. */
function judge(edit: Edit): { status: number; paths: string[] } {
  const bundle = JSON.parse(FIXTURE) as Bundle<FhirResource>
  edit(bundle)
  const parsed = parsePasRequest(JSON.stringify(bundle), 'submit')
  return parsed.ok
    ? { status: 200, paths: [] }
    : { status: parsed.error.status, paths: parsed.error.issues.map((one) => one.path ?? '') }
}
const claimOf = (bundle: Bundle<FhirResource>): Claim => bundle.entry?.[0]?.resource as Claim
function find<T extends FhirResource>(bundle: Bundle<FhirResource>, type: T['resourceType']): T {
  return bundle.entry?.find((entry) => entry.resource?.resourceType === type)?.resource as T
}

const BROKEN: readonly (readonly [rule: string, at: string, edit: Edit])[] = [
  ['a Bundle has an identifier', 'Bundle.identifier', (b) => delete b.identifier],
  ['a Bundle is a collection', 'Bundle.type', (b) => void (b.type = 'batch')],
  ['a Bundle has a timestamp', 'Bundle.timestamp', (b) => delete b.timestamp],
  ['a Bundle is not empty', 'Bundle.entry', (b) => void (b.entry = [])],
  ['the Claim comes first', 'Bundle.entry[0].resource', (b) => void b.entry?.reverse()],
  ['a fullUrl is absolute', 'Bundle.entry[1].fullUrl', (b) => void (b.entry![1]!.fullUrl = 'Patient/maya-okafor')],
  [
    'a urn is a version 4 uuid',
    'Bundle.entry[0].fullUrl',
    (b) => void (b.entry![0]!.fullUrl = 'urn:uuid:00000001-0000-1000-8000-000000000000'),
  ],
  [
    'an entry carries no request',
    'Bundle.entry[1]',
    (b) => void (b.entry![1]!.request = { method: 'POST', url: 'Patient' }),
  ],
  ['an instance is there once', 'Bundle.entry[10]', (b) => void b.entry!.splice(10, 0, structuredClone(b.entry![1]!))],
  [
    'a reference leads to an entry',
    'Bundle.entry[1].resource.managingOrganization',
    (b) => void Object.assign(b.entry![1]!.resource!, { managingOrganization: { reference: 'Organization/away' } }),
  ],
  [
    'every entry is referred to',
    'Bundle.entry[10]',
    (b) =>
      void b.entry!.splice(10, 0, {
        fullUrl: 'http://127.0.0.1:9/fhir/Observation/x',
        resource: { resourceType: 'Observation', id: 'x', status: 'final', code: {} },
      }),
  ],
  ['a Claim is active', 'Bundle.entry[0].resource.status', (b) => void (claimOf(b).status = 'draft')],
  ['a Claim is a preauthorization', 'Bundle.entry[0].resource.use', (b) => void (claimOf(b).use = 'claim')],
  [
    'a Claim has an identifier with a system',
    'Bundle.entry[0].resource.identifier[0]',
    (b) => void (claimOf(b).identifier = [{ value: 'x' }]),
  ],
  [
    'the provider is never a bare Practitioner',
    'Bundle.entry[0].resource.provider',
    (b) => void (claimOf(b).provider = { reference: 'http://127.0.0.1:9/fhir/Practitioner/lena-ruiz' }),
  ],
  [
    'insurance is focal',
    'Bundle.entry[0].resource.insurance[0].focal',
    (b) => void (claimOf(b).insurance[0]!.focal = false),
  ],
  [
    'additional information has a report type',
    'Bundle.entry[0].resource.supportingInfo[0].extension',
    (b) => delete claimOf(b).supportingInfo![0]!.extension,
  ],
  [
    'a supportingInfo category is one of PAS',
    'Bundle.entry[0].resource.supportingInfo[0].category',
    (b) => void (claimOf(b).supportingInfo![0]!.category = { text: 'x' }),
  ],
  [
    'a diagnosis is coded',
    'Bundle.entry[0].resource.diagnosis[0].diagnosis',
    (b) => void (claimOf(b).diagnosis![0]!.diagnosisCodeableConcept = { text: 'Crohn' }),
  ],
  [
    'an item names a requestType',
    'Bundle.entry[0].resource.item[0].extension',
    (b) => void claimOf(b).item![0]!.extension!.splice(1, 1),
  ],
  [
    'an item has a place',
    'Bundle.entry[0].resource.item[1].location',
    (b) => delete claimOf(b).item![1]!.locationCodeableConcept,
  ],
  [
    'an item code is one a 278 carries',
    'Bundle.entry[0].resource.item[0].productOrService',
    (b) =>
      void (claimOf(b).item![0]!.productOrService = {
        coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '191831' }],
      }),
  ],
  ['item sequences are unique', 'Bundle.entry[0].resource.item', (b) => void (claimOf(b).item![1]!.sequence = 1)],
  [
    'a linked sequence exists',
    'Bundle.entry[0].resource.item[0].diagnosisSequence',
    (b) => void (claimOf(b).item![0]!.diagnosisSequence = [9]),
  ],
  [
    'a quantity is no UCUM',
    'Bundle.entry[0].resource.item[0].quantity.system',
    (b) => void (claimOf(b).item![0]!.quantity!.system = 'http://unitsofmeasure.org'),
  ],
  [
    'a unit is one that a request takes',
    'Bundle.entry[0].resource.item[0].quantity.code',
    (b) => void (claimOf(b).item![0]!.quantity!.code = 'ZZ'),
  ],
  [
    'a serviced date is a full date',
    'Bundle.entry[0].resource.item[0].serviced',
    (b) => void (claimOf(b).item![0]!.servicedPeriod!.start = '2026-12'),
  ],
  [
    'a Coverage has one member id',
    'Bundle.entry[2].resource.identifier',
    (b) => void (find<Coverage>(b, 'Coverage').identifier = [{ value: 'x' }]),
  ],
  [
    'FHIR self alone is not self',
    'Bundle.entry[2].resource',
    (b) => void find<Coverage>(b, 'Coverage').relationship!.coding!.pop(),
  ],
  [
    'an insurer is active',
    'Bundle.entry[3].resource.active',
    (b) => void ((b.entry![3]!.resource as Organization).active = false),
  ],
  [
    'an insurer is typed by X12',
    'Bundle.entry[3].resource.type',
    (b) => void ((b.entry![3]!.resource as Organization).type = [{ text: 'Payer' }]),
  ],
  [
    'an NPI passes its check digit',
    'Bundle.entry[6].resource.identifier[0].value',
    (b) => void ((b.entry![6]!.resource as Organization).identifier![0]!.value = '1245319590'),
  ],
  [
    'a PractitionerRole can be reached',
    'Bundle.entry[4].resource',
    (b) => delete find<PractitionerRole>(b, 'PractitionerRole').telecom,
  ],
  [
    'a requested MedicationRequest is active',
    'Bundle.entry[7].resource.status',
    (b) => void (find<MedicationRequest>(b, 'MedicationRequest').status = 'draft'),
  ],
  [
    'a QuestionnaireResponse is completed',
    'Bundle.entry[10].resource.status',
    (b) => void (find<QuestionnaireResponse>(b, 'QuestionnaireResponse').status = 'in-progress'),
  ],
  [
    'every answer has its origin',
    'Bundle.entry[10].resource.item[0].answer[0].extension',
    (b) =>
      void (find<QuestionnaireResponse>(b, 'QuestionnaireResponse').item = [
        { linkId: 'x', answer: [{ valueBoolean: true }] },
      ]),
  ],
]

describe('parsePasRequest', () => {
  it('accepts the fixture, which the official validator accepts', () =>
    expect(judge(() => undefined)).toEqual({ status: 200, paths: [] }))

  it.each(BROKEN)('refuses what breaks: %s', (_rule, at, edit) => {
    const verdict = judge(edit)
    expect(verdict.status).toBe(400)
    expect(verdict.paths).toContain(at)
  })

  it('refuses broken JSON, a Bundle in Parameters, and entries that are no list', () => {
    for (const body of [
      '{',
      '[]',
      '{"resourceType":"Parameters"}',
      '{"resourceType":"Bundle","entry":{}}',
      '{"resourceType":"Bundle"}',
    ])
      expect(parsePasRequest(body, 'submit')).toMatchObject({ ok: false, error: { status: 400 } })
  })

  it('answers 400 to elements of the wrong JSON type instead of breaking', () => {
    const verdict = judge((bundle) => void Object.assign(claimOf(bundle), { item: { sequence: 1 } }))
    expect(verdict.status).toBe(400)
  })
})
