-- An event that is cancelled or revived does not move: cancelled is the number of the last time that it was, 0 if it never was,
-- and moved that of the last change of its start, end or location, else of its creation.
alter table changes add column cancelled integer not null default 0;

update changes set cancelled = moved where topic = 'events' and entity_id in (select id from events where cancelled_at is not null);

-- The triggers of before, which now name the columns that they insert.
drop trigger subscribers_changed_insert;

create trigger subscribers_changed_insert after insert on subscribers begin
    update change_number set n = n + 1;
    insert into changes (topic, entity_id, seq, change, at, key, created, moved, due_at)
        select 'subscribers', new.id, n, 'created', new.updated_at, null, n, n,
        null from change_number where true
        on conflict (topic, entity_id) do update set seq = excluded.seq, change = excluded.change, at = excluded.at,
            key = null, created = excluded.created, moved = excluded.moved, due_at = excluded.due_at,
            cancelled = 0;
end;

drop trigger announcements_changed_insert;

create trigger announcements_changed_insert after insert on announcements begin
    update change_number set n = n + 1;
    insert into changes (topic, entity_id, seq, change, at, key, created, moved, due_at)
        select 'announcements', new.id, n, 'created', new.updated_at, null, n, n,
        case when not new.is_active then null when new.publish_at > new.updated_at then new.publish_at
        when new.expire_at > new.updated_at then new.expire_at end from change_number where true
        on conflict (topic, entity_id) do update set seq = excluded.seq, change = excluded.change, at = excluded.at,
            key = null, created = excluded.created, moved = excluded.moved, due_at = excluded.due_at,
            cancelled = 0;
    delete from changes where topic = 'announcements.published' and entity_id = new.id and not (new.is_active and new.publish_at <= new.updated_at and (new.expire_at is null or new.expire_at > new.updated_at));
    update change_number set n = n + 1 where new.is_active and new.publish_at <= new.updated_at and (new.expire_at is null or new.expire_at > new.updated_at);
    insert into changes (topic, entity_id, seq, change, at, key, created, moved, due_at)
        select 'announcements.published', new.id, n, 'published', new.updated_at, null, n, n, null
        from change_number where new.is_active and new.publish_at <= new.updated_at and (new.expire_at is null or new.expire_at > new.updated_at)
        on conflict do nothing;
end;

drop trigger announcements_changed_update;

create trigger announcements_changed_update after update of revision on announcements begin
    update change_number set n = n + 1;
    update changes set seq = n, at = new.updated_at, change = 'updated',
        due_at = case when not new.is_active then null when new.publish_at > new.updated_at then new.publish_at
        when new.expire_at > new.updated_at then new.expire_at end
        from change_number where topic = 'announcements' and entity_id = new.id;
    delete from changes where topic = 'announcements.published' and entity_id = new.id and not (new.is_active and new.publish_at <= new.updated_at and (new.expire_at is null or new.expire_at > new.updated_at));
    update change_number set n = n + 1 where new.is_active and new.publish_at <= new.updated_at and (new.expire_at is null or new.expire_at > new.updated_at);
    insert into changes (topic, entity_id, seq, change, at, key, created, moved, due_at)
        select 'announcements.published', new.id, n, 'published', new.updated_at, null, n, n, null
        from change_number where new.is_active and new.publish_at <= new.updated_at and (new.expire_at is null or new.expire_at > new.updated_at)
        on conflict do nothing;
end;

drop trigger event_categories_changed_insert;

create trigger event_categories_changed_insert after insert on event_categories begin
    update change_number set n = n + 1;
    insert into changes (topic, entity_id, seq, change, at, key, created, moved, due_at)
        select 'categories', new.id, n, 'created', new.updated_at, null, n, n,
        null from change_number where true
        on conflict (topic, entity_id) do update set seq = excluded.seq, change = excluded.change, at = excluded.at,
            key = null, created = excluded.created, moved = excluded.moved, due_at = excluded.due_at,
            cancelled = 0;
end;

drop trigger events_changed_insert;

create trigger events_changed_insert after insert on events begin
    update change_number set n = n + 1;
    insert into changes (topic, entity_id, seq, change, at, key, created, moved, due_at)
        select 'events', new.id, n, 'created', new.updated_at, null, n, n,
        case when new.is_active and new.cancelled_at is null and new.end_datetime > new.updated_at then new.end_datetime end from change_number where true
        on conflict (topic, entity_id) do update set seq = excluded.seq, change = excluded.change, at = excluded.at,
            key = null, created = excluded.created, moved = excluded.moved, due_at = excluded.due_at,
            cancelled = 0;
end;

drop trigger events_changed_update;

create trigger events_changed_update after update of revision on events begin
    update change_number set n = n + 1;
    update changes set seq = n, at = new.updated_at, due_at = case when new.is_active and new.cancelled_at is null and new.end_datetime > new.updated_at then new.end_datetime end,
        change = case when new.cancelled_at is not null and old.cancelled_at is null then 'cancelled'
            when (new.start_datetime, new.end_datetime, new.location) <> (old.start_datetime, old.end_datetime, old.location)
                then 'moved' else 'updated' end,
        moved = case when (new.start_datetime, new.end_datetime, new.location)
            <> (old.start_datetime, old.end_datetime, old.location) then n else moved end,
        cancelled = case when new.cancelled_at is not old.cancelled_at then n else cancelled end
        from change_number where topic = 'events' and entity_id = new.id;
end;

drop trigger patrons_changed_insert;

create trigger patrons_changed_insert after insert on patrons begin
    update change_number set n = n + 1;
    insert into changes (topic, entity_id, seq, change, at, key, created, moved, due_at)
        select 'patrons', new.id, n, 'created', new.updated_at, null, n, n,
        null from change_number where true
        on conflict (topic, entity_id) do update set seq = excluded.seq, change = excluded.change, at = excluded.at,
            key = null, created = excluded.created, moved = excluded.moved, due_at = excluded.due_at,
            cancelled = 0;
end;

drop trigger prayer_schedules_changed_insert;

create trigger prayer_schedules_changed_insert after insert on prayer_schedules begin
    update change_number set n = n + 1;
    insert into changes (topic, entity_id, seq, change, at, key, created, moved, due_at)
        select 'prayer-days', new.id, n, 'created', new.updated_at, null, n, n,
        null from change_number where true
        on conflict (topic, entity_id) do update set seq = excluded.seq, change = excluded.change, at = excluded.at,
            key = null, created = excluded.created, moved = excluded.moved, due_at = excluded.due_at,
            cancelled = 0;
end;
