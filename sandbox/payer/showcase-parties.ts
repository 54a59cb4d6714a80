/**
 * The parties of the showcase: those of the request as this payer's own files have them, with every must-support element of
 * their profiles (spec pas.md §2.7 to §2.9, §11.4). What the request says of them stays; what it leaves open is filled.
 */
import type {
  Address,
  BundleEntry,
  ClaimResponse,
  ContactPoint,
  Extension,
  FhirResource,
  Identifier,
  Organization,
  Patient,
  Practitioner,
  PractitionerRole,
} from 'fhir/r4'
import { SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { resolveFullUrl } from './pas-bundle.ts'
import type { Shown } from './showcase-lines.ts'

type Entry = BundleEntry<FhirResource>

const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition'
const phone: ContactPoint = { system: 'phone', value: '+1 614 555 0150', use: 'work' }
const office: Address = { line: ['100 Main Street'], city: 'Columbus', state: 'OH', postalCode: '43215', country: 'US' }

/** The first of a list, with what it lacks; a list of one where there is none. */
function completeFirst<T extends object>(list: readonly T[] | undefined, lacking: T): T[] {
  const [first, ...rest] = list ?? []
  return [{ ...lacking, ...first }, ...rest]
}

/** A number of each kind that the profile has a slice for. */
function completeNumbers(known: readonly Identifier[] | undefined, receiverId: string): Identifier[] {
  const isPayerId = ({ type }: Identifier): boolean => type?.coding?.some(({ code }) => code === 'payerid') === true
  const has = (isIt: (one: Identifier) => boolean): boolean => known?.some(isIt) === true
  return [
    ...(known ?? []),
    ...(has(({ system }) => system === SYSTEM.npi) ? [] : [{ system: SYSTEM.npi, value: '1679576722' }]),
    ...(has(({ system }) => system === SYSTEM.employerId) ? [] : [{ system: SYSTEM.employerId, value: '310000009' }]),
    ...(has(isPayerId)
      ? []
      : [
          {
            type: { coding: [{ system: SYSTEM.carinIdentifierType, code: 'payerid' }] },
            system: 'https://payer-registry.example/submitter',
            value: receiverId,
          },
        ]),
  ]
}

/** 2.0.1 asks for these; 2.2.1 leaves them to US Core. */
function demographics(known: readonly Extension[] | undefined): Extension[] {
  const category = (name: string, code: string, display: string): Extension => ({
    url: `${US_CORE}/${name}`,
    extension: [
      { url: 'ombCategory', valueCoding: { system: 'urn:oid:2.16.840.1.113883.6.238', code, display } },
      { url: 'text', valueString: display },
    ],
  })
  const all = [
    category('us-core-race', '2106-3', 'White'),
    category('us-core-ethnicity', '2186-5', 'Not Hispanic or Latino'),
    { url: `${US_CORE}/us-core-birthsex`, valueCode: 'UNK' },
  ]
  return [...(known ?? []), ...all.filter(({ url }) => known?.some((one) => one.url === url) !== true)]
}

function showMember({ multipleBirthBoolean, ...patient }: Patient, isOlder: boolean): Patient {
  const home = { ...office, district: 'Franklin', ...(isOlder ? { period: { start: '2020-01-01' } } : {}) }
  return {
    ...patient,
    ...(isOlder ? { extension: demographics(patient.extension) } : {}),
    name: completeFirst(patient.name, { prefix: ['Mx.'], suffix: ['Jr.'] }),
    telecom: completeFirst(patient.telecom, { ...phone, use: 'home' }),
    address: completeFirst(patient.address, home),
    // Which of twins, as the payer knows; a mere yes says less.
    multipleBirthInteger: patient.multipleBirthInteger ?? (multipleBirthBoolean === true ? 2 : 1),
    communication: patient.communication ?? [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'en' }] } }],
  }
}

