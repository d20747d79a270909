-- Pools that are kept in rounds.
create table upkeep (id text primary key, document_version integer not null, document text not null) strict, without rowid;
