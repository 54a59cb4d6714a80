/**
 * The names of the public PAS test kit's assertions, by suite, version and group: those of 2.2.1 as pas.md §11.2, §5.1 and
 * §11.3 list them, those of 2.0.1 as the kit's groups hold them. The table of each suite has every one of them.
 */
import type { PasVersion } from '../../../src/domain/pas/pas-response.ts'

export type Suite = 'client' | 'server'
/** Groups of names, in the order of the kit. */
export type Names = Readonly<Record<string, readonly string[]>>

const STEPS = ['initial', 'add_item', 'modify_cancel', 'cancel_all'] as const
const words = (text: string): string[] => text.trim().split(/\s+/)
const prefixed = (prefix: string, tails: readonly string[]): string[] => tails.map((tail) => prefix + tail)

const SUBMIT_PARTIES = words(
  `coverage encounter insurer requestor beneficiary subscriber practitioner practitioner_role`,
)
const INQUIRE_PARTIES = words(`coverage insurer requestor beneficiary subscriber practitioner practitioner_role`)
const SUBMIT_RESPONSE = words(`pas_response_bundle claimresponse communication_request insurer requestor beneficiary
  practitioner practitioner_role task`)
const INQUIRE_RESPONSE =
  words(`pas_inquiry_response_bundle claiminquiryresponse insurer requestor beneficiary practitioner
  practitioner_role task`)

const registration = (client: string): string[] => [
  'smart_client_registration_bsca_verification',
  `${client}reg_config_smart_display`,
  'udap_client_registration_interaction',
  'udap_client_registration_cc_verification',
  `${client}reg_config_udap_display`,
  `${client}reg_other_auth_attest`,
  `${client}reg_config_other_display`,
]
const tokens = words(`smart_client_token_request_bsca_verification smart_client_token_use_verification
  udap_client_token_request_cc_verification udap_client_token_use_verification`)
const bundles = ['request_bundle_validation_test', 'response_bundle_validation_test']

const c221 = (tails: readonly string[]): string[] => prefixed('pas_client_v221_', tails)
const CLIENT_2_2_1: Names = {
  registration: registration('pas_client_v221_'),
  subscription: [
    'pas_client_v221_subscription_create_test',
    'pas_client_subscription_pas_conformance_test',
    'subscriptions_r4_client_handshake_notification_verification',
  ],
  approval: c221(['approval_submit_test', ...bundles, 'response_attest']),
  denial: c221(['denial_submit_test', ...bundles, 'response_attest']),
  pended: [
    ...c221(['pended_submit_test', ...bundles, 'response_attest']),
    ...words(`subscriptions_r4_client_notification_input_verification
      subscriptions_r4_client_notification_input_payload_verification pas_notification_pas_conformance_test
      subscriptions_r4_client_event_notification_verification`),
    'pas_client_v221_response_attest (final)',
  ],
  'claim update': [
    ...c221(STEPS.map((step) => `claim_update_${step}_submit_test`)),
    ...prefixed(
      'pas_client_v221_claim_update_',
      words(`referenced_claim_test grandparent_excluded_test referenced_resources_test entries_preserved_test
        cancelled_entries_test cancelled_items_certtype_test changed_entries_test cancel_request_test`),
    ),
    ...c221(STEPS.map((step) => `claim_update_request_validation_${step}`)),
    ...c221(STEPS.map((step) => `claim_update_response_validation_${step}`)),
  ],
  modification: c221(['modification_submit_test', ...bundles, 'modification_verification_test', 'response_attest']),
  'must support': c221([
    'gather_must_support',
    ...bundles.flatMap((one) => [`${one} (submit)`, `${one} (inquire)`]),
    'submit_request_profiles_must_support_with_attestation_option',
    'submit_request_must_support_claim_update',
    'submit_request_other_must_support_with_attestation_option',
    ...prefixed('submit_response_must_support_', SUBMIT_RESPONSE),
    'response_attest (submit)',
    'inquire_request_must_support_claim_inquiry',
    'inquire_request_other_must_support_with_attestation_option',
    ...prefixed('inquire_response_must_support_', INQUIRE_RESPONSE),
    'response_attest (inquire)',
  ]),
  'operation failure': c221(['operation_failure_submit_test', 'operation_outcome_validation_test', 'response_attest']),
  'processing error': c221([
    'processing_error_submit_test',
    'request_bundle_validation_test',
    'processing_error_response_validation_test',
    'response_attest',
  ]),
  tokens,
}

const c201 = (tails: readonly string[]): string[] => prefixed('pas_client_v201_', tails)
const CLIENT_2_0_1: Names = {
  registration: registration('pas_client_v201_'),
  subscription: [
    'pas_client_v201_subscription_create_test',
    'subscriptions_r4_client_subscription_verification',
    'pas_client_subscription_pas_conformance_test',
    'subscriptions_r4_client_handshake_notification_verification',
  ],
  approval: c201(['approval_submit_test', ...bundles, 'response_attest']),
  denial: c201(['denial_submit_test', ...bundles, 'response_attest']),
  pended: [
    ...c201(['pended_submit_test', ...bundles, 'response_attest']),
    ...words(`subscriptions_r4_client_notification_input_verification
      subscriptions_r4_client_notification_input_payload_verification
      subscriptions_r4_client_event_notification_verification`),
    ...c201(['inquire_request_bundle_validation_test', 'inquire_response_bundle_validation_test']),
    'pas_client_v201_response_attest (final)',
  ],
  'must support': c201([
    'gather_must_support',
    'must_support_request_profiles',
    ...prefixed('submit_request_must_support_', ['pas_request_bundle', 'claim_update', ...SUBMIT_PARTIES]),
    ...prefixed('submit_response_must_support_', SUBMIT_RESPONSE),
    ...prefixed('inquire_request_must_support_', ['pas_inquiry_request_bundle', 'claim_inquiry', ...INQUIRE_PARTIES]),
    ...prefixed('inquire_response_must_support_', INQUIRE_RESPONSE),
  ]),
  tokens,
}

