/**
 * The people and places that every synthetic chart shares, with stable ids: the prescriber, the office, the infusion
 * suite, the laboratory, the insurers. NPIs are made up and carry a valid check digit.
 */
import type { Address, ContactPoint, Identifier, Location, Organization, Practitioner, PractitionerRole } from 'fhir/r4'
import { SYSTEM } from '#domain/fhir/canonical.ts'
import { concept, hl7, profiled } from './chart-builder.ts'

export const PRESCRIBER = 'Practitioner/lena-ruiz'
export const PRESCRIBER_ROLE = 'PractitionerRole/lena-ruiz-gastroenterology'
export const GASTROENTEROLOGY = 'Organization/lakeside-gastroenterology'
export const INFUSION_SUITE = 'Location/lakeside-infusion-suite'
export const CLINIC = 'Location/lakeside-clinic'
export const LABORATORY = 'Organization/lakeside-laboratory'
export const PAYER_ID_SYSTEM = 'https://payer-registry.example/id'

const npi = (value: string): Identifier => ({ system: SYSTEM.npi, value })
const phone = (value: string): ContactPoint => ({ system: 'phone', value, use: 'work' })
const fax = (value: string): ContactPoint => ({ system: 'fax', value, use: 'work' })

const LAKESIDE: Address = {
  use: 'work',
  line: ['410 Lakeside Avenue'],
  city: 'Columbus',
  state: 'OH',
  postalCode: '43215',
  country: 'US',
}

const provider = hl7('organization-type', 'prov', 'Healthcare Provider')
const insurance = hl7('organization-type', 'pay', 'Payer')

function organization(id: string, name: string, npiValue: string, telephone: string): Organization {
  return {
    resourceType: 'Organization',
    id,
    meta: profiled('us-core-organization'),
    identifier: [npi(npiValue)],
    active: true,
    type: [concept('Healthcare provider', provider)],
    name,
    telecom: [phone(telephone)],
    address: [LAKESIDE],
  }
}

function insurer(id: string, name: string, payerId: string, telephone: string, address: Address): Organization {
  return {
    resourceType: 'Organization',
    id,
    meta: profiled('us-core-organization'),
    identifier: [{ system: PAYER_ID_SYSTEM, value: payerId }],
    active: true,
    type: [concept('Payer', insurance)],
    name,
    telecom: [phone(telephone)],
    address: [address],
  }
}

interface Person {
  readonly id: string
  readonly family: string
  readonly given: string
  readonly suffix?: string
  readonly identifier: Identifier
}

const practitioner = ({ id, family, given, suffix, identifier }: Person): Practitioner => ({
  resourceType: 'Practitioner',
  id,
  meta: profiled('us-core-practitioner'),
  identifier: [identifier],
  active: true,
  name: [{ use: 'official', family, given: [given], ...(suffix === undefined ? {} : { suffix: [suffix] }) }],
  telecom: [phone('614-555-0134'), { system: 'email', value: `${id}@lakeside.example`, use: 'work' }],
  address: [LAKESIDE],
})

interface RoleOf {
  readonly id: string
  readonly person: string
  readonly organization: string
  readonly taxonomy: string
  readonly specialty: string
}

const role = ({ id, person, organization: at, taxonomy, specialty }: RoleOf): PractitionerRole => ({
  resourceType: 'PractitionerRole',
  id,
  meta: profiled('us-core-practitionerrole'),
  active: true,
  practitioner: { reference: person },
  organization: { reference: at },
  code: [concept(specialty, { system: SYSTEM.nucc, code: taxonomy })],
  specialty: [concept(specialty, { system: SYSTEM.nucc, code: taxonomy })],
  location: [{ reference: CLINIC }],
  telecom: [phone('614-555-0134'), fax('614-555-0135')],
})

interface Place {
  readonly id: string
  readonly name: string
  readonly kind: readonly [code: string, display: string]
}

const location = ({ id, name, kind }: Place): Location => ({
  resourceType: 'Location',
  id,
  meta: profiled('us-core-location'),
  status: 'active',
  name,
  mode: 'instance',
  type: [concept(name, hl7('v3-RoleCode', ...kind))],
  telecom: [phone('614-555-0140')],
  address: LAKESIDE,
  managingOrganization: { reference: GASTROENTEROLOGY },
})

const ORGANIZATIONS: readonly Organization[] = [
  organization('lakeside-gastroenterology', 'Lakeside Gastroenterology', '1992799993', '614-555-0134'),
  organization('lakeside-primary-care', 'Lakeside Primary Care', '1982699997', '614-555-0150'),
  organization('lakeside-laboratory', 'Lakeside Laboratory', '1972599991', '614-555-0160'),
  insurer('caresource-oh', 'CareSource Ohio', 'caresource-oh', '937-555-0100', {
    line: ['230 North Main Street'],
    city: 'Dayton',
    state: 'OH',
    postalCode: '45402',
    country: 'US',
  }),
  insurer('caresource-ga', 'CareSource Georgia', 'caresource-ga', '678-555-0100', {
    line: ['600 Galleria Parkway'],
    city: 'Atlanta',
    state: 'GA',
    postalCode: '30339',
    country: 'US',
  }),
  insurer('unknown-plan', 'Meadowbrook Health Plan', 'unknown-plan', '555-555-0100', {
    line: ['1 Meadow Road'],
    city: 'Toledo',
    state: 'OH',
    postalCode: '43604',
    country: 'US',
  }),
]

const PRACTITIONERS: readonly Practitioner[] = [
  practitioner({ id: 'lena-ruiz', family: 'Ruiz', given: 'Lena', suffix: 'MD', identifier: npi('1234567893') }),
  practitioner({ id: 'omar-haddad', family: 'Haddad', given: 'Omar', suffix: 'MD', identifier: npi('1962499996') }),
  practitioner({ id: 'priya-raman', family: 'Raman', given: 'Priya', suffix: 'MD', identifier: npi('1952399990') }),
  practitioner({
    id: 'ana-silva',
    family: 'Silva',
    given: 'Ana',
    identifier: { system: 'https://ehr.sandbox.example/staff', value: 'S-2041' },
  }),
]

const ROLES: readonly PractitionerRole[] = [
  role({
    id: 'lena-ruiz-gastroenterology',
    person: PRESCRIBER,
    organization: GASTROENTEROLOGY,
    taxonomy: '207RG0100X',
    specialty: 'Gastroenterology',
  }),
  role({
    id: 'omar-haddad-internal-medicine',
    person: 'Practitioner/omar-haddad',
    organization: 'Organization/lakeside-primary-care',
    taxonomy: '207R00000X',
    specialty: 'Internal medicine',
  }),
  role({
    id: 'priya-raman-radiology',
    person: 'Practitioner/priya-raman',
    organization: GASTROENTEROLOGY,
    taxonomy: '2085R0202X',
    specialty: 'Diagnostic radiology',
  }),
]

const LOCATIONS: readonly Location[] = [
  location({ id: 'lakeside-clinic', name: 'Lakeside clinic', kind: ['OF', 'Outpatient facility'] }),
  location({ id: 'lakeside-infusion-suite', name: 'Lakeside infusion suite', kind: ['OF', 'Outpatient facility'] }),
]

/** All shared resources; the same objects for every chart, never to be changed in place. */
export const DIRECTORY: readonly (Organization | Practitioner | PractitionerRole | Location)[] = [
  ...ORGANIZATIONS,
  ...PRACTITIONERS,
  ...ROLES,
  ...LOCATIONS,
]
