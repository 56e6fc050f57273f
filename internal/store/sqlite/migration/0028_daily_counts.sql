-- The rule of what was a list of values, of which SQLite made a table for each row that a trigger inserted. The triggers
-- stay as they are.
create table kept_counts as select what, quarter, n from daily_counts;
drop table daily_counts;

create table daily_counts (
    what    text    not null check (what = 'joined' or what = 'left' or what = 'queued'),
    quarter integer not null,
    n       integer not null,
    primary key (what, quarter)
) strict, without rowid;

insert into daily_counts select what, quarter, n from kept_counts;
drop table kept_counts;
