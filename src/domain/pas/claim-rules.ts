/** The PAS 2.2.1 Claim as rules (pas.md §2.2–2.5). Data only: paths, cardinalities, codes; no prose of the guide. */
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { X12_UNITS } from './profile-parts.ts'
import type { CodeRule, ExtensionRule, Rule } from './profile-rule.ts'

const X12 = 'https://codesystem.x12.org/005010'

/** ValueSet X12278RequestedServiceType. */
export const REQUESTED_SERVICE: readonly CodeRule[] = [
  { system: SYSTEM.cpt },
  { system: SYSTEM.hcpcs },
  { system: 'http://www.cms.gov/Medicare/Coding/ICD10' },
  { system: 'http://terminology.hl7.org/CodeSystem/icd9cm' },
  { system: SYSTEM.ndc },
  { system: SYSTEM.x12ServiceType },
  { system: SYSTEM.dataAbsentReason, codes: ['not-applicable'] },
]
/** ValueSet X12278DiagnosisCodes. */
const DIAGNOSIS: readonly CodeRule[] = [
  { system: SYSTEM.icd10cm },
  { system: 'http://terminology.hl7.org/CodeSystem/icd9cm' },
  {
    system:
      'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software',
  },
  { system: 'http://uri.hddaccess.com/cs/apdrg' },
  { system: 'http://uri.hddaccess.com/cs/aprdrg' },
]
/** ValueSet X12278LocationType. */
const LOCATION: readonly CodeRule[] = [
  { system: SYSTEM.placeOfService },
  { system: 'https://www.nubc.org/CodeSystem/TypeOfBill' },
]
const CERTIFICATION: readonly CodeRule[] = [
  { system: SYSTEM.x12CertificationType, codes: ['1', '2', '3', '4', 'I', 'N', 'R', 'S'] },
]
const SUPPORTING_INFO = [
  'patientEvent',
  'admissionDates',
  'dischargeDates',
  'additionalInformation',
  'freeFormMessage',
] as const
export type SupportingInfoSlice = (typeof SUPPORTING_INFO)[number]

/** PASQuantity (pas.md §2.12); its unit rules prof-2 and prof-3 are checked by code. */
export const PAS_QUANTITY: readonly Rule[] = [
  { name: 'value', kind: 'decimal', min: 1 },
  { name: 'unit', kind: 'string' },
  { name: 'system', kind: 'string' },
  { name: 'code', kind: 'code', codes: [{ system: SYSTEM.x12QuantityQualifier, codes: Object.keys(X12_UNITS) }] },
]

export const PAS_IDENTIFIER: readonly Rule[] = [
  { name: 'system', kind: 'string', min: 1 },
  { name: 'value', kind: 'string', min: 1 },
]

const text = (url: string, min?: 1): ExtensionRule => ({ url, value: 'valueString', ...(min ? { min } : {}) })
const coded = (url: string, codes: readonly CodeRule[], min?: 1): ExtensionRule => ({
  url,
  value: 'valueCodeableConcept',
  kind: 'CodeableConcept',
  codes,
  ...(min ? { min } : {}),
})
const flag = (url: string, min?: 1): ExtensionRule => ({
  url,
  value: 'valueBoolean',
  kind: 'boolean',
  ...(min ? { min } : {}),
})

const DOCUMENT_INFORMATION: ExtensionRule = {
  url: EXT.documentInformation,
  min: 1,
  parts: [
    coded('reportTypeCode', [{ system: SYSTEM.x12ReportType }], 1),
    coded('transmissionMethod', [{ system: SYSTEM.x12TransmissionMethod }]),
    text('controlNumber'),
    text('description'),
  ],
}

/** What a supportingInfo of each category must and must not have (pas.md §2.3). */
export const SUPPORTING_INFO_RULES: Readonly<Record<SupportingInfoSlice, Pick<Rule, 'children' | 'extensions'>>> = {
  patientEvent: { children: datedInfo([FULL('Date'), PERIOD()]) },
  admissionDates: { children: datedInfo([FULL('Date'), PERIOD()]) },
  dischargeDates: { children: datedInfo([FULL('Date')]) },
  additionalInformation: {
    children: [
      { name: 'timing[x]', kind: 'object', choices: [] },
      {
        name: 'value[x]',
        kind: 'Reference',
        min: 1,
        choices: [{ suffix: 'Reference', kind: 'Reference' }],
        targets: [
          'AllergyIntolerance',
          'Bundle',
          'Condition',
          'DeviceRequest',
          'DiagnosticReport',
          'DocumentReference',
          'Immunization',
          'MedicationRequest',
          'NutritionOrder',
          'Observation',
          'Procedure',
          'QuestionnaireResponse',
          'ServiceRequest',
        ],
      },
    ],
    extensions: [DOCUMENT_INFORMATION],
  },
  freeFormMessage: {
    children: [
      { name: 'timing[x]', kind: 'object', choices: [] },
      { name: 'value[x]', kind: 'string', min: 1, choices: [{ suffix: 'String', kind: 'string' }] },
    ],
  },
}

