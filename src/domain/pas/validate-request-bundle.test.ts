import type { Bundle, FhirResource } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { pasRequestInput } from '../../../test/support/pas-request.ts'
import { profileSet } from '../../../test/support/profile-set.ts'
import { hasShared, readSharedPackage } from '../../../test/support/shared-data.ts'
import { faultPath } from '../profile/issue.ts'
import { pathOfName } from '../profile/path/item.ts'
import { buildPasRequestBundle } from './request-bundle.ts'
import { validatePasInquiryBundle, validatePasRequestBundle } from './validate-request-bundle.ts'

type Json = Record<string, unknown>

function bundle(): Bundle<FhirResource> {
  const built = buildPasRequestBundle(pasRequestInput({ urgency: { level: 'expedited', reason: 'Flare' } }))
  if (!built.ok) throw new Error(built.error.reason)
  return structuredClone(built.value.bundle)
}

/** Follows `Bundle.a.b[0]`; the last name is given to `change` with its owner. */
function broken(path: string, change: (owner: Json, name: string) => void): unknown {
  const body = bundle()
  const names = path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .slice(1)
  const last = names.pop() ?? ''
  const owner = names.reduce<Json>((at, name) => at[name] as Json, body as unknown as Json)
  change(owner, last)
  return body
}
const set =
  (value: unknown) =>
  (owner: Json, name: string): void =>
    void (owner[name] = value)
const remove = (owner: Json, name: string): void => void delete owner[name]

const at = (type: string): number => bundle().entry?.findIndex(({ resource }) => resource?.resourceType === type) ?? -1
const entry = (type: string): string => `Bundle.entry[${at(type)}].resource`
const CLAIM = 'Bundle.entry[0].resource'
const X12 = 'https://codesystem.x12.org/005010'
const concept = (system: string, code: string): object => ({ coding: [{ system, code }] })

const judge = (body: unknown): string[] =>
  validatePasRequestBundle(profileSet('pas-2.2.1'), body).map(
    (fault) => `${faultPath(fault)} ${fault.id.replace(/^.*#/, '')}`,
  )
const placesOf = (body: unknown): string[] => validatePasRequestBundle(profileSet('pas-2.2.1'), body).map(faultPath)

/** Where the validator says it where the place is not just that of the change. */
const PLACES: Readonly<Record<string, string>> = {
  [`${CLAIM}.supportingInfo[0].valueString`]: `${CLAIM}.supportingInfo[0].value`,
  [`${CLAIM}.supportingInfo[1].timingDate`]: `${CLAIM}.supportingInfo[1].timing`,
  [`${entry('Coverage')}.identifier.where(type.coding.code = 'MB')`]: `${entry('Coverage')}.identifier`,
  [`${entry('PractitionerRole')}.telecom`]: entry('PractitionerRole'),
  [`${entry('Practitioner')}.identifier[0].value`]: `${entry('Practitioner')}.identifier[0]`,
}

