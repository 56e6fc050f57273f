-- The values of ADMIN_PASSWORD_RESET that were obeyed at a start: each one counts once.
create table password_resets (
    digest  blob    primary key check (length(digest) = 32), -- SHA-256 of the value
    used_at integer not null
) strict, without rowid;
