-- heartbeats: how often consumers, and what reads the six paths of the contract, ask; see namets.Heartbeat.
create table heartbeats (
    consumer_id integer unique references consumers (id) on delete cascade,
    path        text    unique,             -- one of the six; else null
    seen_at     integer not null,           -- within a minute
    began_at    integer not null,
    missed      integer not null,           -- microseconds, as active
    gaps        text    not null,           -- seconds, separated by blanks, as pauses
    pauses      text    not null,
    active      integer not null,
    late_at     integer,
    check ((consumer_id is null) <> (path is null))
) strict;

-- heartbeat_watch: until when it was watched who asks. What came later came while namets did not run.
create table heartbeat_watch (
    id    integer primary key check (id = 1),
    until integer not null
) strict;

insert into heartbeats select id, null, seen_at, seen_at, 0, '', '', 0, null from consumers where seen_at is not null;

alter table consumers drop column seen_at;
