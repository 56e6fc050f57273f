-- The token history: what the serving process knows about the API token, kept over restarts and read by commands while it runs.
create table token_status (
    id       integer primary key check (id = 1),
    saved_at integer not null,
    status   text    not null check (json_valid(status))
) strict;

-- One row for each token: in force (position 0), accepted with it for a while, or remembered to recognise who still
-- sends it. digest is the SHA-256 of one that is accepted, and null afterwards.
create table token_generations (
    position        integer primary key,
    role            text    not null,
    fingerprint     text    not null,
    digest          blob    check (length(digest) = 32),
    version         text    not null,
    since           integer,
    accepted_until  integer,
    requests        integer not null,
    last_used       integer,
    last_address    text    not null,
    last_user_agent text    not null,
    refused_since   integer not null
) strict;

-- The token before the one with this fingerprint is refused, whatever the overlap: what "token rotate --now" says.
create table token_revocation (
    id          integer primary key check (id = 1),
    fingerprint text    not null,
    at          integer not null
) strict;
