package sqlite_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/store/storetest"
)

// earlier creates a database of the version before subscribers had a mailbox key, runs the
// statements and opens it.
func earlier(t *testing.T, o *outbox, statements ...string) {
	t.Helper()
	raw := rawDB(t, o.path)
	files, err := filepath.Glob("migration/*.sql")
	o.Must(err)
	run := func(text string) {
		_, err := raw.ExecContext(t.Context(), text)
		o.Must(err)
	}
	run(`create table migrations (version integer primary key, name text not null, applied_at integer not null) strict`)
	for i, name := range files {
		if ok, _ := filepath.Match("*_mailbox_identity.sql", filepath.Base(name)); ok {
			break
		}
		text, err := os.ReadFile(name)
		o.Must(err)
		run(string(text))
		run(fmt.Sprintf("insert into migrations values (%d, '%s', 0)", i+1, filepath.Base(name)))
	}
	for _, text := range statements {
		run(text)
	}
	o.Must(raw.Close())
	o.Open()
}

func uuidText(id int) string { return namets.UUID{15: byte(id)}.String() }

func earlierDuplicates(t *testing.T) *outbox {
	t.Helper()
	row := func(id int, email, key string) string {
		return fmt.Sprintf(`insert into subscribers (id, email, email_key, is_verified, is_active,
			notify_announcements, notify_events,
			notify_prayer_changes, token, subscribed_at, joined_at) values (%d, '%s', '%s', 0, 1, 1, 1, 1, '%s', %d,
				1)`, id, email, key, uuidText(id), id)
	}
	o := outboxAt(t, filepath.Join(t.TempDir(), "old.db"))
	earlier(t, o,
		row(1, "plain@example.org", "plain@example.org"),
		row(2, storetest.InUnicode, "zainab@bücher.example"),
		row(3, storetest.InPunycode, storetest.InPunycode),
		row(4, "Yusuf@straße.example", "yusuf@straße.example"),
		row(5, storetest.Decomposed, storetest.Decomposed),
		`insert into confirmations (secret_hash, email, email_key, notify_announcements, notify_events,
			notify_prayer_changes, asked_at, asked_from, consent_text, expires_at)
			values (zeroblob(32), 'Musa@Bücher.example', 'musa@bücher.example', 1, 1, 1, 1, x'', '', 1)`)
	return o
}

func TestMigration_keepsDuplicatesAndReportsThem(t *testing.T) {
	o := earlierDuplicates(t)
	var emails []string
	for _, s := range storetest.MustExport(t, o.DB).Subscribers {
		emails = append(emails, s.Email)
	}
	if diff := cmp.Diff([]string{"plain@example.org", storetest.InUnicode, storetest.InPunycode,
		"Yusuf@straße.example", storetest.Decomposed},
		emails); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
	var asked string
	o.Must(o.SQL().QueryRowContext(t.Context(), "select email_key from confirmations").Scan(&asked))
	if asked != "musa@xn--bcher-kva.example" {
		t.Errorf("the pending confirmation has the key %s", asked)
	}
	_, err := o.CreateSubscriber(t.Context(), by(), namets.Subscriber{Email: "yusuf@xn--strae-oqa.example"})
	storetest.WantCode(t, "a second subscriber of a mailbox stored in Unicode", err, namets.Conflict, "email")
	want := [][]int64{{2, 3, 5}}
	groups, err := o.Duplicates(t.Context())
	if o.Must(err); !cmp.Equal(groups, want) {
		t.Errorf("duplicates: %v", groups)
	}
	if groups, err = sqlite.ReadDuplicates(t.Context(), o.path); err != nil || !cmp.Equal(groups, want) {
		t.Errorf("duplicates in the file: %v, %v", groups, err)
	}
	for id, others := range map[int64]int{1: 0, 2: 2, 3: 2, 4: 0, 5: 2} {
		list, err := o.SameMailbox(t.Context(), id)
		if o.Must(err); len(list) != others {
			t.Errorf("subscriber %d has %d others of its mailbox", id, len(list))
		}
	}
}

