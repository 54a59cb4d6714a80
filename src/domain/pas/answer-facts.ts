/**
 * Values of a payer's answer as facts for its detail view: a name and a value that can be written for people. Pure and
 * total: what is not shaped as FHIR says gives no fact; whether an answer can be read at all is asked elsewhere.
 */
import type {
  Bundle,
  CodeableConcept,
  Extension,
  FhirResource,
  Identifier,
  Money,
  Period,
  Quantity,
  Reference,
} from 'fhir/r4'
import { readPatientName, readProviderName } from '../context/human-name.ts'
import type { AnswerSection } from '../contract/answer.ts'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readExtension, readExtensions } from '../fhir/extension.ts'
import { resolveInBundle } from '../fhir/reference.ts'
import { readCodes } from './review-action.ts'

export type AnswerFact = AnswerSection['facts'][number]
type Extensible = { extension?: Extension[] | undefined } | undefined

/** A word or number; none where there is nothing to write. */
export const textFact = (name: string, value: unknown): AnswerFact[] =>
  (typeof value === 'string' && value !== '') || typeof value === 'number'
    ? [{ name, value: { kind: 'text', text: String(value) } }]
    : []

export const flagFact = (name: string, value: unknown): AnswerFact[] =>
  typeof value === 'boolean' ? [{ name, value: { kind: 'flag', flag: value } }] : []

/** The codes of one concept. */
export function codesFact(name: string, concept: CodeableConcept | undefined): AnswerFact[] {
  const codes = readCodes(concept)
  return codes.length === 0 ? [] : [{ name, value: { kind: 'codes', codes } }]
}

/** A date stands in both ends. */
export function periodFact(name: string, period: Period | undefined, date?: string): AnswerFact[] {
  const [start, end] = [period?.start ?? date ?? null, period?.end ?? date ?? null]
  return start === null && end === null ? [] : [{ name, value: { kind: 'period', start, end } }]
}

export const quantityFact = (name: string, quantity: Quantity | undefined): AnswerFact[] =>
  quantity?.value === undefined
    ? []
    : [
        {
          name,
          value: { kind: 'quantity', value: String(quantity.value), unit: quantity.unit ?? quantity.code ?? null },
        },
      ]

export const moneyFact = (name: string, money: Money | undefined): AnswerFact[] =>
  money?.value === undefined
    ? []
    : [{ name, value: { kind: 'money', value: String(money.value), currency: money.currency ?? null } }]

/** A PASIdentifier, with the department and the state that it may carry (pas.md §0). */
export function identifierFacts(name: string, identifier: Identifier | undefined): AnswerFact[] {
  const { system, value } = identifier ?? {}
  return [
    ...textFact(name, value),
    ...textFact('identifierSystem', system),
    ...textFact('subDepartment', readExtension(identifier, EXT.identifierSubDepartment)?.valueString),
    ...codesFact('jurisdiction', readExtension(identifier, EXT.identifierJurisdiction)?.valueCodeableConcept),
  ]
}

/** Where references lead to. */
export type Within = Bundle<FhirResource> | null

function nameOf(resource: FhirResource | undefined): string | null {
  switch (resource?.resourceType) {
    case 'Patient':
      return readPatientName(resource.name)
    case 'Practitioner':
      return withNpi(readProviderName(resource.name), resource.identifier)
    case 'Organization':
      return withNpi(resource.name ?? null, resource.identifier)
    case 'MedicationRequest':
      return readCodes(resource.medicationCodeableConcept)[0]?.text ?? null
    case 'ServiceRequest':
      return readCodes(resource.code)[0]?.text ?? null
    case 'DeviceRequest':
      return readCodes(resource.codeCodeableConcept)[0]?.text ?? null
    default:
      return null
  }
}

function withNpi(name: string | null, identifiers: readonly Identifier[] | undefined): string | null {
  const npi = identifiers?.find(({ system }) => system === SYSTEM.npi)?.value
  return name === null || npi === undefined ? name : `${name} (${npi})`
}

/** Whom a reference means: the name of its target, else its own words, else what it says literally. */
export function referenceFact(name: string, reference: Reference | undefined, within: Within): AnswerFact[] {
  const target = within === null ? undefined : resolveInBundle(within, reference)
  const behind =
    target?.resourceType === 'PractitionerRole' && within !== null
      ? [target.practitioner, target.organization].map((one) => nameOf(resolveInBundle(within, one)))
      : [nameOf(target)]
  const found = behind.filter((one) => one !== null).join(', ')
  return textFact(
    name,
    found !== '' ? found : (reference?.display ?? reference?.identifier?.value ?? reference?.reference),
  )
}

/** A provider whom the payer authorizes (itemAuthorizedProvider): 2.0.1 names the type by a relative URL. */
export function providerFacts(of: Extensible, within: Within): AnswerFact[] {
  return readExtensions(of, EXT.itemAuthorizedProvider).flatMap((provider) => {
    const type = readExtension(provider, EXT.authorizedProviderType) ?? readExtension(provider, 'providerType')
    return [
      ...referenceFact('authorizedProvider', readExtension(provider, 'provider')?.valueReference, within),
      ...codesFact('providerType', type?.valueCodeableConcept),
      ...codesFact('providerRole', readExtension(provider, 'role')?.valueCodeableConcept),
      ...codesFact('providerQualification', readExtension(provider, 'qualification')?.valueCodeableConcept),
    ]
  })
}
