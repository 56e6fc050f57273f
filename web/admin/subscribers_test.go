package admin_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

// enrol stores n active subscribers: person1@example.org and so on.
func (w *world) enrol(n int) {
	w.Helper()
	for i := range n {
		s := namets.NewSubscriber(fmt.Sprintf("person%d@example.org", i+1))
		s.Phone, s.IsVerified, s.Notify.Events = fmt.Sprintf("+23480%d", i+1), i%2 == 0, i%3 == 0
		_, err := w.db.CreateSubscriber(w.Context(), namets.Actor{Kind: namets.System}, s)
		w.must(err)
	}
}

// kinds counts the deliveries by kind.
func (w *world) kinds() map[namets.NotificationKind]int {
	w.Helper()
	list, err := w.db.Deliveries(w.Context(), namets.DeliveryFilter{Limit: 1000})
	w.must(err)
	counts := map[namets.NotificationKind]int{}
	for _, d := range list {
		counts[d.Kind]++
	}
	return counts
}

func TestSubscribers_searchFilterSortAndPage(t *testing.T) {
	w := newWorld(t)
	w.enrol(60)
	for _, test := range []struct {
		query, first string
		rows         int
	}{
		{"", "person60@example.org", 50}, {"?page=2", "person10@example.org", 10}, {"?page=99", "", 0},
		{"?page=x", "person60@example.org", 50},
		{"?sort=since", "person1@example.org", 50}, {"?sort=email", "person10@example.org", 50},
		{"?sort=-email", "person9@example.org", 50},
		{"?q=PERSON12", "person12@example.org", 1}, {"?q=%2B234807", "person7@example.org", 1}, {"?q=%27%3B--", "", 0},
		{"?verified=no&events=yes", "person58@example.org", 10}, {"?active=no", "", 0},
	} {
		doc := w.page(w.get(namets.Editor, "/admin/subscribers"+test.query), http.StatusOK)
		rows := doc.All("tbody tr")
		if len(rows) != test.rows {
			t.Errorf("%s: got %d rows, want %d", test.query, len(rows), test.rows)
		} else if len(rows) > 0 && rows[0].One("th").Text() != test.first {
			t.Errorf("%s: the first is %s, want %s", test.query, rows[0].One("th").Text(), test.first)
		}
		if test.rows == 0 && !doc.Has(".empty") {
			t.Errorf("%s: the page does not say that the list is empty", test.query)
		}
	}
	if got := w.page(w.get(namets.Editor, "/admin/subscribers"),
		http.StatusOK).One(".pager .soft").Text(); got != "1–50 of 60 subscribers" {
		t.Errorf("the pager says %q", got)
	}
}

func TestSubscribers_hideAddressesFromViewers(t *testing.T) {
	w := newWorld(t)
	w.enrol(3)
	for _, path := range []string{"/admin/subscribers", "/admin/subscribers?q=person2&sort=email",
		"/admin/subscribers/2"} {
		rec := w.get(namets.Viewer, path)
		body := rec.Body.String()
		if regexp.MustCompile(`person\d+@`).MatchString(body) || strings.Contains(body, "+23480") ||
			!strings.Contains(body, "p•••@example.org") {
			t.Errorf("%s shows an address or a number:\n%s", path, body)
		}
		doc := w.page(rec, http.StatusOK)
		if doc.Has("main form[method=post] button") || doc.Has("#f-q") {
			t.Errorf("%s offers a change or a search", path)
		}
	}
	if rows := w.page(w.get(namets.Viewer, "/admin/subscribers?q=person2"),
		http.StatusOK).All("tbody tr"); len(rows) != 3 {
		t.Errorf("a viewer's search returns %d rows", len(rows))
	}
}

