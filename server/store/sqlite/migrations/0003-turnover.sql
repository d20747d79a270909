-- What turnovers are made of: workflows and what fills them in, and the runs under way.
create table secret (id text primary key, document_version integer not null, document text not null) strict, without rowid;
create table profile (id text primary key, document_version integer not null, document text not null) strict, without rowid;
create table workflow (id text primary key, document_version integer not null, document text not null) strict, without rowid;
create table run (id text primary key, document_version integer not null, document text not null) strict, without rowid;
