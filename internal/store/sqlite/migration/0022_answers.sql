-- The answers to requests with an Idempotency-Key, for a day: each is written in the transaction of its request.
-- digest: SHA-256 of the request.
create table answers (
    token_id  integer not null, -- the API token of the caller; 0: the shared one
    operation text    not null,
    key       text    not null,
    digest    blob    not null check (length(digest) = 32),
    status    integer not null,
    etag      text    not null,
    body      blob    not null,
    at        integer not null,
    primary key (token_id, operation, key)
) strict, without rowid;

create index answers_at on answers (at);
