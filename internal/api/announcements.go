package api

import (
	"context"
	"sort"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

// announcements is the snapshot for P2 and P6.
type announcements struct {
	pinned, others newestFirst
}

// newestFirst holds announcements by descending publication time, so that those since any time come
// first.
type newestFirst struct {
	published []int64 // row number → publish_at in microseconds
	short     rows    // for P2
	long      rows    // for P6
}

// since returns how many announcements were published at since (in microseconds) or later.
func (n *newestFirst) since(since int64) int {
	return sort.Search(len(n.published), func(i int) bool { return n.published[i] < since })
}

func (a *API) readAnnouncements(ctx context.Context) (*announcements, error) {
	p := new(announcements)
	err := a.store.ActiveAnnouncements(ctx, func(row *namets.Announcement) error {
		list := &p.others
		if row.IsPinned {
			list = &p.pinned
		}
		list.published = append(list.published, row.PublishAt.UnixMicro())
		list.short.add(func(b []byte) []byte { return append(a.appendAnnouncement(b, row), '}') })
		list.long.add(func(b []byte) []byte {
			b = append(a.appendAnnouncement(b, row), `,"expire_at":`...)
			if row.ExpireAt == nil {
				b = append(b, "null"...)
			} else {
				b = appendTime(b, *row.ExpireAt, a.zone)
			}
			b = namets.AppendString(append(b, `,"category":`...), string(row.Category))
			return append(b, '}')
		})
		return nil
	})
	return p, err
}

// appendAnnouncement appends the keys that P2 and P6 share, without the closing brace.
func (a *API) appendAnnouncement(b []byte, row *namets.Announcement) []byte {
	b = appendInt(append(b, `{"id":`...), row.ID)
	b = namets.AppendString(append(b, `,"title":`...), row.Title)
	b = namets.AppendString(append(b, `,"content":`...), row.Content)
	return appendTime(append(b, `,"publish_at":`...), row.PublishAt, a.zone)
}

// newAnnouncements serves P2.
func (a *API) newAnnouncements(c echo.Context) error {
	return a.answerAnnouncements(c, &a.misread, func(n *newestFirst) *rows { return &n.short })
}

// newAnnouncementsLong serves P6.
func (a *API) newAnnouncementsLong(c echo.Context) error {
	return a.answerAnnouncements(c, &a.misreadLong, func(n *newestFirst) *rows { return &n.long })
}

func (a *API) answerAnnouncements(c echo.Context, m *misread, form func(*newestFirst) *rows) error {
	value, _ := lookup(c.Request().URL.RawQuery, "since")
	since, ok := parseSince(value, a.zone)
	if !ok {
		since = a.sinceOtherwise(value, m)
	}
	p, err := a.announcements.latest(c.Request().Context())
	if err != nil {
		return err
	}
	bound := since.UnixMicro()
	pinned := form(&p.pinned).window(0, p.pinned.since(bound))
	others := form(&p.others).window(0, p.others.since(bound))
	c.Response().Header()["X-Since"] = []string{formatSince(since)}
	return a.sendList(c, pinned, others)
}

// formatSince returns the value of the header X-Since (contract section 5).
func formatSince(t time.Time) string {
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format("2006-01-02T15:04:05.000000Z")
}
