/** Failures of the PAS endpoint as OperationOutcomes: one table from reason to HTTP status, issue type and words. */
import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4'
import { buildOperationOutcome, type OutcomeIssue } from '#domain/fhir/operation-outcome.ts'
import type { PasIssue } from '#domain/pas/profile-rule.ts'

export type PasRefusal =
  | { readonly reason: 'bundle-invalid'; readonly issues: readonly [PasIssue, ...PasIssue[]] }
  | { readonly reason: 'payer-unknown' }
  | { readonly reason: 'sender-not-bound' }
  | { readonly reason: 'identifier-reused' }
  | { readonly reason: 'not-bundle' }
  | { readonly reason: 'token-missing' }
  | { readonly reason: 'scope-missing' }
  | { readonly reason: 'notification-unauthorized' }
  | { readonly reason: 'not-a-notification' }
  | { readonly reason: 'event-without-response' }
  | { readonly reason: 'not-found' }
  | { readonly reason: 'too-large' }
  | { readonly reason: 'not-json' }
  | { readonly reason: 'payer-silent' }
  | { readonly reason: 'internal' }

type Line = readonly [status: number, code: OperationOutcomeIssue['code'], text: string, expression?: string]

const LINES: Readonly<Record<Exclude<PasRefusal['reason'], 'bundle-invalid'>, Line>> = {
  'payer-unknown': [
    422,
    'not-found',
    'No payer with PAS is registered under an identifier of Claim.insurer.',
    'Bundle.entry[0].resource.insurer',
  ],
  'sender-not-bound': [
    403,
    'forbidden',
    'interchangeSenderID is not one of this client.',
    'Bundle.entry[0].resource.extension',
  ],
  'identifier-reused': [
    409,
    'duplicate',
    'Another body was sent under this Bundle.identifier before.',
    'Bundle.identifier',
  ],
  'not-bundle': [400, 'structure', 'The body must be a Bundle.', 'Bundle'],
  'token-missing': [401, 'login', 'A valid access token is needed.'],
  'scope-missing': [403, 'forbidden', 'The access token does not allow this.'],
  'notification-unauthorized': [401, 'login', 'The bearer of the Subscription is needed.'],
  'not-a-notification': [400, 'structure', 'The body must be a notification Bundle.', 'Bundle'],
  'event-without-response': [400, 'required', 'The notification does not hold the full resource.', 'Bundle.entry'],
  'not-found': [404, 'not-found', 'There is no such resource or operation.'],
  'too-large': [413, 'too-long', 'The body is larger than this server takes.'],
  'not-json': [400, 'structure', 'The body must be FHIR JSON.'],
  'payer-silent': [504, 'timeout', 'The payer did not answer in time.'],
  internal: [500, 'exception', 'The server failed; quote the request id.'],
}

const ISSUE_TYPE: Readonly<Record<PasIssue['reason'], OperationOutcomeIssue['code']>> = {
  required: 'required',
  'too-many': 'structure',
  'wrong-type': 'structure',
  'wrong-value': 'value',
  'code-not-allowed': 'code-invalid',
  'not-allowed': 'structure',
  'full-date-required': 'value',
  'reference-target': 'value',
  'reference-dangling': 'not-found',
  'reference-relative': 'value',
  duplicate: 'duplicate',
  'claim-first': 'structure',
  'full-url': 'value',
  'npi-invalid': 'value',
  'quantity-unit': 'value',
  'self-relationship': 'invariant',
  'contact-required': 'invariant',
  'timing-incomplete': 'invariant',
  'level-of-service-required': 'business-rule',
  'sequence-unknown': 'not-found',
  'modifier-unknown': 'extension',
  'identifier-too-long': 'too-long',
  'too-deep': 'too-costly',
}

const WORDS: Readonly<Record<PasIssue['reason'], string>> = {
  required: 'This element is required.',
  'too-many': 'There are too many of these.',
  'wrong-type': 'This is not of the right type.',
  'wrong-value': 'This must have another value.',
  'code-not-allowed': 'None of the codes is from the required value set.',
  'not-allowed': 'This element is not allowed here.',
  'full-date-required': 'A full date, YYYY-MM-DD, is required.',
  'reference-target': 'The reference points to a resource of another type.',
  'reference-dangling': 'The Bundle does not hold what this points to.',
  'reference-relative': 'The reference cannot be resolved.',
  duplicate: 'This is in the Bundle twice.',
  'claim-first': 'The first entry must be the Claim.',
  'full-url': 'fullUrl must be a URL or urn:uuid.',
  'npi-invalid': 'The check digit of this NPI is wrong.',
  'quantity-unit': 'A quantity needs a unit, and its code must be of X12 673.',
  'self-relationship': 'Without X12 code 18 a subscriber is required.',
  'contact-required': 'A telecom or an endpoint is required.',
  'timing-incomplete': 'A count, or frequency, period and periodUnit, is required.',
  'level-of-service-required': 'An immediate appeal needs a level of service.',
  'sequence-unknown': 'Nothing in the Claim has this sequence.',
  'modifier-unknown': 'This modifier extension is not understood.',
  'identifier-too-long': 'At most 50 characters fit into the trace number.',
  'too-deep': 'This is nested too deeply.',
}

function describe(issue: PasIssue): OutcomeIssue {
  const params = Object.entries(issue.params ?? {}).map(([name, value]) => `${name}: ${value}`)
  return {
    severity: 'error',
    code: ISSUE_TYPE[issue.reason],
    text: [WORDS[issue.reason], ...(params.length > 0 ? [`(${params.join('; ')})`] : [])].join(' '),
    expression: issue.path,
  }
}

/** HTTP status and OperationOutcome of a refusal. Structure faults are 400, the others of a Bundle 422 (pas.md §7). */
export function toOutcome(refusal: PasRefusal): { status: number; outcome: OperationOutcome } {
  if (refusal.reason === 'bundle-invalid') {
    const [first, ...rest] = refusal.issues
    const isStructure = refusal.issues.some((issue) => ['claim-first', 'wrong-type', 'too-deep'].includes(issue.reason))
    const isNoBundle = refusal.issues.some(({ path }) => path === 'Bundle.entry' || path === 'Bundle.resourceType')
    return {
      status: isStructure || isNoBundle ? 400 : 422,
      outcome: buildOperationOutcome([describe(first), ...rest.map(describe)]),
    }
  }
  const [status, code, text, expression] = LINES[refusal.reason]
  return {
    status,
    outcome: buildOperationOutcome([{ severity: 'error', code, text, ...(expression ? { expression } : {}) }]),
  }
}
