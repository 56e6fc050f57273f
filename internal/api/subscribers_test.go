package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"namets/internal/api"
	"namets/internal/namets"
)

type shortRow struct {
	ID            int64   `json:"id"`
	Email         string  `json:"email"`
	Announcements bool    `json:"notify_announcements"`
	Events        bool    `json:"notify_events"`
	Prayer        bool    `json:"notify_prayer_changes"`
	Link          *string `json:"unsubscribe_url,omitempty"`
}

type longRow struct {
	ID            int64   `json:"id"`
	Email         string  `json:"email"`
	Phone         *string `json:"phone"`
	Announcements bool    `json:"notify_announcements"`
	Events        bool    `json:"notify_events"`
	Prayer        bool    `json:"notify_prayer_changes"`
	IsActive      bool    `json:"is_active"`
	Link          *string `json:"unsubscribe_url,omitempty"`
}

// expected makes both lists the slow way.
func expected(tb testing.TB, all []namets.Subscriber, want func(namets.Preferences) bool,
	links bool) (short, long string) {
	tb.Helper()
	shorts, longs := []shortRow{}, []longRow{}
	for _, s := range all {
		if !s.IsActive || !want(s.Notify) {
			continue
		}
		var link, phone *string
		if links {
			link = new(linkPrefix + s.Token.String() + "/")
		}
		if s.Phone != "" {
			phone = &s.Phone
		}
		shorts = append(shorts, shortRow{s.ID, s.Email, s.Notify.Announcements, s.Notify.Events,
			s.Notify.PrayerChanges, link})
		longs = append(longs, longRow{s.ID, s.Email, phone, s.Notify.Announcements, s.Notify.Events,
			s.Notify.PrayerChanges, true, link})
	}
	return encodeJSON(tb, shorts), encodeJSON(tb, longs)
}

func encodeJSON(tb testing.TB, v any) string {
	tb.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// someSubscribers returns n subscribers of all kinds.
func someSubscribers(n int) []namets.Subscriber {
	all := make([]namets.Subscriber, n)
	for i := range all {
		all[i] = namets.Subscriber{
			ID:           int64(i*3 + 1),
			Email:        fmt.Sprintf("member-%d@example.org", i),
			IsActive:     i%11 != 5,
			Notify:       namets.Preferences{Announcements: i%2 == 0, Events: i%3 == 0, PrayerChanges: i%5 < 2},
			Token:        namets.NewUUID(),
			SubscribedAt: goldenNow(),
		}
		switch i % 13 {
		case 4:
			all[i].Phone = fmt.Sprintf("+234 \"80%d\"", i)
		case 7:
			all[i].Phone = "\u2028"
		case 9:
			all[i].Email = fmt.Sprintf("<\"q%d&\\\x01\u2028é\">@example.org", i)
		}
	}
	return all
}

func TestSubscribers_equalTheSlowWayInEveryForm(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7000} { // the last fills several chunks
		all := someSubscribers(n)
		s := newSite(t, goldenNow)
		s.store(t, &namets.Dataset{Subscribers: all})
		for form := range 16 {
			query := "?x=1"
			for bit, parameter := range []string{"announcements=1", "events=0", "prayer=false", "links=1"} {
				if form>>bit&1 != 0 {
					query += "&" + parameter
				}
			}
			short, long := expected(t, all, func(p namets.Preferences) bool {
				return (form&1 == 0 || p.Announcements) && (form&2 == 0 || p.Events) && (form&4 == 0 || p.PrayerChanges)
			}, form&8 != 0)
			if n == 7000 && form == 0 && len(short) < 2*api.ChunkSize {
				t.Fatalf("%d bytes fill too few chunks", len(short))
			}
			for path, want := range map[string]string{"/api/subscribers/": short,
				"/api/communications/subscribers/": long} {
				got := s.get(path + query)
				if got.Body.String() != want {
					t.Errorf("%d rows, %s%s: %d bytes, want %d: %s", n, path, query, got.Body.Len(), len(want),
						firstDifference(got.Body.String(), want))
				}
				if declared := got.Header().Get("Content-Length"); declared != strconv.Itoa(len(want)) {
					t.Errorf("%d rows, %s%s: Content-Length %s, want %d", n, path, query, declared, len(want))
				}
			}
		}
	}
}

