/** What the public PAS test kit checks of messages (pas.md §11.1): the faults that it would report, in both versions. */
import type { Bundle, ClaimResponse, FhirResource, OperationOutcome } from 'fhir/r4'
import { EXT, PROFILE } from '../../../src/domain/fhir/canonical.ts'
import { readExtension } from '../../../src/domain/fhir/extension.ts'
import { listReferences } from '../../../src/domain/fhir/reference.ts'
import type { PasVersion } from '../../../src/domain/pas/pas-response.ts'
import { isDraftOfCrd, TOLERATED_CONTEXTS } from '../../../src/domain/pas/published-package.ts'
import { validatePasInquiryBundle, validatePasRequestBundle } from '../../../src/domain/pas/validate-request-bundle.ts'
import { isError, type ProfileIssue } from '../../../src/domain/profile/issue.ts'
import { validateMessage } from '../../../src/domain/profile/validate.ts'
import { profileSet } from '../profile-set.ts'

type Message = Bundle<FhirResource>

const write = ({ path, id, message }: ProfileIssue): string => `${path} ${id} ${message}`

/** Against named profiles. */
export function profileFaults(version: PasVersion, resource: unknown, ...profiles: string[]): string[] {
  return validateMessage(profileSet(`pas-${version}`), resource, {
    ...(profiles.length > 0 ? { profiles } : {}),
    isStrict: false,
    toleratedContexts: TOLERATED_CONTEXTS,
  })
    .filter((one) => isError(one) && !(version === '2.0.1' && isDraftOfCrd(one)))
    .map(write)
}

const UUID_V4 = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Addresses, closure, uniqueness, and no circle (§11.1, 2 to 4). What a prior Claim replaced is no part of it. */
function structureFaults(bundle: Message): string[] {
  const entries = bundle.entry ?? []
  const urls = entries.map(({ fullUrl = '' }) => fullUrl)
  const faults = urls
    .filter((url) => !/^https?:\/\//.test(url) && !UUID_V4.test(url))
    .map((url) => `${url} is no address`)
  if (new Set(urls).size !== urls.length) faults.push('an instance is there twice')
  const targetsOf = (index: number): string[] =>
    listReferences(entries[index]?.resource, '').flatMap(({ path, reference }) =>
      index > 0 && entries[index]?.resource?.resourceType === 'Claim' && path.startsWith('.related') ? [] : [reference],
    )
  const visited = new Set<number>()
  const visit = (index: number, open: readonly number[]): void => {
    for (const reference of targetsOf(index)) {
      const target = urls.indexOf(reference)
      if (target < 0) faults.push(`${urls[index] ?? ''} refers to ${reference}, which is not there`)
      else if (open.includes(target)) faults.push(`${reference} closes a circle`)
      else if (!visited.has(target)) visit(target, [...open, target])
    }
    visited.add(index)
  }
  if (entries.length > 0) visit(0, [0])
  return faults
}

const firstIs = (bundle: Message, type: string): string[] =>
  bundle.entry?.[0]?.resource?.resourceType === type ? [] : [`the first entry is no ${type}`]

/** Of a `$submit`. */
export const requestFaults = (version: PasVersion, bundle: Message): string[] => [
  ...validatePasRequestBundle(profileSet(`pas-${version}`), bundle, version).map(write),
  ...structureFaults(bundle),
  ...firstIs(bundle, 'Claim'),
]

/** Of a `$inquire`. */
export const inquiryFaults = (version: PasVersion, bundle: Message): string[] => [
  ...validatePasInquiryBundle(profileSet(`pas-${version}`), bundle, version).map(write),
  ...structureFaults(bundle),
  ...firstIs(bundle, 'Claim'),
]

/** Of the answer to a `$submit`, or of what a notification tells. */
export const responseFaults = (version: PasVersion, bundle: Message): string[] => [
  ...profileFaults(version, bundle, PROFILE.pasResponseBundle),
  ...firstIs(bundle, 'ClaimResponse'),
  ...(bundle.type === 'collection' ? [] : ['is no collection']),
]

/** The answers that an inquiry found: parts of Parameters in 2.2.1, one Bundle in 2.0.1. */
export function inquiryAnswers(version: PasVersion, answer: unknown): Message[] {
  const given = answer as { resourceType: string; parameter?: { name: string; resource?: FhirResource }[] }
  if (version === '2.0.1') return given.resourceType === 'Bundle' ? [answer as Message] : []
  return (given.parameter ?? []).flatMap(({ name, resource }) =>
    name === 'return' && resource?.resourceType === 'Bundle' ? [resource as Message] : [],
  )
}

/** Of the answer to a `$inquire`; one that found nothing has none. */
export function inquiryAnswerFaults(version: PasVersion, answer: unknown): string[] {
  const type = (answer as { resourceType?: string }).resourceType
  const expected = version === '2.2.1' ? 'Parameters' : 'Bundle'
  return [
    ...(type === expected ? [] : [`is ${String(type)}, not ${expected}`]),
    ...inquiryAnswers(version, answer).flatMap((bundle) =>
      profileFaults(version, bundle, PROFILE.pasInquiryResponseBundle),
    ),
  ]
}

/** A single OperationOutcome that says what is wrong. */
export const outcomeFaults = (version: PasVersion, outcome: OperationOutcome): string[] => [
  ...(outcome.resourceType === 'OperationOutcome' ? [] : ['is no OperationOutcome']),
  ...profileFaults(version, outcome),
]

export const responseIn = (bundle: { readonly entry?: Message['entry'] }): ClaimResponse => {
  const response = bundle.entry?.[0]?.resource
  if (response?.resourceType !== 'ClaimResponse') throw new Error('no ClaimResponse is first')
  return response
}

/** Review action codes of the lines, each with its system. */
export const decisionsIn = (response: ClaimResponse): string[] =>
  (response.item ?? []).flatMap(({ adjudication }) =>
    adjudication.flatMap((one) =>
      (
        readExtension(readExtension(one, EXT.reviewAction), EXT.reviewActionCode)?.valueCodeableConcept?.coding ?? []
      ).map(({ system, code }) => `${String(system)}#${String(code)}`),
    ),
  )
