-- Instants are microseconds since 1970-01-01T00:00:00Z, times of day microseconds since midnight, dates YYYY-MM-DD.
-- The bounds of an instant are the years 1 to 9999.

create table subscribers (
    id                    integer primary key autoincrement,
    email                 text    not null check (email <> ''),
    email_key             text    not null unique check (email_key <> ''), -- lower case: unique without regard to case
    phone                 text    check (phone <> ''),
    is_verified           integer not null check (is_verified in (0, 1)),
    is_active             integer not null check (is_active in (0, 1)),
    notify_announcements  integer not null check (notify_announcements in (0, 1)),
    notify_events         integer not null check (notify_events in (0, 1)),
    notify_prayer_changes integer not null check (notify_prayer_changes in (0, 1)),
    token                 text    not null unique check (length(token) = 36),
    subscribed_at         integer not null check (subscribed_at between -62135596800000000 and 253402300799999999),
    last_notified         integer check (last_notified between -62135596800000000 and 253402300799999999)
) strict;

create index subscribers_active on subscribers (id) where is_active;

create table announcements (
    id         integer primary key autoincrement,
    title      text    not null,
    slug       text    not null unique check (slug <> ''),
    content    text    not null,
    category   text    not null check (category in ('general', 'ramadan', 'taaleem', 'sale')),
    is_pinned  integer not null check (is_pinned in (0, 1)),
    publish_at integer not null check (publish_at between -62135596800000000 and 253402300799999999),
    expire_at  integer check (expire_at between -62135596800000000 and 253402300799999999),
    is_active  integer not null check (is_active in (0, 1)),
    send_email integer not null check (send_email in (0, 1))
) strict;

create index announcements_active on announcements (publish_at desc, id) where is_active;

create table event_categories (
    id          integer primary key autoincrement,
    name        text not null,
    slug        text not null unique check (slug <> ''),
    description text not null
) strict;

create table events (
    id             integer primary key autoincrement,
    title          text    not null,
    slug           text    not null unique check (slug <> ''),
    description    text    not null,
    category_id    integer references event_categories (id) deferrable initially deferred,
    start_datetime integer not null check (start_datetime between -62135596800000000 and 253402300799999999),
    end_datetime   integer not null check (end_datetime between -62135596800000000 and 253402300799999999),
    location       text    not null,
    is_featured    integer not null check (is_featured in (0, 1)),
    is_active      integer not null check (is_active in (0, 1)),
    send_email     integer not null check (send_email in (0, 1))
) strict;

create index events_active on events (start_datetime, id) where is_active;
create index events_category on events (category_id);

create table patrons (
    id                    integer primary key autoincrement,
    name                  text    not null,
    designation           text    not null,
    bio                   text    not null,
    email                 text    not null,
    hierarchy_order       integer not null,
    is_active             integer not null check (is_active in (0, 1)),
    receive_notifications integer not null check (receive_notifications in (0, 1))
) strict;

create index patrons_order on patrons (hierarchy_order, name);

create table prayer_schedules (
    id            integer primary key autoincrement,
    date          text    not null unique check (date glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    fajr_adhan    integer not null check (fajr_adhan between 0 and 86399999999),
    fajr_iqama    integer not null check (fajr_iqama between 0 and 86399999999),
    dhuhr_adhan   integer not null check (dhuhr_adhan between 0 and 86399999999),
    dhuhr_iqama   integer not null check (dhuhr_iqama between 0 and 86399999999),
    asr_adhan     integer not null check (asr_adhan between 0 and 86399999999),
    asr_iqama     integer not null check (asr_iqama between 0 and 86399999999),
    maghrib_adhan integer not null check (maghrib_adhan between 0 and 86399999999),
    maghrib_iqama integer not null check (maghrib_iqama between 0 and 86399999999),
    isha_adhan    integer not null check (isha_adhan between 0 and 86399999999),
    isha_iqama    integer not null check (isha_iqama between 0 and 86399999999),
    is_active     integer not null check (is_active in (0, 1)),
    send_email    integer not null check (send_email in (0, 1))
) strict;

create index prayer_schedules_active on prayer_schedules (date) where is_active;

-- Who did what: one row for each change, written in the change's own transaction. detail is a JSON object without
-- secrets and addresses.
create table audit (
    id         integer primary key autoincrement,
    at         integer not null,
    actor_kind text    not null,
    actor_name text    not null,
    address    text    not null,
    action     text    not null,
    entity     text    not null,
    entity_id  integer,
    detail     text    not null check (json_valid(detail))
) strict;

create index audit_at on audit (at desc);
create index audit_entity on audit (entity, entity_id);
