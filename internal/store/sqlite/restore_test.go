package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/store"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/store/storetest"
)

// backup makes a backup of the database and returns its path.
func (o *outbox) backup() string {
	o.T.Helper()
	path := filepath.Join(o.T.TempDir(), "backup.db")
	o.Must(o.db.Backup(o.T.Context(), path))
	o.Step(time.Minute)
	return path
}

// restore replaces the database with a backup and opens the result. FinishRestore may read the
// replaced database unless lost is set.
func (o *outbox) restore(backup string, lost bool, change ...func(*sqlite.Restoring)) namets.RestoreReport {
	o.T.Helper()
	ctx := o.T.Context()
	o.Must(o.Close())
	incoming := filepath.Join(o.T.TempDir(), "incoming.db")
	o.Must(sqlite.CheckRestorable(ctx, backup))
	o.Must(sqlite.Copy(ctx, backup, incoming))
	r := sqlite.Restoring{Path: incoming, Replaced: o.path, By: namets.Actor{Kind: namets.Command, Name: "restore"},
		Now: func() time.Time { return o.At }, Zone: time.UTC}
	if lost {
		r.Replaced = ""
	} else {
		release, err := sqlite.Settle(ctx, o.path)
		o.Must(err)
		defer release()
	}
	for _, f := range change {
		f(&r)
	}
	r.Driver = sqlitetest.Driver(o.T)
	report, err := sqlite.FinishRestore(ctx, r)
	o.Must(err)
	o.path = incoming
	o.Open()
	var verdict string
	o.Must(o.db.Reader().QueryRowContext(ctx, "pragma integrity_check").Scan(&verdict))
	var broken int
	o.Must(o.db.Reader().QueryRowContext(ctx, "select count(*) from pragma_foreign_key_check").Scan(&broken))
	if verdict != "ok" || broken > 0 {
		o.T.Errorf("integrity_check: %q, %d broken references", verdict, broken)
	}
	return report
}

func (o *outbox) addresses() (list []string) {
	o.T.Helper()
	for _, s := range storetest.MustExport(o.T, o.DB).Subscribers {
		list = append(list, s.Email)
	}
	return list
}

func (o *outbox) leave(id int64) {
	o.T.Helper()
	s, _, err := o.Subscriber(o.T.Context(), id)
	o.Must(err)
	o.Must(o.Unsubscribe(o.T.Context(), visitor(), s.Token))
}

// lines returns the rows of a report as "change kind id name detail".
func lines(r namets.RestoreReport) (list []string) {
	for _, row := range r.Rows {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %d %s %s", row.Change, row.Kind, row.ID, row.Name,
			row.Detail)))
	}
	return list
}

