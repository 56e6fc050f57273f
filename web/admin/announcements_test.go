package admin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

var theService = namets.Actor{Kind: namets.System}

// announcementForm is a valid form, with the values in changes.
func announcementForm(changes ...string) []string {
	form := []string{"title", "Friday prayer", "content", "At one.", "category", "general",
		"publish_at", "2026-02-27T14:00", "is_active", "on"}
	for i := 0; i+1 < len(changes); i += 2 {
		form = changed(form, changes[i], changes[i+1])
	}
	return form
}

func changed(form []string, name, value string) []string {
	for i := 0; i+1 < len(form); i += 2 {
		if form[i] == name {
			form[i+1] = value
			return form
		}
	}
	return append(form, name, value)
}

func (w *world) announcement(a namets.Announcement) int64 {
	w.Helper()
	if a.Category == "" {
		a.Category = namets.General
	}
	id, err := w.db.CreateAnnouncement(w.Context(), theService, a)
	w.must(err)
	return id
}

func TestAnnouncement_isPublishedAndShowsItsHistory(t *testing.T) {
	w := newWorld(t)
	_, err := w.db.CreateSubscriber(t.Context(), theService, namets.Subscriber{Email: "amina@example.org",
		IsActive: true,
		Notify:   namets.Preferences{Announcements: true}})
	w.must(err)
	form := w.page(w.get(namets.Editor, "/admin/announcements/new"), http.StatusOK)
	if got := form.One("form.form").Text(); !strings.Contains(got, "This reaches 1 person") ||
		!strings.Contains(got, "WAT (UTC+01:00)") {
		t.Errorf("the form shows %q", got)
	}
	rec := w.post(namets.Editor, "/admin/announcements", announcementForm("send_email", "on")...)
	doc := w.follow(namets.Editor, rec, "/admin/announcements/1")
	steps := doc.All("ol.timeline li")
	var texts []string
	for _, s := range steps {
		texts = append(texts, s.Text())
	}
	got := strings.Join(texts, "|")
	for _, want := range []string{"Published", "Added by editor", "Queued for 1 person", "Waits to be sent"} {
		if !strings.Contains(got, want) {
			t.Errorf("the timeline lacks %q: %s", want, got)
		}
	}
	claims, err := w.db.ClaimDeliveries(t.Context(), 9, time.Minute)
	w.must(err)
	claim := claims[len(claims)-1] // after the subscriber's
	err = w.db.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: claim.ID, State: namets.Delivered, Recipients: 1,
			Attempt: &namets.Attempt{At: w.now, Status: 200}}})
	w.must(err)
	doc = w.page(w.get(namets.Viewer, "/admin/announcements/1"), http.StatusOK)
	if got := doc.One("ol.timeline").Text(); !strings.Contains(got, "n8n has received it and answered 200") {
		t.Errorf("the timeline says %q", got)
	}
}

func TestAnnouncements_showTheStateByTheServersClock(t *testing.T) {
	w := newWorld(t)
	over := w.now.Add(-time.Minute)
	w.announcement(namets.Announcement{Title: "one", Content: "x", PublishAt: w.now, IsActive: true})
	w.announcement(namets.Announcement{Title: "two", Content: "x", PublishAt: w.now.Add(time.Hour), IsActive: true})
	w.announcement(namets.Announcement{Title: "three", Content: "x", PublishAt: w.now.Add(-time.Hour), ExpireAt: &over,
		IsActive: true})
	w.announcement(namets.Announcement{Title: "four", Content: "x", PublishAt: w.now})
	for _, tt := range []struct{ state, title string }{{"published", "one"}, {"scheduled", "two"}, {"expired", "three"},
		{"draft", "four"}} {
		doc := w.page(w.get(namets.Viewer, "/admin/announcements?state="+tt.state), http.StatusOK)
		if got := doc.One("tbody tr").Text(); !strings.HasPrefix(got, tt.title+" "+tt.state) {
			t.Errorf("%s: got row %q", tt.state, got)
		}
	}
	if got := len(w.page(w.get(namets.Viewer, "/admin/announcements?q=T&page=zzz"),
		http.StatusOK).All("tbody tr")); got != 2 {
		t.Errorf("the search finds %d rows, want 2", got)
	}
	if got := len(w.page(w.get(namets.Viewer, "/admin/announcements?q=%25"), http.StatusOK).All("tbody " +
		"tr")); got != 0 {
		t.Errorf("a percent sign finds %d rows, want 0", got)
	}
}

func TestAnnouncement_keepsTheInputOnAConflict(t *testing.T) {
	w := newWorld(t)
	id := w.announcement(namets.Announcement{Title: "Mine", Content: "x", PublishAt: w.now, IsActive: true})
	path := "/admin/announcements/" + strconv.FormatInt(id, 10)
	a, revision, err := w.db.Announcement(t.Context(), id)
	w.must(err)
	a.Content = "changed by somebody else"
	w.must(w.db.UpdateAnnouncement(t.Context(), theService, revision, a))

	doc := w.page(w.post(namets.Editor, path, announcementForm("revision", strconv.FormatInt(revision, 10),
		"content", "what I typed")...), http.StatusConflict)
	if got := doc.One("textarea").Text(); got != "what I typed" {
		t.Errorf("the form contains %q", got)
	}
	if got := doc.One("section.card").Text(); !strings.Contains(got, "changed by somebody else") {
		t.Errorf("the stored value is shown as %q", got)
	}
	if a, _, _ := w.db.Announcement(t.Context(), id); a.Content != "changed by somebody else" {
		t.Errorf("stored %q", a.Content)
	}
	again := doc.One("input[name=revision]").Attr("value")
	w.follow(namets.Editor, w.post(namets.Editor, path,
		announcementForm("revision", again, "content", "what I typed")...), path)
}