function showOrganization(organization: Organization, receiverId: string): Organization {
  return {
    ...organization,
    identifier: completeNumbers(organization.identifier, receiverId),
    telecom: completeFirst(organization.telecom, phone),
    address: completeFirst(organization.address, office),
  }
}

const showRequestor = (organization: Organization, receiverId: string): Organization => ({
  ...showOrganization(organization, receiverId),
  contact: completeFirst(organization.contact, { name: { text: 'Prior authorization desk' }, telecom: [phone] }),
})

const showPractitioner = (practitioner: Practitioner): Practitioner => ({
  ...practitioner,
  telecom: completeFirst(practitioner.telecom, phone),
  address: completeFirst(practitioner.address, office),
})

const gastroenterology = [{ coding: [{ system: SYSTEM.nucc, code: '207RG0100X' }] }]

function showRole(
  role: PractitionerRole,
  at: { location: string; endpoint: string; organization: string | undefined },
) {
  const { location, endpoint, organization } = at
  return {
    ...role,
    ...(role.organization === undefined && organization !== undefined
      ? { organization: { reference: organization } }
      : {}),
    code: role.code ?? gastroenterology,
    specialty: role.specialty ?? gastroenterology,
    location: role.location ?? [{ reference: location }],
    telecom: completeFirst(role.telecom, phone),
    endpoint: role.endpoint ?? [{ reference: endpoint }],
  }
}

/** Where a provider is found, and how a payer's system reaches it: what roles refer to. */
function placesOf({ frame }: Shown): { location: Entry; endpoint: Entry } {
  const place = (resource: FhirResource & { id: string }): Entry => ({
    fullUrl: `${frame.fhirBase}/${resource.resourceType}/${resource.id}`,
    resource,
  })
  return {
    location: place({
      resourceType: 'Location',
      id: frame.newId(),
      status: 'active',
      name: 'Office on Main Street',
      type: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'OF' }] }],
      telecom: [phone],
      address: office,
    }),
    endpoint: place({
      resourceType: 'Endpoint',
      id: frame.newId(),
      status: 'active',
      connectionType: {
        system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
        code: 'hl7-fhir-rest',
      },
      payloadType: [{ text: 'Prior authorization' }],
      address: 'https://provider.example/fhir',
    }),
  }
}

/** The entries with the parties that the response names made whole, and what their roles need beside them. */
export function showParties(entries: readonly Entry[], response: ClaimResponse, shown: Shown): Entry[] {
  const { frame } = shown
  const isNamed = (entry: Entry, reference: string | undefined): boolean =>
    reference !== undefined && entry.fullUrl === resolveFullUrl(reference, undefined)
  const { location, endpoint } = placesOf(shown)
  const organization = entries.find((entry) => isNamed(entry, response.requestor?.reference))?.fullUrl
  const places = { location: location.fullUrl ?? '', endpoint: endpoint.fullUrl ?? '', organization }
  const fill = (entry: Entry): FhirResource | undefined => {
    const { resource } = entry
    switch (resource?.resourceType) {
      case 'Patient':
        return isNamed(entry, response.patient.reference) ? showMember(resource, frame.version === '2.0.1') : resource
      case 'Organization':
        if (isNamed(entry, response.insurer.reference)) return showOrganization(resource, frame.receiverId)
        return isNamed(entry, response.requestor?.reference) ? showRequestor(resource, frame.receiverId) : resource
      case 'Practitioner':
        return showPractitioner(resource)
      case 'PractitionerRole':
        return showRole(resource, places)
      default:
        return resource
    }
  }
  const filled = entries.map((entry): Entry => {
    const resource = fill(entry)
    return resource === undefined ? entry : { ...entry, resource }
  })
  const refersTo = (url: string | undefined): boolean => JSON.stringify(filled).includes(JSON.stringify(url))
  return [...filled, ...[location, endpoint].filter(({ fullUrl }) => refersTo(fullUrl))]
}
