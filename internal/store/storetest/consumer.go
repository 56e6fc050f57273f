package storetest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// Consume registers the shared token's consumer "c".
func (o *Outbox) Consume(start namets.ConsumerStart, topics ...namets.Topic) {
	o.T.Helper()
	_, _, err := o.PutConsumer(o.T.Context(), By(), 0, "c", namets.ConsumerSpec{Topics: topics, Start: start,
		Before: 24 * time.Hour, Lease: 5 * time.Minute})
	o.Must(err)
}

// anyTopic admits a consumer with any topics.
func anyTopic([]namets.Topic) error { return nil }

// Next returns the lease and the items of the consumer, each as its change, table and id, with a
// question mark if it was handed out before.
func (o *Outbox) Next(limit int) (lease string, lines []string) {
	o.T.Helper()
	out, err := o.NextChanges(o.T.Context(), 0, "c", limit, anyTopic)
	o.Must(err)
	if (out.Lease == "") != (len(out.Items) == 0) {
		o.T.Errorf("%d items under the lease %q", len(out.Items), out.Lease)
	}
	for _, i := range out.Items {
		info, _ := i.Topic.Info()
		line := fmt.Sprint(i.Change, " ", info.Table, " ", i.ID)
		if i.Key != "" {
			line += " " + i.Key
		}
		if !i.First {
			line += "?"
		}
		lines = append(lines, line)
		if deleted := i.Change == namets.ItemDeleted || i.Change == namets.ItemResync; deleted != (i.Row == nil) {
			o.T.Errorf("%s has the row %+v", line, i.Row)
		}
	}
	return out.Lease, lines
}

// WantItems checks what the consumer gets next, and acknowledges it.
func (o *Outbox) WantItems(what string, want ...string) {
	o.T.Helper()
	lease, got := o.Next(100)
	if diff := cmp.Diff(want, got); diff != "" {
		o.T.Errorf("%s (-want +got):\n%s", what, diff)
	}
	if lease != "" {
		_, err := o.AckChanges(o.T.Context(), 0, "c", lease)
		o.Must(err)
	}
}

func (su suite) TestConsumer_getsEveryWriteOnce(t *testing.T) {
	o := su.outbox(t)
	MustImport(t, o.DB, Fixture(), namets.ImportOptions{})
	o.Consume(namets.StartNow, namets.TopicSubscribers, namets.TopicAnnouncements, namets.TopicEvents,
		namets.TopicCategories, namets.TopicPatrons, namets.TopicPrayerDays)
	o.WantItems("nothing has changed yet")
	table := map[namets.Kind]string{}
	for _, info := range namets.Topics() {
		table[info.Kind] = info.Table
	}
	for _, w := range o.writes() {
		before := o.metas()[w.kind]
		o.Step(time.Hour)
		o.Must(w.run(t.Context()))
		lease, got := o.Next(100)
		for _, id := range w.changed {
			change := "updated"
			if _, known := before[id]; !known {
				change = "created"
			}
			want := fmt.Sprint(change, " ", table[w.kind], " ", id)
			if n := countPrefix(got, want); n != 1 {
				t.Errorf("%s: %d items %s in %q", w.name, n, want, got)
			}
		}
		if len(got) > len(w.changed)+1 { // a deletion with its consequences, an event that has ended
			t.Errorf("%s: %q", w.name, got)
		}
		remaining, err := o.AckChanges(t.Context(), 0, "c", lease)
		if o.Must(err); remaining != 0 {
			t.Errorf("%s: %d items remain", w.name, remaining)
		}
		o.WantItems(w.name + " again")
	}
	o.Deliver() // bookkeeping
	o.WantItems("after the deliveries")
}

func countPrefix(lines []string, prefix string) (n int) {
	for _, line := range lines {
		if line == prefix || strings.HasPrefix(line, prefix+" ") {
			n++
		}
	}
	return n
}

func (su suite) TestConsumer_readsFromTheBeginningInPages(t *testing.T) {
	o := su.outbox(t)
	MustImport(t, o.DB, Fixture(), namets.ImportOptions{})
	o.Consume(namets.StartBeginning, namets.TopicSubscribers, namets.TopicAnnouncements)
	lease, first := o.Next(3)
	if diff := cmp.Diff([]string{"created subscribers 3", "created subscribers 5", "created announcements 1"},
		first); diff != "" {
		t.Error(diff)
	}
	if _, again := o.Next(3); again != nil {
		t.Errorf("another run got %q", again)
	}
	remaining, err := o.AckChanges(t.Context(), 0, "c", lease)
	if o.Must(err); remaining != 1 {
		t.Errorf("%d remain", remaining)
	}
	o.WantItems("second page", "created announcements 2")
	o.WantItems("the end")
}

