package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/transfer"
)

const testdata = "../api/testdata/"

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(testdata + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// storeFunc answers an import as the test wants it.
type storeFunc func(data *namets.Dataset, opts namets.ImportOptions) (namets.ImportReport, error)

func (f storeFunc) Import(_ context.Context, _ namets.Actor, data *namets.Dataset,
	opts namets.ImportOptions) (namets.ImportReport, error) {
	return f(data, opts)
}

func importText(t *testing.T, text string, o transfer.Options, st storeFunc) (transfer.Summary, error) {
	t.Helper()
	by := namets.Actor{Kind: namets.Command, Name: "import"}
	return transfer.Import(t.Context(), st, by, strings.NewReader(text), o)
}

func TestImport_storesTheRowsAndSumsUp(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	kinds := []namets.KindCount{{Kind: namets.KindSubscribers, Added: 14}}
	var stored *namets.Dataset
	st := storeFunc(func(data *namets.Dataset, opts namets.ImportOptions) (namets.ImportReport, error) {
		if want := (namets.ImportOptions{Replace: true, AnnounceFuture: true}); opts != want {
			t.Errorf("options are %+v, want %+v", opts, want)
		}
		stored = data
		return namets.ImportReport{Kinds: kinds, Queued: 2}, nil
	})
	text := string(readFile(t, "dumpdata.json"))
	got, err := importText(t, text, transfer.Options{Replace: true, AnnounceFuture: true, Now: now}, st)
	if err != nil {
		t.Fatal(err)
	}
	want := transfer.Summary{
		Format: transfer.Django,
		Kinds:  kinds,

		Queued: 2,
		Foreign: []transfer.ModelCount{
			{Model: "auth.user", Count: 1},
			{Model: "communications.donationcampaign", Count: 1},
			{Model: "core.sitesettings", Count: 1},
		},
	}
	for _, a := range stored.Announcements {
		if a.SendEmail && a.PublishAt.After(now) {
			want.FutureAnnouncements++
		}
	}
	for _, e := range stored.Events {
		if e.SendEmail && e.Start.After(now) {
			want.FutureEvents++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if len(stored.Subscribers) != 14 || len(stored.PrayerSchedules) != 4 {
		t.Errorf("storage was given %d subscribers and %d schedules", len(stored.Subscribers),
			len(stored.PrayerSchedules))
	}
}

func TestImport_countsFutureItemsThatCarrySendEmail(t *testing.T) {
	text := strings.ReplaceAll(sound, `"send_email": false`, `"send_email": true`)
	st := storeFunc(func(*namets.Dataset, namets.ImportOptions) (namets.ImportReport, error) {
		return namets.ImportReport{}, nil
	})
	for _, tt := range []struct {
		name                  string
		now                   time.Time
		announcements, events int
	}{
		{"before both", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), 1, 1},
		{"at the announcement", time.Date(2026, 3, 1, 7, 30, 0, 0, time.UTC), 0, 1},
		{"after both", time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC), 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := importText(t, text, transfer.Options{Now: tt.now}, st)
			if err != nil {
				t.Fatal(err)
			}
			if s.FutureAnnouncements != tt.announcements || s.FutureEvents != tt.events {
				t.Errorf("future items: %d announcements, %d events", s.FutureAnnouncements, s.FutureEvents)
			}
		})
	}
}

func TestImport_givesConflictsTheirPosition(t *testing.T) {
	st := storeFunc(func(*namets.Dataset, namets.ImportOptions) (namets.ImportReport, error) {
		return namets.ImportReport{Conflicts: []namets.RowConflict{
			{Kind: namets.KindEvents, Index: 0, Field: "category_id", Message: "names a category that does not exist"},
			{Kind: namets.KindSubscribers, Index: 1, Field: "email", Message: "belongs to row 70 already"},
			{Kind: namets.KindPatrons, Index: 0, Field: "name", Message: "differs"},
		}}, nil
	})
	_, err := importText(t, sound, transfer.Options{}, st)
	wantLines(t, err,
		`line 5, column 22: subscribers row 2 (id 8), email: belongs to row 70 already`,
		`line 15, column 101: events row 1 (id 4), category_id: names a category that does not exist`,
		`line 19, column 3: patrons row 1 (id 5), name: differs`,
	)
}

