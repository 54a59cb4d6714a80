/**
 * Judges a PAS Bundle by its profiles (the tables of `fhir-profiles`) and by the rules of the guide's text, each fault with
 * its FHIRPath. Pure; never throws, whatever it is given. Used by `$submit`, by `$inquire` and before we send.
 * Lenient, as a receiver is (spec-24, spec-25): what it does not know is no fault, unless it is a modifier.
 */
import { isError, issue, type ProfileIssue } from '../profile/issue.ts'
import { isJson } from '../profile/path/item.ts'
import type { ProfileSet } from '../profile/profile-set.ts'
import { distinctIssues, validateMessage } from '../profile/validate.ts'
import type { PasVersion } from './pas-response.ts'
import { checkTextRules, type PasMessage } from './text-rules.ts'
import { impliedX12Set, isDraftOfCrd, TOLERATED_CONTEXTS } from './published-package.ts'

const PAS = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition'
const PROFILES: Readonly<Record<PasMessage, readonly string[]>> = {
  request: [`${PAS}/profile-pas-request-bundle`],
  inquiry: [`${PAS}/profile-pas-inquiry-request-bundle`],
  response: [`${PAS}/profile-pas-response-bundle`, `${PAS}/profile-pas-inquiry-response-bundle`],
}
/** They say that something is wrong elsewhere, and add nothing to it. */
const CONSEQUENCES = new Set(['Reference_REF_CantMatchChoice', 'BUNDLE_BUNDLE_ENTRY_MULTIPLE_PROFILES_NO_MATCH'])

/** Which message of PAS a Bundle says that it is, or is said to be. */
export function pasMessageOf(body: unknown, named: readonly string[] = []): PasMessage | undefined {
  if (!isJson(body) || body['resourceType'] !== 'Bundle') return undefined
  const meta =
    isJson(body['meta']) && Array.isArray(body['meta']['profile']) ? (body['meta']['profile'] as unknown[]) : []
  const declared = [...named, ...meta].map((url) => String(url).replace(/\|.*$/, ''))
  return (Object.keys(PROFILES) as PasMessage[]).find((message) =>
    PROFILES[message].some((profile) => declared.includes(profile)),
  )
}

/** Where a fault is, not where it is felt: what is wrong with a reference's target, at the target. */
function causes(issues: readonly ProfileIssue[]): ProfileIssue[] {
  const all = issues.flatMap(({ details = [], ...one }) => [...causes(details), one]).filter(isError)
  const found = all.filter(({ id }) => !CONSEQUENCES.has(id))
  return distinctIssues(found.length > 0 ? found : all)
}

function validate(set: ProfileSet, body: unknown, message: PasMessage, version: PasVersion): ProfileIssue[] {
  if (!isJson(body) || body['resourceType'] !== 'Bundle')
    return [issue('error', 'Bundle.resourceType', 'Precert_Json_Shape', 'the body must be a Bundle')]
  const byProfile = validateMessage(set, body, {
    profiles: PROFILES[message].slice(0, 1),
    isStrict: false,
    toleratedContexts: TOLERATED_CONTEXTS,
    impliedSet: impliedX12Set,
  })
  const found = causes(byProfile).filter((one) => version !== '2.0.1' || !isDraftOfCrd(one))
  return [...found, ...checkTextRules(body, message, version)]
}

/** Every fault of a request Bundle of this version, `set` being its tables; none means that it may be sent. */
export function validatePasRequestBundle(
  set: ProfileSet,
  body: unknown,
  version: PasVersion = '2.2.1',
): ProfileIssue[] {
  return validate(set, body, 'request', version)
}

/** Every fault of an inquiry Bundle (pas.md §4). */
export function validatePasInquiryBundle(
  set: ProfileSet,
  body: unknown,
  version: PasVersion = '2.2.1',
): ProfileIssue[] {
  return validate(set, body, 'inquiry', version)
}
