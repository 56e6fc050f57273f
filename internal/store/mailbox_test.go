package store_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// The spellings of one mailbox, each of which an earlier version took for another one.
const (
	inUnicode  = "Zainab@Bücher.example"
	inPunycode = "zainab@xn--bcher-kva.example"
	decomposed = "zainab@bu\u0308cher.example"
)

func person(id int64, email string) namets.Subscriber {
	s := namets.NewSubscriber(email)
	s.ID, s.Token, s.SubscribedAt = id, namets.UUID{byte(id)}, now.Add(time.Duration(id)*time.Minute)
	return s
}

func TestMailbox_isOneWhateverItsSpelling(t *testing.T) {
	for _, stored := range []string{inUnicode, inPunycode, decomposed} {
		for _, typed := range []string{inUnicode, inPunycode, decomposed} {
			o := newOutbox(t)
			id := o.subscriber(stored)
			s, _, err := o.Subscriber(t.Context(), id)
			if o.must(err); s.Email != stored {
				t.Errorf("stored %q as %q", stored, s.Email)
			}
			_, err = o.CreateSubscriber(t.Context(), by, namets.Subscriber{Email: typed, IsActive: true})
			wantCode(t, "another one of "+typed, err, namets.Conflict, "email")
			ids, unknown, err := o.SubscribersCalled(t.Context(), []string{typed})
			if o.must(err); !slices.Equal(ids, []int64{id}) || len(unknown) != 0 {
				t.Errorf("%q is stored, %q is called: %v, %v", stored, typed, ids, unknown)
			}
			verdicts, err := o.ImportSubscribers(t.Context(), by,
				[]namets.SubscriberRow{{Patch: namets.SubscriberPatch{Email: &typed}}}, false)
			if o.must(err); !slices.Equal(verdicts, []namets.ImportVerdict{namets.ImportUnchanged}) {
				t.Errorf("%q is stored, a table has %q: %v", stored, typed, verdicts)
			}
			report, err := o.Import(t.Context(), by,
				&namets.Dataset{Subscribers: []namets.Subscriber{person(id+1, typed)}}, namets.ImportOptions{})
			if o.must(err); len(report.Conflicts) != 1 || report.Conflicts[0].Field != "email" {
				t.Errorf("%q is stored, a file has %q: %+v", stored, typed, report)
			}
			for _, part := range []string{typed, "bücher", "XN--BCHER", "büch", "zainab"} {
				list, err := o.SubscriberList(t.Context(), namets.SubscriberFilter{Search: part},
					namets.SubscriberSort{}, 0, 10)
				if o.must(err); list.Total != 1 || len(list.Rows) != 1 {
					t.Errorf("%q is stored, a search for %q finds %d", stored, part, list.Total)
				}
			}
			o.must(o.Unsubscribe(t.Context(), by, s.Token))
			report, err = o.Import(t.Context(), by,
				&namets.Dataset{Subscribers: []namets.Subscriber{person(id+1, typed)}}, namets.ImportOptions{})
			if o.must(err); report.Suppressed != 1 || len(mustExport(t, o.DB).Subscribers) != 0 {
				t.Errorf("%q has left, and comes back as %q: %+v", stored, typed, report)
			}
		}
	}
}

// earlier makes a database as the version before mailboxes had an identity left it, runs the
// statements and opens it.
func earlier(t *testing.T, o *outbox, statements ...string) {
	t.Helper()
	raw := rawDB(t, o.path)
	files, err := filepath.Glob("sqlite/migration/*.sql")
	o.must(err)
	run := func(text string) {
		_, err := raw.ExecContext(t.Context(), text)
		o.must(err)
	}
	run(`create table migrations (version integer primary key, name text not null, applied_at integer not null) strict`)
	for i, name := range files {
		if ok, _ := filepath.Match("*_mailbox_identity.sql", filepath.Base(name)); ok {
			break
		}
		text, err := os.ReadFile(name)
		o.must(err)
		run(string(text))
		run(fmt.Sprintf("insert into migrations values (%d, '%s', 0)", i+1, filepath.Base(name)))
	}
	for _, text := range statements {
		run(text)
	}
	o.must(raw.Close())
	o.open()
}

func uuidText(id int) string { return namets.UUID{15: byte(id)}.String() }

