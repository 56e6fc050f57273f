package sqlite_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// next returns the consumer's next items as "change topic key", acknowledged, and the highest
// number.
func (o *outbox) next(name string) (items []string, highest int64) {
	o.T.Helper()
	out, err := o.NextChanges(o.T.Context(), 0, name, 100, func([]namets.Topic) error { return nil })
	o.Must(err)
	for _, i := range out.Items {
		items = append(items, strings.TrimSpace(string(i.Change)+" "+string(i.Topic)+" "+i.Key))
		highest = max(highest, i.Seq)
	}
	if out.Lease != "" {
		_, err = o.AckChanges(o.T.Context(), 0, name, out.Lease)
		o.Must(err)
	}
	return items, highest
}

// TestRestore_letsConsumersCopyAgain checks that consumers get all rows again and are told nothing
// twice, and that numbers only grow.
func TestRestore_letsConsumersCopyAgain(t *testing.T) {
	for _, lost := range []bool{false, true} {
		o := newOutbox(t)
		ctx := t.Context()
		put := func(name string, topics ...namets.Topic) {
			t.Helper()
			_, _, err := o.PutConsumer(ctx, by(), 0, name, namets.ConsumerSpec{Topics: topics, Start: namets.StartNow,
				Before: 24 * time.Hour, Lease: time.Minute})
			o.Must(err)
		}
		announce := func(key string, at time.Time) {
			t.Helper()
			_, err := o.CreateAnnouncement(ctx, by(), namets.Announcement{Title: key, Category: namets.General,
				IsActive: true, PublishAt: at, Meta: namets.Meta{Key: key}})
			o.Must(err)
		}
		put("copy", namets.TopicPatrons, namets.TopicCategories)
		put("mail", namets.TopicPublished, namets.TopicUpcoming)
		patron, err := o.CreatePatron(ctx, by(), namets.Patron{Name: "kept", Meta: namets.Meta{Key: "kept"}})
		o.Must(err)
		announce("before", o.At)
		announce("soon", o.At.Add(time.Hour))
		_, err = o.CreateEvent(ctx, by(), namets.Event{Title: "E", Start: o.At.Add(25 * time.Hour),
			End: o.At.Add(26 * time.Hour), IsActive: true, Meta: namets.Meta{Key: "event"}})
		o.Must(err)
		if got, _ := o.next("mail"); len(got) != 1 {
			t.Errorf("before the backup: %q", got)
		}
		path := o.backup()
		o.Step(2 * time.Hour)
		o.Must(o.DeletePatron(ctx, by(), patron))
		_, err = o.CreatePatron(ctx, by(), namets.Patron{Name: "lost"})
		o.Must(err)
		got, highest := o.next("mail")
		if diff := cmp.Diff([]string{"upcoming events.upcoming event",
			"published announcements.published soon"}, got); diff != "" {
			t.Errorf("told after the backup (-want +got):\n%s", diff)
		}
		if _, newest := o.next("copy"); newest > highest {
			highest = newest
		}
		out, err := o.NextChanges(ctx, 0, "copy", 1, func([]namets.Topic) error { return nil })
		if err != nil || out.Lease != "" {
			t.Fatal(out, err)
		}

		o.restore(path, lost)
		want := []string{"resync categories", "resync patrons", "created patrons kept"}
		if got, _ := o.next("copy"); !cmp.Equal(want, got) {
			t.Errorf("lost %t: copied %q, want %q", lost, got, want)
		}
		if got, _ := o.next("mail"); len(got) > 0 {
			t.Errorf("lost %t: told again: %q", lost, got)
		}
		_, err = o.CreatePatron(ctx, by(), namets.Patron{Name: "new", Meta: namets.Meta{Key: "new"}})
		o.Must(err)
		announce("new", o.At)
		if got, n := o.next("copy"); !cmp.Equal([]string{"created patrons new"}, got) || n <= highest {
			t.Errorf("lost %t: %q with the number %d after %d", lost, got, n, highest)
		}
		if got, _ := o.next("mail"); !cmp.Equal([]string{"published announcements.published new"}, got) {
			t.Errorf("lost %t: %q", lost, got)
		}
	}
}

