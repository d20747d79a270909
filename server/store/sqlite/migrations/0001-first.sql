-- The counters of the world, and the term of its writer. One row.
create table world (
  id integer primary key check (id = 1),
  term integer not null,
  instant integer not null,
  event_seq integer not null,
  lease_seq integer not null
) strict;
insert into world (id, term, instant, event_seq, lease_seq) values (1, 0, 0, 0, 0);

-- Committed batches whose contents are not in the tables below yet (docs/adr/0007-journal-and-fold.md).
create table journal (
  number integer primary key,
  document_version integer not null,
  ended_before integer not null, -- how many leases had ended before this batch
  body text not null
) strict;

-- Live documents: one row each.
create table pool (id text primary key, document_version integer not null, document text not null) strict, without rowid;
create table token (id text primary key, document_version integer not null, document text not null) strict, without rowid;
create table resource (id text primary key, document_version integer not null, document text not null) strict, without rowid;
create table job (id text primary key, document_version integer not null, document text not null) strict, without rowid;
create table lease (id text primary key, document_version integer not null, document text not null) strict, without rowid;
create table receipt (id text primary key, document_version integer not null, document text not null) strict, without rowid;

-- Leases that are over, numbered in the order in which they ended.
create table ended_lease (
  number integer primary key,
  id text not null,
  ended_at integer not null,
  document_version integer not null,
  document text not null
) strict;
create unique index ended_lease_id on ended_lease (id);
create table ended_lease_subject (
  subject text not null, -- 'pool/' or 'holder/' and the name
  number integer not null,
  primary key (subject, number)
) strict, without rowid;

create table event (
  seq integer primary key,
  document_version integer not null,
  document text not null
) strict;
-- Finds the events of one subject. The bucket comes first so that new rows land side by side, whatever their subjects are:
-- an index by subject alone would touch a page of its own for nearly every event.
create table event_subject (
  bucket integer not null, -- event_seq / 4096
  subject text not null, -- 'pool/', 'resource/', 'lease/' or 'holder/' and the name
  event_seq integer not null,
  primary key (bucket, subject, event_seq)
) strict, without rowid;