function FULL(suffix: string): { suffix: string; kind: 'full-date' } {
  return { suffix, kind: 'full-date' }
}
function PERIOD(): { suffix: string; kind: 'Period' } {
  return { suffix: 'Period', kind: 'Period' }
}
function datedInfo(choices: NonNullable<Rule['choices']>): Rule[] {
  return [
    { name: 'timing[x]', kind: 'full-date', min: 1, choices },
    { name: 'value[x]', kind: 'object', choices: [] },
  ]
}

const ITEM: Rule = {
  name: 'item',
  kind: 'object',
  repeats: true,
  min: 1,
  extensions: [
    { url: EXT.itemTraceNumber, max: 99, value: 'valueIdentifier', kind: 'object' },
    text(EXT.authorizationNumber),
    text(EXT.administrationReferenceNumber),
    coded(EXT.requestType, [{ system: SYSTEM.x12RequestCategory, codes: ['AR', 'HS', 'IN', 'SC'] }], 1),
    coded(EXT.certificationType, CERTIFICATION, 1),
    {
      url: EXT.requestedService,
      value: 'valueReference',
      kind: 'Reference',
      targets: ['MedicationRequest', 'ServiceRequest', 'DeviceRequest', 'NutritionOrder'],
    },
  ],
  children: [
    { name: 'sequence', kind: 'positiveInt', min: 1 },
    { name: 'careTeamSequence', kind: 'positiveInt', repeats: true },
    { name: 'diagnosisSequence', kind: 'positiveInt', repeats: true },
    { name: 'informationSequence', kind: 'positiveInt', repeats: true },
    {
      name: 'revenue',
      kind: 'CodeableConcept',
      codes: [{ system: 'https://www.nubc.org/CodeSystem/RevenueCodes' }],
    },
    { name: 'category', kind: 'CodeableConcept', min: 1, codes: [{ system: SYSTEM.x12ServiceType }] },
    { name: 'productOrService', kind: 'CodeableConcept', min: 1, codes: REQUESTED_SERVICE },
    {
      name: 'modifier',
      kind: 'CodeableConcept',
      repeats: true,
      codes: [{ system: SYSTEM.cpt }, { system: SYSTEM.hcpcs }],
    },
    { name: 'serviced[x]', kind: 'full-date', choices: [FULL('Date'), PERIOD()] },
    {
      name: 'location[x]',
      kind: 'CodeableConcept',
      min: 1,
      choices: [{ suffix: 'CodeableConcept', kind: 'CodeableConcept' }],
      codes: LOCATION,
    },
    { name: 'quantity', kind: 'object', children: PAS_QUANTITY },
    { name: 'unitPrice', kind: 'object' },
  ],
}

const TRANSMISSION: ExtensionRule = {
  url: EXT.transmissionIdentifiers,
  parts: [
    text('applicationSenderCode', 1),
    text('applicationReceiverCode', 1),
    text('interchangeSenderID'),
    text('interchangeReceiverID'),
  ],
}

