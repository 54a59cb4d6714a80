-- Several forms of a case (server/forms): a row each, the first is `main`. `summary` holds titles and counts, nothing of the
-- patient; `work` is sealed: notices, the copy in the EHR, differences that wait for a decision, an adaptive form's course.
alter table form add column form_id text not null default 'main';
alter table form alter column form_id drop default;
alter table form add column position integer not null default 0;
alter table form alter column position drop default;
alter table form add column summary jsonb;
alter table form add column work_sealed bytea;
alter table form drop constraint form_pkey;
alter table form add primary key (tenant, case_id, form_id);

-- Who changed which answer, when, from which value to which. `version` is that of the form after the change.
create table form_change (
  tenant text not null,
  case_id text not null,
  form_id text not null,
  version integer not null,
  item_key text not null,
  at timestamptz(3) not null,
  actor text,
  cause text not null,
  change_sealed bytea not null,
  primary key (tenant, case_id, form_id, version, item_key),
  foreign key (tenant, case_id, form_id) references form (tenant, case_id, form_id)
);

-- Who has a part of a case's forms in hand.
create table form_delegation (
  tenant text not null,
  case_id text not null,
  part text not null,
  owner text not null,
  since timestamptz(3) not null,
  delegated_by text not null,
  primary key (tenant, case_id, part),
  foreign key (tenant, case_id) references "case" (tenant, id)
);

-- Who has a form open. A row that was not renewed for a while means nobody.
create table form_presence (
  tenant text not null,
  case_id text not null,
  form_id text not null,
  user_id text not null,
  name text not null,
  role text not null,
  item_key text,
  seen_at timestamptz(3) not null,
  primary key (tenant, case_id, form_id, user_id)
);

-- DTR metric records (domain/dtr/metric-record), one a session.
create table dtr_metric (
  tenant text not null,
  case_id text not null,
  launch_id text not null,
  at timestamptz(3) not null,
  record_sealed bytea not null,
  primary key (tenant, case_id, launch_id),
  foreign key (tenant, case_id) references "case" (tenant, id)
);
create index dtr_metric_at on dtr_metric (tenant, at);
