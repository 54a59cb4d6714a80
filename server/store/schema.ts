/**
 * The tables as drizzle sees them. The truth is `migrations/*.sql`; `schema.test.ts` holds the two together. Only the
 * repositories read this file.
 */
import { boolean, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import type { Message } from '#domain/result.ts'
import { instant, sealed } from './columns.ts'

/** What a list of forms says of one: the payer's words about the form, and counts. */
export interface FormFigures {
  readonly canonical: string | null
  readonly title: string | null
  readonly answered: number | null
  readonly total: number | null
  readonly needsYou: number | null
  readonly audience: readonly string[]
  readonly estimatedTime: string | null
  readonly adaptive: boolean
}

export const session = pgTable(
  'session',
  {
    tenant: text('tenant').notNull(),
    id: text('id').notNull(),
    secretHash: text('secret_hash').notNull(),
    bearerHash: text('bearer_hash'),
    userId: text('user_id').notNull(),
    fhirUser: text('fhir_user').notNull(),
    userName: text('user_name').notNull(),
    role: text('role').notNull().$type<'clinician' | 'pa-staff' | 'administrator' | 'auditor'>(),
    npi: text('npi'),
    createdAt: instant('created_at').notNull(),
    seenAt: instant('seen_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    endedAt: instant('ended_at'),
    endReason: text('end_reason'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
)

export const login = pgTable(
  'login',
  {
    tenant: text('tenant').notNull(),
    stateHash: text('state_hash').notNull(),
    bindingHash: text('binding_hash'),
    verifierHash: text('verifier_hash'),
    nonce: text('nonce').notNull(),
    pkceSealed: sealed('pkce_sealed').notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
    redeemHash: text('redeem_hash'),
    redeemUntil: instant('redeem_until'),
    redeemedAt: instant('redeemed_at'),
    sessionId: text('session_id'),
    launchId: text('launch_id'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.stateHash] })],
)

export const launch = pgTable(
  'launch',
  {
    tenant: text('tenant').notNull(),
    id: text('id').notNull(),
    sessionId: text('session_id').notNull(),
    patientId: text('patient_id').notNull(),
    encounterId: text('encounter_id'),
    appContext: text('app_context'),
    fhirContext: jsonb('fhir_context').notNull().$type<readonly string[]>(),
    needPatientBanner: boolean('need_patient_banner').notNull(),
    grantedScopes: jsonb('granted_scopes').notNull().$type<readonly string[]>(),
    missingScopes: jsonb('missing_scopes').notNull().$type<readonly string[]>(),
    tokensSealed: sealed('tokens_sealed').notNull(),
    tokenExpiresAt: instant('token_expires_at').notNull(),
    refreshLease: text('refresh_lease'),
    refreshLeaseUntil: instant('refresh_lease_until'),
    createdAt: instant('created_at').notNull(),
    endedAt: instant('ended_at'),
    endReason: text('end_reason'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
)

export const jti = pgTable(
  'jti',
  {
    issuer: text('issuer').notNull(),
    jti: text('jti').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.jti] })],
)

export const hookContext = pgTable(
  'hook_context',
  {
    tenant: text('tenant').notNull(),
    id: text('id').notNull(),
    patientId: text('patient_id').notNull(),
    groupId: text('group_id'),
    orderRefs: jsonb('order_refs').notNull().$type<readonly string[]>(),
    coverageRef: text('coverage_ref'),
    payerId: text('payer_id'),
    assertionIds: jsonb('assertion_ids').notNull().$type<readonly string[]>(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
)

export const coverageAssertion = pgTable(
  'coverage_assertion',
  {
    tenant: text('tenant').notNull(),
    id: text('id').notNull(),
    patientId: text('patient_id').notNull(),
    orderRef: text('order_ref').notNull(),
    groupId: text('group_id'),
    coverageRef: text('coverage_ref').notNull(),
    payerId: text('payer_id'),
    assertionId: text('assertion_id'),
    source: text('source').notNull().$type<'hook' | 'app'>(),
    contentSealed: sealed('content_sealed').notNull(),
    answeredAt: instant('answered_at').notNull(),
    answerMs: integer('answer_ms'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
)

export const facadeGrant = pgTable(
  'facade_grant',
  {
    tenant: text('tenant').notNull(),
    tokenHash: text('token_hash').notNull(),
    payerId: text('payer_id').notNull(),
    patientId: text('patient_id').notNull(),
    contentSealed: sealed('content_sealed').notNull(),
    expiresAt: instant('expires_at').notNull(),
    revokedAt: instant('revoked_at'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.tokenHash] })],
)

export const paCase = pgTable(
  'case',
  {
    tenant: text('tenant').notNull(),
    id: text('id').notNull(),
    groupId: text('group_id').notNull(),
    patientId: text('patient_id').notNull(),
    patientName: text('patient_name').notNull(),
    patientBirthDate: text('patient_birth_date'),
    patientMrn: text('patient_mrn'),
    coverageRef: text('coverage_ref').notNull(),
    payerId: text('payer_id').notNull(),
    state: text('state').notNull(),
    version: integer('version').notNull(),
    title: jsonb('title').notNull().$type<Message>(),
    contextSealed: sealed('context_sealed').notNull(),
    detailsSealed: sealed('details_sealed').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
)

export const line = pgTable(
  'line',
  {
    tenant: text('tenant').notNull(),
    caseId: text('case_id').notNull(),
    sequence: integer('sequence').notNull(),
    orderRef: text('order_ref').notNull(),
    kind: text('kind').notNull().$type<'drug' | 'administration' | 'service'>(),
    system: text('system'),
    code: text('code'),
    title: text('title').notNull(),
    detail: jsonb('detail').$type<Message>(),
    asked: text('asked'),
    allowed: text('allowed'),
    unit: text('unit'),
    startsOn: text('starts_on'),
    endsOn: text('ends_on'),
    status: text('status').notNull(),
    authorizationNumber: text('authorization_number'),
    decision: jsonb('decision').$type<unknown>(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.caseId, table.sequence] })],
)

export const clock = pgTable(
  'clock',
  {
    tenant: text('tenant').notNull(),
    caseId: text('case_id').notNull(),
    id: text('id').notNull(),
    scope: text('scope').notNull().$type<'drug' | 'administration' | 'service' | 'request'>(),
    lineSequences: jsonb('line_sequences').notNull().$type<readonly number[]>(),
    rule: text('rule').notNull(),
    citation: text('citation').notNull(),
    limitValue: integer('limit_value').notNull(),
    limitUnit: text('limit_unit').notNull().$type<'hours' | 'calendar-days'>(),
    startedAt: instant('started_at'),
    dueAt: instant('due_at'),
    stoppedAt: instant('stopped_at'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.caseId, table.id] })],
)

