-- Who is told of events: a place in their history each.
create table webhook (id text primary key, document_version integer not null, document text not null) strict, without rowid;
