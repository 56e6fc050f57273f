-- change_number: the number of the newest change.
create table change_number (
    id integer primary key check (id = 1),
    n  integer not null
) strict;

-- changes: the newest change of each row of content, and of each row that was deleted in the last 90 days. Every write of a
-- row that counts increments the row's revision: that gives it a new number here.
-- topic: what consumers subscribe to. Rows under announcements.published are announcements that are published now.
-- change: its rule is no list of values, because SQLite makes a table of one for each row that a trigger inserts.
create table changes (
    topic     text    not null,
    entity_id integer not null,
    seq       integer not null,  -- the number of the change
    change    text    not null check (change = 'created' or change = 'updated' or change = 'moved' or change = 'cancelled'
        or change = 'published' or change = 'expired' or change = 'deleted'),
    at        integer,           -- null until the transaction that deletes the row ends
    key       text,              -- of a deleted row
    created   integer not null,  -- the number of the row's creation
    moved     integer not null,  -- of the last change of an event's start, end, location or cancellation, else of the creation
    due_at    integer,           -- when time will change the row: an announcement is published or expires, an event ends
    primary key (topic, entity_id)
) strict, without rowid;

create unique index changes_seq on changes (topic, seq);
create index changes_due on changes (due_at) where due_at is not null;
create index changes_deleted on changes (at) where change = 'deleted';

-- changes_pruned: the highest number of a deleted row that is no longer in changes.
create table changes_pruned (
    topic text    primary key,
    seq   integer not null
) strict, without rowid;

-- consumers: who reads changes, with what was handed out last. The name is the caller's own.
create table consumers (
    id           integer primary key autoincrement,
    token_id     integer not null,           -- the API token that it belongs to; 0: the shared one
    name         text    not null,
    starts       text    not null check (starts in ('now', 'beginning')),
    before       integer not null,           -- microseconds before the start of an event
    lease_length integer not null,           -- microseconds
    created_at   integer not null,
    lease        text    not null default '', -- of what is handed out and not acknowledged
    leased_until integer,
    leased_to    integer not null default 0, -- the highest number that is handed out under the lease
    ended_lease  text    not null default '', -- the lease before it
    ended_by     text    not null default '' check (ended_by in ('', 'ack', 'release')),
    acked_at     integer,
    seen_at      integer,                    -- within a minute
    unique (token_id, name)
) strict;

-- consumer_topics: how far a consumer has got.
create table consumer_topics (
    consumer_id integer not null references consumers (id) on delete cascade,
    topic       text    not null,
    position    integer not null, -- everything up to this number is acknowledged
    handed      integer not null, -- the highest number that was ever handed out
    known       integer not null, -- deletions up to this number need not be repeated
    resync      integer not null default 0 check (resync between 0 and 3), -- 1: due; 2: handed out; 3: under the lease
    primary key (consumer_id, topic)
) strict, without rowid;

-- consumer_notices: what a consumer was told about a row once, and must not be told again.
create table consumer_notices (
    consumer_id integer not null references consumers (id) on delete cascade,
    topic       text    not null,
    entity_id   integer not null,
    acked       integer,                     -- the number of the state that it has acknowledged
    reminded    integer not null default 0 check (reminded in (0, 1)), -- of the start of the event as acknowledged
    start       integer,                     -- the start of an event as handed out
    handed      integer,                     -- the number of the state that was handed out and not acknowledged
    change      text    not null,            -- what was handed out
    leased      integer not null check (leased in (0, 1)), -- under the lease
    primary key (consumer_id, topic, entity_id)
) strict, without rowid;

insert into change_number values (1, 0);

insert into changes select 'subscribers', r.id, c.n + row_number() over (order by r.id), 'created', updated_at, null,
    c.n + row_number() over (order by r.id), c.n + row_number() over (order by r.id), null
    from subscribers r, change_number c;
update change_number set n = n + (select count(*) from subscribers);

insert into changes select 'announcements', r.id, c.n + row_number() over (order by r.id), 'created', updated_at, null,
    c.n + row_number() over (order by r.id), c.n + row_number() over (order by r.id), case when not is_active then null when publish_at > unixepoch() * 1000000 then publish_at
        when expire_at > unixepoch() * 1000000 then expire_at end
    from announcements r, change_number c;
update change_number set n = n + (select count(*) from announcements);

insert into changes select 'categories', r.id, c.n + row_number() over (order by r.id), 'created', updated_at, null,
    c.n + row_number() over (order by r.id), c.n + row_number() over (order by r.id), null
    from event_categories r, change_number c;
