-- When a held delivery would have gone out for the first time: what was queued, at its queueing; what a restore found due,
-- at the time for which it was planned.
alter table deliveries add column due_at integer;

-- A delivery that a restore could not decide about is held: nobody knows whether n8n has got it already, and a person says.
-- A check can be changed only in the text of the schema (https://www.sqlite.org/lang_altertable.html#otheralter): making the
-- table again would delete its attempts and bodies. The new column above makes every other connection read the text again.
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql, '(''pending'', ''delivered'',', '(''pending'', ''held'', ''delivered'',')
    where type = 'table' and name = 'deliveries';
pragma writable_schema = reset;
