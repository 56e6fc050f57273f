-- One mailbox, one identity: email_key is the address in lower case, normalised, with its domain in Punycode. SQL cannot
-- compute that: the program fills these columns in the same transaction (see migratestep.go).
-- email_text is the key with its domain in Unicode, for searching; null when it is the key.
-- duplicate_key is null, but for a row whose mailbox another row has already: it is the key of that mailbox then, and
-- email_key is the lower-case address, which is no other mailbox's key. A person merges the two.
alter table subscribers add column email_text text;
alter table subscribers add column duplicate_key text;

create index subscribers_duplicates on subscribers (duplicate_key) where duplicate_key is not null;

drop index subscribers_by_email;
drop index subscribers_by_time;
create index subscribers_by_email on subscribers (email_key, email_text, phone, is_active, is_verified,
    notify_announcements, notify_events, notify_prayer_changes);
create index subscribers_by_time on subscribers (subscribed_at, id, email_key, email_text, phone, is_active, is_verified,
    notify_announcements, notify_events, notify_prayer_changes);
