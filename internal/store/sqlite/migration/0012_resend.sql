-- The delivery whose text goes out once more, under a new webhook-id; null for those that something has caused.
alter table deliveries add column resend_of integer;

-- A goodbye that goes out once more is nobody's leaving.
drop trigger deliveries_tallied;
create trigger deliveries_tallied after insert on deliveries begin
    insert into tallies values ('queued', new.created_at / 900000000, 1) on conflict do update set n = n + 1;
    insert into tallies select 'left', new.created_at / 900000000, 1
        where new.kind = 'subscriber_unsubscribed' and new.resend_of is null
        on conflict do update set n = n + 1;
end;
