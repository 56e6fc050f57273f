package site

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// eventEntry is an event in a list, or on its own page.
type eventEntry struct {
	Title    string
	Path     string
	Text     string
	Cut      bool // Text is not all of it
	Start    time.Time
	When     string
	Location string
	// Cancelled means that it does not take place.
	Cancelled bool
}

// eventList is one page of all events.
type eventList struct {
	T       *web.Texts
	Entries []eventEntry
}

func (s *Site) eventList(rows []namets.Event, size int) eventList {
	entries := make([]eventEntry, len(rows))
	for i := range rows {
		e := s.eventEntry(&rows[i])
		e.Title, _ = excerpt(e.Title, listTitle)
		e.Location, _ = excerpt(e.Location, listTitle)
		e.Text, e.Cut = excerpt(e.Text, size)
		entries[i] = e
	}
	return eventList{s.t, entries}
}

func (s *Site) eventEntry(e *namets.Event) eventEntry {
	start := e.Start.In(s.cfg.Zone)
	return eventEntry{
		Title: e.Title, Path: e.Path(), Text: e.Description,
		Start: start, When: s.t.Span(start, e.End.In(s.cfg.Zone)), Location: e.Location,
		Cancelled: e.CancelledAt != nil,
	}
}

type eventsPage struct {
	web.Page
	List  eventList
	Pager pager
}

func (s *Site) events(c echo.Context) error {
	number := pageNumber(c)
	rows, err := s.cfg.Board.UpcomingEvents(c.Request().Context(), s.now(), (number-1)*pageSize, pageSize+1)
	if err != nil {
		return err
	}
	page := eventsPage{Page: s.page(s.t.Events.Title, namets.EventsPath)}
	rows, page.Pager = paginate(rows, namets.EventsPath, number)
	page.List = s.eventList(rows, listExcerpt)
	return s.render(c, http.StatusOK, "events", &page)
}

type eventPage struct {
	web.Page
	Entry eventEntry
	Pager pager // of a text that is too long for one page
}

// event shows one event, even if it is over, because somebody may have saved the link.
func (s *Site) event(c echo.Context) error {
	e, err := s.cfg.Board.EventBySlug(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	if !e.IsActive {
		return echo.ErrNotFound
	}
	page := eventPage{Entry: s.eventEntry(&e)}
	page.Entry.Title, _ = excerpt(e.Title, textTitle)
	page.Entry.Location, _ = excerpt(e.Location, textTitle)
	page.Entry.Text, page.Pager = textPart(e.Description, page.Entry.Path, pageNumber(c))
	page.Page = s.page(page.Entry.Title, namets.EventsPath)
	return s.render(c, http.StatusOK, "event", &page)
}
