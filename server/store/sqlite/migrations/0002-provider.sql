-- Providers are part of the world: configuration is applied to them and to pools in one decision.
create table provider (id text primary key, document_version integer not null, document text not null) strict, without rowid;
