-- Sessions that were ended, by a sign-out, another password or a deleted user. For a day, a form that is sent from such a
-- browser is kept until its sender has signed in again.
create table ended_sessions (
    hash     blob    primary key check (length(hash) = 32), -- SHA-256 of the cookie's value
    ended_at integer not null
) strict, without rowid;

create index ended_sessions_ended on ended_sessions (ended_at);
