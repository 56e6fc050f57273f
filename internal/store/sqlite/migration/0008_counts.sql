-- Numbers that pages show at each visit, kept instead of counted: a count reads every row.

-- hearers: how many subscribers there are by what they are subscribed to, in at most 16 rows.
create table hearers (
    is_active             integer not null,
    notify_announcements  integer not null,
    notify_events         integer not null,
    notify_prayer_changes integer not null,
    n                     integer not null,
    primary key (is_active, notify_announcements, notify_events, notify_prayer_changes)
) strict, without rowid;

-- tallies: how much there was in each quarter of an hour since 1970, of which the days of every time zone consist.
create table tallies (
    what    text    not null check (what in ('joined', 'left', 'queued')),
    quarter integer not null,
    n       integer not null,
    primary key (what, quarter)
) strict, without rowid;

insert into hearers select is_active, notify_announcements, notify_events, notify_prayer_changes, count(*) from subscribers group by 1, 2, 3, 4;
insert into tallies select 'joined', subscribed_at / 900000000, count(*) from subscribers group by 2;
insert into tallies select 'queued', created_at / 900000000, count(*) from deliveries group by 2;
insert into tallies select 'left', created_at / 900000000, count(*) from deliveries where kind = 'subscriber_unsubscribed' group by 2;

create trigger subscribers_tallied_insert after insert on subscribers begin
    insert into hearers values (new.is_active, new.notify_announcements, new.notify_events, new.notify_prayer_changes, 1)
        on conflict do update set n = n + 1;
    insert into tallies values ('joined', new.subscribed_at / 900000000, 1) on conflict do update set n = n + 1;
end;

create trigger subscribers_tallied_delete after delete on subscribers begin
    update hearers set n = n - 1 where is_active = old.is_active and notify_announcements = old.notify_announcements
        and notify_events = old.notify_events and notify_prayer_changes = old.notify_prayer_changes;
    update tallies set n = n - 1 where what = 'joined' and quarter = old.subscribed_at / 900000000;
end;

create trigger subscribers_tallied_update
    after update of is_active, notify_announcements, notify_events, notify_prayer_changes on subscribers
    when (old.is_active, old.notify_announcements, old.notify_events, old.notify_prayer_changes)
        <> (new.is_active, new.notify_announcements, new.notify_events, new.notify_prayer_changes) begin
    update hearers set n = n - 1 where is_active = old.is_active and notify_announcements = old.notify_announcements
        and notify_events = old.notify_events and notify_prayer_changes = old.notify_prayer_changes;
    insert into hearers values (new.is_active, new.notify_announcements, new.notify_events, new.notify_prayer_changes, 1)
        on conflict do update set n = n + 1;
end;

create trigger subscribers_tallied_move after update of subscribed_at on subscribers
    when old.subscribed_at <> new.subscribed_at begin
    update tallies set n = n - 1 where what = 'joined' and quarter = old.subscribed_at / 900000000;
    insert into tallies values ('joined', new.subscribed_at / 900000000, 1) on conflict do update set n = n + 1;
end;

-- What goes again after its time stays counted: it was queued that day all the same.
create trigger deliveries_tallied after insert on deliveries begin
    insert into tallies values ('queued', new.created_at / 900000000, 1) on conflict do update set n = n + 1;
    insert into tallies select 'left', new.created_at / 900000000, 1 where new.kind = 'subscriber_unsubscribed'
        on conflict do update set n = n + 1;
end;
