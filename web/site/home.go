package site

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"namets/web"
)

// How many entries the home page shows of each list.
const (
	homeAnnouncements = 3
	homeEvents        = 3
)

// homePage is the community's front page.
type homePage struct {
	web.Page
	Today         time.Time // in the site's zone
	Prayers       todaysPrayers
	Announcements announcementList
	Events        eventList
	Form          *subscribeData
}

func (s *Site) home(c echo.Context) error {
	ctx, now := c.Request().Context(), s.now()
	page := homePage{Page: s.page("", ""), Today: now, Form: s.emptySubscribe()}
	schedules, err := s.schedules(ctx, now, 2)
	if err != nil {
		return err
	}
	page.Prayers = s.todays(now, schedules)
	announcements, err := s.cfg.Board.CurrentAnnouncements(ctx, now, 0, homeAnnouncements)
	if err != nil {
		return err
	}
	page.Announcements = s.announcementList(announcements, homeExcerpt)
	events, err := s.cfg.Board.UpcomingEvents(ctx, now, 0, homeEvents)
	if err != nil {
		return err
	}
	page.Events = s.eventList(events, homeExcerpt)
	return s.render(c, http.StatusOK, "home", &page)
}
