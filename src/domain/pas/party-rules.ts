/** The resources around the Claim as rules (pas.md §2.6–2.12). Data only. */
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { PAS_IDENTIFIER, PAS_QUANTITY, REQUESTED_SERVICE } from './claim-rules.ts'
import type { Rule } from './profile-rule.ts'

type Profile = Pick<Rule, 'children' | 'extensions'>

const CONTACT: readonly Rule[] = [
  { name: 'system', kind: 'code', min: 1 },
  { name: 'value', kind: 'string', min: 1 },
]
const telecom: Rule = { name: 'telecom', kind: 'object', repeats: true, children: CONTACT }
const identifier: Rule = { name: 'identifier', kind: 'object', repeats: true, children: PAS_IDENTIFIER }

/** `PAS:profile-beneficiary`, `PAS:profile-subscriber`. */
export const MEMBER: Profile = {
  children: [
    { ...identifier, min: 1 },
    { name: 'name', kind: 'object', repeats: true, min: 1 },
    telecom,
    { name: 'gender', kind: 'code', min: 1, codes: [{ system: '', codes: ['male', 'female', 'other', 'unknown'] }] },
    { name: 'birthDate', kind: 'full-date' },
    {
      name: 'communication',
      kind: 'object',
      repeats: true,
      children: [{ name: 'language', kind: 'CodeableConcept', min: 1 }],
    },
  ],
}

/** `PAS:profile-coverage`; member id and self-beneficiary are checked by code. */
export const COVERAGE: Profile = {
  children: [
    { name: 'identifier', kind: 'object', repeats: true, min: 1 },
    { name: 'status', kind: 'code', min: 1, fixed: 'active' },
    { name: 'subscriber', kind: 'Reference', targets: ['Patient'] },
    { name: 'beneficiary', kind: 'Reference', min: 1, targets: ['Patient'] },
    { name: 'relationship', kind: 'CodeableConcept', min: 1 },
    { name: 'payor', kind: 'Reference', repeats: true, min: 1, max: 1, targets: ['Organization'] },
    {
      name: 'class',
      kind: 'object',
      repeats: true,
      children: [
        { name: 'type', kind: 'CodeableConcept', min: 1 },
        { name: 'value', kind: 'string', min: 1 },
      ],
    },
  ],
}

/** `PAS:profile-insurer`, `PAS:profile-requestor`. */
export const ORGANIZATION: Profile = {
  children: [
    identifier,
    { name: 'active', kind: 'boolean', min: 1, fixed: true },
    { name: 'type', kind: 'CodeableConcept', repeats: true, codes: [{ system: SYSTEM.x12EntityIdentifier }] },
    { name: 'name', kind: 'string', min: 1 },
    telecom,
  ],
}

/** `PAS:profile-practitioner`. */
export const PRACTITIONER: Profile = {
  children: [
    { ...identifier, min: 1 },
    {
      name: 'name',
      kind: 'object',
      repeats: true,
      min: 1,
      children: [{ name: 'family', kind: 'string', min: 1 }],
    },
    telecom,
  ],
}

/** `PAS:profile-practitionerrole`; pd-1 is checked by code. */
export const PRACTITIONER_ROLE: Profile = {
  children: [
    { name: 'practitioner', kind: 'Reference', min: 1, targets: ['Practitioner'] },
    { name: 'organization', kind: 'Reference', targets: ['Organization'] },
    telecom,
  ],
}

/** `PAS:profile-medicationrequest`. */
export const MEDICATION_REQUEST: Profile = {
  extensions: [{ url: EXT.coverageInformation }],
  children: [
    { name: 'status', kind: 'code', min: 1, fixed: 'active' },
    { name: 'intent', kind: 'code', min: 1, fixed: 'order' },
    {
      name: 'medication[x]',
      kind: 'object',
      min: 1,
      choices: [
        { suffix: 'CodeableConcept', kind: 'CodeableConcept' },
        { suffix: 'Reference', kind: 'Reference' },
      ],
    },
    { name: 'subject', kind: 'Reference', min: 1, targets: ['Patient'] },
    { name: 'requester', kind: 'Reference', min: 1 },
  ],
}

/** `PAS:profile-servicerequest`. */
export const SERVICE_REQUEST: Profile = {
  extensions: [{ url: EXT.coverageInformation }],
  children: [
    { name: 'status', kind: 'code', min: 1 },
    { name: 'intent', kind: 'code', min: 1, fixed: 'order' },
    { name: 'code', kind: 'CodeableConcept', codes: REQUESTED_SERVICE },
    {
      name: 'quantity[x]',
      kind: 'object',
      choices: [{ suffix: 'Quantity', kind: 'object' }],
      children: PAS_QUANTITY,
    },
    { name: 'subject', kind: 'Reference', min: 1, targets: ['Patient'] },
    { name: 'occurrence[x]', kind: 'object', choices: [{ suffix: 'Timing', kind: 'object' }] },
  ],
}

/** `PAS:profile-documentreference`. */
export const DOCUMENT_REFERENCE: Profile = {
  children: [
    { name: 'status', kind: 'code', min: 1 },
    { name: 'type', kind: 'CodeableConcept', min: 1 },
    { name: 'category', kind: 'CodeableConcept', repeats: true, min: 1 },
    { name: 'subject', kind: 'Reference', min: 1 },
    {
      name: 'content',
      kind: 'object',
      repeats: true,
      min: 1,
      children: [
        {
          name: 'attachment',
          kind: 'object',
          min: 1,
          children: [{ name: 'data', kind: 'string', min: 1 }],
        },
      ],
    },
  ],
}

/** `us-core-questionnaireresponse` 7, as far as PAS leans on it. */
export const QUESTIONNAIRE_RESPONSE: Profile = {
  children: [
    { name: 'questionnaire', kind: 'string', min: 1 },
    { name: 'status', kind: 'code', min: 1, codes: [{ system: '', codes: ['completed', 'amended'] }] },
    { name: 'subject', kind: 'Reference', min: 1 },
    { name: 'authored', kind: 'dateTime', min: 1 },
  ],
}
