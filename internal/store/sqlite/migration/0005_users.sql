-- Who may sign in to the admin.
create table users (
    id            integer primary key autoincrement,
    name          text    not null check (name <> ''),
    name_key      text    not null unique check (name_key <> ''), -- lower case: unique without regard to case
    role          text    not null check (role in ('viewer', 'editor', 'owner')),
    password_hash text    not null, -- argon2id with its parameters and salt; empty: none was chosen yet
    created_at    integer not null,
    last_sign_in  integer
) strict;

-- Browsers in which somebody is signed in.
create table sessions (
    hash       blob    primary key check (length(hash) = 32), -- SHA-256 of the cookie's value
    user_id    integer not null references users (id) on delete cascade,
    created_at integer not null,
    seen_at    integer not null,
    address    text    not null,
    user_agent text    not null
) strict, without rowid;

create index sessions_user on sessions (user_id);
create index sessions_seen on sessions (seen_at);

-- Links that let their holder choose a password, once: for the first owner, who does not exist yet, or for a user.
create table password_links (
    hash       blob    primary key check (length(hash) = 32), -- SHA-256 of what makes the link unguessable
    user_id    integer references users (id) on delete cascade,
    expires_at integer not null
) strict, without rowid;
