package server_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/server"
)

// content mounts a route that answers with net/http's own file logic: ETag, conditions, ranges.
func content(path, name, body string) func(*echo.Echo) {
	return func(e *echo.Echo) {
		e.GET(path, func(c echo.Context) error {
			c.Response().Header().Set("Etag", `"v1"`)
			http.ServeContent(c.Response(), c.Request(), name, time.Time{}, strings.NewReader(body))
			return nil
		})
	}
}

func unzip(t *testing.T, body string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCompress(t *testing.T) {
	page := strings.Repeat("<p>hello</p>\n", 1000)
	s := start(t, server.Config{}, content("/style.css", "style.css", page), content("/small.css", "small.css", "p{}"),
		content("/icon.svg", "icon.svg", page), content("/icon.png", "icon.png", page), blob("/api/list/", 10_000),
		blob("/data", 10_000),
		func(e *echo.Echo) {
			e.GET("/page", func(c echo.Context) error { return c.HTML(200, page) })
			e.GET("/parts", func(c echo.Context) error {
				c.Response().Header().Set("Content-Type", "text/html")
				_, err := io.Copy(c.Response(), iotest.OneByteReader(strings.NewReader(page)))
				return err
			})
			e.GET("/little", func(c echo.Context) error { return c.HTML(200, "little") })
			e.GET("/encoded", func(c echo.Context) error {
				c.Response().Header().Set("Content-Encoding", "br")
				return c.HTML(200, page)
			})
			e.GET("/empty", func(c echo.Context) error { return c.NoContent(204) })
			e.GET("/untyped", func(c echo.Context) error {
				_, err := c.Response().Write([]byte(page))
				return err
			})
		})
	tests := []struct {
		name, method, path, accept string
		headers                    []string
		status                     int
		zipped, vary               bool
		etag                       string
	}{
		{"a page", "GET", "/page", "gzip, deflate, br", nil, 200, true, true, ""},
		{"a page in many writes", "GET", "/parts", "gzip", nil, 200, true, true, ""},
		{"an untyped page", "GET", "/untyped", "gzip", nil, 200, true, true, ""},
		{"a style sheet gets a weak ETag", "GET", "/style.css", "gzip", nil, 200, true, true, `W/"v1"`},
		{"a drawing", "GET", "/icon.svg", "GZIP;q=0.5", nil, 200, true, true, `W/"v1"`},
		{"JSON outside /api/", "GET", "/data", "gzip", nil, 200, true, true, ""},
		{"JSON under /api/", "GET", "/api/list/", "gzip", nil, 200, false, false, ""},
		{"an image", "GET", "/icon.png", "gzip", nil, 200, false, false, `"v1"`},
		{"a small file", "GET", "/small.css", "gzip", nil, 200, false, true, `"v1"`},
		{"a small page", "GET", "/little", "gzip", nil, 200, false, true, ""},
		{"already encoded", "GET", "/encoded", "gzip", nil, 200, false, false, ""},
		{"HEAD", "HEAD", "/style.css", "gzip", nil, 200, false, true, `"v1"`},
		{"a range", "GET", "/style.css", "gzip", []string{"Range", "bytes=0-1999"}, 206, false, false, `"v1"`},
		{"not modified", "GET", "/style.css", "gzip", []string{"If-None-Match", `W/"v1"`}, 304, false, true, `W/"v1"`},
		{"not modified, uncompressed", "GET", "/style.css", "identity", []string{"If-None-Match", `"v1"`}, 304, false,
			true, `"v1"`},
		{"no body", "GET", "/empty", "gzip", nil, 204, false, false, ""},
		{"nobody asked", "GET", "/style.css", "identity", nil, 200, false, true, `"v1"`},
		{"refused", "GET", "/style.css", "gzip;q=0, identity", nil, 200, false, true, `"v1"`},
		{"another name", "GET", "/style.css", "xgzip, gzipped", nil, 200, false, true, `"v1"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, body := do(t, tt.method, s.url+tt.path, nil, append(tt.headers, "Accept-Encoding", tt.accept)...)
			zipped := res.Header.Get("Content-Encoding") == "gzip"
			vary := strings.Join(res.Header.Values("Vary"), ",") == "Accept-Encoding"
			if res.StatusCode != tt.status || zipped != tt.zipped || vary != tt.vary ||
				res.Header.Get("Etag") != tt.etag {
				t.Errorf("got %d %v", res.StatusCode, res.Header)
			}
			if res.ContentLength >= 0 && tt.method == "GET" && res.ContentLength != int64(len(body)) &&
				tt.status == 200 {
				t.Errorf("Content-Length %d of %d bytes", res.ContentLength, len(body))
			}
			if zipped {
				if len(body) > 2000 {
					t.Errorf("compressed to %d bytes", len(body))
				}
				body = unzip(t, body)
			}
			if tt.status == 200 && tt.method == "GET" && len(body) > 5000 && tt.path != "/data" &&
				tt.path != "/api/list/" && body != page {
				t.Error("another body")
			}
		})
	}
}

func TestCompress_errorPagesToo(t *testing.T) {
	page := strings.Repeat("sorry ", 1000)
	s := start(t, server.Config{RenderError: func(c echo.Context, status int, _ string) error {
		return c.HTML(status, page)
	}})
	res, body := do(t, "GET", s.url+"/none", nil, "Accept-Encoding", "gzip")
	if res.StatusCode != 404 || unzip(t, body) != page {
		t.Errorf("got %d %v", res.StatusCode, res.Header)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(s.access.String(), `"bytes":`+itoa(len(body))+`,`) {
		t.Errorf("the log counts other bytes than the %d that were sent: %s", len(body), s.access)
	}
}

func TestCompress_flushSendsWhatThereIs(t *testing.T) {
	flushed := make(chan struct{})
	s := start(t, server.Config{}, func(e *echo.Echo) {
		e.GET("/stream", func(c echo.Context) error {
			c.Response().Header().Set("Content-Type", "text/plain")
			if _, err := io.WriteString(c.Response(), "first"); err != nil {
				return err
			}
			c.Response().Flush()
			<-flushed
			_, err := io.WriteString(c.Response(), "second")
			return err
		})
	})
	req, err := http.NewRequest("GET", s.url+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	r, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 5)
	if _, err := io.ReadFull(r, first); err != nil || string(first) != "first" {
		t.Fatalf("got %q, %v", first, err)
	}
	close(flushed)
	if rest, err := io.ReadAll(r); err != nil || !bytes.Equal(rest, []byte("second")) {
		t.Errorf("got %q, %v", rest, err)
	}
}
