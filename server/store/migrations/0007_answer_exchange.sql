-- A repetition is answered with the bytes of the kept exchange where they are the answer: no second copy of them.
alter table idempotency add column answer_exchange_id text;
-- Sealed bytes do not compress: none of them is tried.
alter table exchange alter column body_sealed set storage external;
alter table idempotency alter column answer_sealed set storage external;
