package storetest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// IgnoreTimes leaves the times at which rows were written out of a comparison.
func IgnoreTimes() cmp.Option {
	return cmp.FilterPath(func(p cmp.Path) bool {
		if len(p) < 2 {
			return false
		}
		field, ok := p.Last().(cmp.StructField)
		return ok && p.Index(-2).Type() == reflect.TypeFor[namets.Meta]() && field.Name() != "Key"
	}, cmp.Ignore())
}

// metas returns the Meta of all rows, by kind and id.
func (o *Outbox) metas() map[namets.Kind]map[int64]namets.Meta {
	o.T.Helper()
	all := map[namets.Kind]map[int64]namets.Meta{}
	for _, kind := range namets.ContentKinds() {
		all[kind] = map[int64]namets.Meta{}
	}
	d := MustExport(o.T, o.DB)
	for _, r := range d.Subscribers {
		all[namets.KindSubscribers][r.ID] = r.Meta
	}
	for _, r := range d.Announcements {
		all[namets.KindAnnouncements][r.ID] = r.Meta
	}
	for _, r := range d.EventCategories {
		all[namets.KindEventCategories][r.ID] = r.Meta
	}
	for _, r := range d.Events {
		all[namets.KindEvents][r.ID] = r.Meta
	}
	for _, r := range d.Patrons {
		all[namets.KindPatrons][r.ID] = r.Meta
	}
	for _, r := range d.PrayerSchedules {
		all[namets.KindPrayerSchedules][r.ID] = r.Meta
	}
	return all
}

// write is one way in which rows change.
type write struct {
	name    string
	run     func(context.Context) error
	kind    namets.Kind
	changed []int64 // ids of the kind
}

// writes are the ways in which rows of [Fixture] change, one after the other.
func (o *Outbox) writes() []write {
	d, yes, no := Fixture(), true, false
	a, e, c, p, s := d.Announcements[0], d.Events[0], d.EventCategories[0], d.Patrons[0], d.PrayerSchedules[0]
	a.Title, e.Title, c.Name, p.Name, s.FajrAdhan = "new", "new", "new", "new", 0
	second := p
	second.ID, second.HierarchyOrder = 2, 7
	file := Fixture()
	file.Subscribers[0].Phone, file.Subscribers[0].Key = "1", "of-the-file"
	return []write{
		{"announcement", func(ctx context.Context) error { return o.UpdateAnnouncement(ctx, By(), 0, a) },
			namets.KindAnnouncements, []int64{1}},
		{"event", func(ctx context.Context) error { return o.UpdateEvent(ctx, By(), 0, e) },
			namets.KindEvents, []int64{1}},
		{"category", func(ctx context.Context) error { return o.UpdateEventCategory(ctx, By(), 0, c) },
			namets.KindEventCategories, []int64{1}},
		{"patron", func(ctx context.Context) error { return o.UpdatePatron(ctx, By(), 0, p) },
			namets.KindPatrons, []int64{1}},
		{"new patron", func(ctx context.Context) error { _, err := o.CreatePatron(ctx, By(), second); return err },
			namets.KindPatrons, []int64{2}},
		{"order of patrons", func(ctx context.Context) error { return o.MovePatron(ctx, By(), 2, 0) },
			namets.KindPatrons, []int64{1, 2}},
		{"prayer schedules", func(ctx context.Context) error {
			return o.SavePrayerSchedules(ctx, By(), []namets.PrayerSchedule{s}, nil)
		}, namets.KindPrayerSchedules, []int64{1}},
		{"subscriber", func(ctx context.Context) error {
			return o.UpdateSubscriber(ctx, By(), 5, 0, namets.SubscriberPatch{IsActive: &yes})
		}, namets.KindSubscribers, []int64{5}},
		{"bulk action", func(ctx context.Context) error {
			_, err := o.ChangeSubscribers(ctx, By(), []int64{3, 5}, namets.BulkDeactivate)
			return err
		}, namets.KindSubscribers, []int64{3, 5}},
		{"personal link", func(ctx context.Context) error {
			return o.ChangePreferences(ctx, Visitor(), d.Subscribers[0].Token, namets.Preferences{Events: true})
		}, namets.KindSubscribers, []int64{3}},
		{"table of subscribers", func(ctx context.Context) error {
			email := d.Subscribers[1].Email
			_, err := o.ImportSubscribers(ctx, By(), []namets.SubscriberRow{
				{Patch: namets.SubscriberPatch{Email: &email, Announcements: &yes}}}, false)
			return err
		}, namets.KindSubscribers, []int64{5}},
		{"new row of a table", func(ctx context.Context) error {
			email := "table@example.org"
			_, err := o.ImportSubscribers(ctx, By(), []namets.SubscriberRow{
				{Patch: namets.SubscriberPatch{Email: &email, Announcements: &no}}}, false)
			return err
		}, namets.KindSubscribers, []int64{6}},
		{"file", func(ctx context.Context) error {
			file := &namets.Dataset{Subscribers: file.Subscribers[:1]}
			_, err := o.Import(ctx, By(), file, namets.ImportOptions{Replace: true})
			return err
		}, namets.KindSubscribers, []int64{3}},
		{"deleted category", func(ctx context.Context) error { return o.DeleteEventCategory(ctx, By(), 1) },
			namets.KindEvents, []int64{1}},
	}
}

