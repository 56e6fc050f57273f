package storetest

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// programRow is a row of a program for the address, with a consent at the time unless that is zero.
func programRow(email string, consented time.Time) namets.SubscriberRow {
	row := namets.SubscriberRow{Patch: namets.SubscriberPatch{Email: &email}}
	if !consented.IsZero() {
		row.Consent = &namets.ClaimedConsent{At: consented, Source: "paper form"}
	}
	return row
}

// importAll imports the rows of a program and returns a line for each result.
func (o *Outbox) importAll(opts namets.SubscriberImport, rows ...namets.SubscriberRow) (lines []string, done bool) {
	o.T.Helper()
	each := iter.Seq2[namets.SubscriberRow, error](func(yield func(namets.SubscriberRow, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	})
	if opts.Program != nil {
		opts.Program.Links = links
	}
	done, err := o.ImportSubscriberRows(o.T.Context(), program(), each, opts, func(r namets.RowResult) {
		line := fmt.Sprint(r.Verdict, " ", r.ID)
		if r.Why != nil {
			line += ": " + r.Why.Error()
		}
		lines = append(lines, line)
	})
	o.Must(err)
	return lines, done
}

// TestImportProgram_consent checks who is subscribed by a program's row, for every state of the
// address and every consent.
func (su suite) TestImportProgram_consent(t *testing.T) {
	states := map[string]func(*Outbox){
		"new": func(*Outbox) {},
		"left": func(o *Outbox) {
			s, _, err := o.Subscriber(t.Context(), o.AddSubscriber("a@example.org"))
			o.Must(err)
			o.Must(o.Unsubscribe(t.Context(), Visitor(), s.Token))
		},
		"never": func(o *Outbox) {
			o.Ask("a@example.org", namets.Preferences{})
			o.Must(o.NeverWrite(t.Context(), Visitor(), o.Secret()))
		},
		"bounced, deleted": func(o *Outbox) {
			id := o.AddSubscriber("a@example.org")
			o.bounce(id, namets.HardBounce)
			o.Must(o.DeleteSubscriber(t.Context(), By(), id))
		},
		"complained": func(o *Outbox) { o.bounce(o.AddSubscriber("a@example.org"), namets.Complaint) },
		"inactive": func(o *Outbox) {
			o.Must(o.UpdateSubscriber(t.Context(), By(), o.AddSubscriber("a@example.org"), 0,
				namets.SubscriberPatch{IsActive: ptr(false)}))
		},
		"active": func(o *Outbox) { o.AddSubscriber("a@example.org") },
	}
	for state, want := range map[string][4]string{ // without consent; one before the state, after it, in the future
		"new":              {"asked 0", "added 1", "added 1", "refused 0: consent_at: is in the future"},
		"left":             {"left 0", "left 0", "added 2", "refused 0: consent_at: is in the future"},
		"never":            {"left 0", "left 0", "left 0", "refused 0: consent_at: is in the future"},
		"bounced, deleted": {"left 0", "left 0", "left 0", "refused 0: consent_at: is in the future"},
		"complained":       {"ended 0", "ended 0", "ended 0", "refused 0: consent_at: is in the future"},
		"inactive": {"inactive_unchanged 1", "inactive 1", "inactive 1",
			"refused 0: consent_at: is in the future"},
		"active": {"unchanged 1", "changed 1", "changed 1", "refused 0: consent_at: is in the future"},
	} {
		for i, text := range want {
			o := su.outbox(t)
			states[state](o)
			o.Deliver()
			o.Step(2 * time.Hour)
			at := [4]time.Time{{}, Now().Add(-time.Hour), Now().Add(time.Hour), o.At.Add(time.Microsecond)}[i]
			for _, dry := range []bool{true, false} {
				got, done := o.importAll(namets.SubscriberImport{DryRun: dry, Program: &namets.ProgramImport{Ask: 1}},
					programRow("A@example.org", at))
				known := strings.HasPrefix(text, "changed") || strings.HasPrefix(text, "inactive ")
				if done == dry || got[0] != text && !(dry && (strings.HasPrefix(text, "added") || known)) {
					t.Errorf("%s, consent %d, dry run %v: %q, want %q", state, i, dry, got[0], text)
				}
			}
			if kinds := o.Kinds(); strings.HasPrefix(text, "asked") != (len(kinds) == 1 && kinds[0] == asked) ||
				strings.HasPrefix(text, "added") != (len(kinds) == 1 && kinds[0] == joined) {
				t.Errorf("%s, consent %d: %v", state, i, kinds)
			}
		}
	}
}

func (su suite) TestImportProgram_recordsTheConsent(t *testing.T) {
	o := su.outbox(t)
	at := Now().Add(-time.Hour)
	opts := namets.SubscriberImport{Program: &namets.ProgramImport{}}
	o.importAll(opts, programRow("a@example.org", at))
	if lines := o.Audit(1); lines[0] != `n8n create subscribers 1 {"consent_at":"2026-03-01T08:30:00Z"}` {
		t.Errorf("audit: %q", lines)
	}
	want := &namets.RecordedConsent{At: at, Source: "paper form"}
	got, err := o.Consent(t.Context(), 1)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, step := range []struct {
		at   time.Time
		want string
	}{{at, "unchanged 1"}, {at.Add(-time.Minute), "unchanged 1"}, {at.Add(time.Minute), "changed 1"}} {
		if got, _ := o.importAll(opts, programRow("a@example.org", step.at)); got[0] != step.want {
			t.Errorf("a consent at %v: %q, want %q", step.at, got[0], step.want)
		}
	}
	o.Ask("a@example.org", namets.Preferences{Events: true})
	o.Deliver()
	o.Step(time.Hour)
	o.Ask("a@example.org", namets.Preferences{Events: true})
	o.ConfirmLink(o.Secret())
	o.importAll(opts, programRow("a@example.org", o.At))
	if got, err = o.Consent(t.Context(), 1); err != nil || !got.Confirmed || got.Source != "" {
		t.Errorf("a claim replaced the person's own click: %+v, %v", got, err)
	}
	if got, err := o.Consent(t.Context(), 99); got != nil || err != nil {
		t.Errorf("of nobody: %+v, %v", got, err)
	}
}

func (su suite) TestImportProgram_asksWithinTheLimits(t *testing.T) {
	o := su.outbox(t)
	rows := make([]namets.SubscriberRow, 0, 60)
	next := 0
	batch := func(n int) []namets.SubscriberRow {
		rows = rows[:0]
		for range n {
			next++
			rows = append(rows, programRow(fmt.Sprintf("p%d@example.org", next), time.Time{}))
		}
		return rows
	}
	count := func(lines []string, begin string) (n int) {
		for _, line := range lines {
			if strings.HasPrefix(line, begin) {
				n++
			}
		}
		return n
	}
	lines, _ := o.importAll(namets.SubscriberImport{Program: &namets.ProgramImport{}}, batch(1)...)
	if !strings.Contains(lines[0], namets.ErrNoConsent.Error()) {
		t.Errorf("without asking: %q", lines)
	}
	ask := namets.SubscriberImport{Program: &namets.ProgramImport{Ask: 50, Quiet: true}}
	for i, want := range []int{50, 50, 50, 50, 0} {
		lines, _ := o.importAll(ask, batch(52)...)
		if count(lines, "asked") != want || !strings.Contains(lines[51], namets.ErrAskLimit.Error()) {
			t.Errorf("call %d asks %d, want %d; the last: %q", i, count(lines, "asked"), want, lines[51])
		}
	}
	if kinds := o.Kinds(); len(kinds) != namets.AskLimit {
		t.Errorf("%d e-mails", len(kinds))
	}
	o.Ask("visitor@example.org", namets.Preferences{})
	o.WantKinds("the form has no such limit", asked)
	o.Step(24 * time.Hour)
	if lines, _ = o.importAll(ask, batch(2)...); count(lines, "asked") != 2 {
		t.Errorf("a day later: %q", lines)
	}
}

func (su suite) TestImportProgram_modes(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("old@example.org")
	o.AddSubscriber("other@example.org")
	old, fresh := programRow("old@example.org", Now()), programRow("new@example.org", Now())
	old.Patch.Phone, old.Patch.Key = ptr("+234 1"), ptr("crm-1")
	for mode, want := range map[namets.WriteMode][]string{
		namets.CreateOnly: {"refused 0: email: belongs to another subscriber already: " + namets.ErrExists.Error(),
			"added 0"},
		namets.UpdateOnly: {"changed 1", "refused 0: email: belongs to no subscriber: " + namets.ErrMissing.Error()},
		namets.Upsert:     {"changed 1", "added 0"},
	} {
		opts := namets.SubscriberImport{DryRun: true, Program: &namets.ProgramImport{Mode: mode}}
		got, _ := o.importAll(opts, old, fresh)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", mode, diff)
		}
		opts.DryRun, opts.Program.Atomic = false, true
		if _, done := o.importAll(opts, old, fresh); done != (mode == namets.Upsert) {
			t.Errorf("%s, atomic: done is %v", mode, done)
		}
		if (len(o.emails()) == 3) != (mode == namets.Upsert) {
			t.Fatalf("%s stored %q", mode, o.emails())
		}
		if mode == namets.Upsert {
			o.Must(o.DeleteSubscriber(t.Context(), By(), 3))
			o.Must(o.UpdateSubscriber(t.Context(), By(), 1, 0, namets.SubscriberPatch{Phone: ptr("")}))
		}
		o.Deliver()
	}
	taken := programRow("other@example.org", time.Time{})
	taken.Patch.Key = ptr("crm-1")
	o.importAll(namets.SubscriberImport{Program: &namets.ProgramImport{}}, old)
	got, _ := o.importAll(namets.SubscriberImport{Program: &namets.ProgramImport{}}, taken)
	if got[0] != "refused 0: key: belongs to another subscriber already" {
		t.Errorf("a key that is taken: %q", got)
	}
}

