-- What another system's $inquire is answered by (pas.md §4): whose member, which providers, what came before, the present
-- answer. Requests taken in before this have none of it: inquiries about them are passed on to the payer.
alter table submission add column member_id text;
alter table submission add column subscriber_id text;
alter table submission add column provider_npis jsonb not null default '[]';
alter table submission alter column provider_npis drop default;
alter table submission add column prior_claim text;
alter table submission add column answer_exchange_id text;
-- Last planned day of service: what is kept, and how long, is counted from it.
alter table submission add column services_end text;
create index submission_member on submission (tenant, payer_id, member_id) where member_id is not null;
create index submission_subscriber on submission (tenant, payer_id, subscriber_id) where subscriber_id is not null;
