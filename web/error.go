package web

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"

	"github.com/labstack/echo/v4"
)

const errorPageName = "error"

type errorPage struct {
	Page
	Status    int
	Text      ErrorText
	RequestID string // empty: none is shown
}

// errorPages parses the error page and renders it once, so that it cannot fail for the first time
// in an emergency.
func (r *Renderer) errorPages() (*Pages, error) {
	files, err := fs.Sub(templates, "templates/page")
	if err != nil {
		return nil, fmt.Errorf("open error page: %w", err)
	}
	set, err := r.Pages(files, errorPageName)
	if err != nil {
		return nil, err
	}
	trial := r.newErrorPage(http.StatusInternalServerError, "trial")
	trial.SiteName, trial.T = r.cfg.SiteName, r.cfg.Texts
	if err := set.templates[errorPageName].Execute(io.Discard, trial); err != nil {
		return nil, fmt.Errorf("render error page: %w", err)
	}
	return set, nil
}

// RenderError responds with the page that explains status in plain words and says what to do. From
// status 500 on, it shows requestID for the visitor to quote, unless that is empty. The caller sets
// headers such as Allow or Retry-After. On an error nothing has been written.
func (r *Renderer) RenderError(c echo.Context, status int, requestID string) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return r.errors.Render(c, status, errorPageName, r.newErrorPage(status, requestID))
}

func (r *Renderer) newErrorPage(status int, requestID string) *errorPage {
	text, ok := r.cfg.Texts.Errors.ByStatus[status]
	switch {
	case ok:
	case status >= http.StatusInternalServerError:
		text = r.cfg.Texts.Errors.Ours
	default:
		text = r.cfg.Texts.Errors.Theirs
	}
	if status < http.StatusInternalServerError {
		requestID = ""
	}
	return &errorPage{Page: Page{Title: text.Title}, Status: status, Text: text, RequestID: requestID}
}