/** `PAS:profile-claim`. */
export const CLAIM: Pick<Rule, 'children' | 'extensions'> = {
  extensions: [TRANSMISSION, coded(EXT.levelOfService, [{ system: SYSTEM.x12LevelOfService }])],
  children: [
    { name: 'identifier', kind: 'object', repeats: true, min: 1, max: 2, children: PAS_IDENTIFIER },
    { name: 'status', kind: 'code', min: 1, fixed: 'active' },
    {
      name: 'type',
      kind: 'CodeableConcept',
      min: 1,
      codes: [{ system: SYSTEM.claimType, codes: ['institutional', 'professional', 'oral'] }],
    },
    { name: 'use', kind: 'code', min: 1, fixed: 'preauthorization' },
    { name: 'patient', kind: 'Reference', min: 1, targets: ['Patient'] },
    { name: 'created', kind: 'dateTime', min: 1 },
    { name: 'insurer', kind: 'Reference', min: 1, targets: ['Organization'] },
    { name: 'provider', kind: 'Reference', min: 1, targets: ['Organization', 'PractitionerRole'] },
    { name: 'priority', kind: 'CodeableConcept', min: 1 },
    {
      name: 'careTeam',
      kind: 'object',
      repeats: true,
      extensions: [flag(EXT.careTeamClaimScope, 1)],
      children: [
        { name: 'sequence', kind: 'positiveInt', min: 1 },
        { name: 'provider', kind: 'Reference', min: 1, targets: ['Organization', 'PractitionerRole'] },
        { name: 'role', kind: 'CodeableConcept', codes: [{ system: SYSTEM.x12EntityIdentifier }] },
        { name: 'qualification', kind: 'CodeableConcept' },
      ],
    },
    {
      name: 'supportingInfo',
      kind: 'object',
      repeats: true,
      children: [
        { name: 'sequence', kind: 'positiveInt', min: 1 },
        {
          name: 'category',
          kind: 'CodeableConcept',
          min: 1,
          codes: [{ system: SYSTEM.pasTemp, codes: SUPPORTING_INFO }],
        },
      ],
    },
    {
      name: 'diagnosis',
      kind: 'object',
      repeats: true,
      extensions: [{ url: EXT.diagnosisRecordedDate, value: 'valueDate', kind: 'date' }],
      children: [
        { name: 'sequence', kind: 'positiveInt', min: 1 },
        {
          name: 'diagnosis[x]',
          kind: 'CodeableConcept',
          min: 1,
          choices: [{ suffix: 'CodeableConcept', kind: 'CodeableConcept' }],
          codes: DIAGNOSIS,
        },
        {
          name: 'type',
          kind: 'CodeableConcept',
          repeats: true,
          max: 1,
          codes: [{ system: SYSTEM.pasTemp, codes: ['admitting', 'principal', 'patientreasonforvisit'] }],
        },
      ],
    },
    {
      name: 'insurance',
      kind: 'object',
      repeats: true,
      min: 1,
      children: [
        { name: 'sequence', kind: 'positiveInt', min: 1 },
        { name: 'focal', kind: 'boolean', min: 1, fixed: true },
        { name: 'coverage', kind: 'Reference', min: 1, targets: ['Coverage'] },
      ],
    },
    {
      name: 'accident',
      kind: 'object',
      children: [
        { name: 'date', kind: 'full-date', min: 1 },
        { name: 'type', kind: 'CodeableConcept', codes: [{ system: `${X12}/1362` }] },
        { name: 'location[x]', kind: 'object', choices: [{ suffix: 'Address', kind: 'object' }] },
      ],
    },
    ITEM,
  ],
}

/** What a Claim Update has besides (pas.md §2.5): the prior Claim, named as such. */
export const CLAIM_UPDATE_RELATED: Rule = {
  name: 'related',
  kind: 'object',
  repeats: true,
  min: 1,
  max: 1,
  children: [
    { name: 'claim', kind: 'Reference', min: 1, targets: ['Claim'] },
    {
      name: 'relationship',
      kind: 'CodeableConcept',
      min: 1,
      codes: [{ system: 'http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship', codes: ['prior'] }],
    },
  ],
}

const optional = (rule: Rule): Rule => {
  const { name, kind, repeats, max, fixed, codes, targets, children, extensions, choices } = rule
  return {
    name,
    kind,
    ...(repeats ? { repeats } : {}),
    ...(max === undefined ? {} : { max }),
    ...(fixed === undefined ? {} : { fixed }),
    ...(codes ? { codes } : {}),
    ...(targets ? { targets } : {}),
    ...(children ? { children } : {}),
    ...(extensions ? { extensions } : {}),
    ...(choices ? { choices } : {}),
  }
}

/** `PAS:profile-claim-inquiry` (pas.md §4): items and what stands on them are optional, the parties are not. */
export const CLAIM_INQUIRY: Pick<Rule, 'children' | 'extensions'> = {
  extensions: [TRANSMISSION],
  children: (CLAIM.children ?? [])
    .filter(({ name }) => name !== 'supportingInfo')
    .map((rule) =>
      rule.name === 'item'
        ? {
            ...optional(rule),
            extensions: [],
            children: (rule.children ?? []).map((child) =>
              ['category', 'location[x]'].includes(child.name) ? optional(child) : child,
            ),
          }
        : rule,
    ),
}