update change_number set n = n + (select count(*) from event_categories);

insert into changes select 'events', r.id, c.n + row_number() over (order by r.id), 'created', updated_at, null,
    c.n + row_number() over (order by r.id), c.n + row_number() over (order by r.id), case when is_active and end_datetime > unixepoch() * 1000000 then end_datetime end
    from events r, change_number c;
update change_number set n = n + (select count(*) from events);

insert into changes select 'patrons', r.id, c.n + row_number() over (order by r.id), 'created', updated_at, null,
    c.n + row_number() over (order by r.id), c.n + row_number() over (order by r.id), null
    from patrons r, change_number c;
update change_number set n = n + (select count(*) from patrons);

insert into changes select 'prayer-days', r.id, c.n + row_number() over (order by r.id), 'created', updated_at, null,
    c.n + row_number() over (order by r.id), c.n + row_number() over (order by r.id), null
    from prayer_schedules r, change_number c;
update change_number set n = n + (select count(*) from prayer_schedules);

insert into changes select 'announcements.published', a.id, c.n + row_number() over (order by publish_at, a.id), 'published',
    updated_at, null, c.n + row_number() over (order by publish_at, a.id), c.n + row_number() over (order by publish_at, a.id),
    null
    from announcements a, change_number c
    where is_active and publish_at <= unixepoch() * 1000000 and (expire_at is null or expire_at > unixepoch() * 1000000);
update change_number set n = n + (select count(*) from changes where topic = 'announcements.published');

-- A number is taken for each change, in the order in which they are written: there is one writer.
create trigger subscribers_changed_insert after insert on subscribers begin
    update change_number set n = n + 1;
    insert into changes select 'subscribers', new.id, n, 'created', new.updated_at, null, n, n,
        null from change_number where true
        on conflict (topic, entity_id) do update set seq = excluded.seq, change = excluded.change, at = excluded.at,
            key = null, created = excluded.created, moved = excluded.moved, due_at = excluded.due_at;
end;

create trigger subscribers_changed_update after update of revision on subscribers begin
    update change_number set n = n + 1;
    update changes set seq = n, at = new.updated_at, change = 'updated'
        from change_number where topic = 'subscribers' and entity_id = new.id;
end;

create trigger subscribers_changed_delete after delete on subscribers begin
    update change_number set n = n + 1;
    update changes set seq = n, at = null, change = 'deleted', key = old.key, due_at = null
        from change_number where topic = 'subscribers' and entity_id = old.id;
end;

create trigger announcements_changed_insert after insert on announcements begin
    update change_number set n = n + 1;
    insert into changes select 'announcements', new.id, n, 'created', new.updated_at, null, n, n,
        case when not new.is_active then null when new.publish_at > new.updated_at then new.publish_at
        when new.expire_at > new.updated_at then new.expire_at end from change_number where true
        on conflict (topic, entity_id) do update set seq = excluded.seq, change = excluded.change, at = excluded.at,
            key = null, created = excluded.created, moved = excluded.moved, due_at = excluded.due_at;
    update change_number set n = n + 1 where new.is_active and new.publish_at <= new.updated_at and (new.expire_at is null or new.expire_at > new.updated_at);
    insert into changes select 'announcements.published', new.id, n, 'published', new.updated_at, null, n, n, null
        from change_number where new.is_active and new.publish_at <= new.updated_at and (new.expire_at is null or new.expire_at > new.updated_at)
        on conflict do nothing;
end;

create trigger announcements_changed_update after update of revision on announcements begin
    update change_number set n = n + 1;
    update changes set seq = n, at = new.updated_at, change = 'updated',
        due_at = case when not new.is_active then null when new.publish_at > new.updated_at then new.publish_at
        when new.expire_at > new.updated_at then new.expire_at end
        from change_number where topic = 'announcements' and entity_id = new.id;
    delete from changes where topic = 'announcements.published' and entity_id = new.id and not (new.is_active and new.publish_at <= new.updated_at and (new.expire_at is null or new.expire_at > new.updated_at));
    update change_number set n = n + 1 where new.is_active and new.publish_at <= new.updated_at and (new.expire_at is null or new.expire_at > new.updated_at);
    insert into changes select 'announcements.published', new.id, n, 'published', new.updated_at, null, n, n, null
        from change_number where new.is_active and new.publish_at <= new.updated_at and (new.expire_at is null or new.expire_at > new.updated_at)
        on conflict do nothing;
end;