func (su suite) TestConsumer_leasesEndOnce(t *testing.T) {
	o := su.outbox(t)
	ctx := t.Context()
	o.Consume(namets.StartNow, namets.TopicPatrons)
	id, err := o.CreatePatron(ctx, By(), namets.Patron{Name: "P", Meta: namets.Meta{Key: "k"}})
	o.Must(err)
	first, got := o.Next(10)
	if diff := cmp.Diff([]string{"created patrons 1 k"}, got); diff != "" {
		t.Error(diff)
	}
	o.Step(5*time.Minute + 1)
	second, got := o.Next(10)
	if diff := cmp.Diff([]string{"created patrons 1 k?"}, got); diff != "" {
		t.Errorf("after the lease: %s", diff)
	}
	_, err = o.AckChanges(ctx, 0, "c", first)
	WantCode(t, "a lease that was handed out again", err, namets.Conflict, "lease")
	_, err = o.AckChanges(ctx, 0, "c", "7.x")
	WantCode(t, "a lease of another consumer", err, namets.Invalid, "lease")
	_, err = o.AckChanges(ctx, 0, "c", "")
	WantCode(t, "no lease", err, namets.Invalid, "lease")
	_, err = o.AckChanges(ctx, 1, "c", second)
	WantCode(t, "another token", err, namets.NotFound, "")
	_, err = o.ReleaseChanges(ctx, 0, "c", second)
	o.Must(err)
	_, err = o.AckChanges(ctx, 0, "c", second)
	WantCode(t, "a released lease", err, namets.Conflict, "lease")

	o.Must(o.UpdatePatron(ctx, By(), 0, namets.Patron{ID: id, Name: "new"}))
	third, got := o.Next(10)
	if diff := cmp.Diff([]string{"created patrons 1 k"}, got); diff != "" {
		t.Errorf("a new state: %s", diff)
	}
	o.Must(o.DeletePatron(ctx, By(), id))
	o.Step(time.Hour) // late, and not handed out again
	for range 2 {
		remaining, err := o.AckChanges(ctx, 0, "c", third)
		if o.Must(err); remaining != 1 {
			t.Errorf("%d remain", remaining)
		}
	}
	o.WantItems("the deletion", "deleted patrons 1 k")
}

func (su suite) TestConsumer_hearsOfWhatTimeBrings(t *testing.T) {
	o := su.outbox(t)
	o.Consume(namets.StartNow, namets.TopicAnnouncements)
	_, _, err := o.PutConsumer(t.Context(), By(), 0, "p", namets.ConsumerSpec{Topics: []namets.Topic{
		namets.TopicPublished}, Start: namets.StartNow, Before: time.Hour, Lease: time.Minute})
	o.Must(err)
	published := func(want int) {
		t.Helper()
		out, err := o.NextChanges(t.Context(), 0, "p", 10, anyTopic)
		if o.Must(err); len(out.Items) != want {
			t.Fatalf("%d published: %+v", len(out.Items), out.Items)
		}
		if want > 0 {
			_, err := o.AckChanges(t.Context(), 0, "p", out.Lease)
			o.Must(err)
		}
	}
	a := o.AddAnnouncement(namets.Announcement{Slug: "a", IsActive: true, PublishAt: o.At.Add(time.Hour),
		ExpireAt: ptr(o.At.Add(2 * time.Hour))})
	o.WantItems("scheduled", "created announcements 1")
	published(0)
	o.Step(time.Hour)
	o.WantItems("its time", "published announcements 1")
	published(1)
	a.IsActive = false
	o.Save(a)
	a.IsActive = true
	o.Save(a)
	o.WantItems("withdrawn and published again", "updated announcements 1")
	published(0)
	o.Step(time.Hour)
	o.WantItems("expired", "expired announcements 1")
	published(0)
	draft := o.AddAnnouncement(namets.Announcement{Slug: "b", PublishAt: o.At.Add(-time.Hour)})
	published(0)
	draft.IsActive = true
	o.Save(draft)
	published(1)
	late := o.AddAnnouncement(namets.Announcement{Slug: "c", IsActive: true, PublishAt: o.At.Add(time.Hour)})
	o.Step(2 * time.Hour) // nobody asks meanwhile
	late.Title = "changed after its time"
	o.Save(late)
	published(1)
}

