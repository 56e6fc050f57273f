-- Every change of a row counts its revision up, so that nobody overwrites what somebody else has saved meanwhile.
-- announced_at and joined_at are when the one event of a row's life was queued, or when it counted as told.
alter table subscribers add column revision integer not null default 1;
alter table subscribers add column joined_at integer;
alter table announcements add column revision integer not null default 1;
alter table announcements add column announced_at integer;
alter table event_categories add column revision integer not null default 1;
alter table events add column revision integer not null default 1;
alter table events add column announced_at integer;
alter table patrons add column revision integer not null default 1;
alter table prayer_schedules add column revision integer not null default 1;
-- untold: times changed while the schedule was inactive and wait for it to become active.
alter table prayer_schedules add column untold integer not null default 0 check (untold in (0, 1));

-- What is stored already came from imports, which fire nothing.
update subscribers set joined_at = subscribed_at where is_active;
update announcements set announced_at = unixepoch() * 1000000 where send_email;
update events set announced_at = unixepoch() * 1000000 where send_email;

create index announcements_due on announcements (publish_at) where announced_at is null and send_email and is_active;
create index events_due on events (id) where announced_at is null and send_email and is_active;

-- The outbox: one row for each webhook, written in the transaction of the change that it announces.
create table deliveries (
    id           integer primary key autoincrement,
    webhook_id   text    not null unique, -- the same at every attempt
    kind         text    not null,
    entity       text    not null,        -- the table of the row that it is about, or empty
    entity_id    integer not null,        -- 0 when it is about no row
    state        text    not null check (state in ('pending', 'delivered', 'dead', 'skipped')),
    recipients   integer not null,        -- how many
    attempts     integer not null default 0,
    failures     integer not null default 0, -- failed attempts since it was queued or last set back by hand
    -- When it may be claimed: null unless pending, and while an earlier delivery of the same row is pending. A claim
    -- moves it to the end of the lease.
    next_at      integer,
    leased_until integer,                 -- null unless an attempt is under way
    expires_at   integer,                 -- from when on it is not worth sending
    created_at   integer not null,
    finished_at  integer,
    last_status  integer not null default 0,
    last_error   text    not null default ''
) strict;

create index deliveries_ready on deliveries (next_at, id) where next_at is not null;
create index deliveries_finished on deliveries (finished_at) where finished_at is not null and state <> 'dead';
create index deliveries_state on deliveries (state, id);
create index deliveries_kind on deliveries (kind, id);
create index deliveries_entity on deliveries (entity, entity_id, id);
create index deliveries_created on deliveries (created_at);

-- What a delivery says. It is apart because it may be long, holds addresses and goes before the delivery does.
create table delivery_bodies (
    delivery_id integer primary key references deliveries (id) on delete cascade,
    recipients  text not null, -- JSON array
    data        text not null  -- JSON object, without recipients
) strict;

create table attempts (
    id          integer primary key autoincrement,
    delivery_id integer not null references deliveries (id) on delete cascade,
    at          integer not null,
    duration    integer not null, -- microseconds
    status      integer not null, -- 0 when no answer came
    error       text    not null, -- in plain words; empty when it was delivered
    answer      text    not null  -- its beginning
) strict;

create index attempts_delivery on attempts (delivery_id, id);
