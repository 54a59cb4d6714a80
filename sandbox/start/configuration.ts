/**
 * The configuration that the sandbox writes for Precert: an ordinary one, as an integration team would write it for a real EHR
 * and real payers.
 */
import type { Organization } from 'fhir/r4'
import { SYSTEM } from '#domain/fhir/canonical.ts'
import { DIRECTORY, GASTROENTEROLOGY } from '../charts/directory.ts'
import { SCORED_CODES } from '../charts/flowsheet.ts'
import { CRD_SERVICE_ID, MEMBER_ID_SYSTEM, PAYER_ID_SYSTEM } from '../payer/options.ts'
import { PAS_PATH, type PasVersion } from '../payer/pas-version.ts'
import type { Ports } from './ports.ts'

export const TENANT_ID = 'sandbox'
export const CLIENT_ID = 'precert'
export const SENDER_ID = 'PRECERT01'

/** Types of the chart that a questionnaire may ask for. */
const CHART_TYPES = [
  'AllergyIntolerance',
  'CarePlan',
  'CareTeam',
  'Condition',
  'Coverage',
  'Device',
  'DeviceRequest',
  'DiagnosticReport',
  'Encounter',
  'Goal',
  'Immunization',
  'MedicationAdministration',
  'MedicationDispense',
  'MedicationRequest',
  'MedicationStatement',
  'NutritionOrder',
  'Observation',
  'Patient',
  'Procedure',
  'RelatedPerson',
  'ServiceRequest',
] as const

/** What Precert asks for, resource by resource: no wildcards (Oracle Health trims them). */
export const TENANT_SCOPES: readonly string[] = [
  'launch',
  'openid',
  'fhirUser',
  'profile',
  'online_access',
  ...CHART_TYPES.map((type) => `patient/${type}.rs`),
  'patient/DocumentReference.crus',
  'patient/QuestionnaireResponse.crus',
  ...['Location', 'Medication', 'Organization', 'Practitioner', 'PractitionerRole'].map((type) => `user/${type}.rs`),
]

export interface PayerParts {
  readonly id: 'caresource-oh' | 'caresource-ga'
  readonly name: string
  readonly phone: string
  readonly receiverId: string
  readonly deduplicates: boolean
  readonly dialect: '2.2' | '2.0.1'
  readonly dtrDialect: '2.2' | '2.0.1'
  /** Each payer serves every version of PAS; this is the one that Precert is told to use. */
  readonly pasVersion: PasVersion
  readonly state: string
  readonly plans: readonly {
    readonly value: string
    readonly name: string
    readonly lineOfBusiness: 'medicare-advantage' | 'medicaid' | 'marketplace' | 'commercial'
  }[]
}

export const PAYERS: readonly PayerParts[] = [
  {
    id: 'caresource-oh',
    name: 'CareSource Ohio',
    phone: '937-555-0100',
    receiverId: 'CSOH',
    deduplicates: true,
    dialect: '2.2',
    dtrDialect: '2.2',
    pasVersion: '2.2.1',
    state: 'OH',
    plans: [
      { value: 'OH-MA', name: 'CareSource Medicare Advantage', lineOfBusiness: 'medicare-advantage' },
      { value: 'OH-MCD', name: 'CareSource Ohio Medicaid', lineOfBusiness: 'medicaid' },
      { value: 'OH-MKT', name: 'CareSource Marketplace', lineOfBusiness: 'marketplace' },
    ],
  },
  {
    id: 'caresource-ga',
    name: 'CareSource Georgia',
    phone: '678-555-0100',
    receiverId: 'CSGA',
    deduplicates: false,
    dialect: '2.0.1',
    dtrDialect: '2.2',
    pasVersion: '2.0.1',
    state: 'GA',
    plans: [
      { value: 'GA-MKT', name: 'CareSource Marketplace', lineOfBusiness: 'marketplace' },
      { value: 'GA-COM', name: 'CareSource Commercial', lineOfBusiness: 'commercial' },
    ],
  },
]

export interface Addresses {
  readonly precert: string
  readonly ehr: string
  readonly payers: Readonly<Record<PayerParts['id'], string>>
}