func TestSubscriber_isAddedChangedAndDeleted(t *testing.T) {
	w := newWorld(t)
	form := []string{"email", " amina@example.org ", "phone", "1", "is_active", "on", "notify_events", "on"}
	doc := w.follow(namets.Editor, w.post(namets.Editor, "/admin/subscribers", form...), "/admin/subscribers/1")
	if !doc.Has(".notice.good") || doc.One("#f-email").Attr("value") != "amina@example.org" ||
		w.kinds()[namets.SubscriberJoined] != 1 {
		t.Errorf("added: %v", w.kinds())
	}
	revision := doc.One("input[name=revision]").Attr("value")
	doc = w.page(w.post(namets.Editor, "/admin/subscribers", form...), http.StatusConflict)
	if !doc.Has("#e-email") || doc.One("#f-phone").Attr("value") != "1" {
		t.Error("no error for an address that is taken")
	}
	change := append(form, "revision", revision, "notify_announcements", "on")
	doc = w.follow(namets.Editor, w.post(namets.Editor, "/admin/subscribers/1", change...), "/admin/subscribers/1")
	history := doc.All("section")[0].Text()
	if !strings.Contains(history, "editorChanged: notify announcements") ||
		!strings.Contains(doc.All("section")[1].Text(), "Somebody changed a subscription") {
		t.Errorf("the history says %q", history)
	}
	change[3] = "typed meanwhile"
	doc = w.page(w.post(namets.Editor, "/admin/subscribers/1", change...), http.StatusConflict)
	if doc.One("#f-phone").Attr("value") != "typed meanwhile" ||
		!strings.Contains(doc.One("#faults").Text(), "nothing was overwritten") {
		t.Errorf("the message of a conflict is %q", doc.One("#faults").Text())
	}
	if got := doc.One("section.card dl").Text(); !strings.Contains(got, "Phone1") ||
		doc.One("input[name=revision]").Attr("value") == revision {
		t.Errorf("the stored value is shown as %q", got)
	}
	// A form without a revision overwrites nothing
	w.page(w.post(namets.Editor, "/admin/subscribers/1", form...), http.StatusConflict)
	if got := w.page(w.get(namets.Editor, "/admin/subscribers/1/delete"),
		http.StatusOK).One("main ul").Text(); !strings.Contains(got, "This sends 1 webhook") {
		t.Errorf("the confirmation is %q", got)
	}
	question := w.form(namets.Editor, "/admin/subscribers/1/delete", "/admin/subscribers/1/delete")
	for range 2 {
		w.follow(namets.Editor, w.post(namets.Editor, "/admin/subscribers/1/delete", question...), "/admin/subscribers")
	}
	if got := w.kinds()[namets.SubscriberUnsubscribed]; got != 1 {
		t.Errorf("deleting twice sent %d webhooks", got)
	}
}

func TestSubscriber_marksTheFieldAndKeepsTheInput(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct{ field, email, phone string }{
		{"email", "", "1"}, {"email", "no address", "1"}, {"email", strings.Repeat("a", 300) + "@example.org", "1"},
		{"email", `"><script>@example.org`, "1"}, {"phone", "a@example.org", strings.Repeat("1", 201)},
		{"phone", "a@example.org", "\xff"},
	} {
		doc := w.page(w.post(namets.Editor, "/admin/subscribers", "email", test.email, "phone", test.phone),
			http.StatusUnprocessableEntity)
		if !doc.Has("#e-"+test.field) || test.phone != "\xff" && doc.One("#f-email").Attr("value") != test.email {
			t.Errorf("%q %q: no error at the field %s, or the input is lost", test.email, test.phone, test.field)
		}
	}
}

func TestSubscribersBulk_asksWithTheCountAndChangesOnce(t *testing.T) {
	w := newWorld(t)
	w.enrol(5)
	doc := w.page(w.post(namets.Editor, "/admin/subscribers/bulk", "whom", "ticked", "id", "1", "id", "2", "id", "2",
		"id", "x", "action", "deactivate"), http.StatusOK)
	if got := doc.One("main").Text(); !strings.Contains(got, "Deactivate 2 subscribers?") ||
		!strings.Contains(got, "This sends 2 webhooks") {
		t.Errorf("the confirmation is %q", got)
	}
	if w.kinds()[namets.SubscriberUnsubscribed] != 0 {
		t.Error("the confirmation changed something")
	}
	for range 2 {
		w.follow(namets.Editor, w.post(namets.Editor, "/admin/subscribers/bulk/apply", "action", "deactivate",
			"ids", doc.One("input[name=ids]").Attr("value")), "/admin/subscribers")
	}
	if got := w.kinds()[namets.SubscriberUnsubscribed]; got != 2 {
		t.Errorf("got %d webhooks, want 2", got)
	}
	doc = w.page(w.post(namets.Editor, "/admin/subscribers/bulk", "whom", "found", "query", "active=yes&q=person",
		"action", "delete"), http.StatusOK)
	if got := doc.One("input[name=ids]").Attr("value"); got != "3,4,5" {
		t.Errorf("found %s", got)
	}
	for _, form := range [][]string{{"whom", "ticked", "action", "delete"}, {"id", "1", "action", ""},
		{"id", "1", "action", "praise"},
		{"whom", "found", "query", "active=no&q=%zz", "action", "delete"}} {
		if !w.follow(namets.Editor, w.post(namets.Editor, "/admin/subscribers/bulk", form...),
			"/admin/subscribers").Has(".notice.bad") {
			t.Errorf("%v: no error", form)
		}
	}
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/subscribers/bulk/apply", "action", "praise", "ids", "1"),
		"/admin/subscribers")
	rec := w.post(namets.Editor, "/admin/subscribers/bulk", "id", "3", "id", "4", "action", "write")
	doc = w.follow(namets.Editor, rec, "/admin/message?to=3%2C4")
	if got := doc.One("#f-recipients").Text(); got != "person3@example.org person4@example.org" {
		t.Errorf("the message is for %q", got)
	}
}

