-- What the steps of runs put out, in the order in which it was written down.
create table run_log (
  number integer primary key,
  run text not null,
  seq integer not null,
  at integer not null,
  step integer not null,
  name text not null,
  attempt integer not null,
  stream text not null,
  total integer not null, -- bytes of the run's log up to the end of this
  text text not null
) strict;
create unique index run_log_place on run_log (run, seq);