const subscriptionOfServer = (server: string): string[] => [
  `${server}subscription_input_conformance`,
  'subscriptions_r4_server_notification_delivery',
  'subscriptions_r4_server_creation_response_conformance',
  'subscriptions_r4_server_handshake_conformance',
]
const workflow = (version: string, name: string): string[] => [
  `pas_server_${version}_pas_request_bundle_validation_test_${name}`,
  `pas_${version}_claim_submit_operation_test_${name}`,
  `pas_server_${version}_pas_response_bundle_validation_test_${name}`,
  `pas_server_${version}_decision_validation_test_${name}`,
]
const mustSupportOfServer = (version: string): string[] => {
  const server = `pas_server_${version}_`
  return [
    `${server}submit_request_bundle_validation_test_must_support`,
    `pas_${version}_claim_submit_operation_test_must_support`,
    `${server}submit_response_bundle_validation_test_must_support`,
    `${server}must_support_request_profiles`,
    ...prefixed(`${server}submit_request_must_support_`, ['pas_request_bundle', 'claim_update', ...SUBMIT_PARTIES]),
    ...prefixed(`${server}submit_response_must_support_`, SUBMIT_RESPONSE),
    `${server}inquire_request_bundle_validation_test_must_support`,
    `pas_${version}_claim_inquire_operation_test_must_support`,
    `${server}inquire_response_bundle_validation_test_must_support`,
    ...prefixed(`${server}inquire_request_must_support_`, [
      ...['pas_inquiry_request_bundle', 'claim_inquiry'],
      ...INQUIRE_PARTIES,
    ]),
    ...prefixed(`${server}inquire_response_must_support_`, INQUIRE_RESPONSE),
  ]
}
const errorsOfServer = (server: string): string[] =>
  prefixed(server, ['prior_auth_submission_error', 'prior_auth_inquiry_error'])

const SERVER_2_2_1: Names = {
  subscription: subscriptionOfServer('pas_server_v221_'),
  approval: workflow('v221', 'approval'),
  denial: workflow('v221', 'denial'),
  pended: [
    ...workflow('v221', 'pended'),
    ...prefixed(
      'pas_server_v221_',
      words(`subscription_notification_wait_pended subscription_notification_conformance_pended
        subscription_notification_full_resource_conformance_pended notification_pas_conformance_pended`),
    ),
  ],
  'claim update': prefixed('pas_server_v221_claim_update_', [
    ...['request_validation', 'submit', 'response_validation'].flatMap((what) =>
      STEPS.map((step) => `${what}_${step}`),
    ),
    'item_sequence_echo_test',
    'current_results_test',
  ]),
  'must support': mustSupportOfServer('v221'),
  errors: errorsOfServer('pas_server_v221_'),
}

const SERVER_2_0_1: Names = {
  subscription: ['subscriptions_r4_server_subscription_conformance', ...subscriptionOfServer('pas_server_v201_')],
  approval: workflow('v201', 'approval'),
  denial: workflow('v201', 'denial'),
  pended: [
    ...workflow('v201', 'pended'),
    ...words(`pas_server_v201_subscription_notification_wait_pended
      pas_server_v201_subscription_notification_conformance_pended
      pas_server_v201_subscription_notification_id_only_conformance_pended
      pas_server_v201_pas_inquire_request_bundle_validation_test_pended
      pas_v201_claim_inquire_operation_test_pended
      pas_server_v201_pas_inquire_response_bundle_validation_test_pended`),
  ],
  'must support': mustSupportOfServer('v201'),
  errors: errorsOfServer('pas_server_v201_'),
}

export const NAMES: Readonly<Record<Suite, Readonly<Record<PasVersion, Names>>>> = {
  client: { '2.2.1': CLIENT_2_2_1, '2.0.1': CLIENT_2_0_1 },
  server: { '2.2.1': SERVER_2_2_1, '2.0.1': SERVER_2_0_1 },
}

const UDAP = 'of a client that chose UDAP: Precert registers and gets its tokens by SMART Backend Services'
const DISPLAY =
  'a page of the kit on which its user confirms what the kit itself shows: nothing of Precert is looked at'
const OTHER = 'of a client that chose other security than the kit knows: Precert chose SMART Backend Services'

/** Names that no assertion of ours can have, each with the reason. */
export function outOfScope(name: string): string | undefined {
  if (name.startsWith('udap_') || name.endsWith('reg_config_udap_display')) return UDAP
  if (name.endsWith('reg_config_smart_display')) return DISPLAY
  return name.endsWith('reg_other_auth_attest') || name.endsWith('reg_config_other_display') ? OTHER : undefined
}

/** Under what a table has an assertion: names such as `response_attest` are of several groups. */
export const keyOf = (group: string, name: string): string => `${group}: ${name}`

/** The keys that a table must have. */
export const keysOf = (names: Names): string[] =>
  Object.entries(names).flatMap(([group, all]) =>
    all.flatMap((name) => (outOfScope(name) === undefined ? [keyOf(group, name)] : [])),
  )
