package web_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/labstack/echo/v4"

	"namets/web/webtest"
)

func TestRenderError_saysWhatHappenedAndWhatToDo(t *testing.T) {
	r := newRenderer(t, "Site")
	titles := make(map[string]int) // title → status
	for _, status := range []int{400, 403, 404, 405, 413, 429, 500, 503, 418, 502} {
		rec := answer(t, "GET", func(c echo.Context) error { return r.RenderError(c, status, "id-1") })
		if rec.Code != status || rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%d: got status %d, Cache-Control %q", status, rec.Code, rec.Header().Get("Cache-Control"))
		}
		if size := rec.Body.Len(); size > 30_000 {
			t.Errorf("%d: the page has %d bytes", status, size)
		}
		doc := webtest.Parse(t, rec.Body)
		title := doc.One("h1").Text()
		if other, seen := titles[title]; seen && status != 418 && status != 502 {
			t.Errorf("%d and %d have the same title %q", status, other, title)
		}
		titles[title] = status
		if got, want := doc.One("title").Text(), title+" · Site"; got != want {
			t.Errorf("%d: got window title %q, want %q", status, got, want)
		}
		if got := doc.One("main .eyebrow").Text(); got != strconv.Itoa(status) {
			t.Errorf("%d: got number %q", status, got)
		}
		if len(doc.All("main p")) < 4 || !doc.Has("main a.button[href=/]") {
			t.Errorf("%d: the page does not say what to do", status)
		}
		if got, want := doc.Has("main code"), status >= 500; got != want {
			t.Errorf("%d: request number shown: %t, want %t", status, got, want)
		}
		if inline := doc.Inline(); len(inline) > 0 {
			t.Errorf("%d: %q", status, inline)
		}
	}
}

func TestRenderError_keepsTheCallersHeaders(t *testing.T) {
	r := newRenderer(t, "Site")
	rec := answer(t, "GET", func(c echo.Context) error {
		c.Response().Header().Set("Retry-After", "60")
		return r.RenderError(c, http.StatusTooManyRequests, "")
	})
	if got := rec.Header().Get("Retry-After"); got != "60" {
		t.Errorf("got Retry-After %q", got)
	}
}

func TestRenderError_escapesTheRequestID(t *testing.T) {
	r := newRenderer(t, "Site")
	rec := answer(t, "GET", func(c echo.Context) error { return r.RenderError(c, 500, "<script>x</script>") })
	doc := webtest.Parse(t, rec.Body)
	if doc.Has("script") || doc.One("main code").Text() != "<script>x</script>" {
		t.Error("the request id is in the page as markup")
	}
}

func TestRenderError_answersHeadWithoutBody(t *testing.T) {
	r := newRenderer(t, "Site")
	rec := answer(t, "HEAD", func(c echo.Context) error { return r.RenderError(c, 404, "") })
	if rec.Code != 404 || rec.Body.Len() != 0 {
		t.Errorf("got status %d, %d bytes", rec.Code, rec.Body.Len())
	}
}
