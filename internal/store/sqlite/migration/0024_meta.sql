-- key: the author's own name for the row. created_at and updated_at: when the row was stored and when it last changed,
-- which the program sets. An older row has the times of its audit rows, else those that it shows itself; where none
-- remain, it counts as stored now.

alter table subscribers add column key text check (length(key) between 1 and 128);
alter table subscribers add column created_at integer not null default 0;
alter table subscribers add column updated_at integer not null default 0;
create unique index subscribers_key on subscribers (key) where key is not null;

alter table announcements add column key text check (length(key) between 1 and 128);
alter table announcements add column created_at integer not null default 0;
alter table announcements add column updated_at integer not null default 0;
create unique index announcements_key on announcements (key) where key is not null;

alter table event_categories add column key text check (length(key) between 1 and 128);
alter table event_categories add column created_at integer not null default 0;
alter table event_categories add column updated_at integer not null default 0;
create unique index event_categories_key on event_categories (key) where key is not null;

alter table events add column key text check (length(key) between 1 and 128);
alter table events add column created_at integer not null default 0;
alter table events add column updated_at integer not null default 0;
create unique index events_key on events (key) where key is not null;

alter table patrons add column key text check (length(key) between 1 and 128);
alter table patrons add column created_at integer not null default 0;
alter table patrons add column updated_at integer not null default 0;
create unique index patrons_key on patrons (key) where key is not null;

alter table prayer_schedules add column key text check (length(key) between 1 and 128);
alter table prayer_schedules add column created_at integer not null default 0;
alter table prayer_schedules add column updated_at integer not null default 0;
create unique index prayer_schedules_key on prayer_schedules (key) where key is not null;

alter table events add column cancelled_at integer check (cancelled_at between -62135596800000000 and 253402300799999999);

update subscribers set created_at = coalesce((select min(at) from audit where entity = 'subscribers' and entity_id = subscribers.id
    and action = 'create'), min(subscribed_at, unixepoch() * 1000000));
update subscribers set updated_at = max(created_at, coalesce((select max(at) from audit where entity = 'subscribers' and entity_id = subscribers.id
    and action = 'update'), 0));

update announcements set created_at = coalesce((select min(at) from audit where entity = 'announcements' and entity_id = announcements.id
    and action = 'create'), min(publish_at, unixepoch() * 1000000));
update announcements set updated_at = max(created_at, coalesce((select max(at) from audit where entity = 'announcements' and entity_id = announcements.id
    and action = 'update'), 0));

update event_categories set created_at = coalesce((select min(at) from audit where entity = 'event_categories' and entity_id = event_categories.id
    and action = 'create'), unixepoch() * 1000000);
update event_categories set updated_at = max(created_at, coalesce((select max(at) from audit where entity = 'event_categories' and entity_id = event_categories.id
    and action = 'update'), 0));

update events set created_at = coalesce((select min(at) from audit where entity = 'events' and entity_id = events.id
    and action = 'create'), unixepoch() * 1000000);
update events set updated_at = max(created_at, coalesce((select max(at) from audit where entity = 'events' and entity_id = events.id
    and action = 'update'), 0));

update patrons set created_at = coalesce((select min(at) from audit where entity = 'patrons' and entity_id = patrons.id
    and action = 'create'), unixepoch() * 1000000);
update patrons set updated_at = max(created_at, coalesce((select max(at) from audit where entity = 'patrons' and entity_id = patrons.id
    and action = 'update'), 0));

update prayer_schedules set created_at = coalesce((select min(at) from audit where entity = 'prayer_schedules' and entity_id = prayer_schedules.id
    and action = 'create'), unixepoch() * 1000000);
update prayer_schedules set updated_at = max(created_at, coalesce((select max(at) from audit where entity = 'prayer_schedules' and entity_id = prayer_schedules.id
    and action = 'update'), 0));
