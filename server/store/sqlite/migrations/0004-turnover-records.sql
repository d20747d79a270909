-- Runs that are over, numbered in the order in which they ended.
create table ended_run (
  number integer primary key,
  id text not null,
  ended_at integer not null,
  document_version integer not null,
  document text not null
) strict;
create unique index ended_run_id on ended_run (id);
create table ended_run_bucket (
  bucket integer not null, -- number / 512
  subject text not null, -- 'resource/' or 'pool/' and the name
  primary key (bucket, subject)
) strict, without rowid;

-- How many runs had ended before the batch. Batches of older releases end none.
alter table journal add column runs_before integer not null default 0;

-- Turnovers as they were signed. They are the proof, and are not pruned.
create table turnover_record (
  resource text not null,
  number integer not null,
  document_version integer not null,
  document text not null,
  primary key (resource, number)
) strict;

-- Public halves of the keys that signed them, so that a restored store can tell whose its records are.
create table signing_key (
  x text primary key,
  valid_from integer not null,
  valid_until integer -- null: it signs today
) strict, without rowid;