// TestRestore_givesNothingToAnotherToken checks that what belongs to a token does not pass to
// another one that has its id in the backup.
func TestRestore_givesNothingToAnotherToken(t *testing.T) {
	o := newOutbox(t)
	ctx := t.Context()
	// use registers a consumer of the token and sends a request with a key
	use := func(token int64) (replayed bool) {
		t.Helper()
		_, _, err := o.PutConsumer(ctx, by(), token, "copy", namets.ConsumerSpec{
			Topics: []namets.Topic{namets.TopicEvents}, Start: namets.StartNow, Before: time.Hour, Lease: time.Minute})
		o.Must(err)
		_, replayed, err = o.Once(ctx, namets.RequestKey{TokenID: token, Operation: "o", Key: "k"},
			func(context.Context) (namets.Answer, error) {
				return namets.Answer{Status: 201, Body: []byte("{}")}, nil
			})
		o.Must(err)
		return replayed
	}
	use(0)
	same := o.addToken("same", 1)
	root := o.backup()
	mine := o.addToken("mine", 2)
	branch := o.backup()
	o.restore(root, true)
	o.Step(time.Hour)
	other := o.addToken("other", 3)
	use(same)
	use(other)
	if report := o.restore(branch, false); report.Compared != namets.OtherBranch || other != mine {
		t.Fatalf("compared as %q, tokens %d and %d", report.Compared, other, mine)
	}
	list, err := o.Consumers(ctx)
	o.Must(err)
	if len(list) != 2 || list[0].TokenID != 0 || list[1].TokenID != same {
		t.Errorf("consumers %+v", list)
	}
	for token, want := range map[int64]bool{0: true, same: true, mine: false} {
		if got := use(token); got != want {
			t.Errorf("token %d: replayed %t, want %t", token, got, want)
		}
	}
}

// TestRestore_keepsWhatIsKnownOfWhoAsks checks that a restore changes nothing of what is known of
// workflows, that the time without namets is nobody's silence, and that a silence is not told
// twice.
func TestRestore_keepsWhatIsKnownOfWhoAsks(t *testing.T) {
	for _, lost := range []bool{false, true} {
		o := newOutbox(t)
		minutes := func(n int, acts ...func()) {
			t.Helper()
			for range n {
				for _, act := range acts {
					act()
				}
				o.Step(time.Minute)
				o.Must(o.RecordHeartbeats(t.Context(), false))
			}
		}
		late := func() (who string) {
			t.Helper()
			list, err := o.Pollers(t.Context())
			o.Must(err)
			for _, p := range list {
				if p.Late {
					who += p.Path
				}
			}
			return who
		}
		spec := namets.HookSpec{URL: "https://n8n.example/x", Events: []namets.EventType{namets.TypeN8NSilent}}
		spec.Fill()
		_, _, err := o.PutHook(t.Context(), by(), 0, "k", spec)
		o.Must(err)
		read := func() { o.SawPath("/api/subscribers/") }
		minutes(7, read, func() { o.SawPath("/api/prayer/today/") })
		path := o.backup()
		o.Step(time.Minute)
		o.Must(o.RecordHeartbeats(t.Context(), true))
		minutes(5, read)
		const silent = "/api/prayer/today/"
		if got := late(); got != silent {
			t.Errorf("before the restore %q is late", got)
		}
		o.Step(time.Hour)
		o.restore(path, lost)
		o.Must(o.RecordHeartbeats(t.Context(), false))
		want := silent
		if lost { // known as at the time of the backup
			want = ""
		}
		if got := late(); got != want {
			t.Errorf("lost %t: %q is late after the restore, want %q", lost, got, want)
		}
		minutes(5, read)
		if got := late(); got != silent {
			t.Errorf("lost %t: %q is late five minutes later", lost, got)
		}
		list, err := o.Deliveries(t.Context(), namets.DeliveryFilter{Kind: namets.N8NSilent})
		if o.Must(err); len(list) != 1 {
			t.Errorf("lost %t: %d alerts", lost, len(list))
		}
	}
}
