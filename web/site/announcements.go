package site

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// announcementEntry is an announcement in a list, or on its own page.
type announcementEntry struct {
	Title    string
	Path     string
	Text     string
	Cut      bool // Text is not all of it
	At       time.Time
	Pinned   bool
	Category string // empty for general ones
}

// announcementList is one page of all announcements.
type announcementList struct {
	T       *web.Texts
	Entries []announcementEntry
}

func (s *Site) announcementList(rows []namets.Announcement, size int) announcementList {
	entries := make([]announcementEntry, len(rows))
	for i := range rows {
		entries[i] = s.announcementEntry(&rows[i])
		entries[i].Title, _ = excerpt(rows[i].Title, listTitle)
		entries[i].Text, entries[i].Cut = excerpt(rows[i].Content, size)
	}
	return announcementList{s.t, entries}
}

func (s *Site) announcementEntry(a *namets.Announcement) announcementEntry {
	e := announcementEntry{
		Title: a.Title, Path: a.Path(), Text: a.Content,
		At: a.PublishAt.In(s.cfg.Zone), Pinned: a.IsPinned,
	}
	if a.Category != namets.General {
		e.Category = s.t.Announcements.Categories[a.Category]
	}
	return e
}

type announcementsPage struct {
	web.Page
	List  announcementList
	Pager pager
}

func (s *Site) announcements(c echo.Context) error {
	number := pageNumber(c)
	rows, err := s.cfg.Board.CurrentAnnouncements(c.Request().Context(), s.now(), (number-1)*pageSize, pageSize+1)
	if err != nil {
		return err
	}
	page := announcementsPage{Page: s.page(s.t.Announcements.Title, namets.AnnouncementsPath)}
	rows, page.Pager = paginate(rows, namets.AnnouncementsPath, number)
	page.List = s.announcementList(rows, listExcerpt)
	return s.render(c, http.StatusOK, "announcements", &page)
}

type announcementPage struct {
	web.Page
	Entry announcementEntry
	Pager pager // of a text that is too long for one page
}

// announcement shows one announcement, for as long as the list does.
func (s *Site) announcement(c echo.Context) error {
	a, err := s.cfg.Board.AnnouncementBySlug(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	now := s.now()
	if !a.IsActive || a.PublishAt.After(now) || a.Expired(now) {
		return echo.ErrNotFound
	}
	page := announcementPage{Entry: s.announcementEntry(&a)}
	page.Entry.Title, _ = excerpt(a.Title, textTitle)
	page.Entry.Text, page.Pager = textPart(a.Content, page.Entry.Path, pageNumber(c))
	page.Page = s.page(page.Entry.Title, namets.AnnouncementsPath)
	return s.render(c, http.StatusOK, "announcement", &page)
}
