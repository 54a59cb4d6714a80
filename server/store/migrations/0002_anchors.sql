-- Heads of the event chains, anchored by the hour (server/store/event-chain.ts): each anchor's hash is an HMAC, under the key
-- outside the database, of the anchor before and of the heads that are new since. What was cut off the end of a chain later
-- is missed by it.

create table anchor (
  tenant text not null,
  hour timestamptz(3) not null,
  prev_hash text not null,
  hash text not null,
  primary key (tenant, hour)
);

create table anchor_head (
  tenant text not null,
  case_id text not null,
  seq integer not null,
  hash text not null,
  hour timestamptz(3) not null,
  primary key (tenant, case_id, seq),
  foreign key (tenant, hour) references anchor (tenant, hour)
);
create index anchor_head_hour on anchor_head (tenant, hour);
create index event_at on event (tenant, at);

-- Partitions of the access log for the month of `today` and the next, where they are missing; rows of theirs that wait in the
-- default partition move over.
create function make_access_log_months(today timestamptz) returns void language plpgsql as $$
declare
  month timestamp;
  part text;
  lower timestamptz;
  upper timestamptz;
begin
  perform pg_advisory_xact_lock(hashtextextended('access_log', 0));
  for ahead in 0..1 loop
    month := date_trunc('month', today at time zone 'UTC') + make_interval(months => ahead);
    part := 'access_log_' || to_char(month, 'YYYY_MM');
    continue when to_regclass(part) is not null;
    lower := month at time zone 'UTC';
    upper := (month + interval '1 month') at time zone 'UTC';
    lock table access_log_default in access exclusive mode;
    execute format('create table %I (like access_log including defaults including constraints)', part);
    execute format(
      'with moved as (delete from access_log_default where at >= %L and at < %L returning *) insert into %I select * from moved',
      lower, upper, part);
    execute format('alter table access_log attach partition %I for values from (%L) to (%L)', part, lower, upper);
  end loop;
end $$;