describe('the check of a request Bundle', () => {
  it.each([
    ['required', 'Bundle.identifier', remove],
    ['identifier-too-long', 'Bundle.identifier.value', set('x'.repeat(51))],
    ['wrong-value', 'Bundle.type', set('transaction')],
    ['wrong-type', 'Bundle.timestamp', set('2026-11-22')],
    ['required', 'Bundle.entry[1].fullUrl', remove],
    ['full-url', 'Bundle.entry[1].fullUrl', set('Patient/pat-1')],
    ['not-allowed', 'Bundle.entry[1].request', set({ method: 'POST' })],
    ['wrong-value', `${CLAIM}.status`, set('draft')],
    ['wrong-value', `${CLAIM}.use`, set('claim')],
    ['code-not-allowed', `${CLAIM}.type`, set(concept('http://terminology.hl7.org/CodeSystem/claim-type', 'vision'))],
    ['required', `${CLAIM}.identifier`, remove],
    ['required', `${CLAIM}.identifier[0].system`, remove],
    ['required', `${CLAIM}.patient`, remove],
    ['required', `${CLAIM}.created`, remove],
    ['required', `${CLAIM}.priority`, remove],
    ['required', `${CLAIM}.insurance`, remove],
    ['wrong-value', `${CLAIM}.insurance[0].focal`, set(false)],
    ['required', `${CLAIM}.item`, remove],
    ['required', `${CLAIM}.item[0].sequence`, remove],
    ['wrong-type', `${CLAIM}.item[0].sequence`, set('1')],
    ['wrong-type', `${CLAIM}.item[0].sequence`, set(0)],
    ['duplicate', `${CLAIM}.item[1].sequence`, set(1)],
    ['sequence-unknown', `${CLAIM}.item[0].informationSequence[0]`, set(99)],
    ['required', `${CLAIM}.item[0].category`, remove],
    ['code-not-allowed', `${CLAIM}.item[0].category`, set(concept('http://example.org', '1'))],
    ['required', `${CLAIM}.item[0].productOrService`, remove],
    ['code-not-allowed', `${CLAIM}.item[0].productOrService`, set(concept('http://snomed.info/sct', '1'))],
    ['full-date-required', `${CLAIM}.item[0].servicedPeriod.start`, set('2026-12')],
    ['full-date-required', `${CLAIM}.item[0].servicedPeriod.start`, set('2026-12-01T00:00:00Z')],
    ['not-allowed', `${CLAIM}.item[0].locationReference`, set({ reference: 'Location/1' })],
    ['code-not-allowed', `${CLAIM}.item[0].locationCodeableConcept`, set(concept('http://example.org', '11'))],
    ['required', `${CLAIM}.item[0].quantity.value`, remove],
    ['code-not-allowed', `${CLAIM}.item[0].quantity.code`, set('mg')],
    ['quantity-unit', `${CLAIM}.item[0].quantity.system`, set('http://unitsofmeasure.org')],
    ['not-allowed', `${CLAIM}.item[0].quantity.comparator`, set('<')],
    ['duplicate', `${CLAIM}.supportingInfo[1].sequence`, set(1)],
    ['not-allowed', `${CLAIM}.supportingInfo[0].valueString`, set('x')],
    ['not-allowed', `${CLAIM}.supportingInfo[1].timingDate`, set('2026-12-01')],
    ['code-not-allowed', `${CLAIM}.supportingInfo[0].category`, set(concept('http://example.org', 'x'))],
    [
      'code-not-allowed',
      `${CLAIM}.diagnosis[0].diagnosisCodeableConcept`,
      set(concept('http://snomed.info/sct', '34000006')),
    ],
    ['not-allowed', `${CLAIM}.diagnosis[0].diagnosisReference`, set({ reference: 'Condition/crohns' })],
    ['required', `${CLAIM}.careTeam[0].provider`, remove],
    ['modifier-unknown', `${CLAIM}.item[0].modifierExtension[0]`, (owner: Json) => void Object.assign(owner, {})],
    ['reference-dangling', `${CLAIM}.insurer`, set({ reference: 'Organization/nobody' })],
    ['reference-target', `${CLAIM}.provider`, set({ reference: 'https://ehr.example/fhir/Practitioner/lena-ruiz' })],
    ['required', `${entry('Patient')}.gender`, remove],
    ['full-date-required', `${entry('Patient')}.birthDate`, set('1992')],
    ['required', `${entry('Patient')}.identifier[0].system`, remove],
    ['required', `${entry('Patient')}.telecom[0].value`, remove],
    ['required', `${entry('Coverage')}.identifier.where(type.coding.code = 'MB')`, null],
    ['wrong-value', `${entry('Coverage')}.status`, set('draft')],
    ['required', `${entry('Coverage')}.relationship`, remove],
    ['required', `${entry('PractitionerRole')}.practitioner`, remove],
    ['contact-required', `${entry('PractitionerRole')}.telecom`, remove],
    ['npi-invalid', `${entry('Practitioner')}.identifier[0].value`, set('1003000127')],
    ['required', `${entry('Practitioner')}.name`, remove],
    ['wrong-value', `${entry('MedicationRequest')}.status`, set('draft')],
    ['required', `${entry('MedicationRequest')}.requester`, remove],
    ['required', `${entry('DocumentReference')}.content[0].attachment.data`, remove],
    ['not-allowed', `${entry('DocumentReference')}.content[0].attachment.url`, set('Binary/1')],
  ] as [string, string, ((owner: Json, name: string) => void) | null][])('finds %s at %s', (reason, path, change) => {
    const body =
      change === null
        ? broken(`${entry('Coverage')}.identifier[0].type`, remove)
        : reason === 'modifier-unknown'
          ? broken(
              `${CLAIM}.item[0].modifierExtension`,
              set([{ url: 'http://example.org/unknown', valueBoolean: true }]),
            )
          : broken(path, change)
    expect(placesOf(body)).toContain(PLACES[path] ?? path.replace(/[a-z]\w*/g, pathOfName))
  })

  it('finds missing extensions where a profile asks for them', () => {
    for (const [path, url] of [
      [`${CLAIM}.item[0]`, 'extension-serviceItemRequestType'],
      [`${CLAIM}.item[0]`, 'extension-certificationType'],
      [`${CLAIM}.supportingInfo[1]`, 'extension-documentInformation'],
      [`${CLAIM}.careTeam[0]`, 'extension-careTeamClaimScope'],
    ] as const) {
      const body = broken(`${path}.extension`, set([]))
      expect(placesOf(body)).toContain(
        `${path}.extension('http://hl7.org/fhir/us/davinci-pas/StructureDefinition/${url}')`,
      )
    }
  })

  it('wants the Claim first, each instance once, and one Claim unless it is an update', () => {
    const body = bundle()
    const entries = body.entry ?? []
    expect(judge({ ...body, entry: [...entries].reverse() })).toContain('Bundle ClaimFirst')
    expect(judge({ ...body, entry: [...entries, entries[1]] })).toContain(
      `Bundle.entry[${entries.length}] PAS_Instance_Twice`,
    )
    const second = { fullUrl: 'urn:uuid:6f2d3f7e-5d3a-4b8f-9f57-0d0a5b9f3c99', resource: entries[0]?.resource }
    expect(judge({ ...body, entry: [...entries, second] })).toContain(
      `Bundle.entry[${entries.length}].resource PAS_Prior_Claim`,
    )
  })

  it('asks for X12 18 or a subscriber, and for a level of service with an immediate appeal', () => {
    const self = broken(`${entry('Coverage')}.relationship.coding`, set([{ code: 'self' }]))
    expect(judge(self)).toContain(`${entry('Coverage')} self-beneficiary`)
    const built = buildPasRequestBundle(pasRequestInput())
    const appeal = JSON.parse(
      JSON.stringify(built.ok && built.value.bundle).replace(`"${X12}/1322","code":"I"`, `"${X12}/1322","code":"1"`),
    ) as unknown
    expect(judge(appeal)).toContain(`${CLAIM}.item[0] PAS_Level_Of_Service`)
  })

  it('answers anything, however hostile, with faults and never throws', () => {
    let deep: unknown = { reference: 'x' }
    for (let index = 0; index < 2000; index++) deep = { a: deep }
    const resource = { resourceType: 'Claim', item: deep }
    for (const body of [null, 1, 'x', [], {}, { resourceType: 'Bundle' }, { resourceType: 'Bundle', entry: [] }])
      expect(judge(body).length).toBeGreaterThan(0)
    expect(judge({ resourceType: 'Bundle', entry: [{ fullUrl: 'urn:x', resource }] }).length).toBeGreaterThan(0)
    const set = profileSet('pas-2.2.1')
    expect(validatePasInquiryBundle(set, { resourceType: 'Bundle', entry: [{}] }).length).toBeGreaterThan(0)
  })

  it.skipIf(!hasShared('fhir-packages'))(
    'judges the official requests: only their documented faults (needs ../shared/data)',
    () => {
      const faults = [...readSharedPackage('hl7.fhir.us.davinci-pas-2.2.1', 'package/example/Bundle-')]
        .filter(([name]) => /Homecare|Medical|ReferralAuthorizationBundle|SurgicalRequest/.test(name))
        .flatMap(([name, json]) => judge(json).map((fault) => `${name.replace(/^.*Bundle-/, '')} ${fault}`))
      expect(faults).toEqual([
        // UCUM where PASQuantity wants X12 673.
        'ReferralAuthorizationBundleExample.json Bundle.entry[5].resource.quantity.ofType(Quantity).system PAS_Quantity_Unit',
        // The PractitionerRole's targets were left out of the Bundle.
        'SurgicalRequestBundleExample.json Bundle.entry[6].resource.practitioner PAS_Reference_Dangling',
        'SurgicalRequestBundleExample.json Bundle.entry[6].resource.location[0] PAS_Reference_Dangling',
      ])
      const inquiry = readSharedPackage('hl7.fhir.us.davinci-pas-2.2.1', 'package/example/Bundle-PASClaimInquiryBundle')
      for (const json of inquiry.values()) expect(validatePasInquiryBundle(profileSet('pas-2.2.1'), json)).toEqual([])
    },
  )
})