func pairOfEarlier(t *testing.T) *outbox {
	t.Helper()
	row := func(id int, email, key string) string {
		return fmt.Sprintf(`insert into subscribers (id, email, email_key, is_verified, is_active,
			notify_announcements, notify_events,
			notify_prayer_changes, token, subscribed_at, joined_at) values (%d, '%s', '%s', 0, 1, 1, 1, 1, '%s', %d,
				1)`, id, email, key, uuidText(id), id)
	}
	o := &outbox{t: t, at: now, path: filepath.Join(t.TempDir(), "old.db")}
	earlier(t, o,
		row(1, "plain@example.org", "plain@example.org"),
		row(2, inUnicode, "zainab@bücher.example"),
		row(3, inPunycode, inPunycode),
		row(4, "Yusuf@straße.example", "yusuf@straße.example"),
		row(5, decomposed, decomposed))
	return o
}

func TestMigration_keepsPairsAndTellsOfThem(t *testing.T) {
	o := pairOfEarlier(t)
	var emails []string
	for _, s := range mustExport(t, o.DB).Subscribers {
		emails = append(emails, s.Email)
	}
	if diff := cmp.Diff([]string{"plain@example.org", inUnicode, inPunycode, "Yusuf@straße.example", decomposed},
		emails); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
	_, err := o.CreateSubscriber(t.Context(), by, namets.Subscriber{Email: "yusuf@xn--strae-oqa.example"})
	wantCode(t, "another one of a mailbox that was stored in Unicode", err, namets.Conflict, "email")
	want := [][]int64{{2, 3, 5}}
	groups, err := o.Duplicates(t.Context())
	if o.must(err); !cmp.Equal(groups, want) {
		t.Errorf("duplicates: %v", groups)
	}
	if groups, err = sqlite.ReadDuplicates(t.Context(), o.path); err != nil || !cmp.Equal(groups, want) {
		t.Errorf("duplicates in the file: %v, %v", groups, err)
	}
	for id, others := range map[int64]int{1: 0, 2: 2, 3: 2, 4: 0, 5: 2} {
		list, err := o.SameMailbox(t.Context(), id)
		if o.must(err); len(list) != others {
			t.Errorf("subscriber %d has %d others of its mailbox", id, len(list))
		}
	}
}

func TestReadDuplicates_readsWhatAnEarlierVersionMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	raw := rawDB(t, path)
	schema, err := fs.ReadFile(os.DirFS("sqlite/migration"), "0001_init.sql")
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

func TestPair_canBeEditedAndLeaves(t *testing.T) {
	o := pairOfEarlier(t)
	for _, id := range []int64{2, 3, 5} {
		o.must(o.UpdateSubscriber(t.Context(), by, id, 0,
			namets.SubscriberPatch{Phone: ptr("0803"), Events: ptr(false)}))
	}
	wantCode(t, "a spelling of a mailbox that two others have",
		o.UpdateSubscriber(t.Context(), by, 1, 0, namets.SubscriberPatch{Email: ptr(inUnicode)}), namets.Conflict,
		"email")
	if got := o.deliver(); len(got) != 3 {
		t.Errorf("%d webhooks of three changes reach their addresses", len(got))
	}
	s, _, err := o.Subscriber(t.Context(), 5)
	o.must(err)
	o.must(o.Unsubscribe(t.Context(), by, s.Token))
	if left := mustExport(t, o.DB).Subscribers; len(left) != 2 {
		t.Errorf("who left in one spelling is still there in another one: %+v", left)
	}
}