func TestRestore_subscribesNobodyWhoHasLeft(t *testing.T) {
	for _, keep := range []bool{false, true} {
		o := newOutbox(t)
		ctx := t.Context()
		for _, name := range []string{"stays", "leaves", "deleted", "off", "other", "moved", "returns"} {
			o.AddSubscriber(name + "@example.org") // ids 1 to 7
		}
		path := o.backup()
		o.leave(2)
		o.Must(o.DeleteSubscriber(ctx, by(), 3))
		o.Must(o.UpdateSubscriber(ctx, by(), 4, 0, namets.SubscriberPatch{IsActive: ptr(false)}))
		other, _, err := o.Subscriber(ctx, 5)
		o.Must(err)
		o.Must(o.ChangePreferences(ctx, visitor(), other.Token, namets.Preferences{Events: true}))
		o.Must(o.UpdateSubscriber(ctx, by(), 6, 0, namets.SubscriberPatch{Email: ptr("new@example.org")}))
		o.leave(6)
		o.leave(7)
		returned, err := o.CreateSubscriber(ctx, by(), namets.Subscriber{Email: "returns@example.org", IsActive: true,
			Notify: namets.Preferences{Announcements: true, Events: true, PrayerChanges: true}})
		o.Must(err)
		back, _, err := o.Subscriber(ctx, returned)
		o.Must(err)
		o.AddSubscriber("joins@example.org")
		o.Deliver()

		report := o.restore(path, false, func(r *sqlite.Restoring) { r.KeepDeletes = keep })
		want := []string{
			"left subscribers 2 leaves@example.org", "left subscribers 6 moved@example.org",
			"back subscribers 3 deleted@example.org", "gone subscribers 9 joins@example.org",
			"switched subscribers 4 off@example.org is active: yes",
		}
		addresses := []string{"stays@example.org", "deleted@example.org", "off@example.org", "other@example.org",
			"returns@example.org"}
		if keep {
			want = []string{
				"left subscribers 2 leaves@example.org", "left subscribers 6 moved@example.org",
				"kept deleted subscribers 3 deleted@example.org", "gone subscribers 9 joins@example.org",
				"kept switched subscribers 4 off@example.org is active: no",
			}
			addresses = slices.Delete(addresses, 1, 2)
		}
		if report.Compared != namets.LaterState || !report.Newest.Equal(now()) {
			t.Errorf("got %q, newest %v", report.Compared, report.Newest)
		}
		if diff := cmp.Diff(want, lines(report)); diff != "" {
			t.Errorf("keep %v: (-want +got):\n%s", keep, diff)
		}
		if diff := cmp.Diff(addresses, o.addresses()); diff != "" {
			t.Errorf("keep %v: (-want +got):\n%s", keep, diff)
		}
		if s, err := o.SubscriberByToken(ctx, other.Token); err != nil ||
			s.Notify != (namets.Preferences{Events: true}) {
			t.Errorf("what somebody chose by themselves: %+v, %v", s, err)
		}
		if _, err := o.SubscriberByToken(ctx, back.Token); err != nil {
			t.Errorf("the link in the latest e-mails to somebody who had come back: %v", err)
		}
		if s, _, err := o.Subscriber(ctx, 4); err != nil || s.IsActive == keep {
			t.Errorf("keep %v: %+v, %v", keep, s, err)
		}
		o.WantKinds("afterwards")
		verdicts, err := o.ImportSubscribers(ctx, by(), []namets.SubscriberRow{
			{Patch: namets.SubscriberPatch{Email: ptr("leaves@example.org")}},
			{Patch: namets.SubscriberPatch{Email: ptr("new@example.org")}},
			{Patch: namets.SubscriberPatch{Email: ptr("moved@example.org")}},
		}, true)
		o.Must(err)
		if diff := cmp.Diff([]namets.ImportVerdict{namets.ImportLeft, namets.ImportLeft, namets.ImportLeft},
			verdicts); diff != "" {
			t.Errorf("an import subscribes an address that has left (-want +got):\n%s", diff)
		}
		if id := o.AddSubscriber("new.id@example.org"); id <= 9 {
			t.Errorf("the id %d is given a second time", id)
		}
	}
}

