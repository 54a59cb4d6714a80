-- One schema for PGlite and PostgreSQL 15 and later. Every key begins with the tenant, so that tenants can be spread over
-- databases later. Columns of type bytea named *_sealed hold AES-256-GCM ciphertext (server/store/keyring.ts); what is
-- searched stays clear. Forward only: never change this file, add the next number.

-- Who is signed in, and their SMART launches ------------------------------------------------------------------------

create table session (
  tenant text not null,
  id text not null,
  secret_hash text not null unique,
  bearer_hash text unique,
  user_id text not null,
  fhir_user text not null,
  user_name text not null,
  role text not null,
  npi text,
  created_at timestamptz(3) not null,
  seen_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3),
  end_reason text,
  primary key (tenant, id)
);

-- SMART state rows: ten minutes, single use, bound to the browser by a cookie or by a verifier kept in window.name.
create table login (
  tenant text not null,
  state_hash text not null,
  binding_hash text,
  verifier_hash text,
  nonce text not null,
  pkce_sealed bytea not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  redeem_hash text unique,
  redeem_until timestamptz(3),
  redeemed_at timestamptz(3),
  session_id text,
  launch_id text,
  primary key (tenant, state_hash)
);
create index login_expires on login (expires_at);

create table launch (
  tenant text not null,
  id text not null,
  session_id text not null,
  patient_id text not null,
  encounter_id text,
  app_context text,
  fhir_context jsonb not null,
  need_patient_banner boolean not null,
  granted_scopes jsonb not null,
  missing_scopes jsonb not null,
  tokens_sealed bytea not null,
  token_expires_at timestamptz(3) not null,
  refresh_lease text,
  refresh_lease_until timestamptz(3),
  created_at timestamptz(3) not null,
  ended_at timestamptz(3),
  end_reason text,
  primary key (tenant, id)
);
create index launch_session on launch (tenant, session_id);
-- The app's pages name the launch alone: which tenant may frame them is found by it.
create index launch_id on launch (id);

create table jti (
  issuer text not null,
  jti text not null,
  expires_at timestamptz(3) not null,
  primary key (issuer, jti)
);
create index jti_expires on jti (expires_at);

-- What the payers said about orders ----------------------------------------------------------------------------------

create table hook_context (
  tenant text not null,
  id text not null,
  patient_id text not null,
  group_id text,
  order_refs jsonb not null,
  coverage_ref text,
  payer_id text,
  assertion_ids jsonb not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  primary key (tenant, id)
);

create table coverage_assertion (
  tenant text not null,
  id text not null,
  patient_id text not null,
  order_ref text not null,
  group_id text,
  coverage_ref text not null,
  payer_id text,
  assertion_id text,
  source text not null,
  content_sealed bytea not null,
  answered_at timestamptz(3) not null,
  answer_ms integer,
  primary key (tenant, id)
);
create index coverage_assertion_patient on coverage_assertion (tenant, patient_id, answered_at desc);

create table facade_grant (
  tenant text not null,
  token_hash text not null,
  payer_id text not null,
  patient_id text not null,
  content_sealed bytea not null,
  expires_at timestamptz(3) not null,
  revoked_at timestamptz(3),
  primary key (tenant, token_hash)
);

-- Cases --------------------------------------------------------------------------------------------------------------

create table "case" (
  tenant text not null,
  id text not null,
  group_id text not null,
  patient_id text not null,
  patient_name text not null,
  patient_birth_date text,
  patient_mrn text,
  coverage_ref text not null,
  payer_id text not null,
  state text not null,
  version integer not null,
  title jsonb not null,
  context_sealed bytea not null,
  details_sealed bytea not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  primary key (tenant, id)
);
create index case_patient on "case" (tenant, patient_id, updated_at desc);
create index case_state on "case" (tenant, state, updated_at desc);

create table line (
  tenant text not null,
  case_id text not null,
  sequence integer not null,
  order_ref text not null,
  kind text not null,
  system text,
  code text,
  title text not null,
  detail jsonb,
  asked text,
  allowed text,
  unit text,
  starts_on text,
  ends_on text,
  status text not null,
  authorization_number text,
  decision jsonb,
  primary key (tenant, case_id, sequence),
  foreign key (tenant, case_id) references "case" (tenant, id)
);
create index line_authorization on line (tenant, authorization_number) where authorization_number is not null;

create table clock (
  tenant text not null,
  case_id text not null,
  id text not null,
  scope text not null,
  line_sequences jsonb not null,
  rule text not null,
  citation text not null,
  limit_value integer not null,
  limit_unit text not null,
  started_at timestamptz(3),
  due_at timestamptz(3),
  stopped_at timestamptz(3),
  primary key (tenant, case_id, id),
  foreign key (tenant, case_id) references "case" (tenant, id)
);
create index clock_due on clock (tenant, due_at) where stopped_at is null;