func TestImport_callsFieldsAsADumpDoes(t *testing.T) {
	st := storeFunc(func(data *namets.Dataset, _ namets.ImportOptions) (namets.ImportReport, error) {
		return namets.ImportReport{Conflicts: []namets.RowConflict{
			{Kind: namets.KindEventCategories, Index: 0, Field: "id", Message: "holds another content"},
		}}, nil
	})
	text := `[{"model": "auth.user", "pk": 1, "fields": {}},
  {"model": "events.eventcategory", "fields": {"name": "", "slug": "x", "description": ""}, "pk": 9}]`
	_, err := importText(t, text, transfer.Options{}, st)
	wantLines(t, err, `line 2, column 99: events.eventcategory row 2 (id 9), pk: holds another content`)
}

func TestImport_asksForConflictsOfTheSoundRowsOfABadFile(t *testing.T) {
	text := strings.Replace(sound, `"id": 7,`, `"id": "7",`, 1)
	text = strings.Replace(text, `"name": "Lecture"`, `"name": null`, 1)
	st := storeFunc(func(data *namets.Dataset, opts namets.ImportOptions) (namets.ImportReport, error) {
		if !opts.DryRun || !opts.Replace {
			t.Errorf("options are %+v", opts)
		}
		if len(data.Subscribers) != 1 || data.Subscribers[0].ID != 8 || len(data.EventCategories) != 0 {
			t.Errorf("storage was given %+v", data)
		}
		return namets.ImportReport{Conflicts: []namets.RowConflict{
			{Kind: namets.KindSubscribers, Index: 0, Field: "token", Message: "is taken"},
			{Kind: namets.KindEvents, Index: 0, Field: "category_id", Message: "names a category that does not exist"},
		}}, nil
	})
	_, err := importText(t, text, transfer.Options{Replace: true}, st)
	wantLines(t, err,
		`line 3, column 10: subscribers row 1, id: is a text; it has to be a whole number from 1 to 9007199254740991`,
		`line 6, column 67: subscribers row 2 (id 8), token: is taken`,
		`line 12, column 21: event_categories row 1 (id 3), name: is null; it has to be a text in double quotes`,
	)
}

func TestImport_doesNotAskStorageAboutHalfAFile(t *testing.T) {
	st := storeFunc(func(*namets.Dataset, namets.ImportOptions) (namets.ImportReport, error) {
		t.Error("storage was asked")
		return namets.ImportReport{}, nil
	})
	_, err := importText(t, sound[:len(sound)/2], transfer.Options{}, st)
	if _, ok := errors.AsType[*transfer.Complaints](err); !ok {
		t.Errorf("error is %v", err)
	}
}

func TestImport_tellsStorageErrorsFromComplaints(t *testing.T) {
	full := errors.New("disk full")
	st := storeFunc(func(*namets.Dataset, namets.ImportOptions) (namets.ImportReport, error) {
		return namets.ImportReport{}, full
	})
	_, err := importText(t, sound, transfer.Options{}, st)
	if _, ok := errors.AsType[*transfer.Complaints](err); ok || !errors.Is(err, full) {
		t.Errorf("sound file: error is %v", err)
	}
	_, err = importText(t, strings.Replace(sound, `"id": 7`, `"id": 0`, 1), transfer.Options{}, st)
	if _, ok := errors.AsType[*transfer.Complaints](err); !ok || !errors.Is(err, full) {
		t.Errorf("bad file: error is %v", err)
	}
}

func TestDecode_passesOnErrorsOfTheReader(t *testing.T) {
	gone := errors.New("disk gone")
	for _, n := range []int{0, 1, 100, len(sound)} {
		r := io.MultiReader(strings.NewReader(sound[:n]), iotest.ErrReader(gone))
		f, err := transfer.Decode(r)
		if _, ok := errors.AsType[*transfer.Complaints](err); ok || !errors.Is(err, gone) || f != nil {
			t.Errorf("after %d bytes: %v, %v", n, f, err)
		}
	}
}

func TestDecode_readsByteByByte(t *testing.T) {
	text := readFile(t, "fixture.json")
	f, err := transfer.Decode(iotest.OneByteReader(bytes.NewReader(text)))
	if err != nil || len(f.Data.Announcements) != 27 {
		t.Errorf("%v", err)
	}
}

// wantLines compares a complaint's lines.
func wantLines(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no complaint")
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("complaints (-want +got):\n%s", diff)
	}
}
