-- Sealed credentials of resources, and requests that wait their turn at a stage.
create table credential (id text primary key, document_version integer not null, document text not null) strict, without rowid;
create table waiter (id text primary key, document_version integer not null, document text not null) strict, without rowid;