func TestForms_sentTwiceMakeOneRow(t *testing.T) {
	w := newWorld(t)
	for path, form := range map[string][]string{
		"/admin/subscribers": {"email", "amina@example.org"},
		"/admin/patrons":     {"name", "Musa", "hierarchy_order", "1"},
		"/admin/announcements": {"title", "T", "content", "C", "category", "general",
			"publish_at", "2026-02-27T10:00"},
		"/admin/events": {"title", "T", "start_datetime", "2026-02-27T10:00",
			"end_datetime", "2026-02-27T11:00"},
		"/admin/event-categories": {"name", "N"},
	} {
		form = append(form, "number", w.page(w.get(namets.Editor, path+"/new"),
			http.StatusOK).One("input[name=number]").Attr("value"))
		first, again := w.post(namets.Editor, path, form...), w.post(namets.Editor, path, form...)
		if first.Code != http.StatusSeeOther || again.Code != http.StatusSeeOther ||
			first.Header().Get("Location") != again.Header().Get("Location") {
			t.Errorf("%s: %d, %d", path, first.Code, again.Code)
		}
		if got := w.get(namets.Editor, path+"/2").Code; got != http.StatusNotFound {
			t.Errorf("%s: a second row was made: %d", path, got)
		}
	}
}

func TestForms_showTheInputAgainIfTheRowIsDeleted(t *testing.T) {
	w := newWorld(t)
	form := []string{"title", "Eid", "content", "A text, typed at length.", "category", "general",
		"publish_at", "2026-02-27T10:00", "is_active", "on"}
	w.post(namets.Editor, "/admin/announcements", form...)
	w.post(namets.Owner, "/admin/announcements/1/delete", "revision", "1")
	doc := w.page(w.post(namets.Editor, "/admin/announcements/1", append(form, "revision", "1")...),
		http.StatusNotFound)
	if got := doc.One("main").Text(); !strings.Contains(got, "Somebody else has deleted this") ||
		!strings.Contains(got, "A text, typed at length.") {
		t.Errorf("got %q", got)
	}
	addAgain := doc.One("main form")
	var again []string
	for _, input := range addAgain.All("input") {
		again = append(again, input.Attr("name"), input.Attr("value"))
	}
	w.follow(namets.Editor, w.post(namets.Editor, addAgain.Attr("action"), again...), "/admin/announcements/2")
	if doc := w.page(w.get(namets.Viewer, "/admin/announcements/1"), http.StatusNotFound); doc.Has("main form") ||
		!doc.Has("main a[href=/admin/announcements]") {
		t.Error("the page of a deleted row has no link, or has a form")
	}
}

func TestSubscriber_whoWantsNoEmailIsAddedOnlyByAWarnedOwner(t *testing.T) {
	w := newWorld(t)
	w.silence("amina@example.org")
	form := []string{"email", "amina@example.org", "is_active", "on"}
	doc := w.page(w.post(namets.Editor, "/admin/subscribers", form...), http.StatusConflict)
	if text := doc.One("#faults").Text(); !strings.Contains(text, "never to be written to again") ||
		doc.Has("input[name=anyway]") {
		t.Errorf("the message for an editor is %q", text)
	}
	w.page(w.post(namets.Editor, "/admin/subscribers", append(form, "anyway", "on")...), http.StatusConflict)
	doc = w.page(w.post(namets.Owner, "/admin/subscribers", form...), http.StatusConflict)
	if !doc.Has("input[name=anyway]") {
		t.Error("no check box for an owner")
	}
	w.follow(namets.Owner, w.post(namets.Owner, "/admin/subscribers", append(form, "anyway", "on")...),
		"/admin/subscribers/1")
}

// silence records that the owner of the address wants no more e-mail.
func (w *world) silence(email string) {
	w.Helper()
	visitor := namets.Actor{Kind: namets.Visitor}
	w.must(w.db.RequestSubscription(w.Context(), visitor, namets.SubscriptionRequest{Email: email, DoubleOptIn: true},
		"http://namets.example"))
	claims, err := w.db.ClaimDeliveries(w.Context(), 1, time.Minute)
	w.must(err)
	secret := regexp.MustCompile(`/confirm/([A-Z2-7]{26})/`).FindSubmatch(claims[0].Body)
	w.must(w.db.NeverWrite(w.Context(), visitor, string(secret[1])))
}
