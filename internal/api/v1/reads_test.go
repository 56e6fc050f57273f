package v1_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

// fill stores rows of all kinds, with ids from 1. Odd ones have a key.
func (s *site) fill(tb testing.TB, n int) {
	tb.Helper()
	data := &namets.Dataset{}
	for i := 1; i <= n; i++ {
		at := morning().Add(time.Duration(i-3) * time.Hour)
		var meta namets.Meta
		if i%2 == 1 {
			meta.Key = fmt.Sprint("k", i)
		}
		id := int64(i)
		data.Announcements = append(data.Announcements, namets.Announcement{ID: id, Title: fmt.Sprint("News ", i),
			Slug: fmt.Sprint("news-", i), Content: "C", Category: namets.General, PublishAt: at, IsActive: i%5 != 0,
			Meta: meta})
		data.EventCategories = append(data.EventCategories, namets.EventCategory{ID: id,
			Name: fmt.Sprint("Category ", i),
			Slug: fmt.Sprint("c-", i), Meta: meta})
		data.Events = append(data.Events, namets.Event{ID: id, Title: fmt.Sprint("Event ", i),
			Slug:       fmt.Sprint("e-", i),
			CategoryID: new(int64(1)), Start: at, End: at.Add(time.Hour), IsActive: i%5 != 0, Meta: meta})
		data.Patrons = append(data.Patrons, namets.Patron{ID: id, Name: fmt.Sprint("Patron ", i), IsActive: i%5 != 0,
			Meta: meta})
		data.Subscribers = append(data.Subscribers, namets.Subscriber{ID: id, Email: fmt.Sprintf("p%d@example.org", i),
			IsActive: i%5 != 0, Notify: namets.Preferences{Announcements: true, Events: i%2 == 0},
			Token:        namets.NewUUID(),
			SubscribedAt: at, Meta: meta})
		data.PrayerSchedules = append(data.PrayerSchedules, namets.PrayerSchedule{ID: id,
			Date: namets.DateOf(morning()).AddDays(i - 1), IsActive: i%5 != 0, Meta: meta,
			PrayerTimes: namets.PrayerTimes{FajrAdhan: 5 * 3600e6, FajrIqama: 6 * 3600e6, DhuhrAdhan: 12 * 3600e6,
				DhuhrIqama: 13 * 3600e6, AsrAdhan: 15 * 3600e6, AsrIqama: 16 * 3600e6, MaghribAdhan: 18 * 3600e6,
				MaghribIqama: 18 * 3600e6, IshaAdhan: 20 * 3600e6, IshaIqama: 20 * 3600e6}})
	}
	by := namets.Actor{Kind: namets.Command, Name: "test"}
	report, err := s.db.Import(tb.Context(), by, data, namets.ImportOptions{})
	if err != nil || len(report.Conflicts) > 0 {
		tb.Fatal(err, report.Conflicts)
	}
}

// ids returns the ids of the rows of a list, as text.
func (r *response) ids() string {
	r.tb.Helper()
	var list []string
	for _, row := range r.want(http.StatusOK).list() {
		list = append(list, fmt.Sprint(row["id"]))
	}
	return strings.Join(list, " ")
}