func (su suite) TestConsumer_remindsOfEvents(t *testing.T) {
	o := su.outbox(t)
	ctx := t.Context()
	event := func(slug string, in time.Duration) namets.Event {
		e := namets.Event{Title: slug, Slug: slug, Start: o.At.Add(in), End: o.At.Add(in + time.Hour), IsActive: true}
		id, err := o.CreateEvent(ctx, By(), e)
		o.Must(err)
		e.ID = id
		return e
	}
	save := func(e namets.Event) { o.Must(o.UpdateEvent(ctx, By(), 0, e)) }
	event("known", 3*time.Hour)
	o.Consume(namets.StartNow, namets.TopicUpcoming)
	soon, later := event("soon", 2*time.Hour), event("later", 30*time.Hour)
	o.WantItems("added for today", "upcoming events 2")
	soon.Title = "the same time"
	save(soon)
	o.WantItems("another title")
	o.Step(6 * time.Hour)
	o.WantItems("tomorrow has come near", "upcoming events 3")
	later.Start, later.End = later.Start.Add(time.Hour), later.End.Add(time.Hour)
	save(later)
	o.WantItems("moved", "moved events 3")
	later.Start, later.End = later.Start.Add(48*time.Hour), later.End.Add(48*time.Hour)
	save(later)
	o.WantItems("moved far", "moved events 3")
	o.Step(48 * time.Hour)
	o.Step(time.Hour)
	o.WantItems("near again", "upcoming events 3")
	o.Must(o.CancelEvent(ctx, By(), 3, 0, true))
	_, got := o.Next(10)
	if diff := cmp.Diff([]string{"cancelled events 3"}, got); diff != "" {
		t.Error(diff)
	}
	o.Step(time.Hour)
	o.WantItems("not acknowledged", "cancelled events 3?")
	o.Must(o.CancelEvent(ctx, By(), 3, 0, false))
	o.WantItems("revived", "upcoming events 3")
	o.Must(o.CancelEvent(ctx, By(), 3, 0, true))
	o.Must(o.CancelEvent(ctx, By(), 3, 0, false))
	o.WantItems("cancelled and revived while nobody asked", "updated events 3")
	o.Must(o.CancelEvent(ctx, By(), 3, 0, true))
	o.Must(o.CancelEvent(ctx, By(), 3, 0, false))
	later.Location = "the other hall"
	save(later)
	o.WantItems("and moved as well", "moved events 3")
	o.Must(o.DeleteEvent(ctx, By(), 3))
	o.WantItems("deleted", "deleted events 3")
	o.WantItems("the end")
}

func (su suite) TestConsumer_startsAgainAfterDeletionsItHasMissed(t *testing.T) {
	o := su.outbox(t)
	ctx := t.Context()
	o.Consume(namets.StartNow, namets.TopicPatrons, namets.TopicPublished)
	o.AddAnnouncement(namets.Announcement{Slug: "a", IsActive: true, PublishAt: o.At})
	for range 2 {
		_, err := o.CreatePatron(ctx, By(), namets.Patron{Name: "P"})
		o.Must(err)
	}
	o.WantItems("all", "published announcements 1", "created patrons 1", "created patrons 2")
	o.Must(o.DeletePatron(ctx, By(), 1))
	o.Step(namets.ChangesKept + time.Hour)
	n, err := o.PruneChanges(ctx, namets.ChangesKept)
	if o.Must(err); n != 1 {
		t.Fatalf("%d removed", n)
	}
	_, got := o.Next(1)
	if diff := cmp.Diff([]string{"resync patrons 0"}, got); diff != "" {
		t.Error(diff)
	}
	o.Step(time.Hour)
	o.WantItems("again", "resync patrons 0?", "created patrons 2")
	o.WantItems("once")
	if n, err = o.PruneChanges(ctx, namets.ChangesKept); n != 0 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
}

func (su suite) TestConsumer_isRewound(t *testing.T) {
	o := su.outbox(t)
	ctx := t.Context()
	o.Consume(namets.StartBeginning, namets.TopicPatrons)
	for range 3 {
		_, err := o.CreatePatron(ctx, By(), namets.Patron{Name: "P"})
		o.Must(err)
		o.Step(time.Hour)
	}
	lease, _ := o.Next(2)
	for _, test := range []struct {
		to   namets.Rewinding
		want int64
	}{
		{namets.Rewinding{}, 3}, {namets.Rewinding{Seq: 3}, 1}, {namets.Rewinding{Seq: 1}, 3},
		{namets.Rewinding{At: o.At.Add(-2 * time.Hour)}, 2}, {namets.Rewinding{At: o.At}, 0},
	} {
		n, err := o.RewindConsumer(ctx, By(), 0, "c", test.to)
		if n != test.want || err != nil {
			t.Errorf("to %+v: %d remain, want %d: %v", test.to, n, test.want, err)
		}
	}
	_, err := o.AckChanges(ctx, 0, "c", lease)
	WantCode(t, "a lease from before", err, namets.Conflict, "lease")
	_, err = o.RewindConsumer(ctx, By(), 0, "c", namets.Rewinding{Seq: 99})
	WantCode(t, "a number that does not exist", err, namets.Invalid, "to")
}

