-- The names that the rest of the program uses. SQLite changes the tables' names inside triggers and indexes too; it cannot
-- rename triggers and indexes themselves, so those are made again.
alter table hearers rename to subscriber_counts;
alter table tallies rename to daily_counts;
alter table confirmation_mails rename to confirmation_emails;
alter table prayer_schedules rename column untold to unannounced;

drop trigger subscribers_tallied_insert;
create trigger subscribers_counted_insert after insert on subscribers begin
    insert into subscriber_counts values (new.is_active, new.notify_announcements, new.notify_events, new.notify_prayer_changes, 1)
        on conflict do update set n = n + 1;
    insert into daily_counts values ('joined', new.subscribed_at / 900000000, 1) on conflict do update set n = n + 1;
end;

drop trigger subscribers_tallied_delete;
create trigger subscribers_counted_delete after delete on subscribers begin
    update subscriber_counts set n = n - 1 where is_active = old.is_active and notify_announcements = old.notify_announcements
        and notify_events = old.notify_events and notify_prayer_changes = old.notify_prayer_changes;
    update daily_counts set n = n - 1 where what = 'joined' and quarter = old.subscribed_at / 900000000;
end;

drop trigger subscribers_tallied_update;
create trigger subscribers_counted_update
    after update of is_active, notify_announcements, notify_events, notify_prayer_changes on subscribers
    when (old.is_active, old.notify_announcements, old.notify_events, old.notify_prayer_changes)
        <> (new.is_active, new.notify_announcements, new.notify_events, new.notify_prayer_changes) begin
    update subscriber_counts set n = n - 1 where is_active = old.is_active and notify_announcements = old.notify_announcements
        and notify_events = old.notify_events and notify_prayer_changes = old.notify_prayer_changes;
    insert into subscriber_counts values (new.is_active, new.notify_announcements, new.notify_events, new.notify_prayer_changes, 1)
        on conflict do update set n = n + 1;
end;

drop trigger subscribers_tallied_move;
create trigger subscribers_counted_move after update of subscribed_at on subscribers
    when old.subscribed_at <> new.subscribed_at begin
    update daily_counts set n = n - 1 where what = 'joined' and quarter = old.subscribed_at / 900000000;
    insert into daily_counts values ('joined', new.subscribed_at / 900000000, 1) on conflict do update set n = n + 1;
end;

-- Only the first unsubscribed webhook of a person counts as leaving, not one that is sent again.
drop trigger deliveries_tallied;
create trigger deliveries_counted_daily after insert on deliveries begin
    insert into daily_counts values ('queued', new.created_at / 900000000, 1) on conflict do update set n = n + 1;
    insert into daily_counts select 'left', new.created_at / 900000000, 1
        where new.kind = 'subscriber_unsubscribed' and new.resend_of is null
        on conflict do update set n = n + 1;
end;

drop index announcements_shown;
create index announcements_public on announcements (is_pinned desc, publish_at desc, id, expire_at) where is_active;
drop index events_shown;
create index events_public on events (start_datetime, id, end_datetime) where is_active;
drop index confirmation_mails_address;
create index confirmation_emails_address on confirmation_emails (address_hash, sent_at);
drop index confirmation_mails_sent;
create index confirmation_emails_sent on confirmation_emails (sent_at);
