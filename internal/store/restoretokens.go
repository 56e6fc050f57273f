package store

import (
	"context"

	"namets/internal/namets"
)

// sameToken is the condition that two rows are the same API token.
const sameToken = "o.id = m.id and o.created_at = m.created_at"

// carryAPITokens applies what has happened to the backup's API tokens since: none that was revoked
// works again, none takes back an earlier value, and the shared one may not write if it may not
// today. What the replaced database does not show stays as in the backup.
func (r *restorer) carryAPITokens(ctx context.Context) error {
	if !r.has("api_tokens.hash", "shared_token_rights.may_write") {
		return r.countAPITokens(ctx)
	}
	_, err := r.exec(ctx, `update main.shared_token_rights set may_write = false
		where exists (select 1 from old.shared_token_rights where not may_write)`)
	if err != nil {
		return err
	}
	if r.report.Compared == namets.OtherInstance {
		return r.countAPITokens(ctx)
	}
	steps := []struct {
		change namets.RowChange
		where  string
		set    string
	}{
		{namets.RowRevoked, sameToken + " and m.ended_at is null and o.ended_at is not null", "ended_at = o.ended_at"},
		{namets.RowReplaced, sameToken + " and m.ended_at is null and o.hash <> m.hash",
			"hash = o.hash, replaced_at = o.replaced_at"},
	}
	for _, s := range steps {
		found, err := r.rows(ctx, namets.KindAPITokens, s.change, `select m.id, m.name, '' from main.api_tokens m
			join old.api_tokens o on `+s.where+` order by m.id`)
		if err != nil {
			return err
		}
		r.report.Rows = append(r.report.Rows, found...)
		_, err = r.exec(ctx, "update main.api_tokens as m set "+s.set+" from old.api_tokens o where "+s.where)
		if err != nil {
			return err
		}
	}
	return nil
}

// countAPITokens reports how many tokens work as in the backup.
func (r *restorer) countAPITokens(ctx context.Context) error {
	return r.QueryRowContext(ctx, "select count(*) from main.api_tokens where ended_at is null").
		Scan(&r.report.TokensAsInBackup)
}

// listAPITokens reports the tokens that were created after the backup and are not in it.
func (r *restorer) listAPITokens(ctx context.Context) error {
	if !r.has("api_tokens.hash") {
		return nil
	}
	gone, err := r.rows(ctx, namets.KindAPITokens, namets.RowGone, `select o.id, o.name, '' from old.api_tokens o
		where o.ended_at is null and not exists (select 1 from main.api_tokens m where `+sameToken+`) order by o.id`)
	r.report.Rows = append(r.report.Rows, gone...)
	return err
}