func (su suite) TestImportProgram_announcesAsTheFormDoes(t *testing.T) {
	o := su.outbox(t)
	rows := []namets.SubscriberRow{programRow("a@example.org", Now()), programRow("b@example.org", Now())}
	o.importAll(namets.SubscriberImport{Program: &namets.ProgramImport{}}, rows...)
	if lines := o.Audit(1); lines[0] != `n8n create subscribers 2 {"consent_at":"2026-03-01T09:30:00Z"}` {
		t.Errorf("audit of a row: %q", lines)
	}
	entries, err := o.Activity(t.Context(), namets.AuditFilter{})
	if o.Must(err); len(entries) != 1 || entries[0].Action != "import" || entries[0].Count != 2 {
		t.Errorf("the activity shows %+v", entries)
	}
	o.WantKinds("loudly", joined, joined)
	rows[0].Patch.Events, rows[1].Patch.Events = ptr(false), ptr(false)
	rows = append(rows, programRow("c@example.org", Now()))
	quiet := namets.SubscriberImport{Program: &namets.ProgramImport{Quiet: true}}
	o.importAll(quiet, rows...)
	o.Must(o.UpdateSubscriber(t.Context(), By(), 3, 0, namets.SubscriberPatch{IsActive: ptr(false)}))
	o.Must(o.UpdateSubscriber(t.Context(), By(), 3, 0, namets.SubscriberPatch{IsActive: ptr(true)}))
	o.WantKinds("quietly, then by hand: they had joined", "subscriber_unsubscribed")
}