func TestPair_givesItsMailboxToTheOtherWhenOneGoes(t *testing.T) {
	for name, act := range map[string]func(o *outbox) error{
		"deleted": func(o *outbox) error { return o.DeleteSubscriber(t.Context(), by, 3) },
		"moved": func(o *outbox) error {
			return o.UpdateSubscriber(t.Context(), by, 3, 0, namets.SubscriberPatch{Email: ptr("else@example.org")})
		},
	} {
		o := pairOfEarlier(t)
		o.must(act(o))
		ids, _, err := o.SubscribersCalled(t.Context(), []string{inPunycode})
		if o.must(err); !slices.Equal(ids, []int64{2}) {
			t.Errorf("%s: the mailbox belongs to %v", name, ids)
		}
		if list, err := o.SameMailbox(t.Context(), 5); err != nil || len(list) != 1 {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}

func TestMergeSubscribers_keepsOneOfThem(t *testing.T) {
	o := pairOfEarlier(t)
	o.must(o.UpdateSubscriber(t.Context(), by, 3, 0, namets.SubscriberPatch{Phone: ptr("0803"), IsVerified: ptr(true),
		Events: ptr(false)}))
	o.deliver()
	wantCode(t, "another mailbox", o.MergeSubscribers(t.Context(), by, 2, 0, 1, 0), namets.Invalid, "")
	wantCode(t, "itself", o.MergeSubscribers(t.Context(), by, 2, 0, 2, 0), namets.Invalid, "")
	wantCode(t, "nobody", o.MergeSubscribers(t.Context(), by, 2, 0, 99, 0), namets.NotFound, "")
	wantCode(t, "another revision", o.MergeSubscribers(t.Context(), by, 2, 1, 3, 1), namets.Conflict, "")
	o.must(o.MergeSubscribers(t.Context(), by, 5, 1, 3, 2))
	s, _, err := o.Subscriber(t.Context(), 5)
	o.must(err)
	if s.Email != decomposed || s.Phone != "0803" || !s.IsVerified || !s.Notify.Events ||
		s.Token.String() != uuidText(5) || s.SubscribedAt.UnixMicro() != 3 {
		t.Errorf("merged: %+v", s)
	}
	if got := o.kinds(); len(got) != 0 {
		t.Errorf("merging has queued %v", got)
	}
	if lines := o.audit(3); lines[0] != `test merge subscribers 5 {"merged":3}` ||
		lines[2] != `test delete subscribers 3 {}` {
		t.Errorf("audit: %q", lines)
	}
	o.must(o.MergeSubscribers(t.Context(), by, 5, 0, 2, 0))
	if groups, err := o.Duplicates(t.Context()); err != nil || len(groups) != 0 {
		t.Errorf("left: %v, %v", groups, err)
	}
	if ids, _, err := o.SubscribersCalled(t.Context(), []string{inUnicode}); err != nil ||
		!slices.Equal(ids, []int64{5}) {
		t.Errorf("the mailbox belongs to %v, %v", ids, err)
	}
}

func TestSuppression_ofAnEarlierVersionHolds(t *testing.T) {
	o := newOutbox(t)
	o.must(o.SuppressAs(t.Context(), "zainab@bücher.example"))
	for _, typed := range []string{inUnicode, inPunycode, decomposed} {
		report := mustImport(t, o.DB, &namets.Dataset{Subscribers: []namets.Subscriber{person(1, typed)}},
			namets.ImportOptions{})
		if report.Suppressed != 1 {
			t.Errorf("%q comes back", typed)
		}
	}
	mustImport(t, o.DB, &namets.Dataset{Subscribers: []namets.Subscriber{person(1, inPunycode)}},
		namets.ImportOptions{IgnoreSuppressed: true})
	o.must(o.DeleteSubscriber(t.Context(), by, 1))
	if report := mustImport(t, o.DB, &namets.Dataset{Subscribers: []namets.Subscriber{person(1, inUnicode)}},
		namets.ImportOptions{}); report.Suppressed != 0 {
		t.Error("what was lifted in one spelling still holds in another one")
	}
}

func TestImportSubscribers_isForWhoIsStoredWithExactlyTheAddress(t *testing.T) {
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
			row(decomposed, "5", false), row(inPunycode, "3", true), row(inUnicode, "2", true)},
			[]namets.ImportVerdict{namets.ImportChanged, namets.ImportChanged, namets.ImportChanged},
			map[int64]string{2: "2", 3: "3", 5: "5"}},
		{"another spelling", []namets.SubscriberRow{
			row("ZAINAB@BÜCHER.example", "3", false), row("Zainab@bücheR.example", "4", true)},
			[]namets.ImportVerdict{namets.ImportChanged, namets.ImportRefused},
			map[int64]string{2: "", 3: "3", 5: ""}},
		{"another spelling first", []namets.SubscriberRow{
			row("ZAINAB@BÜCHER.example", "3", false), row(inPunycode, "4", true), row(inUnicode, "2", true)},
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
			o := pairOfEarlier(t)
			for _, dry := range []bool{true, false} {
				got, err := o.ImportSubscribers(t.Context(), by, test.rows, dry)
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
