package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

func (w *world) fail(id int64) {
	w.Helper()
	_, err := w.db.ClaimDeliveries(w.Context(), 9, time.Minute)
	w.must(err)
	w.must(w.db.RecordOutcomes(w.Context(), []namets.Outcome{{ID: id, State: namets.Dead,
		Attempt: &namets.Attempt{At: w.now, Status: 500, Error: "n8n answered 500",
			Answer: "<script>amina@example.org"}}}))
}

func TestDeliveries_sendATestAndRetry(t *testing.T) {
	w := newWorld(t)
	w.page(w.post(namets.Viewer, "/admin/deliveries/test"), http.StatusForbidden)
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/deliveries/test"), "/admin/deliveries/1")
	w.fail(1)
	doc := w.page(w.get(namets.Editor, "/admin/deliveries?state=dead"), http.StatusOK)
	if got := doc.One("tbody tr").Text(); !strings.Contains(got, "failed") {
		t.Errorf("got row %q", got)
	}
	doc = w.page(w.get(namets.Editor, "/admin/deliveries/1"), http.StatusOK)
	if got := doc.One("tbody tr").Text(); !strings.Contains(got, "500 n8n answered 500<script>amina@example.org") {
		t.Errorf("got attempt %q", got)
	}
	if got := w.get(namets.Viewer, "/admin/deliveries/1").Body.String(); strings.Contains(got, "amina@") {
		t.Error("a viewer sees a response, which may contain addresses")
	}
	question := w.form(namets.Editor, "/admin/deliveries/retry", "/admin/deliveries/retry")
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/deliveries/retry", question...), "/admin/deliveries")
	if d, _, err := w.db.Delivery(t.Context(), 1); err != nil || d.State != namets.Pending {
		t.Errorf("got %v, %v", d.State, err)
	}
	w.fail(1)
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/deliveries/1/retry"), "/admin/deliveries/1")
	w.page(w.get(namets.Editor, "/admin/deliveries/2"), http.StatusNotFound)
	w.page(w.get(namets.Editor, "/admin/deliveries/x"), http.StatusNotFound)
}

func TestDeliveries_pageThroughALongList(t *testing.T) {
	w := newWorld(t)
	for range 51 {
		_, err := w.db.QueuePing(t.Context(), theService)
		w.must(err)
	}
	doc := w.page(w.get(namets.Viewer, "/admin/deliveries"), http.StatusOK)
	next := doc.One("a[rel=next]").Attr("href")
	if got := len(w.page(w.get(namets.Viewer, next), http.StatusOK).All("tbody tr")); got != 1 {
		t.Errorf("the second page has %d rows, want 1", got)
	}
}

func TestDeliveries_nameTheirSubject(t *testing.T) {
	w := newWorld(t)
	_, err := w.db.CreateSubscriber(t.Context(), theService, namets.NewSubscriber("amina@example.org"))
	w.must(err)
	id, err := w.db.CreateAnnouncement(t.Context(), theService,
		namets.Announcement{Title: "Hall <closed>", Slug: "hall", Content: "x",
			Category: namets.General, PublishAt: w.now, IsActive: true, SendEmail: true})
	w.must(err)
	_, err = w.db.QueueDue(t.Context())
	w.must(err)
	const what = "Announcement: Hall <closed>"
	doc := w.page(w.get(namets.Viewer, "/admin/deliveries"), http.StatusOK)
	if got := doc.All("tbody tr th")[0].Text(); got != what {
		t.Errorf("got %q, want %q", got, what)
	}
	path := doc.All("tbody th a")[0].Attr("href")
	if got := w.page(w.get(namets.Viewer, path), http.StatusOK).One("dd a").Text(); got != "Hall <closed>" {
		t.Errorf("the subject is %q", got)
	}
	w.must(w.db.DeleteAnnouncement(t.Context(), theService, id))
	if links := w.page(w.get(namets.Viewer, path), http.StatusOK).All("dd a"); len(links) != 0 {
		t.Error("there is a link to a deleted row")
	}
}

func TestActivity_showsWhoDidWhat(t *testing.T) {
	w := newWorld(t)
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/announcements", announcementForm()...),
		"/admin/announcements/1")
	w.follow(namets.Owner, w.post(namets.Owner, "/admin/announcements/1",
		announcementForm("title", "Other", "revision", "1")...), "/admin/announcements/1")
	doc := w.page(w.get(namets.Viewer, "/admin/activity?entity=announcements&actor=owner"), http.StatusOK)
	got := doc.One("tbody tr").Text()
	for _, want := range []string{"Owner", "Changed announcement: Other", "title", "192.0.2.1"} {
		if !strings.Contains(got, want) {
			t.Errorf("the row lacks %q: %s", want, got)
		}
	}
	if got := doc.One("tbody a").Attr("href"); got != "/admin/announcements/1" {
		t.Errorf("the link leads to %q", got)
	}
	if !w.page(w.get(namets.Viewer, "/admin/activity?actor=nobody"), http.StatusOK).Has(".empty") {
		t.Error("no message for a filter without results")
	}
}
