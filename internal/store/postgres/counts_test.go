package postgres_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// changes are changes of counted rows, each a statement for both engines.
var changes = []string{
	subscriber("'a@example.org'", true, true, 900000000), subscriber("'b@example.org'", true, false, 900000000),
	subscriber("'c@example.org'", false, false, 1800000001), subscriber("'d@example.org'", true, true, -1),
	`update subscribers set phone = '1'`,
	`update subscribers set is_active = not is_active where email < 'c'`,
	`update subscribers set notify_events = true, notify_prayer_changes = true`,
	`update subscribers set subscribed_at = subscribed_at + 900000000 where email = 'a@example.org'`,
	`delete from subscribers where email = 'b@example.org'`,
	delivery("'m1', 'subscriber_unsubscribed', 'pending', 900000000, null"),
	delivery("'m2', 'subscriber_unsubscribed', 'pending', 900000000, 1"),
	delivery("'m3', 'event_created', 'held', 1800000000, null"),
	delivery("'m4', 'subscriber_unsubscribed', 'pending', 900000000, null"),
	`update deliveries set group_id = id, parts = 2 where webhook_id = 'm4'`,
	`insert into deliveries (entity, entity_id, recipients, webhook_id, kind, state, created_at, hook_id, group_id)
		select '', 0, 1, 'm5', 'subscriber_unsubscribed', 'pending', 900000000, 7, id from deliveries
			where webhook_id = 'm4'`,
	`update deliveries set failures = 1 where webhook_id = 'm1'`,
	`update deliveries set failures = 2 where webhook_id = 'm1'`,
	`update deliveries set state = 'delivered' where webhook_id <> 'm3'`,
	`delete from deliveries where webhook_id = 'm2'`,
}

// subscriber and delivery return statements that add a row.
func subscriber(email string, active, announcements bool, at int) string {
	return fmt.Sprintf(`insert into subscribers (email, email_key, is_verified, is_active, notify_announcements,
		notify_events, notify_prayer_changes, token, subscribed_at)
		values (%[1]s, %[1]s, true, %[2]t, %[3]t, false, false,
			'00000000-0000-0000-0000-' || substr(%[1]s, 1, 12), %[4]d)`,
		email, active, announcements, at)
}

func delivery(values string) string {
	return `insert into deliveries (entity, entity_id, recipients, webhook_id, kind, state, created_at, resend_of)
		values ('', 0, 1, ` + values + `)`
}

// TestCounts_matchSQLite makes the same changes in both engines and compares the counts of their
// triggers after each.
func TestCounts_matchSQLite(t *testing.T) {
	lite, post := openSQLite(t), openPostgres(t)
	for _, change := range changes {
		for _, db := range []*sql.DB{lite, post} {
			if _, err := db.ExecContext(t.Context(), change); err != nil {
				t.Fatalf("%v in %s", err, change)
			}
		}
		for _, counts := range []string{
			`select cast(is_active as integer), cast(notify_announcements as integer),
				cast(notify_events as integer), cast(notify_prayer_changes as integer), n
				from subscriber_counts where n <> 0 order by 1, 2, 3, 4`,
			`select what, quarter, n from daily_counts where n <> 0 order by 1, 2`,
			`select hook_id, state, cast(failing as integer), n from delivery_counts where n <> 0 order by 1, 2, 3`,
		} {
			want, got := rows(t, lite, counts), rows(t, post, counts)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("after %s (-SQLite +PostgreSQL):\n%s", change, diff)
			}
		}
	}
}

// TestTables_refuseWhatSQLiteRefuses tries values that violate a constraint.
func TestTables_refuseWhatSQLiteRefuses(t *testing.T) {
	lite, post := openSQLite(t), openPostgres(t)
	for _, statement := range []string{
		subscriber("''", true, true, 1),
		delivery("'m', 'ping', 'lost', 1, null"),
		`insert into event_categories (name, slug, description) values ('', '', '')`,
		`insert into audit (at, actor_kind, actor_name, address, action, entity, detail)
			values (1, '', '', '', '', '', '{')`,
		`insert into token_status (id, saved_at, status) values (2, 1, '{}')`,
		`insert into users (name, name_key, role, password_hash, created_at) values ('a', 'a', 'king', '', 1)`,
		`insert into attempts (delivery_id, at, duration, status, error, answer) values (1, 1, 1, 1, '', '')`,
		`insert into daily_counts (what, quarter, n) values ('lost', 1, 1)`,
		`insert into prayer_schedules (date, fajr_adhan, fajr_iqama, dhuhr_adhan, dhuhr_iqama, asr_adhan, asr_iqama,
			maghrib_adhan, maghrib_iqama, isha_adhan, isha_iqama, is_active, send_email)
			values ('2026-1-01', 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, true, true)`,
	} {
		for name, db := range map[string]*sql.DB{"SQLite": lite, "PostgreSQL": post} {
			_, err := db.ExecContext(t.Context(), statement)
			if err == nil || !strings.Contains(err.Error(), "constraint") && !strings.Contains(err.Error(), " json") {
				t.Errorf("%s: got %v, want a violated constraint for %s", name, err, statement)
			}
		}
	}
}