func (su suite) TestWriteSubscriber_writesOneRow(t *testing.T) {
	o := su.outbox(t)
	write := func(row namets.SubscriberRow, p namets.ProgramImport, accepts func(int64) bool) (string, int64, error) {
		p.Links = links
		w := namets.SubscriberWrite{SubscriberRow: row, ProgramImport: p, Accepts: accepts}
		r, s, revision, err := o.WriteSubscriber(t.Context(), program(), w)
		if err == nil && r.ID != 0 && s.Email != "a@example.org" {
			t.Errorf("returned %q", s.Email)
		}
		return string(r.Verdict), revision, err
	}
	row := programRow("a@example.org", Now())
	if v, revision, err := write(row, namets.ProgramImport{}, nil); v != "added" || revision != 1 || err != nil {
		t.Errorf("%s %d %v", v, revision, err)
	}
	var seen int64
	row.Patch.Phone = ptr("1")
	_, _, err := write(row, namets.ProgramImport{}, func(revision int64) bool { seen = revision; return false })
	if s, _, _ := o.Subscriber(t.Context(), 1); !errors.Is(err, namets.ErrOtherRevision) || seen != 1 || s.Phone != "" {
		t.Errorf("%v, revision %d, phone %q", err, seen, s.Phone)
	}
	_, _, err = write(row, namets.ProgramImport{Mode: namets.CreateOnly}, nil)
	if WantCode(t, "exists", err, namets.Conflict, "email"); !errors.Is(err, namets.ErrExists) {
		t.Errorf("the cause: %v", err)
	}
	if v, revision, err := write(row, namets.ProgramImport{}, nil); v != "changed" || revision != 2 || err != nil {
		t.Errorf("%s %d %v", v, revision, err)
	}
	_, _, err = write(programRow("b@example.org", time.Time{}), namets.ProgramImport{}, nil)
	if !errors.Is(err, namets.ErrNoConsent) {
		t.Errorf("without consent: %v", err)
	}
	if lines := o.Audit(1); lines[0] != `n8n update subscribers 1 {"changed":["phone"]}` {
		t.Errorf("audit: %q", lines)
	}
}
