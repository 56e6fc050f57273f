-- What happened again and again is folded into one audit row: fold is what these have in common, beginning with the hour;
-- times is how often, from at to last_at. All are null for other rows.
alter table audit add column fold text;
alter table audit add column times integer;
alter table audit add column last_at integer;
create unique index audit_folded on audit (fold) where fold is not null;
