-- What a payer has not decided yet, by its last answer: asked about once, where notifications may have been missed.
alter table submission add column pended boolean not null default false;
update submission set pended = true from "case"
  where submission.tenant = "case".tenant and submission.case_id = "case".id
    and submission.state = 'answered' and "case".state = 'pended';
create index submission_pended on submission (tenant, payer_id) where pended;
