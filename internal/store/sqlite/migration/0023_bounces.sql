-- Why an address gets no e-mail: its owner has left, or has asked never to be written to again, or has reported an e-mail as
-- spam, or its mail server refuses e-mails. Nothing but an owner in the admin lifts the last three.
alter table suppressed add column reason text not null default 'left'
    check (reason in ('left', 'never', 'complaint', 'bounced'));
update suppressed set reason = 'never' where never;
alter table suppressed drop column never;

-- E-mails to a subscriber that came back or were reported as spam. in_row: a soft bounce that counts among those in a row.
create table bounces (
    id            integer primary key autoincrement,
    subscriber_id integer not null references subscribers (id) on delete cascade,
    kind          text    not null check (kind in ('hard', 'soft', 'complaint')),
    detail        text    not null, -- what the mail server said
    at            integer not null,
    in_row        integer not null check (in_row in (0, 1))
) strict;

create index bounces_subscriber on bounces (subscriber_id, id);

-- Where a person has agreed according to the program that reported it; empty for a consent that was given here.
alter table consents add column source text not null default '';

-- Confirmation e-mails that a program has asked for: they have a limit of their own.
alter table confirmation_emails add column by_program integer not null default 0 check (by_program in (0, 1));
create index confirmation_emails_by_program on confirmation_emails (sent_at) where by_program;