func (su suite) TestConsumer_changesItsTopics(t *testing.T) {
	o := su.outbox(t)
	o.Consume(namets.StartNow, namets.TopicPatrons)
	_, err := o.CreatePatron(t.Context(), By(), namets.Patron{Name: "P"})
	o.Must(err)
	o.Consume(namets.StartNow, namets.TopicPatrons, namets.TopicCategories)
	lines := o.Audit(1)
	o.Consume(namets.StartNow, namets.TopicPatrons, namets.TopicCategories)
	if diff := cmp.Diff(lines, o.Audit(1)); diff != "" {
		t.Errorf("the same again is recorded: %s", diff)
	}
	o.WantItems("the old topic stays where it was", "created patrons 1")
	list, err := o.Consumers(t.Context())
	if o.Must(err); len(list) != 1 || list[0].AckedAt == nil || list[0].SeenAt == nil || list[0].Lag != 0 {
		t.Errorf("%+v", list)
	}
	o.Consume(namets.StartNow, namets.TopicCategories)
	if list, err = o.Consumers(t.Context()); err != nil || len(list[0].Topics) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	o.Must(o.DeleteConsumer(t.Context(), By(), 0, "c"))
	WantCode(t, "deleted", o.DeleteConsumer(t.Context(), By(), 0, "c"), namets.NotFound, "")
}

func (su suite) TestConsumer_isSeenAfterARestart(t *testing.T) {
	o := su.outbox(t)
	o.Consume(namets.StartNow, namets.TopicPatrons)
	o.Step(time.Hour)
	o.Next(1)
	o.Must(o.RecordHeartbeats(t.Context(), true))
	o.Must(o.DB.Close())
	o.Open()
	list, err := o.ConsumersOf(t.Context(), 0)
	if o.Must(err); len(list) != 1 || list[0].SeenAt == nil || !list[0].SeenAt.Equal(o.At) {
		t.Errorf("%+v, want it seen at %v", list, o.At)
	}
}

// TestConsumer_tellsWhatHasHappenedToAnEvent checks that an event has moved only if its time or
// place has changed, however often it was cancelled and revived.
func (su suite) TestConsumer_tellsWhatHasHappenedToAnEvent(t *testing.T) {
	o := su.outbox(t)
	ctx := t.Context()
	e := namets.Event{Title: "E", Slug: "e", Start: o.At.Add(time.Hour), End: o.At.Add(2 * time.Hour), IsActive: true}
	id, err := o.CreateEvent(ctx, By(), e)
	o.Must(err)
	e.ID = id
	o.Consume(namets.StartNow, namets.TopicEvents)
	cancel := func() { o.Must(o.CancelEvent(ctx, By(), id, 0, true)) }
	revive := func() { o.Must(o.CancelEvent(ctx, By(), id, 0, false)) }
	rename := func() { e.Title += "!"; o.Must(o.UpdateEvent(ctx, By(), 0, e)) }
	move := func() { e.Location += "x"; o.Must(o.UpdateEvent(ctx, By(), 0, e)) }
	for _, step := range []struct {
		what string
		do   []func()
		want string
	}{
		{"cancelled", []func(){cancel}, "cancelled"},
		{"renamed later", []func(){rename}, "updated"},
		{"revived", []func(){revive}, "updated"},
		{"moved later", []func(){move}, "moved"},
		{"cancelled and renamed", []func(){cancel, rename}, "cancelled"},
		{"revived, cancelled and revived", []func(){revive, cancel, revive}, "updated"},
		{"cancelled, revived and renamed", []func(){cancel, revive, rename}, "updated"},
		{"cancelled, moved and revived", []func(){cancel, move, revive}, "moved"},
		{"moved and cancelled", []func(){move, cancel}, "cancelled"},
	} {
		for _, do := range step.do {
			do()
		}
		o.WantItems(step.what, step.want+" events "+strconv.FormatInt(id, 10))
	}
}
