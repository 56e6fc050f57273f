package site_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"namets/internal/namets"
)

func TestEvents_tellWhenAndWhere(t *testing.T) {
	w := newWorld(t, setting{})
	at := func(hours int) time.Time { return startOfWorld.Add(time.Duration(hours) * time.Hour) }
	w.store(&namets.Dataset{Events: []namets.Event{
		{ID: 1, Title: "Running", Slug: "running", Start: at(-30), End: at(1), Location: "Hall <B>",
			Description: "Come!", IsActive: true},
		{ID: 2, Title: "Odd", Slug: "odd", Start: at(2), End: at(-2), IsActive: true},
		{ID: 3, Title: "Over", Slug: "over", Start: at(-5), End: at(-4), IsActive: true},
		{ID: 4, Title: "Withdrawn", Slug: "withdrawn", Start: at(5), End: at(6)},
	}})
	rec := w.get("/events/")
	w.want("list", rec, http.StatusOK, "")
	doc := w.page(rec)
	wantTexts(t, doc, "article h3", "Running", "Odd")
	wantTexts(t, doc, "article .eyebrow", "Fri 27 February 2026, 18:30 – Sun 1 March 2026, 01:30",
		"Sun 1 March 2026, 02:30")
	if nav := doc.One("nav a[aria-current]").Text(); nav != "Events" {
		t.Errorf("the navigation marks %s", nav)
	}
	doc = w.page(w.get("/events/running/"))
	wantTexts(t, doc, "main bdi", "Hall <B>")
	w.want("over", w.get("/events/over/"), http.StatusOK, "")
	w.want("withdrawn", w.get("/events/withdrawn/"), http.StatusNotFound, "")
	w.want("none", w.get("/events/none/"), http.StatusNotFound, "")
}

func TestEvents_arePaged(t *testing.T) {
	w := newWorld(t, setting{})
	data := &namets.Dataset{}
	for i := range 17 {
		at := startOfWorld.Add(time.Duration(i+1) * time.Hour)
		data.Events = append(data.Events, namets.Event{ID: int64(i + 1), Title: fmt.Sprint("E", i),
			Slug: fmt.Sprint("e", i), Start: at, End: at, IsActive: true})
	}
	w.store(data)
	wantTexts(t, w.page(w.get("/events/?page=3")), "article h3", "E16")
	if w.page(w.get("/events/?page=2")).One("a[rel=prev]").Attr("href") != "/events/" {
		t.Error("the way back to the first page")
	}
}

func TestEvents_sayWhichAreCancelled(t *testing.T) {
	w := newWorld(t, setting{})
	at := startOfWorld.Add(time.Hour)
	w.store(&namets.Dataset{Events: []namets.Event{
		{ID: 1, Title: "On", Slug: "on", Start: at, End: at, IsActive: true},
		{ID: 2, Title: "Off", Slug: "off", Start: at, End: at, IsActive: true, CancelledAt: &startOfWorld},
		{ID: 3, Title: "Hidden", Slug: "hidden", Start: at, End: at, CancelledAt: &startOfWorld},
	}})
	for _, path := range []string{"/events/", "/"} {
		wantTexts(t, w.page(w.get(path)), "article .badge", "Cancelled")
	}
	wantTexts(t, w.page(w.get("/events/off/")), "article .badge", "Cancelled")
	if w.page(w.get("/events/on/")).Has("article .badge") {
		t.Error("an event that takes place has a badge")
	}
	w.want("hidden", w.get("/events/hidden/"), http.StatusNotFound, "")
}