func TestReadDuplicates_readsADatabaseOfAnEarlierVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	raw := rawDB(t, path)
	schema, err := fs.ReadFile(os.DirFS("migration"), "0001_init.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(schema),
		`insert into subscribers values (2, 'x@bücher.example', 'x@bücher.example', null, 1, 1, 1, 1, 1, '` +
			uuidText(2) + `', 1, null)`,
		`insert into subscribers values (7, 'X@xn--bcher-kva.example', 'x@xn--bcher-kva.example', null, 1, 1, ` +
			`1, 1, 1, '` + uuidText(7) + `', 1, null)`,
	} {
		if _, err := raw.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if groups, err := sqlite.ReadDuplicates(t.Context(), path); err != nil || !cmp.Equal(groups, [][]int64{{2, 7}}) {
		t.Errorf("duplicates: %v, %v", groups, err)
	}
}

func TestDuplicates_canBeEditedAndUnsubscribed(t *testing.T) {
	o := earlierDuplicates(t)
	for _, id := range []int64{2, 3, 5} {
		o.Must(o.UpdateSubscriber(t.Context(), by(), id, 0,
			namets.SubscriberPatch{Phone: ptr("0803"), Events: ptr(false)}))
	}
	storetest.WantCode(t, "a spelling of a mailbox that two others have",
		o.UpdateSubscriber(t.Context(), by(), 1, 0, namets.SubscriberPatch{Email: ptr(storetest.InUnicode)}),
		namets.Conflict,
		"email")
	if got := o.Deliver(); len(got) != 3 {
		t.Errorf("%d webhooks were delivered for three changes", len(got))
	}
	s, _, err := o.Subscriber(t.Context(), 5)
	o.Must(err)
	o.Must(o.Unsubscribe(t.Context(), by(), s.Token))
	if left := storetest.MustExport(t, o.DB).Subscribers; len(left) != 2 {
		t.Errorf("after leaving in one spelling, another one is still subscribed: %+v", left)
	}
}