func TestRestore_sendsNothingTwice(t *testing.T) {
	o := newOutbox(t)
	o.AddSubscriber("a@example.org")
	a := o.AddAnnouncement(namets.Announcement{Title: "waits", PublishAt: o.At, IsActive: true, SendEmail: true})
	planned := o.AddAnnouncement(namets.Announcement{Title: "planned", PublishAt: o.At.Add(time.Hour), IsActive: true,
		SendEmail: true})
	later := o.AddAnnouncement(namets.Announcement{Title: "later", PublishAt: o.At.Add(48 * time.Hour), IsActive: true,
		SendEmail: true})
	missed := o.AddAnnouncement(namets.Announcement{Title: "missed", PublishAt: o.At.Add(24 * time.Hour),
		IsActive:  true,
		SendEmail: true})
	path := o.backup()
	sent := map[string]string{} // title → webhook-id
	collect := func() {
		list, err := o.Deliveries(t.Context(), namets.DeliveryFilter{Kind: namets.AnnouncementCreated,
			State: namets.Delivered})
		o.Must(err)
		for _, d := range list {
			sent[d.Subject] = d.WebhookID
		}
	}
	o.WantKinds("at once", "announcement_created")
	o.Step(2 * time.Hour)
	o.WantKinds("planned", "announcement_created")
	lost := o.AddAnnouncement(namets.Announcement{Title: "lost", PublishAt: o.At, IsActive: true, SendEmail: true})
	o.WantKinds("added after the backup", "announcement_created")
	_, _, err := o.SendMessage(t.Context(), by(), namets.Message{Subject: "S", Body: "B", Everyone: true})
	o.Must(err)
	promised := o.One()
	o.Fail(promised, time.Hour)
	collect()
	o.Step(23 * time.Hour) // the service does not run

	report := o.restore(path, false)
	if report.Compared != namets.LaterState || len(report.Held) != 0 || report.Announced != 1 {
		t.Errorf("got %+v", report)
	}
	if diff := cmp.Diff([]string{"gone announcements 5 lost"}, lines(report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, row := range []namets.Announcement{a, planned} {
		list, err := o.Deliveries(t.Context(), namets.DeliveryFilter{Entity: namets.KindAnnouncements,
			EntityID: row.ID})
		o.Must(err)
		if len(list) != 1 || list[0].State != namets.Delivered || list[0].WebhookID != sent[row.Title] {
			t.Errorf("%s: %+v, want one delivered as %s", row.Title, list, sent[row.Title])
		}
	}
	claims := o.Claim()
	if len(claims) != 2 || claims[0].WebhookID != promised.WebhookID || claims[1].Kind != namets.AnnouncementCreated ||
		!strings.Contains(string(claims[1].Body), missed.Title) {
		t.Errorf("claims after the restore: %+v", claims)
	}
	o.Step(24 * time.Hour)
	o.Must(o.ReleaseDeliveries(t.Context(), claims[0].ID, claims[1].ID))
	o.WantKinds("in the end", "admin_message", "announcement_created", "announcement_created")
	_ = later
	if n := o.AddAnnouncement(namets.Announcement{Title: "next", PublishAt: o.At, IsActive: true,
		SendEmail: true}); n.ID <= lost.ID {
		t.Errorf("the id %d is given a second time", n.ID)
	}
	o.WantKinds("what is announced afterwards", "announcement_created")
}

func TestRestore_holdsDeliveriesOfUnknownState(t *testing.T) {
	for name, prepare := range map[string]func(o *outbox, r *sqlite.Restoring){
		"no database": func(_ *outbox, r *sqlite.Restoring) { r.Replaced = "" },
		"a fresh one": func(o *outbox, r *sqlite.Restoring) {
			fresh := filepath.Join(o.T.TempDir(), "fresh.db")
			db, err := sqlite.Open(o.T.Context(), sqlite.Config{Path: fresh})
			o.Must(err)
			_, err = db.CreateUser(o.T.Context(), by(), "admin", namets.Owner, "hash")
			o.Must(errors.Join(err, db.Close()))
			r.Replaced = fresh
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOutbox(t)
			id := o.AddSubscriber("a@example.org")
			queued := o.AddAnnouncement(namets.Announcement{Title: "queued", PublishAt: o.At, IsActive: true,
				SendEmail: true})
			planned := o.AddAnnouncement(namets.Announcement{Title: "planned", PublishAt: o.At.Add(time.Hour),
				IsActive: true, SendEmail: true})
			o.AddAnnouncement(namets.Announcement{Title: "later", PublishAt: o.At.Add(48 * time.Hour), IsActive: true,
				SendEmail: true})
			o.AddAnnouncement(namets.Announcement{Title: "over", PublishAt: o.At.Add(time.Hour),
				ExpireAt: ptr(o.At.Add(2 * time.Hour)), IsActive: true, SendEmail: true})
			before, err := o.Deliveries(t.Context(), namets.DeliveryFilter{})
			o.Must(err)
			path := o.backup()
			o.Step(24 * time.Hour)
			report := o.restore(path, false, func(r *sqlite.Restoring) { prepare(o, r) })
			want := []namets.HeldCount{{Kind: namets.AnnouncementCreated, Count: 2, Recipients: 2}}
			if diff := cmp.Diff(want, report.Held); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			o.WantKinds("held")
			o.Must(o.UpdateSubscriber(t.Context(), by(), id, 0, namets.SubscriberPatch{Events: ptr(false)}))
			o.WantKinds("what people cause afterwards", "subscriber_updated")
			queued.Content = "changed"
			o.Save(queued)
			o.WantKinds("a change sets nothing free")
			if n, err := o.SkipHeld(t.Context(), by(), planned.PublishAt); n != 1 || err != nil {
				t.Errorf("skipped %d, %v, want what was queued before the other was planned", n, err)
			}
			o.Save(queued)
			o.WantKinds("what was skipped counts as announced")
			if n, err := o.ReleaseHeld(t.Context(), by(), o.At); n != 1 || err != nil {
				t.Errorf("released %d, %v", n, err)
			}
			o.WantKinds("released", "announcement_created")
			list, err := o.Deliveries(t.Context(), namets.DeliveryFilter{Entity: namets.KindAnnouncements,
				EntityID: queued.ID})
			o.Must(err)
			if len(list) != 1 || list[0].WebhookID != before[0].WebhookID || list[0].State != namets.Skipped {
				t.Errorf("got %+v, want the webhook-id %s", list, before[0].WebhookID)
			}
			o.Step(24 * time.Hour)
			o.WantKinds("planned for after the restore", "announcement_created")
		})
	}
}

func TestRestore_announcesNothingThatWasWithdrawn(t *testing.T) {
	o := newOutbox(t)
	o.AddSubscriber("a@example.org")
	a := o.AddAnnouncement(namets.Announcement{Title: "withdrawn", PublishAt: o.At.Add(time.Hour), IsActive: true,
		SendEmail: true})
	b := o.AddAnnouncement(namets.Announcement{Title: "deleted", PublishAt: o.At.Add(time.Hour), IsActive: true,
		SendEmail: true})
	c := o.AddAnnouncement(namets.Announcement{Title: "told and deleted", PublishAt: o.At.Add(time.Minute),
		IsActive:  true,
		SendEmail: true})
	path := o.backup()
	a.IsActive = false
	o.Save(a)
	o.Must(o.DeleteAnnouncement(t.Context(), by(), b.ID))
	o.WantKinds("before", "announcement_created")
	o.Must(o.DeleteAnnouncement(t.Context(), by(), c.ID))
	o.Step(2 * time.Hour)
	report := o.restore(path, false)
	want := []string{"back announcements 2 deleted", "back announcements 3 told and deleted",
		"switched announcements 1 withdrawn is active: yes"}
	if diff := cmp.Diff(want, lines(report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]namets.HeldCount{{Kind: namets.AnnouncementCreated, Count: 2, Recipients: 2}},
		report.Held); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	o.WantKinds("held")
}

// TestRestore_canBeUndone restores the database that the previous restore has replaced.
func TestRestore_canBeUndone(t *testing.T) {
	o := newOutbox(t)
	o.AddSubscriber("a@example.org")
	path := o.backup()
	joined := o.AddSubscriber("joins@example.org")
	user, err := o.CreateUser(t.Context(), by(), "new", namets.Editor, "hash")
	o.Must(err)
	replaced := o.path
	o.restore(path, false)
	o.Step(time.Minute)
	report := o.restore(replaced, false)
	if diff := cmp.Diff([]string{"back users 1 new", "back subscribers 2 joins@example.org"},
		lines(report)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", report.Compared, diff)
	}
	if _, _, err := o.Subscriber(t.Context(), joined); err != nil {
		t.Error(err)
	}
	if _, err := o.User(t.Context(), user); err != nil {
		t.Error(err)
	}
	o.WantKinds("afterwards")
}

func TestRestore_reportsADamagedReplacedDatabase(t *testing.T) {
	o := newOutbox(t)
	many := make([]namets.Subscriber, 200)
	for i := range many {
		many[i] = namets.Subscriber{ID: int64(i + 1), Email: fmt.Sprintf("a%d@example.org", i), SubscribedAt: now(),
			Token: namets.NewUUID()}
	}
	storetest.MustImport(t, o.DB, &namets.Dataset{Subscribers: many}, namets.ImportOptions{})
	path := o.backup()
	o.Must(o.Close())
	content, err := os.ReadFile(o.path)
	o.Must(err)
	for i := 8192; i < len(content); i += 3 {
		content[i] ^= 0x5a
	}
	o.Must(os.WriteFile(o.path, content, 0o600))
	incoming := filepath.Join(t.TempDir(), "incoming.db")
	o.Must(sqlite.Copy(t.Context(), path, incoming))
	_, err = sqlite.FinishRestore(t.Context(), sqlite.Restoring{Path: incoming, Replaced: o.path})
	if _, ok := errors.AsType[*store.ReplacedError](err); !ok {
		t.Errorf("got %v", err)
	}
}

func TestSettle_waitsForOtherProgramsAndBlocksTheirWrites(t *testing.T) {
	db, path := newTestDB(t)
	if _, err := sqlite.Settle(t.Context(), path); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("while it is open: %v", err)
	}
	storetest.MustImport(t, db.DB, storetest.Fixture(), namets.ImportOptions{})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	release, err := sqlite.Settle(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(path + "-*"); len(left) > 0 {
		t.Errorf("files next to the database: %v", left)
	}
	impatient, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_pragma=busy_timeout(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer impatient.Close()
	if _, err := impatient.ExecContext(t.Context(), "delete from patrons"); err == nil ||
		!strings.Contains(err.Error(), "locked") {
		t.Errorf("another program writes: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(storetest.Fixture(), storetest.MustExport(t, openTestDB(t, path).DB),
		storetest.IgnoreTimes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
