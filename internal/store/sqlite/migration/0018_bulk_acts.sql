-- What one act changes at once is one line of the lists: part_of is the audit row that names the whole act, batch the first
-- delivery that it queued. Both are null for what was done alone.
alter table audit add column part_of integer;
alter table deliveries add column batch integer;

create index audit_parts on audit (part_of) where part_of is not null;
create index deliveries_batch on deliveries (batch, state) where batch is not null;