/** Precert on `localhost`, everything else on `127.0.0.1`: two sites to a browser, so that framing is truly cross-site. */
export function readAddresses(ports: Ports): Addresses {
  return {
    precert: `http://localhost:${ports.precert}`,
    ehr: `http://127.0.0.1:${ports.ehr}`,
    payers: {
      'caresource-oh': `http://127.0.0.1:${ports['caresource-oh']}`,
      'caresource-ga': `http://127.0.0.1:${ports['caresource-ga']}`,
    },
  }
}

/** The configuration file's content; relative paths are taken from the file's folder. */
export function buildConfiguration(ports: Ports) {
  const addresses = readAddresses(ports)
  return {
    baseUrl: addresses.precert,
    listen: { host: '127.0.0.1', port: ports.precert },
    keys: { signing: 'signing.jwks.json', encryption: 'encryption.json', eventChain: 'event-chain.key' },
    database: { directory: 'database' },
    tenants: [buildTenant(addresses)],
    payers: PAYERS.map((payer) => buildPayerEntry(payer, addresses.payers[payer.id])),
    pasClients: [
      {
        clientId: 'other-vendor',
        name: 'Another vendor',
        tenant: TENANT_ID,
        jwksUrl: `${addresses.ehr}/other-vendor/jwks.json`,
        senderIds: ['OTHERVENDOR01'],
        scopes: ['system/Claim.cruds', 'system/ClaimResponse.r', 'system/Subscription.cruds'],
        notificationHosts: [],
      },
    ],
  }
}

export type SandboxConfiguration = ReturnType<typeof buildConfiguration>

function buildTenant({ ehr }: Addresses) {
  return {
    id: TENANT_ID,
    name: 'Lakeside Gastroenterology',
    ehrName: 'Sandbox EHR',
    timeZone: 'America/New_York',
    fhirBase: `${ehr}/fhir`,
    issuers: [`${ehr}/oauth2`],
    authorizationOrigins: [ehr],
    clientId: CLIENT_ID,
    scopes: [...TENANT_SCOPES],
    frameAncestors: [ehr],
    cdsHooks: { issuer: ehr, jwksUrl: `${ehr}/cds/jwks.json` },
    organization: buildOrganization(),
    senderId: SENDER_ID,
    roles: [
      { fhirUser: 'Practitioner/lena-ruiz', role: 'clinician' as const },
      { fhirUser: 'Practitioner/ana-silva', role: 'pa-staff' as const },
    ],
    scoredCodes: SCORED_CODES.map(({ system, code }) => ({ system, code })),
  }
}

function buildOrganization() {
  const organization = DIRECTORY.find(
    (entry): entry is Organization =>
      entry.resourceType === 'Organization' && `Organization/${entry.id ?? ''}` === GASTROENTEROLOGY,
  )
  const address = organization?.address?.[0]
  const npi = organization?.identifier?.find(({ system }) => system === SYSTEM.npi)?.value
  if (organization?.name === undefined || address === undefined || npi === undefined)
    throw new Error('the directory must hold the ordering organization with NPI and address')
  return {
    name: organization.name,
    npi,
    taxId: '311555012',
    phone: organization.telecom?.[0]?.value ?? '',
    address: {
      line: [...(address.line ?? [])],
      city: address.city ?? '',
      state: address.state ?? '',
      postalCode: address.postalCode ?? '',
    },
  }
}

function buildPayerEntry(payer: PayerParts, base: string) {
  return {
    id: payer.id,
    name: payer.name,
    phone: payer.phone,
    identifiers: [{ system: PAYER_ID_SYSTEM, value: payer.id }],
    state: payer.state,
    plans: payer.plans.map((plan) => ({ ...plan })),
    memberIdSystem: MEMBER_ID_SYSTEM,
    interchangeReceiverId: payer.receiverId,
    crd: { base, serviceId: CRD_SERVICE_ID, version: payer.dialect },
    dtr: { base: `${base}/fhir`, version: payer.dtrDialect },
    pas: {
      base: `${base}${PAS_PATH[payer.pasVersion]}`,
      version: payer.pasVersion,
      deduplicates: payer.deduplicates,
      attachmentUrl: `${base}/fhir`,
    },
    auth: {
      tokenUrl: `${base}/oauth/token`,
      clientId: CLIENT_ID,
      scopes: [
        'system/Claim.cruds',
        'system/Subscription.cruds',
        'system/Questionnaire.rs',
        'system/ValueSet.rs',
        'system/Library.rs',
      ],
    },
  }
}