// A snapshot is made of that of before, and must show what one that was made from nothing does.
func TestSubscribers_aNewSnapshotSharesWhatHasNotChanged(t *testing.T) {
	all := someSubscribers(20_000) // some 2.3 MB
	s := newSite(t, goldenNow)
	s.store(t, &namets.Dataset{Subscribers: all})
	s.get("/api/subscribers/")
	everyone := func(namets.Preferences) bool { return true }
	at := func(i int, change func(*namets.Subscriber)) func() []namets.Subscriber {
		return func() []namets.Subscriber { change(&all[i]); return all[i : i+1] }
	}
	for i, change := range []struct {
		name string
		of   func() []namets.Subscriber // changes rows of all, and returns them
	}{
		{"nothing", func() []namets.Subscriber { return nil }},
		{"a longer address", at(7000, func(s *namets.Subscriber) { s.Email = "much." + s.Email })},
		{"the first is hidden", at(0, func(s *namets.Subscriber) { s.IsActive = false })},
		{"a preference", at(19_999, func(s *namets.Subscriber) { s.Notify.Events = !s.Notify.Events })},
		{"a phone", at(12_000, func(s *namets.Subscriber) { s.Phone = "1" })},
		{"another phone", at(12_000, func(s *namets.Subscriber) { s.Phone = "2" })},
		{"a personal link", at(9000, func(s *namets.Subscriber) { s.Token = namets.NewUUID() })},
		{"one more", func() []namets.Subscriber {
			all = append(all, namets.Subscriber{ID: 1 << 40, Email: "new@example.org", IsActive: true,
				SubscribedAt: goldenNow(), Token: namets.NewUUID()})
			return all[len(all)-1:]
		}},
		{"a run is hidden", func() []namets.Subscriber {
			for i := range 3000 {
				all[10_000+i].IsActive = false
			}
			return all[10_000:13_000]
		}},
	} {
		// Somebody whom no list shows is new, so that there is a new snapshot in any case.
		hidden := namets.Subscriber{ID: int64(2 + 3*i), Email: fmt.Sprintf("at%d@example.org", i),
			SubscribedAt: goldenNow(), Token: namets.NewUUID()}
		s.store(t, &namets.Dataset{Subscribers: append([]namets.Subscriber{hidden}, change.of()...)})
		shared, chunks, err := s.api.SharedChunks(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if shared < chunks-4 || shared == chunks && change.name != "nothing" {
			t.Errorf("%s: %d of %d chunks are those of before", change.name, shared, chunks)
		}
		short, _ := expected(t, all, everyone, false)
		_, long := expected(t, all, everyone, true)
		for target, want := range map[string]string{"/api/subscribers/": short,
			"/api/communications/subscribers/?links=1": long} {
			if got := s.get(target).Body.String(); got != want {
				t.Errorf("%s: %s: %s", change.name, target, firstDifference(got, want))
			}
		}
	}
}

func firstDifference(got, want string) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	return fmt.Sprintf("at %d got …%.80q, want …%.80q", i, got[max(0, i-20):], want[max(0, i-20):])
}

func TestSubscribers_haveLinksOnlyForOne(t *testing.T) {
	s := newGoldenSite(t)
	plain := s.get("/api/subscribers/").Body.String()
	for _, query := range []string{"?links=", "?links=0", "?links=true", "?Links=1", "?links=1&links="} {
		if got := s.get("/api/subscribers/" + query).Body.String(); got != plain {
			t.Errorf("%s: %.200s", query, got)
		}
	}
	want := `"notify_prayer_changes":true,"unsubscribe_url":"` + linkPrefix + `306cc298-4f1b-553e-a783-92b1ea6d9955/"},`
	if got := s.get("/api/subscribers/?links=1").Body.String(); !strings.Contains(got, want) {
		t.Errorf("%.300s", got)
	}
}

// A client that goes away must not keep the rows coming.
func TestSubscribers_stopWhenTheClientIsGone(t *testing.T) {
	s := newSite(t, goldenNow)
	s.store(t, &namets.Dataset{Subscribers: someSubscribers(7000)})
	r, err := http.NewRequestWithContext(t.Context(), "GET", "/api/subscribers/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-N8N-Token", goodToken)
	for _, query := range []string{"", "events=1"} {
		r.URL.RawQuery = query
		w := &goneWriter{header: http.Header{}}
		s.ServeHTTP(w, r)
		if w.writes != 1 {
			t.Errorf("?%s: %d writes", query, w.writes)
		}
	}
}

type goneWriter struct {
	header http.Header
	writes int
}

func (w *goneWriter) Header() http.Header { return w.header }
func (w *goneWriter) WriteHeader(int)     {}
func (w *goneWriter) Write([]byte) (int, error) {
	w.writes++
	return 0, http.ErrHandlerTimeout
}