create trigger announcements_changed_delete after delete on announcements begin
    update change_number set n = n + 1;
    update changes set seq = n, at = null, change = 'deleted', key = old.key, due_at = null
        from change_number where topic = 'announcements' and entity_id = old.id;
    delete from changes where topic = 'announcements.published' and entity_id = old.id;
end;

create trigger event_categories_changed_insert after insert on event_categories begin
    update change_number set n = n + 1;
    insert into changes select 'categories', new.id, n, 'created', new.updated_at, null, n, n,
        null from change_number where true
        on conflict (topic, entity_id) do update set seq = excluded.seq, change = excluded.change, at = excluded.at,
            key = null, created = excluded.created, moved = excluded.moved, due_at = excluded.due_at;
end;

create trigger event_categories_changed_update after update of revision on event_categories begin
    update change_number set n = n + 1;
    update changes set seq = n, at = new.updated_at, change = 'updated'
        from change_number where topic = 'categories' and entity_id = new.id;
end;

create trigger event_categories_changed_delete after delete on event_categories begin
    update change_number set n = n + 1;
    update changes set seq = n, at = null, change = 'deleted', key = old.key, due_at = null
        from change_number where topic = 'categories' and entity_id = old.id;
end;

create trigger events_changed_insert after insert on events begin
    update change_number set n = n + 1;
    insert into changes select 'events', new.id, n, 'created', new.updated_at, null, n, n,
        case when new.is_active and new.cancelled_at is null and new.end_datetime > new.updated_at then new.end_datetime end from change_number where true
        on conflict (topic, entity_id) do update set seq = excluded.seq, change = excluded.change, at = excluded.at,
            key = null, created = excluded.created, moved = excluded.moved, due_at = excluded.due_at;
end;

create trigger events_changed_update after update of revision on events begin
    update change_number set n = n + 1;
    update changes set seq = n, at = new.updated_at, due_at = case when new.is_active and new.cancelled_at is null and new.end_datetime > new.updated_at then new.end_datetime end,
        change = case when new.cancelled_at is not null and old.cancelled_at is null then 'cancelled'
            when (new.start_datetime, new.end_datetime, new.location) <> (old.start_datetime, old.end_datetime, old.location)
                then 'moved' else 'updated' end,
        moved = case when new.cancelled_at is not old.cancelled_at or
            (new.start_datetime, new.end_datetime, new.location) <> (old.start_datetime, old.end_datetime, old.location)
                then n else moved end
        from change_number where topic = 'events' and entity_id = new.id;
end;

create trigger events_changed_delete after delete on events begin
    update change_number set n = n + 1;
    update changes set seq = n, at = null, change = 'deleted', key = old.key, due_at = null
        from change_number where topic = 'events' and entity_id = old.id;
end;

create trigger patrons_changed_insert after insert on patrons begin
    update change_number set n = n + 1;
    insert into changes select 'patrons', new.id, n, 'created', new.updated_at, null, n, n,
        null from change_number where true
        on conflict (topic, entity_id) do update set seq = excluded.seq, change = excluded.change, at = excluded.at,
            key = null, created = excluded.created, moved = excluded.moved, due_at = excluded.due_at;
end;

create trigger patrons_changed_update after update of revision on patrons begin
    update change_number set n = n + 1;
    update changes set seq = n, at = new.updated_at, change = 'updated'
        from change_number where topic = 'patrons' and entity_id = new.id;
end;

create trigger patrons_changed_delete after delete on patrons begin
    update change_number set n = n + 1;
    update changes set seq = n, at = null, change = 'deleted', key = old.key, due_at = null
        from change_number where topic = 'patrons' and entity_id = old.id;
end;

create trigger prayer_schedules_changed_insert after insert on prayer_schedules begin
    update change_number set n = n + 1;
    insert into changes select 'prayer-days', new.id, n, 'created', new.updated_at, null, n, n,
        null from change_number where true
        on conflict (topic, entity_id) do update set seq = excluded.seq, change = excluded.change, at = excluded.at,
            key = null, created = excluded.created, moved = excluded.moved, due_at = excluded.due_at;
end;

create trigger prayer_schedules_changed_update after update of revision on prayer_schedules begin
    update change_number set n = n + 1;
    update changes set seq = n, at = new.updated_at, change = 'updated'
        from change_number where topic = 'prayer-days' and entity_id = new.id;
end;

create trigger prayer_schedules_changed_delete after delete on prayer_schedules begin
    update change_number set n = n + 1;
    update changes set seq = n, at = null, change = 'deleted', key = old.key, due_at = null
        from change_number where topic = 'prayer-days' and entity_id = old.id;
end;