create table form (
  tenant text not null,
  case_id text not null,
  version integer not null,
  status text not null,
  progress jsonb,
  failure jsonb,
  today text not null,
  package_sealed bytea,
  response_sealed bytea,
  meta_sealed bytea,
  saved_at timestamptz(3),
  saved_by text,
  primary key (tenant, case_id),
  foreign key (tenant, case_id) references "case" (tenant, id)
);

create table evidence (
  tenant text not null,
  id text not null,
  case_id text not null,
  reference text not null,
  version_id text,
  resource_sealed bytea not null,
  read_at timestamptz(3) not null,
  primary key (tenant, id)
) partition by hash (tenant);
create index evidence_case on evidence (tenant, case_id);

create table document (
  tenant text not null,
  id text not null,
  case_id text not null,
  kind text not null,
  title text not null,
  content_type text not null,
  content_sealed bytea,
  created_at timestamptz(3) not null,
  written_to_chart text,
  write_failure jsonb,
  primary key (tenant, id),
  foreign key (tenant, case_id) references "case" (tenant, id)
);
create index document_case on document (tenant, case_id);

-- What was sent and received -------------------------------------------------------------------------------------------

create table submission (
  tenant text not null,
  id text not null,
  case_id text,
  submission_id text,
  source text not null,
  payer_id text not null,
  bundle_identifier text not null,
  claim_identifier text not null,
  trace_numbers jsonb not null,
  bundle_exchange_id text not null,
  state text not null,
  attempts integer not null,
  unknown_since timestamptz(3),
  unknown_step text,
  next_at timestamptz(3),
  created_at timestamptz(3) not null,
  sent_at timestamptz(3),
  answered_at timestamptz(3),
  primary key (tenant, id),
  unique (tenant, case_id, submission_id)
);
create index submission_bundle on submission (tenant, bundle_identifier);
create index submission_claim on submission (tenant, claim_identifier);
create index submission_case on submission (tenant, case_id, created_at desc);

create table exchange (
  tenant text not null,
  id text not null,
  case_id text,
  request_id text,
  direction text not null,
  kind text not null,
  partner text not null,
  content_type text,
  http_status integer,
  body_sealed bytea not null,
  body_sha256 text not null,
  at timestamptz(3) not null,
  primary key (tenant, id)
) partition by hash (tenant);
create index exchange_case on exchange (tenant, case_id, at);

-- One chain per case; hash = HMAC(key outside the database, previous hash and this row). server/store/event-chain.ts
create table event (
  tenant text not null,
  case_id text not null,
  seq integer not null,
  at timestamptz(3) not null,
  kind text not null,
  actor text,
  payload_sealed bytea not null,
  prev_hash text not null,
  hash text not null,
  primary key (tenant, case_id, seq)
) partition by hash (tenant);

create table idempotency (
  tenant text not null,
  client_id text not null,
  bundle_identifier text not null,
  body_sha256 text not null,
  http_status integer,
  answer_sealed bytea,
  created_at timestamptz(3) not null,
  primary key (tenant, client_id, bundle_identifier)
);

create table subscription (
  tenant text not null,
  id text not null,
  party text not null,
  party_id text not null,
  status text not null,
  secret_hash text unique,
  content_sealed bytea not null,
  event_count integer not null,
  expires_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  primary key (tenant, id)
);
create index subscription_party on subscription (tenant, party, party_id);

-- The outbox: leased with for update skip locked; not partitioned, or the claim would visit every partition.
create table job (
  tenant text not null,
  id text not null,
  kind text not null,
  dedupe text,
  payload jsonb not null,
  state text not null,
  run_at timestamptz(3) not null,
  attempts integer not null,
  max_attempts integer not null,
  lease_owner text,
  lease_until timestamptz(3),
  last_error text,
  created_at timestamptz(3) not null,
  finished_at timestamptz(3),
  primary key (tenant, id),
  unique (tenant, kind, dedupe)
);
create index job_ready on job (run_at, id) where state = 'ready';

-- Every read of a chart. By month; rows of a month without a partition go to the default one.
create table access_log (
  tenant text not null,
  id text not null,
  at timestamptz(3) not null,
  user_id text,
  launch_id text,
  case_id text,
  patient_id text not null,
  action text not null,
  resource_type text not null,
  reference text,
  needed_by text not null,
  outcome text not null,
  count integer,
  primary key (tenant, id, at)
) partition by range (at);
create table access_log_default partition of access_log default;
create index access_log_patient on access_log (tenant, patient_id, at desc);

do $$
begin
  for part in 0..7 loop
    execute format('create table evidence_%s partition of evidence for values with (modulus 8, remainder %s)', part, part);
    execute format('create table exchange_%s partition of exchange for values with (modulus 8, remainder %s)', part, part);
    execute format('create table event_%s partition of event for values with (modulus 8, remainder %s)', part, part);
  end loop;
end $$;