func TestAnnouncement_isNotOverwrittenByAFormWithoutARevision(t *testing.T) {
	w := newWorld(t)
	id := w.announcement(namets.Announcement{Title: "Mine", Content: "x", PublishAt: w.now, IsActive: true})
	w.page(w.post(namets.Editor, "/admin/announcements/"+strconv.FormatInt(id, 10), announcementForm()...),
		http.StatusConflict)
}

func TestAnnouncement_keepsTheSecondsThatAFormDoesNotShow(t *testing.T) {
	w := newWorld(t)
	at := w.now.Add(7 * time.Second)
	id := w.announcement(namets.Announcement{Title: "Mine", Content: "x", PublishAt: at, IsActive: true})
	path := "/admin/announcements/" + strconv.FormatInt(id, 10)
	w.follow(namets.Editor, w.post(namets.Editor, path,
		announcementForm("revision", "1", "publish_at", "2026-02-27T14:05")...), path)
	if a, _, _ := w.db.Announcement(t.Context(), id); !a.PublishAt.Equal(at) || a.Title != "Friday prayer" {
		t.Errorf("got %v, %q", a.PublishAt, a.Title)
	}
}

func TestAnnouncement_showsProblemsAtTheField(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct{ field, value string }{
		{"title", ""}, {"title", strings.Repeat("a", 201)}, {"content", " "}, {"content", strings.Repeat("a", 20001)},
		{"content", "\xff"},
		{"publish_at", "tomorrow"}, {"publish_at", ""}, {"expire_at", "never"}, {"expire_at", "2020-01-01T00:00"},
		{"slug", "Not A Slug"}, {"category", "<b>"},
	} {
		doc := w.page(w.post(namets.Editor, "/admin/announcements",
			announcementForm(tt.field, tt.value, "expire_at", either(tt.field == "expire_at", tt.value))...),
			http.StatusUnprocessableEntity)
		if !doc.Has("#e-" + tt.field) {
			t.Errorf("%s %.20q: no error at the field", tt.field, tt.value)
		}
		if tt.field == "publish_at" && doc.One("#f-publish_at").Attr("value") != tt.value {
			t.Errorf("the input is lost: %q", doc.One("#f-publish_at").Attr("value"))
		}
	}
	if list, err := w.db.AnnouncementList(t.Context(), namets.ContentFilter{}, 0, 1); err != nil || len(list) > 0 {
		t.Errorf("stored %v, %v", list, err)
	}
}

func either(is bool, value string) string {
	if is {
		return value
	}
	return ""
}

func TestAnnouncement_isMadeOnceByAFormThatIsSentTwice(t *testing.T) {
	w := newWorld(t)
	number := w.page(w.get(namets.Editor, "/admin/announcements/new"),
		http.StatusOK).One("input[name=number]").Attr("value")
	for range 2 {
		w.follow(namets.Editor, w.post(namets.Editor, "/admin/announcements", announcementForm("number", number)...),
			"/admin/announcements/1")
	}
	if list, _ := w.db.AnnouncementList(t.Context(), namets.ContentFilter{}, 0, 9); len(list) != 1 {
		t.Errorf("got %d announcements", len(list))
	}
}

func TestAnnouncement_showsHostileTextAsText(t *testing.T) {
	w := newWorld(t)
	hostile := `</textarea><script>alert(1)</script><img src=x onerror=alert(1)>`
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/announcements",
		announcementForm("title", hostile, "content", hostile)...), "/admin/announcements/1")
	for _, path := range []string{"/admin/announcements", "/admin/announcements/1", "/admin/announcements/1/delete"} {
		if doc := w.page(w.get(namets.Editor, path), http.StatusOK); doc.Has("img") || doc.Has("script[src=x]") {
			t.Errorf("%s: the text was rendered as markup", path)
		}
	}
}

func TestAnnouncement_isDeletedOnce(t *testing.T) {
	w := newWorld(t)
	w.announcement(namets.Announcement{Title: "Mine", Content: "x", PublishAt: w.now, IsActive: true})
	w.page(w.post(namets.Viewer, "/admin/announcements/1/delete"), http.StatusForbidden)
	question := w.form(namets.Editor, "/admin/announcements/1/delete", "/admin/announcements/1/delete")
	for range 2 {
		w.follow(namets.Editor, w.post(namets.Editor, "/admin/announcements/1/delete", question...),
			"/admin/announcements")
	}
	w.page(w.get(namets.Editor, "/admin/announcements/1"), http.StatusNotFound)
}