export const form = pgTable(
  'form',
  {
    tenant: text('tenant').notNull(),
    caseId: text('case_id').notNull(),
    formId: text('form_id').notNull(),
    position: integer('position').notNull(),
    version: integer('version').notNull(),
    status: text('status').notNull().$type<'populating' | 'in-progress' | 'completed' | 'stopped' | 'failed'>(),
    progress: jsonb('progress').$type<{ read: number; total: number }>(),
    failure: jsonb('failure').$type<Message>(),
    summary: jsonb('summary').$type<FormFigures>(),
    today: text('today').notNull(),
    packageSealed: sealed('package_sealed'),
    responseSealed: sealed('response_sealed'),
    metaSealed: sealed('meta_sealed'),
    workSealed: sealed('work_sealed'),
    savedAt: instant('saved_at'),
    savedBy: text('saved_by'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.caseId, table.formId] })],
)

export const formChange = pgTable(
  'form_change',
  {
    tenant: text('tenant').notNull(),
    caseId: text('case_id').notNull(),
    formId: text('form_id').notNull(),
    version: integer('version').notNull(),
    itemKey: text('item_key').notNull(),
    at: instant('at').notNull(),
    actor: text('actor'),
    cause: text('cause').notNull().$type<'saved' | 'populated' | 'merged' | 'taken' | 'confirmed'>(),
    changeSealed: sealed('change_sealed').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.caseId, table.formId, table.version, table.itemKey] })],
)

