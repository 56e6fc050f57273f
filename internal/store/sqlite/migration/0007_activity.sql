-- What the activity is filtered by, and what the admin's list of announcements reads, without its texts.
create index audit_actor on audit (actor_name, id);
create index audit_kind on audit (entity, id);
create index announcements_listed on announcements (publish_at desc, id desc, is_active, expire_at, category, title, slug);
