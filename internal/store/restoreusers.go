package store

import (
	"context"

	"namets/internal/namets"
)

// carryUsers applies the current rights of the admin's users: no deleted user, old password or
// revoked right comes back.
func (r *restorer) carryUsers(ctx context.Context) error {
	if !r.has("users.password_hash") {
		return nil
	}
	steps := []struct {
		change namets.RowChange
		query  string
		write  string // for one id; empty to write nothing
	}{
		{namets.RowDeleted, `select id, name, '' from main.users where id not in (select id from old.users)
			and id in (
			select entity_id from old.audit where id > $1 and entity = 'users' and action = 'delete') order by id`,
			`delete from main.users where id = $1`},
		{namets.RowPassword, `select u.id, u.name, '' from main.users u join old.users o on o.id = u.id
			and o.created_at = u.created_at
			where o.password_hash <> u.password_hash and $1 = $1 order by u.id`,
			`update main.users set password_hash = (select password_hash from old.users o where o.id = ` +
				`users.id) where id = $1`},
		{namets.RowRole, `select u.id, u.name, o.role from main.users u join old.users o on o.id = u.id
			and o.created_at = u.created_at
			where ` + rank("o") + ` < ` + rank("u") + ` and $1 = $1 order by u.id`,
			`update main.users set role = (select role from old.users o where o.id = users.id) where id = $1`},
		{namets.RowSwitched, `select u.id, u.name, 'role ' || u.role from main.users u join old.users o on o.id = u.id
			and o.created_at = u.created_at
			where ` + rank("o") + ` > ` + rank("u") + ` and $1 = $1 order by u.id`, ``},
	}
	for _, s := range steps {
		found, err := r.rows(ctx, namets.KindUsers, s.change, s.query, r.audited)
		if err != nil {
			return err
		}
		for _, user := range found {
			if s.write == "" {
				break
			}
			if _, err := r.exec(ctx, s.write, user.ID); err != nil {
				return err
			}
		}
		r.report.Rows = append(r.report.Rows, found...)
	}
	if err := r.keepAnOwner(ctx); err != nil {
		return err
	}
	return r.listUsers(ctx)
}

// rank orders the roles of the users with the alias.
func rank(alias string) string {
	return "case " + alias + ".role when 'owner' then 3 when 'editor' then 2 else 1 end"
}

// keepAnOwner copies the owners from after the backup if nobody else could sign in as an owner.
func (r *restorer) keepAnOwner(ctx context.Context) error {
	if err := r.checkOwners(ctx); err == nil || namets.CodeOf(err) != namets.Conflict {
		return err
	}
	columns := r.common("users")
	const chosen = ` from old.users where role = 'owner' and password_hash <> '' and id not in (select ` +
		`id from main.users)`
	found, err := r.rows(ctx, namets.KindUsers, namets.RowOwner, `select id, name, ''`+chosen+` order by id`)
	if err != nil {
		return err
	}
	_, err = r.exec(ctx, `insert into main.users (`+columns+`) select `+columns+chosen+` on conflict do nothing`)
	r.report.Rows = append(r.report.Rows, found...)
	return err
}

// listUsers reports which users exist again, and which no longer exist.
func (r *restorer) listUsers(ctx context.Context) error {
	back, err := r.rows(ctx, namets.KindUsers, namets.RowBack, `select id, name, '' from main.users `+
		`where id not in (select id from old.users) order by id`)
	if err != nil {
		return err
	}
	gone, err := r.rows(ctx, namets.KindUsers, namets.RowGone, `select id, name, '' from old.users `+
		`where id not in (select id from main.users) order by id`)
	r.report.Rows = append(append(r.report.Rows, back...), gone...)
	return err
}
