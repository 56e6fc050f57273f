package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

// delivered publishes an announcement to n people and marks it as delivered. It returns the
// delivery's page.
func (w *world) delivered(n int) string {
	w.Helper()
	w.enrol(n)
	id, err := w.db.CreateAnnouncement(w.Context(), theService, namets.Announcement{Title: "Eid", Slug: "eid",
		Content:  "x",
		Category: namets.General, PublishAt: w.now, IsActive: true, SendEmail: true})
	w.must(err)
	_, err = w.db.QueueDue(w.Context())
	w.must(err)
	for {
		claims, err := w.db.ClaimDeliveries(w.Context(), 100, time.Minute)
		w.must(err)
		if len(claims) == 0 {
			break
		}
		for _, c := range claims {
			w.must(w.db.RecordOutcomes(w.Context(),
				[]namets.Outcome{{ID: c.ID, State: namets.Delivered, Recipients: c.Recipients,
					Attempt: &namets.Attempt{At: w.now, Status: 200}}}))
		}
	}
	list, err := w.db.Deliveries(w.Context(), namets.DeliveryFilter{Entity: namets.KindAnnouncements, EntityID: id})
	w.must(err)
	return "/admin/deliveries/" + itoa(list[0].ID)
}

func TestResend_asksAndSendsOnce(t *testing.T) {
	w := newWorld(t)
	path := w.delivered(3)
	doc := w.page(w.get(namets.Editor, path), http.StatusOK)
	if got := doc.One("dl").Text(); !strings.Contains(got, "n8n accepted it. n8n shows whether "+
		"each e-mail was sent") {
		t.Errorf("the state is explained as %q", got)
	}
	doc.One("a[href=" + path + "/resend]")
	if w.page(w.get(namets.Viewer, path), http.StatusOK).Has("a[href=" + path + "/resend]") {
		t.Error("a viewer sees the link to send it")
	}
	doc = w.page(w.get(namets.Editor, path+"/resend"), http.StatusOK)
	if got := doc.One("#f-whom").Text(); !strings.Contains(got, "Everyone in it: 3 people") {
		t.Errorf("the confirmation is %q", got)
	}
	for _, test := range []struct {
		name, reach string
		form        []string
	}{
		{"everyone", "3 people", []string{"whom", "everyone"}},
		{"the named people", "2 people",
			[]string{"whom", "chosen", "to", "PERSON1@example.org\r\nperson2@example.org"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := w.resent()
			doc := w.page(w.post(namets.Editor, path+"/resend", test.form...), http.StatusOK)
			if got := doc.One("h1").Text(); got != "Send it to "+test.reach+"?" || w.resent() != before {
				t.Errorf("the confirmation is %q, or it was sent", got)
			}
			fields := carried(doc)
			rec := w.post(namets.Editor, path+"/resend/send", fields...)
			again := w.post(namets.Editor, path+"/resend/send", fields...)
			if rec.Code != http.StatusSeeOther || again.Header().Get("Location") != rec.Header().Get("Location") ||
				w.resent() != before+1 {
				t.Errorf("sent twice: %d %q, then %d %q: %d were sent", rec.Code, rec.Header().Get("Location"),
					again.Code, again.Header().Get("Location"), w.resent()-before)
			}
			doc = w.page(w.get(namets.Editor, rec.Header().Get("Location")), http.StatusOK)
			if got := doc.One("dl").Text(); !strings.Contains(got, "To"+test.reach) ||
				!strings.Contains(got, "the text of delivery") {
				t.Errorf("the new delivery is %q", got)
			}
		})
	}
	if got := w.page(w.get(namets.Viewer, "/admin/activity?entity=deliveries"),
		http.StatusOK).One("tbody").Text(); strings.Count(got, "Sent again as delivery") != 2 {
		t.Errorf("the activity says %q", got)
	}
}

func TestResend_rejectsAnIncompleteForm(t *testing.T) {
	w := newWorld(t)
	path := w.delivered(3)
	for name, form := range map[string][]string{
		"nothing":                   nil,
		"no choice":                 {"to", "person1@example.org"},
		"nobody":                    {"whom", "chosen", "to", " "},
		"somebody else":             {"whom", "chosen", "to", "person1@example.org stranger@example.org"},
		"more than the form allows": {"whom", "chosen", "to", strings.Repeat("person1@example.org ", 501)},
	} {
		for _, action := range []string{"/resend", "/resend/send"} {
			doc := w.page(w.post(namets.Editor, path+action, append(form, "people", "2", "once", "x")...),
				http.StatusUnprocessableEntity)
			if !doc.Has("#faults") {
				t.Errorf("%s: no error is shown", name)
			}
		}
	}
	w.page(w.post(namets.Editor, path+"/resend/send", "whom", "everyone", "people", "3"),
		http.StatusUnprocessableEntity)
	w.page(w.post(namets.Viewer, path+"/resend/send", "whom", "everyone", "people", "3", "once", "x"),
		http.StatusForbidden)
	doc := w.page(w.post(namets.Editor, path+"/resend/send", "whom", "everyone", "people", "4", "once", "x"),
		http.StatusOK)
	if got := doc.One("h1").Text(); got != "Send it to 3 people?" {
		t.Errorf("after a change of the number of people: %q", got)
	}
	list, err := w.db.Deliveries(t.Context(), namets.DeliveryFilter{Limit: 1})
	w.must(err)
	w.must(w.db.DeleteAnnouncement(t.Context(), theService, list[0].EntityID))
	for _, rec := range []interface{ Result() *http.Response }{
		w.get(namets.Editor, path+"/resend"),
		w.post(namets.Editor, path+"/resend", "whom", "everyone"),
		w.post(namets.Editor, path+"/resend/send", "whom", "everyone", "people", "3", "once", "y"),
	} {
		if res := rec.Result(); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != path {
			t.Errorf("a deleted row: status %d", res.StatusCode)
		}
	}
	if got := w.page(w.get(namets.Editor, path), http.StatusOK).One(".notice.bad").Text(); !strings.Contains(got,
		"its subject was deleted") {
		t.Errorf("got %q", got)
	}
	if w.resent() != 0 {
		t.Errorf("%d were sent", w.resent())
	}
}

// resent counts the deliveries that repeat another one.
func (w *world) resent() (n int) {
	w.Helper()
	list, err := w.db.Deliveries(w.Context(), namets.DeliveryFilter{Limit: 1000})
	w.must(err)
	for _, d := range list {
		if d.ResendOf != 0 {
			n++
		}
	}
	return n
}
