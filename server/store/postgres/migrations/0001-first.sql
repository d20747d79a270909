-- One world. A row of `leadership` says who may change it, a row of `world` how far it is.

-- Whoever commits holds a lock on the key of this row, and whoever raises the term or halts changes that key: so they wait for each
-- other. A renewal changes nothing of the key, and waits for no commit.
create table poolkeeper.leadership (
  id boolean primary key default true check (id),
  term bigint not null,
  halts bigint not null,
  -- A card as JSON; null where the term was given up, or claimed.
  keeper text,
  keeper_id text,
  held_until timestamptz,
  halt text,
  unique (term, halts)
);
insert into poolkeeper.leadership (term, halts) values (0, 0);

-- What each term began with: all batches up to it are of earlier terms.
create table poolkeeper.term (
  term bigint primary key,
  after_batch bigint not null,
  keeper text,
  began_at timestamptz not null
);

create table poolkeeper.world (
  id boolean primary key default true check (id),
  batch bigint not null,
  -- Whose batch it is: how a writer that lost the answer knows its own.
  term bigint not null,
  instant bigint not null,
  event_seq bigint not null,
  lease_seq bigint not null,
  -- How often a writer asked after an answer that it had lost.
  inquiries bigint not null default 0
);
insert into poolkeeper.world (batch, term, instant, event_seq, lease_seq) values (0, 0, 0, 0, 0);

-- Who is further behind than this cannot follow: what was deleted up to that batch is forgotten.
create table poolkeeper.horizon (
  id boolean primary key default true check (id),
  batch bigint not null
);
insert into poolkeeper.horizon (batch) values (0);

-- A null document was deleted. Ids are written so that they sort by code point and have no line breaks.
create table poolkeeper.document (
  kind text collate "C" not null,
  id text collate "C" not null,
  batch bigint not null,
  document_version integer not null,
  document text,
  primary key (kind, id)
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);
create index document_batch on poolkeeper.document (batch);
create index document_deleted on poolkeeper.document (batch) where document is null;

create table poolkeeper.event (
  seq bigint primary key,
  document_version integer not null,
  pool text collate "C",
  resource text collate "C",
  lease text collate "C",
  holder text collate "C",
  document text not null
);
create index event_pool on poolkeeper.event (pool, seq) where pool is not null;
create index event_resource on poolkeeper.event (resource, seq) where resource is not null;
create index event_lease on poolkeeper.event (lease, seq) where lease is not null;
create index event_holder on poolkeeper.event (holder, seq) where holder is not null;

-- Numbers rise in the order in which leases and runs ended.
create table poolkeeper.ended_lease (
  number bigint primary key,
  id text collate "C" not null unique,
  ended_at bigint not null,
  holder text collate "C" not null,
  document_version integer not null,
  document text not null
);
create index ended_lease_holder on poolkeeper.ended_lease (holder, number);

-- A lease may be of several pools.
create table poolkeeper.ended_lease_pool (
  pool text collate "C" not null,
  number bigint not null references poolkeeper.ended_lease (number) on delete cascade,
  primary key (pool, number)
);
create index ended_lease_pool_number on poolkeeper.ended_lease_pool (number);

create table poolkeeper.ended_run (
  number bigint primary key,
  id text collate "C" not null unique,
  ended_at bigint not null,
  pool text collate "C" not null,
  resource text collate "C" not null,
  document_version integer not null,
  document text not null
);
create index ended_run_pool on poolkeeper.ended_run (pool, number);
create index ended_run_resource on poolkeeper.ended_run (resource, number);

create table poolkeeper.turnover_record (
  resource text collate "C" not null,
  number bigint not null,
  document_version integer not null,
  document text not null,
  primary key (resource, number)
);

create table poolkeeper.signing_key (
  x text primary key,
  valid_from bigint not null,
  valid_until bigint
);

-- The document is the entry as JSON: what steps put out may have any character, and a text of the database may not.
create table poolkeeper.run_log (
  run text collate "C" not null,
  seq bigint not null,
  at bigint not null,
  document text not null,
  primary key (run, seq)
);
create index run_log_at on poolkeeper.run_log (at);

create table poolkeeper.replica (
  id text primary key,
  report text not null,
  seen_at timestamptz not null
);

create table poolkeeper.shared_text (
  name text primary key,
  text text not null
);
