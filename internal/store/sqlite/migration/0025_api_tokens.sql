-- Tokens of the open API, each made for one workflow or program, with rights of its own. A row stays when its token ends:
-- webhooks, consumers and audit rows keep the id.
create table api_tokens (
    id              integer primary key autoincrement,
    name            text    not null check (name <> ''),
    name_key        text    not null check (name_key <> ''), -- lower case: unique among those that work
    hash            blob    not null unique check (length(hash) = 32), -- SHA-256 of the token
    scopes          text    not null check (scopes <> ''), -- separated by blanks
    created_at      integer not null,
    created_by      text    not null,
    replaced_at     integer, -- when it got the value that it has now
    expires_at      integer,
    ended_at        integer, -- revoked or expired; null while it works
    requests        integer not null default 0,
    last_used       integer,
    last_address    text    not null default '',
    last_user_agent text    not null default ''
) strict;

create unique index api_tokens_name on api_tokens (name_key) where ended_at is null;

-- Whether the token that the operator configures may also write through the open API. In a database that has been in use
-- it may not, until an owner allows it: the token was made for reading.
create table shared_token_rights (
    id        integer primary key check (id = 1),
    may_write integer not null check (may_write in (0, 1))
) strict;

insert into shared_token_rights (id, may_write)
    select 1, not exists (select 1 from audit) and not exists (select 1 from users) and not exists (select 1 from token_status);
