-- Targets of webhooks that workflows register by a key of their own.
create table hooks (
    id            integer primary key autoincrement,
    token_id      integer not null,            -- the API token that it belongs to; 0: the shared one
    key           text    not null,            -- the caller's own name for it
    url           text    not null,
    events        text    not null,            -- JSON array of types; "*" is all
    ack           text    not null check (ack in ('2xx', 'report')),
    report_within integer not null,            -- microseconds
    before        integer not null,            -- microseconds before the start of an event
    secret        text    not null,            -- signs its webhooks: whsec_ and base64
    created_at    integer not null,
    updated_at    integer not null,
    paused_at     integer,                     -- nothing is sent since then; its deliveries wait
    paused_reason text    not null default '', -- in plain words
    failing_since integer,                     -- since when it has answered nothing but 404; null if it has not
    deleted_at    integer,                     -- since then it is held for a day, and its deliveries wait
    unique (token_id, key)
) strict;

create index hooks_deleted on hooks (deleted_at) where deleted_at is not null;

-- What a workflow has said of the e-mails of a delivery: one row for each recipient.
-- address_hash: the keyed hash of the mailbox. When the person leaves, a hash takes its place that leads nowhere, so that
-- the numbers of a delivery stay as they are.
create table delivery_reports (
    delivery_id  integer not null references deliveries (id) on delete cascade,
    address_hash blob    not null check (length(address_hash) = 32),
    outcome      text    not null check (outcome in ('sent', 'refused')),
    reason       text    not null default '', -- of a refusal, in the words of the workflow
    at           integer not null,
    primary key (delivery_id, address_hash)
) strict, without rowid;

create index delivery_reports_address on delivery_reports (address_hash, at);
