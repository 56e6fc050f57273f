-- Webhooks go to several targets, and long lists of recipients in parts.
-- hook_id: the target; 0 is the one that the configuration names. group_id: the first delivery of the notification; null
-- for one that has no other. part and parts: which recipients of the notification the target gets with this delivery.
-- accepted_at: when the target last accepted it without all reports that it promised. offers: how often it has done so
-- since the delivery was queued or last set back by hand.
alter table deliveries add column hook_id integer not null default 0;
alter table deliveries add column group_id integer;
alter table deliveries add column part integer not null default 1;
alter table deliveries add column parts integer not null default 1;
alter table deliveries add column accepted_at integer;
alter table deliveries add column offers integer not null default 0;

-- Each target has its own place in what the worker looks up.
drop index deliveries_ready;
create index deliveries_ready on deliveries (hook_id, next_at, id) where next_at is not null;
drop index deliveries_urgent;
create index deliveries_urgent on deliveries (hook_id, next_at, id)
    where next_at is not null and +kind in ('subscriber_confirmation', 'subscriber_link');
drop index deliveries_waiting_urgent;
create index deliveries_waiting_urgent on deliveries (hook_id, wake_at, id)
    where wake_at is not null and +kind in ('subscriber_confirmation', 'subscriber_link');
drop index deliveries_waiting;
create index deliveries_waiting on deliveries (hook_id, wake_at, id)
    where wake_at is not null and +kind not in ('subscriber_confirmation', 'subscriber_link');

create index deliveries_group on deliveries (group_id, hook_id, id) where group_id is not null;
create index deliveries_hook on deliveries (hook_id, id) where hook_id <> 0;
create index deliveries_unreported on deliveries (id) where state = 'dead' and offers > 0;

-- A notification counts once, whatever the number of its deliveries.
drop trigger deliveries_counted_daily;
create trigger deliveries_counted_daily after insert on deliveries
    when new.group_id is null or new.group_id = new.id begin
    insert into daily_counts values ('queued', new.created_at / 900000000, 1) on conflict do update set n = n + 1;
    insert into daily_counts select 'left', new.created_at / 900000000, 1
        where new.kind = 'subscriber_unsubscribed' and new.resend_of is null
        on conflict do update set n = n + 1;
end;

drop trigger deliveries_counted_insert;
drop trigger deliveries_counted_delete;
drop trigger deliveries_counted_update;
drop table delivery_counts;

-- How many deliveries to each target are in which state, and how many of them have failed since they were queued.
create table delivery_counts (
    state   text    not null,
    failing integer not null check (failing in (0, 1)),
    hook_id integer not null,
    n       integer not null,
    primary key (state, failing, hook_id)
) strict, without rowid;

insert into delivery_counts select state, failures > 0, hook_id, count(*) from deliveries group by 1, 2, 3;

create trigger deliveries_counted_insert after insert on deliveries begin
    insert into delivery_counts values (new.state, new.failures > 0, new.hook_id, 1)
        on conflict do update set n = n + 1;
end;

create trigger deliveries_counted_delete after delete on deliveries begin
    update delivery_counts set n = n - 1
        where state = old.state and failing = (old.failures > 0) and hook_id = old.hook_id;
end;

create trigger deliveries_counted_update after update of state, failures on deliveries
    when (old.state, old.failures > 0) <> (new.state, new.failures > 0) begin
    update delivery_counts set n = n - 1
        where state = old.state and failing = (old.failures > 0) and hook_id = old.hook_id;
    insert into delivery_counts values (new.state, new.failures > 0, new.hook_id, 1)
        on conflict do update set n = n + 1;
end;
