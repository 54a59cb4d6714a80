-- Another system's request has no case: its rows need not stand in the indexes that find a case's, which cost each request six
-- entries. Nor can a plan that is made while the tables are empty take one of them to find such a request.
drop index submission_case;
create index submission_case on submission (tenant, case_id, created_at desc) where case_id is not null;
alter table submission drop constraint submission_tenant_case_id_submission_id_key;
create unique index submission_once on submission (tenant, case_id, submission_id) where case_id is not null;
drop index exchange_case;
create index exchange_case on exchange (tenant, case_id, at) where case_id is not null;
-- A record is written by the statement that changes its request, or while it is held. To ask for it once more cost each answer a
-- look-up, planned while the tables were empty: by an index of the tenant's requests, in which it came upon the row by chance.
alter table pas_metric drop constraint pas_metric_tenant_submission_id_fkey;
