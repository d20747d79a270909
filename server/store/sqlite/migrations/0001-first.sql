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

create table event (
  seq integer primary key,
  document_version integer not null,
  document text not null
) strict;

-- Say which subjects occur in 512 rows that follow each other. That is enough to pass over all others, and costs a commit
-- far less than an entry for each row: most entries are there already, and new ones land side by side.
-- A subject is 'pool/', 'holder/', 'resource/' or 'lease/' and the name.
create table ended_lease_bucket (
  bucket integer not null, -- number / 512
  subject text not null,
  primary key (bucket, subject)
) strict, without rowid;
create table event_bucket (
  bucket integer not null, -- seq / 512
  subject text not null,
  primary key (bucket, subject)
) strict, without rowid;
