-- What the admin's list of subscribers searches, filters and sorts by, once in the order of each way to sort: a page of
-- it then reads one index and no row that it does not show.
create index subscribers_by_email on subscribers (email_key, phone, is_active, is_verified,
    notify_announcements, notify_events, notify_prayer_changes);
create index subscribers_by_time on subscribers (subscribed_at, id, email_key, phone, is_active, is_verified,
    notify_announcements, notify_events, notify_prayer_changes);
