package admin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

// report delivers what waits and reports each address as sent, or as refused if it is one of those.
func (w *world) report(refused ...string) {
	w.Helper()
	ctx := w.Context()
	_, err := w.db.QueueDue(ctx)
	w.must(err)
	claims, err := w.db.ClaimDeliveries(ctx, 100, time.Minute)
	w.must(err)
	for _, c := range claims {
		w.must(w.db.RecordOutcomes(ctx, []namets.Outcome{{ID: c.ID, State: namets.Delivered, Recipients: c.Recipients,
			Attempt: &namets.Attempt{At: time.Date(2026, 2, 27, 13, 0, 0, 0, time.UTC), Status: 200}}}))
		var r namets.MailReport
		for _, s := range []string{"person1@example.org", "person2@example.org", "person3@example.org"} {
			if !strings.Contains(string(c.Body), s) {
				continue
			}
			if len(refused) > 0 && refused[0] == s {
				r.Failed = append(r.Failed, namets.FailedMail{Email: s, Reason: "550 mailbox full"})
			} else {
				r.Sent = append(r.Sent, s)
			}
		}
		_, err := w.db.RecordReport(ctx, namets.Actor{Kind: namets.Program, Name: "n8n"}, c.WebhookID, r)
		w.must(err)
	}
}

func TestMails_areShownOnThePages(t *testing.T) {
	w := newWorld(t)
	w.enrol(3)
	w.report()
	page := func(path string) string { return w.page(w.get(namets.Editor, path), http.StatusOK).One("main").Text() }
	id, err := w.db.CreateAnnouncement(w.Context(), namets.Actor{Kind: namets.System}, namets.Announcement{
		Title: "Eid", Category: namets.General, IsActive: true, SendEmail: true,
		PublishAt: time.Date(2026, 2, 27, 12, 0, 0, 0, time.UTC)})
	w.must(err)
	if id != 1 {
		t.Fatalf("announcement %d", id)
	}
	w.report("person2@example.org")
	if text := page("/admin/announcements/1"); !strings.Contains(text, "Sent to 2, refused 1") {
		t.Errorf("the announcement: %s", text)
	}
	list, err := w.db.Deliveries(w.Context(), namets.DeliveryFilter{Kind: namets.AnnouncementCreated})
	w.must(err)
	text := page("/admin/deliveries/" + strconv.FormatInt(list[0].ID, 10))
	if !strings.Contains(text, "sent to 2, refused 1") {
		t.Errorf("the delivery: %s", text)
	}
	text = page("/admin/subscribers/2")
	for _, want := range []string{"Announcement: Eid", "refused", "550 mailbox full", "not recorded"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page of a person: %s", want, text)
		}
	}
	if strings.Contains(text, "none that n8n has reported") {
		t.Error("the last e-mail is not shown")
	}
	viewer := w.page(w.get(namets.Viewer, "/admin/subscribers/2"), http.StatusOK).One("main").Text()
	if strings.Contains(viewer, "550") {
		t.Error("a viewer sees what the mail server said")
	}
}

func TestMails_areAcceptedUntilTheyAreReported(t *testing.T) {
	w := newWorld(t)
	w.enrol(2)
	ctx := w.Context()
	h, _, err := w.db.PutHook(ctx, namets.Actor{Kind: namets.System}, 0, "k", namets.HookSpec{
		URL: "https://n8n.example/x", Events: []namets.EventType{namets.AnyEvent}, Ack: namets.AckReport,
		ReportWithin: namets.DefaultReportWithin})
	w.must(err)
	w.announcement(namets.Announcement{Title: "Eid", Content: "x", IsActive: true, SendEmail: true, PublishAt: w.now})
	claims, _, err := w.db.RecordAndClaim(ctx, nil, []namets.ClaimLimits{{Hook: h.ID, Rest: 9, Urgent: 9}},
		time.Minute)
	w.must(err)
	if len(claims) != 1 {
		t.Fatalf("%d claims", len(claims))
	}
	o := namets.Outcome{ID: claims[0].ID, State: namets.Pending, Next: w.now.Add(time.Hour)}
	for _, tt := range []struct {
		accepted bool
		attempt  namets.Attempt
		want     string
	}{
		{true, namets.Attempt{At: w.now, Status: 200}, "Accepted: n8n has yet to report on every recipient"},
		{false, namets.Attempt{At: w.now, Status: 503, Error: "answered 503"}, "Not received yet after 2 attempts"},
	} {
		o.Accepted, o.Attempt = tt.accepted, &tt.attempt
		w.must(w.db.RecordOutcomes(ctx, []namets.Outcome{o}))
		doc := w.page(w.get(namets.Viewer, "/admin/announcements/1"), http.StatusOK)
		if got := doc.One("ol.timeline").Text(); !strings.Contains(got, tt.want) {
			t.Errorf("the timeline lacks %q: %s", tt.want, got)
		}
	}
}

func TestBounces_areShownAndLiftedByAnOwner(t *testing.T) {
	w := newWorld(t)
	w.enrol(1)
	_, err := w.db.RecordBounce(w.Context(), namets.Actor{Kind: namets.Program, Name: "n8n"}, 1,
		namets.Bounce{Kind: namets.Complaint, Detail: "abuse report"}, false)
	w.must(err)
	text := w.page(w.get(namets.Editor, "/admin/subscribers/1"), http.StatusOK).One("main").Text()
	for _, want := range []string{"reported an e-mail as spam", "Only an owner", "Reported as spam", "abuse report"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page: %s", want, text)
		}
	}
	doc := w.page(w.get(namets.Owner, "/admin/subscribers/1/lift"), http.StatusOK)
	form := []string{"revision", doc.One("input[name=revision]").Attr("value")}
	if res := w.post(namets.Editor, "/admin/subscribers/1/lift", form...); res.Code != http.StatusForbidden {
		t.Errorf("an editor: %d", res.Code)
	}
	w.post(namets.Owner, "/admin/subscribers/1/lift", form...)
	if s, _, err := w.db.Subscriber(w.Context(), 1); !s.IsActive || err != nil {
		t.Errorf("after lifting: %+v, %v", s, err)
	}
}
