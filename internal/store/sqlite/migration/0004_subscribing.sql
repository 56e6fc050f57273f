-- What only this instance knows: the secret under which it hashes what it must not keep, made at the first need; and when
-- somebody first confirmed a subscription.
create table instance (
    id           integer primary key check (id = 1),
    key          blob    not null check (length(key) = 32),
    confirmed_at integer
) strict;

-- Requests to be subscribed that the address was asked to confirm. A row stays until its link expires; once the link was
-- used, or another one of the same address, the address is taken out.
create table confirmations (
    id                    integer primary key autoincrement,
    secret_hash           blob    not null unique check (length(secret_hash) = 32), -- SHA-256 of what makes the link unguessable
    email                 text    not null,
    email_key             text    not null,
    notify_announcements  integer not null check (notify_announcements in (0, 1)),
    notify_events         integer not null check (notify_events in (0, 1)),
    notify_prayer_changes integer not null check (notify_prayer_changes in (0, 1)),
    asked_at              integer not null,
    asked_from            blob    not null, -- keyed hash of the client's address
    consent_text          text    not null, -- version
    expires_at            integer not null,
    used_at               integer
) strict;

create index confirmations_address on confirmations (email_key, id) where used_at is null;
create index confirmations_expiry on confirmations (expires_at);

-- What a subscriber agreed to: when, from where (keyed hashes) and to which version of the text. None: added by an import
-- or by hand.
create table consents (
    subscriber_id  integer primary key references subscribers (id) on delete cascade,
    asked_at       integer not null,
    asked_from     blob    not null,
    confirmed_at   integer, -- null: without double opt-in
    confirmed_from blob,
    consent_text   text    not null
) strict;

-- Who has left: nothing but a keyed hash of the address, so that no import brings them back by accident.
create table suppressed (
    address_hash blob    primary key check (length(address_hash) = 32),
    since        integer not null
) strict, without rowid;

-- For the public pages: what can be shown is found without reading the texts of what cannot.
create index announcements_shown on announcements (is_pinned desc, publish_at desc, id, expire_at) where is_active;
create index events_shown on events (start_datetime, id, end_datetime) where is_active;