func (su suite) TestMeta_everyWriteSetsTheTimesOfItsRows(t *testing.T) {
	o := su.outbox(t)
	MustImport(t, o.DB, Fixture(), namets.ImportOptions{})
	o.Deliver()
	first := o.At
	for kind, rows := range o.metas() {
		for id, m := range rows {
			if m.Created != first || m.Updated != first {
				t.Errorf("%s %d was imported at %v: %+v", kind, id, first, m)
			}
		}
	}
	for _, w := range o.writes() {
		before := o.metas()[w.kind]
		o.Step(time.Hour)
		if err := w.run(t.Context()); err != nil {
			t.Fatal(w.name, err)
		}
		want := before
		for _, id := range w.changed {
			m := before[id]
			if m.Updated = o.At; m.Created.IsZero() {
				m.Created = o.At
			}
			if w.name == "file" {
				m.Key = "of-the-file"
			}
			want[id] = m
		}
		if diff := cmp.Diff(want, o.metas()[w.kind]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", w.name, diff)
		}
	}
}

func (su suite) TestMeta_aWriteThatChangesNothingKeepsTheTimes(t *testing.T) {
	o := su.outbox(t)
	MustImport(t, o.DB, Fixture(), namets.ImportOptions{})
	before := o.metas()
	o.Step(time.Hour)
	d := Fixture()
	o.Must(o.UpdateEvent(t.Context(), By(), 0, d.Events[0]))
	o.Must(o.UpdatePatron(t.Context(), By(), 0, d.Patrons[0]))
	MustImport(t, o.DB, d, namets.ImportOptions{Replace: true})
	o.Deliver() // records when an announcement was announced
	if diff := cmp.Diff(before, o.metas()); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func (su suite) TestMeta_aKeyIsUniqueAndStays(t *testing.T) {
	o := su.outbox(t)
	p := namets.Patron{Name: "P", Meta: namets.Meta{Key: "crm:1"}}
	id, err := o.CreatePatron(t.Context(), By(), p)
	o.Must(err)
	_, err = o.CreatePatron(t.Context(), By(), p)
	WantCode(t, "the same key", err, namets.Conflict, "key")
	second, err := o.CreatePatron(t.Context(), By(), namets.Patron{Name: "Q"})
	o.Must(err)
	err = o.UpdatePatron(t.Context(), By(), 0, namets.Patron{ID: second, Name: "Q", Meta: p.Meta})
	WantCode(t, "the key of another row", err, namets.Conflict, "key")

	o.Must(o.UpdatePatron(t.Context(), By(), 0, namets.Patron{ID: id, Name: "as a form stores it"}))
	MustImport(t, o.DB, &namets.Dataset{Patrons: []namets.Patron{{ID: id, Name: "as a file has it"}}},
		namets.ImportOptions{Replace: true})
	stored, _, err := o.Patron(t.Context(), id)
	if o.Must(err); stored.Key != "crm:1" || stored.Name != "as a file has it" {
		t.Errorf("%+v", stored)
	}
	report, err := o.Import(t.Context(), By(), &namets.Dataset{Patrons: []namets.Patron{
		{ID: 9, Name: "R", Meta: p.Meta}}}, namets.ImportOptions{})
	if o.Must(err); len(report.Conflicts) != 1 || report.Conflicts[0].Field != "key" {
		t.Errorf("a file brings a key that is taken: %+v", report.Conflicts)
	}
}
