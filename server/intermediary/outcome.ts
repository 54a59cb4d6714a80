/** Failures of the PAS endpoint as OperationOutcomes: one table from reason to HTTP status, issue type and words. */
import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4'
import { buildOperationOutcome, type OutcomeIssue } from '#domain/fhir/operation-outcome.ts'
import type { SubscriptionFault, SubscriptionIssue } from '#domain/pas/client-subscription.ts'
import { faultPath, type ProfileIssue } from '#domain/profile/issue.ts'
import type { SubscriptionRefusal } from './client-subscriptions.ts'

export type PasRefusal =
  | { readonly reason: 'bundle-invalid'; readonly issues: readonly [ProfileIssue, ...ProfileIssue[]] }
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
  | SubscriptionRefusal
  | { readonly reason: 'internal' }

type Line = readonly [status: number, code: OperationOutcomeIssue['code'], text: string, expression?: string]

const LINES: Readonly<Record<Exclude<PasRefusal['reason'], 'bundle-invalid' | 'subscription-invalid'>, Line>> = {
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
  // The whole body, which may be anything.
  'too-large': [413, 'too-long', 'The body is larger than this server takes.', 'Resource'],
  'not-json': [400, 'structure', 'The body must be FHIR JSON.', 'Resource'],
  'endpoint-not-registered': [
    422,
    'security',
    'The host of the endpoint is not registered for this client.',
    'Subscription.channel.endpoint',
  ],
  'filter-not-bound': [
    403,
    'forbidden',
    'The filter names a sender that is not one of this client.',
    'Subscription.criteria.extension',
  ],
  'subscription-id': [400, 'value', 'The id must be that of the address.', 'Subscription.id'],
  'too-many-subscriptions': [422, 'too-costly', 'This client has too many Subscriptions.'],
  'version-conflict': [412, 'conflict', 'The Subscription was changed since this version.'],
  'payer-silent': [504, 'timeout', 'The payer did not answer in time.'],
  internal: [500, 'exception', 'The server failed; quote the request id.'],
}

/** The message ids of the validator by kind of fault. */
const ISSUE_TYPES: readonly (readonly [RegExp, OperationOutcomeIssue['code']])[] = [
  [/Minimum/, 'required'],
  [/Maximum|Unrecognized|Json_Shape|Profile_WrongType|ClaimFirst$|NotSlice/, 'structure'],
  [/Terminology/, 'code-invalid'],
  [/Extension|Modifier/, 'extension'],
  [/Dangling|Sequence_Unknown/, 'not-found'],
  [/Twice|bdl-7|MultipleMatches/, 'duplicate'],
  [/Length/, 'too-long'],
  [/Too_Deep/, 'too-costly'],
  [/Level_Of_Service|Prior_Claim/, 'business-rule'],
  [/#|PAS_Timing/, 'invariant'],
]
/** A body that is not what the operation takes, however its content stands (pas.md §7): 400. */
const STRUCTURE = /Json_Shape|Unrecognized|Too_Deep|ClaimFirst$/

function describe(fault: ProfileIssue): OutcomeIssue {
  const code = ISSUE_TYPES.find(([pattern]) => pattern.test(fault.id))?.[1] ?? 'value'
  return { severity: 'error', code, text: fault.message, expression: faultPath(fault) }
}

const OF_SUBSCRIPTION: Readonly<Record<SubscriptionFault, readonly [OperationOutcomeIssue['code'], string]>> = {
  required: ['required', 'This element is required.'],
  'wrong-type': ['structure', 'This is not of the right type.'],
  'status-not-allowed': ['value', 'A client asks for requested or off.'],
  'topic-unknown': ['not-supported', 'There is one topic: the PASSubscriptionTopic.'],
  'filter-unknown': ['not-supported', 'There must be one filter, org-identifier= and sender ids.'],
  'channel-unknown': ['not-supported', 'The channel must be rest-hook.'],
  'payload-unknown': ['not-supported', 'The payload must be application/fhir+json of FHIR 4.0.'],
  'content-unknown': ['not-supported', 'This payload content is not supported here.'],
  'endpoint-not-usable': ['value', 'The endpoint must be an https address without credentials.'],
  'header-not-allowed': ['value', 'Each header must be "Name: value", and not one of the connection.'],
  'period-not-usable': ['value', 'A period is a number of seconds, up to a day.'],
}

const describeSubscription = ({ reason, path }: SubscriptionIssue): OutcomeIssue => {
  const [code, text] = OF_SUBSCRIPTION[reason]
  return { severity: 'error', code, text, expression: path }
}

/** HTTP status and OperationOutcome of a refusal. Structure faults are 400, the others of a Bundle 422 (pas.md §7). */
export function toOutcome(refusal: PasRefusal): { status: number; outcome: OperationOutcome } {
  if (refusal.reason === 'bundle-invalid') {
    const [first, ...rest] = refusal.issues
    const isStructure = refusal.issues.some(({ id }) => STRUCTURE.test(id))
    const isEmpty = refusal.issues.some((one) => faultPath(one) === 'Bundle.entry')
    return {
      status: isStructure || isEmpty ? 400 : 422,
      outcome: buildOperationOutcome([describe(first), ...rest.map(describe)]),
    }
  }
  if (refusal.reason === 'subscription-invalid') {
    const [first, ...rest] = refusal.issues
    const outcome = buildOperationOutcome([describeSubscription(first), ...rest.map(describeSubscription)])
    return { status: first.path === 'Subscription' ? 400 : 422, outcome }
  }
  const [status, code, text, expression] = LINES[refusal.reason]
  return {
    status,
    outcome: buildOperationOutcome([{ severity: 'error', code, text, ...(expression ? { expression } : {}) }]),
  }
}
