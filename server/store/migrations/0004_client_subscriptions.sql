-- Other systems' Subscriptions at our PAS server. `generation` counts what a client asked for (create, update): work for an
-- older one is not done any more. `failures` are deliveries in a row that did not arrive.
alter table subscription add column pas_version text;
alter table subscription add column generation integer not null default 0;
alter table subscription alter column generation drop default;
alter table subscription add column failures integer not null default 0;
alter table subscription alter column failures drop default;
alter table subscription add column sent_at timestamptz(3);

-- What a Subscription was told, or will be: the notification itself is an exchange, sent as it was first written.
create table subscription_event (
  tenant text not null,
  subscription_id text not null,
  number integer not null,
  exchange_id text not null,
  at timestamptz(3) not null,
  delivered_at timestamptz(3),
  primary key (tenant, subscription_id, number),
  foreign key (tenant, subscription_id) references subscription (tenant, id) on delete cascade
);

-- The PAS version of the request's own bytes.
alter table submission add column pas_version text not null default '2.2.1';
alter table submission alter column pas_version drop default;
