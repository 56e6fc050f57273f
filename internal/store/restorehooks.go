package store

import (
	"context"
	"strings"

	"namets/internal/namets"
)

const (
	// restoredHook is the reason for the pause of a hook of a backup that nobody can check.
	restoredHook = "a restore does not know whether it still exists; the next registration wakes it"
	// sameHook is the condition that two rows are the same hook.
	sameHook = "o.id = m.id and o.created_at = m.created_at"
)

// carryHooks gives the hooks their state of today: what n8n has registered, changed and deleted
// does not depend on a backup. No deleted hook, earlier URL or earlier secret comes back, and hooks
// of revoked tokens are paused as today. Hooks that the replaced database cannot show are paused,
// so that no address is sent to a place that may have another owner by now; the next registration
// with their token wakes them.
func (r *restorer) carryHooks(ctx context.Context) error {
	later := r.report.Compared == namets.LaterState
	if !r.has("hooks.secret") || !later && r.report.Compared != namets.OtherBranch {
		return r.pauseUnknown(ctx, "")
	}
	var columns []string
	for _, name := range strings.Split(r.common("hooks"), ", ") {
		switch name {
		case "id", "token_id", "key", "created_at":
		default:
			columns = append(columns, name)
		}
	}
	_, err := r.exec(ctx, `update main.hooks as m set (`+strings.Join(columns, ", ")+`) = (o.`+
		strings.Join(columns, ", o.")+`) from old.hooks o where `+sameHook)
	if err != nil {
		return err
	}
	const unknown = ` and not exists (select 1 from old.hooks o where ` + sameHook + `)`
	if !later {
		return r.pauseUnknown(ctx, unknown)
	}
	gone, err := r.rows(ctx, namets.KindHooks, namets.RowDeleted, `select m.id, m.key, '' from main.hooks m
		where m.deleted_at is null`+unknown+` order by m.id`)
	if err != nil {
		return err
	}
	r.report.Rows = append(r.report.Rows, gone...)
	if _, err := r.exec(ctx, `delete from main.hooks as m where true`+unknown); err != nil {
		return err
	}
	all := r.common("hooks")
	_, err = r.exec(ctx, `insert into main.hooks (`+all+`) select `+all+` from old.hooks
		where id not in (select id from main.hooks) and `+r.ofSameToken()+` on conflict do nothing`)
	return err
}

// ofSameToken is the condition that a row of the replaced database belongs to the shared token or
// to a token that is the same one in the backup. Before there were named tokens, everything was
// the shared one's.
func (r *restorer) ofSameToken() string {
	const shared = "token_id = 0"
	if !r.has("api_tokens.hash") {
		return shared
	}
	return `(` + shared + ` or token_id in (select m.id from main.api_tokens m
		join old.api_tokens o on ` + sameToken + `))`
}

// pauseUnknown pauses the hooks for which the condition holds, if they are neither paused nor
// deleted.
func (r *restorer) pauseUnknown(ctx context.Context, condition string) (err error) {
	r.report.HooksPaused, err = r.exec(ctx, `update main.hooks as m set paused_at = $1, paused_reason = '`+restoredHook+
		`' where paused_at is null and deleted_at is null`+condition, r.now.UnixMicro())
	return err
}

// skipHookless skips deliveries to hooks that do not exist.
func (r *restorer) skipHookless(ctx context.Context) error {
	const hookless = `state in ('pending', 'held') and hook_id <> 0 and hook_id not in (select id from main.hooks)`
	_, err := r.exec(ctx, `delete from main.delivery_bodies where delivery_id in (select id from main.deliveries
		where `+hookless+`)`)
	if err != nil {
		return err
	}
	_, err = r.exec(ctx, `update main.deliveries set state = 'skipped', next_at = null, leased_until = null,
		finished_at = $1, last_error = '`+hookGone+`' where `+hookless, r.now.UnixMicro())
	return err
}

// carryReports copies what was reported of the deliveries that both databases have. Those of people
// who have left since are anonymous.
func (r *restorer) carryReports(ctx context.Context) error {
	if !r.has("delivery_reports.address_hash") {
		return nil
	}
	_, err := r.exec(ctx, `delete from main.delivery_reports where delivery_id in (select d.id from main.deliveries d
		join old.deliveries o on o.webhook_id = d.webhook_id)`)
	if err != nil {
		return err
	}
	_, err = r.exec(ctx, `
		insert into main.delivery_reports (delivery_id, address_hash, outcome, reason, at)
		select d.id, p.address_hash, p.outcome, p.reason, p.at from old.delivery_reports p
			join old.deliveries o on o.id = p.delivery_id join main.deliveries d on d.webhook_id = o.webhook_id
		where true on conflict do nothing`)
	return err
}
