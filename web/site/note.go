package site

import (
	"net/http"

	"namets/web"

	"github.com/labstack/echo/v4"
)

// notePage only says something.
type notePage struct {
	web.Page
	Text web.NoteText
	To   string // where its link leads
}

// note answers with a page that only says something.
func (s *Site) note(text web.NoteText) echo.HandlerFunc {
	return func(c echo.Context) error { return s.say(c, http.StatusOK, text, "/") }
}

func (s *Site) say(c echo.Context, status int, text web.NoteText, to string) error {
	private(c)
	return s.render(c, status, "note", &notePage{Page: s.page(text.Title, ""), Text: text, To: to})
}
