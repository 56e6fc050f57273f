-- What has failed waits for its next attempt, and goes out before that time once n8n takes webhooks again.
-- failed_at: when the last failed attempt ended. wake_at: from when on the delivery may be tried before its time; null
-- unless it waits after a failure. scheduled_at: the time for which it is scheduled, during an attempt before it.
-- wakes: how many attempts before its time have failed since it was queued or last set back by hand.
alter table deliveries add column failed_at integer;
alter table deliveries add column wake_at integer;
alter table deliveries add column scheduled_at integer;
alter table deliveries add column wakes integer not null default 0;

update deliveries set failed_at = (select max(at + duration) from attempts where delivery_id = deliveries.id)
    where state = 'pending' and failures > 0;
update deliveries set wake_at = failed_at where state = 'pending' and failed_at is not null and next_at is not null and leased_until is null;

-- Somebody waits for webhooks of these two kinds; they have places of their own.
create index deliveries_urgent on deliveries (next_at, id)
    where next_at is not null and +kind in ('subscriber_confirmation', 'subscriber_link');
create index deliveries_waiting_urgent on deliveries (wake_at, id)
    where wake_at is not null and +kind in ('subscriber_confirmation', 'subscriber_link');
create index deliveries_waiting on deliveries (wake_at, id)
    where wake_at is not null and +kind not in ('subscriber_confirmation', 'subscriber_link');
