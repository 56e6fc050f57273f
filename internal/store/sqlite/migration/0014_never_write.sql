-- E-mails that asked an address to confirm a subscription: a keyed hash of the mailbox, and when. They are counted over a
-- day, and older ones go.
create table confirmation_mails (
    id           integer primary key autoincrement,
    address_hash blob    not null check (length(address_hash) = 32),
    sent_at      integer not null
) strict;

create index confirmation_mails_address on confirmation_mails (address_hash, sent_at);
create index confirmation_mails_sent on confirmation_mails (sent_at);

-- never: the owner of the address has asked that no form sends anything to it again.
alter table suppressed add column never integer not null default 0 check (never in (0, 1));