export const formDelegation = pgTable(
  'form_delegation',
  {
    tenant: text('tenant').notNull(),
    caseId: text('case_id').notNull(),
    part: text('part').notNull().$type<'clinical' | 'admin' | 'patient'>(),
    owner: text('owner').notNull().$type<'clinician' | 'pa-staff'>(),
    since: instant('since').notNull(),
    delegatedBy: text('delegated_by').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.caseId, table.part] })],
)

export const formPresence = pgTable(
  'form_presence',
  {
    tenant: text('tenant').notNull(),
    caseId: text('case_id').notNull(),
    formId: text('form_id').notNull(),
    userId: text('user_id').notNull(),
    name: text('name').notNull(),
    role: text('role').notNull().$type<'clinician' | 'pa-staff' | 'administrator' | 'auditor'>(),
    itemKey: text('item_key'),
    seenAt: instant('seen_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.caseId, table.formId, table.userId] })],
)

export const dtrMetric = pgTable(
  'dtr_metric',
  {
    tenant: text('tenant').notNull(),
    caseId: text('case_id').notNull(),
    launchId: text('launch_id').notNull(),
    at: instant('at').notNull(),
    recordSealed: sealed('record_sealed').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.caseId, table.launchId] })],
)

export const evidence = pgTable(
  'evidence',
  {
    tenant: text('tenant').notNull(),
    id: text('id').notNull(),
    caseId: text('case_id').notNull(),
    reference: text('reference').notNull(),
    versionId: text('version_id'),
    resourceSealed: sealed('resource_sealed').notNull(),
    readAt: instant('read_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
)

export const document = pgTable(
  'document',
  {
    tenant: text('tenant').notNull(),
    id: text('id').notNull(),
    caseId: text('case_id').notNull(),
    kind: text('kind').notNull(),
    title: text('title').notNull(),
    contentType: text('content_type').notNull(),
    contentSealed: sealed('content_sealed'),
    createdAt: instant('created_at').notNull(),
    writtenToChart: text('written_to_chart'),
    writeFailure: jsonb('write_failure').$type<Message>(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
)

export const submission = pgTable(
  'submission',
  {
    tenant: text('tenant').notNull(),
    id: text('id').notNull(),
    caseId: text('case_id'),
    submissionId: text('submission_id'),
    source: text('source').notNull(),
    payerId: text('payer_id').notNull(),
    bundleIdentifier: text('bundle_identifier').notNull(),
    claimIdentifier: text('claim_identifier').notNull(),
    traceNumbers: jsonb('trace_numbers').notNull().$type<readonly string[]>(),
    bundleExchangeId: text('bundle_exchange_id').notNull(),
    state: text('state').notNull(),
    attempts: integer('attempts').notNull(),
    unknownSince: instant('unknown_since'),
    unknownStep: text('unknown_step').$type<'waiting' | 'resending' | 'inquiring' | 'person'>(),
    nextAt: instant('next_at'),
    createdAt: instant('created_at').notNull(),
    sentAt: instant('sent_at'),
    answeredAt: instant('answered_at'),
    pasVersion: text('pas_version').notNull().$type<PasVersion>(),
    memberId: text('member_id'),
    subscriberId: text('subscriber_id'),
    providerNpis: jsonb('provider_npis').notNull().$type<readonly string[]>(),
    priorClaim: text('prior_claim'),
    answerExchangeId: text('answer_exchange_id'),
    answerReference: text('answer_reference'),
    servicesEnd: text('services_end'),
    metricAt: instant('metric_at'),
    pended: boolean('pended').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
)

export const pasMetric = pgTable(
  'pas_metric',
  {
    tenant: text('tenant').notNull(),
    submissionId: text('submission_id').notNull(),
    at: instant('at').notNull(),
    recordSealed: sealed('record_sealed').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.submissionId] })],
)

export const exchange = pgTable(
  'exchange',
  {
    tenant: text('tenant').notNull(),
    id: text('id').notNull(),
    caseId: text('case_id'),
    requestId: text('request_id'),
    direction: text('direction').notNull().$type<'in' | 'out'>(),
    kind: text('kind').notNull(),
    partner: text('partner').notNull(),
    contentType: text('content_type'),
    httpStatus: integer('http_status'),
    bodySealed: sealed('body_sealed').notNull(),
    bodySha256: text('body_sha256').notNull(),
    at: instant('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
)

export const event = pgTable(
  'event',
  {
    tenant: text('tenant').notNull(),
    caseId: text('case_id').notNull(),
    seq: integer('seq').notNull(),
    at: instant('at').notNull(),
    kind: text('kind').notNull(),
    actor: text('actor'),
    payloadSealed: sealed('payload_sealed').notNull(),
    prevHash: text('prev_hash').notNull(),
    hash: text('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.caseId, table.seq] })],
)

export const anchor = pgTable(
  'anchor',
  {
    tenant: text('tenant').notNull(),
    hour: instant('hour').notNull(),
    prevHash: text('prev_hash').notNull(),
    hash: text('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.hour] })],
)

export const anchorHead = pgTable(
  'anchor_head',
  {
    tenant: text('tenant').notNull(),
    caseId: text('case_id').notNull(),
    seq: integer('seq').notNull(),
    hash: text('hash').notNull(),
    hour: instant('hour').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.caseId, table.seq] })],
)

export const idempotency = pgTable(
  'idempotency',
  {
    tenant: text('tenant').notNull(),
    clientId: text('client_id').notNull(),
    bundleIdentifier: text('bundle_identifier').notNull(),
    bodySha256: text('body_sha256').notNull(),
    httpStatus: integer('http_status'),
    answerSealed: sealed('answer_sealed'),
    createdAt: instant('created_at').notNull(),
    answerExchangeId: text('answer_exchange_id'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.clientId, table.bundleIdentifier] })],
)

export const subscription = pgTable(
  'subscription',
  {
    tenant: text('tenant').notNull(),
    id: text('id').notNull(),
    party: text('party').notNull().$type<'payer' | 'client'>(),
    partyId: text('party_id').notNull(),
    status: text('status').notNull(),
    secretHash: text('secret_hash'),
    contentSealed: sealed('content_sealed').notNull(),
    eventCount: integer('event_count').notNull(),
    expiresAt: instant('expires_at'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    pasVersion: text('pas_version').$type<PasVersion>(),
    generation: integer('generation').notNull(),
    failures: integer('failures').notNull(),
    sentAt: instant('sent_at'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
)

export const subscriptionEvent = pgTable(
  'subscription_event',
  {
    tenant: text('tenant').notNull(),
    subscriptionId: text('subscription_id').notNull(),
    number: integer('number').notNull(),
    exchangeId: text('exchange_id').notNull(),
    at: instant('at').notNull(),
    deliveredAt: instant('delivered_at'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.subscriptionId, table.number] })],
)

export const job = pgTable(
  'job',
  {
    tenant: text('tenant').notNull(),
    id: text('id').notNull(),
    kind: text('kind').notNull(),
    dedupe: text('dedupe'),
    payload: jsonb('payload').notNull().$type<Readonly<Record<string, unknown>>>(),
    state: text('state').notNull().$type<'ready' | 'done' | 'dead'>(),
    runAt: instant('run_at').notNull(),
    attempts: integer('attempts').notNull(),
    maxAttempts: integer('max_attempts').notNull(),
    leaseOwner: text('lease_owner'),
    leaseUntil: instant('lease_until'),
    lastError: text('last_error'),
    createdAt: instant('created_at').notNull(),
    finishedAt: instant('finished_at'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id] })],
)

export const accessLog = pgTable(
  'access_log',
  {
    tenant: text('tenant').notNull(),
    id: text('id').notNull(),
    at: instant('at').notNull(),
    userId: text('user_id'),
    launchId: text('launch_id'),
    caseId: text('case_id'),
    patientId: text('patient_id').notNull(),
    action: text('action').notNull().$type<'read' | 'search' | 'create' | 'update'>(),
    resourceType: text('resource_type').notNull(),
    reference: text('reference'),
    neededBy: text('needed_by').notNull(),
    outcome: text('outcome').notNull(),
    count: integer('count'),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.id, table.at] })],
)
