-- How many deliveries are in which state, and how many of them have failed since they were queued, kept instead of counted:
-- after a long outage of n8n there are many.
create table delivery_counts (
    state   text    not null,
    failing integer not null check (failing in (0, 1)),
    n       integer not null,
    primary key (state, failing)
) strict, without rowid;

insert into delivery_counts select state, failures > 0, count(*) from deliveries group by 1, 2;

create trigger deliveries_counted_insert after insert on deliveries begin
    insert into delivery_counts values (new.state, new.failures > 0, 1) on conflict do update set n = n + 1;
end;

create trigger deliveries_counted_delete after delete on deliveries begin
    update delivery_counts set n = n - 1 where state = old.state and failing = (old.failures > 0);
end;

create trigger deliveries_counted_update after update of state, failures on deliveries
    when (old.state, old.failures > 0) <> (new.state, new.failures > 0) begin
    update delivery_counts set n = n - 1 where state = old.state and failing = (old.failures > 0);
    insert into delivery_counts values (new.state, new.failures > 0, 1) on conflict do update set n = n + 1;
end;

-- What the lists of deliveries and of what was done are filtered by, two at a time.
create index deliveries_kind_state on deliveries (kind, state, id);
create index audit_actor_kind on audit (actor_name, entity, id);

-- E-mails to confirm a subscription that n8n was told about in vain.
create index deliveries_confirmations on deliveries (created_at)
    where kind = 'subscriber_confirmation' and state in ('pending', 'dead');
