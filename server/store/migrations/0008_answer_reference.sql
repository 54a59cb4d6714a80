-- How the payer names its last answer (`ClaimResponse/id`): all that an id-only notification of PAS 2.0.1 says (pas.md §13).
alter table submission add column answer_reference text;
create index submission_answer_reference on submission (tenant, payer_id, answer_reference)
  where answer_reference is not null;
-- What nobody has answered yet: such a notification may be about one of these.
create index submission_unanswered on submission (tenant, payer_id) where state in ('sending', 'unknown');