func TestDuplicates_passTheMailboxOnIfOneIsRemoved(t *testing.T) {
	for name, act := range map[string]func(o *outbox) error{
		"deleted": func(o *outbox) error { return o.DeleteSubscriber(t.Context(), by(), 3) },
		"moved": func(o *outbox) error {
			return o.UpdateSubscriber(t.Context(), by(), 3, 0, namets.SubscriberPatch{Email: ptr("else@example.org")})
		},
	} {
		o := earlierDuplicates(t)
		o.Must(act(o))
		ids, _, err := o.SubscribersByEmail(t.Context(), []string{storetest.InPunycode})
		if o.Must(err); !slices.Equal(ids, []int64{2}) {
			t.Errorf("%s: the mailbox belongs to %v", name, ids)
		}
		if list, err := o.SameMailbox(t.Context(), 5); err != nil || len(list) != 1 {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}

func TestMergeSubscribers_keepsOneOfThem(t *testing.T) {
	o := earlierDuplicates(t)
	o.Must(o.UpdateSubscriber(t.Context(), by(), 3, 0, namets.SubscriberPatch{Phone: ptr("0803"), IsVerified: ptr(true),
		Events: ptr(false)}))
	o.Deliver()
	storetest.WantCode(t, "another mailbox", o.MergeSubscribers(t.Context(), by(), 2, 0, 1, 0), namets.Invalid, "")
	storetest.WantCode(t, "itself", o.MergeSubscribers(t.Context(), by(), 2, 0, 2, 0), namets.Invalid, "")
	storetest.WantCode(t, "nobody", o.MergeSubscribers(t.Context(), by(), 2, 0, 99, 0), namets.NotFound, "")
	storetest.WantCode(t, "another revision", o.MergeSubscribers(t.Context(), by(), 2, 1, 3, 1), namets.Conflict, "")
	o.Must(o.MergeSubscribers(t.Context(), by(), 5, 1, 3, 2))
	s, _, err := o.Subscriber(t.Context(), 5)
	o.Must(err)
	if s.Email != storetest.Decomposed || s.Phone != "0803" || !s.IsVerified || !s.Notify.Events ||
		s.Token.String() != uuidText(5) || s.SubscribedAt.UnixMicro() != 3 {
		t.Errorf("merged: %+v", s)
	}
	if got := o.Kinds(); len(got) != 0 {
		t.Errorf("the merge queued %v", got)
	}
	if lines := o.Audit(3); lines[0] != `test merge subscribers 5 {"merged":3}` ||
		lines[2] != `test delete subscribers 3 {}` {
		t.Errorf("audit: %q", lines)
	}
	o.Must(o.MergeSubscribers(t.Context(), by(), 5, 0, 2, 0))
	if groups, err := o.Duplicates(t.Context()); err != nil || len(groups) != 0 {
		t.Errorf("left: %v, %v", groups, err)
	}
	if ids, _, err := o.SubscribersByEmail(t.Context(), []string{storetest.InUnicode}); err != nil ||
		!slices.Equal(ids, []int64{5}) {
		t.Errorf("the mailbox belongs to %v, %v", ids, err)
	}
}

func TestImportSubscribers_prefersTheExactSpelling(t *testing.T) {
	row := func(email, phone string, exact bool) namets.SubscriberRow {
		r := namets.SubscriberRow{Exact: exact}
		r.Patch.Email, r.Patch.Phone, r.Written.Email = ptr(strings.TrimSpace(email)), &phone, email
		return r
	}
	for _, test := range []struct {
		name   string
		rows   []namets.SubscriberRow
		want   []namets.ImportVerdict
		phones map[int64]string
	}{
		{"each of a pair", []namets.SubscriberRow{
			row(storetest.Decomposed, "5", false), row(storetest.InPunycode, "3", true), row(storetest.InUnicode, "2",
				true)},
			[]namets.ImportVerdict{namets.ImportChanged, namets.ImportChanged, namets.ImportChanged},
			map[int64]string{2: "2", 3: "3", 5: "5"}},
		{"another spelling", []namets.SubscriberRow{
			row("ZAINAB@BÜCHER.example", "3", false), row("Zainab@bücheR.example", "4", true)},
			[]namets.ImportVerdict{namets.ImportChanged, namets.ImportRefused},
			map[int64]string{2: "", 3: "3", 5: ""}},
		{"another spelling first", []namets.SubscriberRow{
			row("ZAINAB@BÜCHER.example", "3", false), row(storetest.InPunycode, "4", true), row(storetest.InUnicode,
				"2", true)},
			[]namets.ImportVerdict{namets.ImportChanged, namets.ImportRefused, namets.ImportChanged},
			map[int64]string{2: "2", 3: "3", 5: ""}},
		{"blanks", []namets.SubscriberRow{
			row(" plain@example.org", "1", false), row("plain@example.org", "2", true)},
			[]namets.ImportVerdict{namets.ImportChanged, namets.ImportRefused},
			map[int64]string{1: "1"}},
		{"blanks around a new one", []namets.SubscriberRow{
			row(" new@example.org", "1", false), row("new@example.org", "2", true)},
			[]namets.ImportVerdict{namets.ImportAdded, namets.ImportRefused},
			map[int64]string{6: "1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := earlierDuplicates(t)
			for _, dry := range []bool{true, false} {
				got, err := o.ImportSubscribers(t.Context(), by(), test.rows, dry)
				if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
					t.Errorf("dry %t: %v (-want +got):\n%s", dry, err, diff)
				}
			}
			for id, want := range test.phones {
				if s, _, err := o.Subscriber(t.Context(), id); err != nil || s.Phone != want {
					t.Errorf("%d has the phone number %q, want %q: %v", id, s.Phone, want, err)
				}
			}
		})
	}
}
