-- Things outside that bear our tag and belong to no resource.
create table leak (id text primary key, document_version integer not null, document text not null) strict, without rowid;
