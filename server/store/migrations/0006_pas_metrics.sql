-- PAS metric records (domain/pas/metric-record), one a request, made anew when a later answer came. `metric_at` is null
-- where one is due.
create table pas_metric (
  tenant text not null,
  submission_id text not null,
  at timestamptz(3) not null,
  record_sealed bytea not null,
  primary key (tenant, submission_id),
  foreign key (tenant, submission_id) references submission (tenant, id)
);
create index pas_metric_at on pas_metric (tenant, at);
alter table submission add column metric_at timestamptz(3);
create index submission_unmeasured on submission (tenant, answered_at) where metric_at is null and answered_at is not null;