func TestReads_filter(t *testing.T) {
	s := newSite(t)
	s.fill(t, 6)
	for target, want := range map[string]string{
		"/announcements":                                                          "1 2 3 4 5 6",
		"/announcements?limit=2&after=3":                                          "4 5",
		"/announcements?after=6":                                                  "",
		"/announcements?status=draft":                                             "5",
		"/announcements?status=published":                                         "1 2 3",
		"/announcements?status=scheduled":                                         "4 6",
		"/announcements?status=expired":                                           "",
		"/announcements?q=NEWS%204":                                               "4",
		"/announcements?q=%25":                                                    "",
		"/announcements?category=ramadan":                                         "",
		"/announcements?updated_since=2026-03-01T09:30:00Z":                       "1 2 3 4 5 6",
		"/announcements?updated_since=2026-03-01T10:30:00.1%2B01:00":              "",
		"/events?status=published":                                                "3 4 6",
		"/events?status=expired":                                                  "1 2",
		"/events?status=cancelled":                                                "",
		"/events?from=2026-03-01T11:30:00%2B01:00&to=2026-03-01T12:30:00%2B01:00": "4 5",
		"/events?from=2026-03-01&to=2026-03-01":                                   "1 2 3 4 5 6",
		"/events?from=2026-03-02":                                                 "",
		"/events?category_id=1&limit=1":                                           "1",
		"/events?category_id=2":                                                   "",
		"/categories?q=y%203":                                                     "3",
		"/patrons":                                                                "1 2 3 4 6",
		"/patrons?active=all&q=patron%205":                                        "5",
		"/subscribers":                                                            "1 2 3 4 6",
		"/subscribers?active=all":                                                 "1 2 3 4 5 6",
		"/subscribers?wants=announcements,events":                                 "2 4 6",
		"/subscribers?wants=prayer":                                               "",
		"/subscribers?q=P4@exa":                                                   "4",
		"/prayer-days?after=2026-03-04&limit=1":                                   "5",
		"/prayer-days?from=2026-03-02&to=2026-03-03":                              "2 3",
		"/prayer-days?status=draft":                                               "5",
	} {
		if got := s.get(t, "/api/v1"+target).ids(); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
}

func TestReads_refuseFilters(t *testing.T) {
	s := newSite(t)
	for target, place := range map[string]string{
		"/announcements?status=cancelled":          "status",
		"/announcements?status=Draft":              "status",
		"/announcements?updated_since=yesterday":   "updated_since",
		"/announcements?group=1":                   "group",
		"/events?from=2026-02-30":                  "from",
		"/events?to=2026-03-01T12:00:00":           "to",
		"/events?category_id=0":                    "category_id",
		"/patrons?active=0":                        "active",
		"/subscribers?wants=announcements,,events": "wants",
		"/subscribers?wants=all":                   "wants",
		"/subscribers?links=true":                  "links",
		"/subscribers?after=-1":                    "after",
		"/subscribers?q=%00":                       "q",
		"/prayer-days?after=3":                     "after",
		"/prayer-days?from=tomorrow":               "from",
	} {
		s.get(t, "/api/v1"+target).wantProblem(http.StatusUnprocessableEntity, "invalid", place)
	}
}

func TestReads_findOneRow(t *testing.T) {
	s := newSite(t)
	s.fill(t, 5)
	for _, path := range []string{"/announcements", "/events", "/categories", "/patrons", "/subscribers"} {
		byID := s.get(t, "/api/v1"+path+"/3").want(http.StatusOK)
		byKey := s.get(t, "/api/v1"+path+"/by-key/k3").want(http.StatusOK)
		if string(byID.body) != string(byKey.body) || byID.object()["key"] != "k3" {
			t.Errorf("%s: by id %s, by key %s", path, byID.body, byKey.body)
		}
		listed := s.get(t, "/api/v1"+path+"?after=2&limit=1").want(http.StatusOK)
		if string(listed.body) != "["+string(byID.body)+"]" {
			t.Errorf("%s: listed %s, alone %s", path, listed.body, byID.body)
		}
		etag := byID.Header.Get("ETag")
		if s.get(t, "/api/v1"+path+"/3", "If-None-Match", etag).StatusCode != http.StatusNotModified {
			t.Errorf("%s: no 304 for %s", path, etag)
		}
		for _, missing := range []string{"/9", "/0", "/x", "/3x", "/99999999999999999999", "/by-key/k9", "/by-key/k@3",
			"/by-key/" + strings.Repeat("k", 129)} {
			s.get(t, "/api/v1"+path+missing).wantProblem(http.StatusNotFound, "not_found")
		}
	}
	if etag := s.get(t, "/api/v1/announcements/4").Header.Get("ETag"); etag != `"1.scheduled"` {
		t.Errorf("ETag of content: %s", etag)
	}
	s.wait(24 * time.Hour)
	if etag := s.get(t, "/api/v1/announcements/4").Header.Get("ETag"); etag != `"1.published"` {
		t.Errorf("ETag after its time: %s", etag)
	}
}

func TestReads_findSubscribersByEmail(t *testing.T) {
	s := newSite(t)
	s.fill(t, 3)
	for _, email := range []string{"p2@example.org", "P2@EXAMPLE.ORG"} {
		for _, written := range []string{email, url.PathEscape(email), strings.ReplaceAll(email, "@", "%40")} {
			if id := s.get(t, "/api/v1/subscribers/by-email/"+written).want(http.StatusOK).object()["id"]; id != 2.0 {
				t.Errorf("%s: id %v", written, id)
			}
		}
	}
	s.get(t, "/api/v1/subscribers/by-email/none@example.org").wantProblem(http.StatusNotFound, "not_found")
	s.get(t, "/api/v1/subscribers/by-email/%00").wantProblem(http.StatusNotFound, "not_found")
	row := s.get(t, "/api/v1/subscribers/by-email/p2@example.org?links=1").object()
	if link, _ := row["manage_url"].(string); !strings.HasPrefix(link, publicURL+namets.PreferencesPath) {
		t.Errorf("link %q", link)
	}
	if _, has := s.get(t, "/api/v1/subscribers/2").object()["manage_url"]; has {
		t.Error("a personal link that nobody asked for")
	}
}

func TestReads_needTheirScope(t *testing.T) {
	s := newSite(t)
	s.fill(t, 1)
	for path, scope := range map[string]string{"/announcements": "content:read", "/events": "content:read",
		"/categories": "content:read", "/prayer-days": "content:read", "/subscribers": "people:read",
		"/patrons": "people:read", "/subscribers/by-email/p1@example.org": "people:read"} {
		for _, has := range []string{"content:read", "people:read", "changes send hooks"} {
			want := http.StatusForbidden
			if has == scope {
				want = http.StatusOK
			}
			s.get(t, "/api/v1"+path, "X-N8N-Token", has).want(want)
		}
	}
}

func TestPrayerDays_knowTodayAndTomorrow(t *testing.T) {
	s := newSite(t)
	s.fill(t, 5)
	for word, date := range map[string]string{"today": "2026-03-01", "tomorrow": "2026-03-02",
		"2026-03-05": "2026-03-05", "by-key/k5": "2026-03-05"} {
		row := s.get(t, "/api/v1/prayer-days/"+word).want(http.StatusOK).object()
		if row["date"] != date || row["fajr_adhan"] != "05:00:00" || row["timezone"] != "Africa/Lagos" {
			t.Errorf("%s: %v", word, row)
		}
	}
	s.wait(14 * time.Hour) // past midnight in the site's zone
	if date := s.get(t, "/api/v1/prayer-days/today").object()["date"]; date != "2026-03-02" {
		t.Errorf("after midnight: %v", date)
	}
	s.wait(3 * 24 * time.Hour) // a draft
	s.get(t, "/api/v1/prayer-days/today").wantProblem(http.StatusNotFound, "not_found")
	for _, missing := range []string{"2026-02-30", "2026-3-1", "yesterday", "5", "2027-01-01"} {
		s.get(t, "/api/v1/prayer-days/"+missing).wantProblem(http.StatusNotFound, "not_found")
	}
}

func TestReads_walkAllPages(t *testing.T) {
	s := newSite(t)
	s.fill(t, 7)
	for _, path := range []string{"/announcements", "/events?status=published", "/subscribers?links=1",
		"/prayer-days"} {
		target, seen := "/api/v1"+path, []string{}
		if !strings.Contains(target, "?") {
			target += "?limit=3"
		} else {
			target += "&limit=3"
		}
		for range 9 {
			res := s.get(t, target).want(http.StatusOK)
			rows := res.list()
			if len(rows) == 0 {
				break
			}
			for _, row := range rows {
				seen = append(seen, fmt.Sprint(row["id"]))
			}
			link, _, _ := strings.Cut(strings.TrimPrefix(res.Header.Get("Link"), "<"+origin), ">")
			target = link
		}
		if !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != len(seen) || len(seen) < 4 {
			t.Errorf("%s: %v", path, seen)
		}
	}
}
