package site

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"namets/web"
)

// resultPage shows only a message.
type resultPage struct {
	web.Page
	Text web.ResultText
	To   string // where its link leads
}

// result responds with a page that shows only a message.
func (s *Site) result(text web.ResultText) echo.HandlerFunc {
	return func(c echo.Context) error { return s.say(c, http.StatusOK, text, "/") }
}

func (s *Site) say(c echo.Context, status int, text web.ResultText, to string) error {
	private(c)
	return s.render(c, status, "result", &resultPage{Page: s.page(text.Title, ""), Text: text, To: to})
}
