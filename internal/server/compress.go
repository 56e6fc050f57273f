package server

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// minCompressed is the smallest response in bytes that is worth compressing.
const minCompressed = 1 << 10

// compressor is a ResponseWriter that compresses the response if its type and size make that
// worthwhile. It is written by hand because Echo's middleware also compresses images, partial
// responses and responses to HEAD, ignores "gzip;q=0" and keeps strong ETags on changed bytes.
//
// It holds back the header and the first kilobyte until it can decide.
type compressor struct {
	http.ResponseWriter
	pool *sync.Pool

	accepted bool // the client takes gzip
	status   int  // 0: WriteHeader was not called
	checked  bool // the header alone has been looked at
	decided  bool // the header has gone out
	buffered []byte
	gz       *gzip.Writer // nil: not compressing
	sent     int64        // bytes of the body that went out
}

// compress puts a compressor in front of c's response.
func (p *compressors) compress(c echo.Context) *compressor {
	req := c.Request()
	w := &compressor{
		ResponseWriter: c.Response().Writer,
		pool:           &p.writers,
		accepted:       req.Method == http.MethodGet && acceptsGzip(req.Header["Accept-Encoding"]),
	}
	c.Response().Writer = w
	return w
}

// compressors pools gzip writers: a new one allocates almost a megabyte.
type compressors struct{ writers sync.Pool }

// acceptsGzip reports whether an Accept-Encoding header names gzip with a weight other than 0.
func acceptsGzip(values []string) bool {
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			name, params, _ := strings.Cut(part, ";")
			if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
				continue
			}
			key, weight, weighted := strings.Cut(params, "=")
			if !weighted || !strings.EqualFold(strings.TrimSpace(key), "q") {
				return true
			}
			q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
			return err == nil && q > 0
		}
	}
	return false
}

// compressible reports whether this media type compresses well.
func compressible(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	switch media {
	case "application/javascript", "application/json", "application/manifest+json", "image/svg+xml", "application/xml":
		return true
	}
	return strings.HasPrefix(media, "text/")
}

// WriteHeader records the status. Informational statuses are sent at once.
func (w *compressor) WriteHeader(status int) {
	if status < 200 {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if w.status != 0 {
		return
	}
	w.status = status
	if w.Header().Get("Content-Type") != "" || status == http.StatusNoContent || status == http.StatusNotModified {
		w.check()
	}
}

// check decides as far as the header allows.
func (w *compressor) check() {
	w.checked = true
	if !w.candidate() {
		w.decide(false)
	}
}

// candidate reports whether the header allows compression. It marks such a response as varying by
// Accept-Encoding, compressed or not.
func (w *compressor) candidate() bool {
	h := w.Header()
	if h.Get("Content-Encoding") != "" || w.status == http.StatusPartialContent {
		return false
	}
	if w.status == http.StatusNotModified {
		h.Add("Vary", "Accept-Encoding")
		if w.accepted {
			weaken(h) // the 200 that the client holds may have been a compressed one
		}
		return false
	}
	if !compressible(h.Get("Content-Type")) {
		return false
	}
	h.Add("Vary", "Accept-Encoding")
	if n, err := strconv.Atoi(h.Get("Content-Length")); err == nil && n < minCompressed {
		return false
	}
	return w.accepted && w.status != http.StatusNoContent
}

// weaken makes the ETag weak, because the bytes are the same only after decompression.
func weaken(h http.Header) {
	if etag := h.Get("Etag"); strings.HasPrefix(etag, `"`) {
		h.Set("Etag", "W/"+etag)
	}
}

// decide sends the header and the buffered bytes.
func (w *compressor) decide(zip bool) {
	w.decided = true
	if zip {
		h := w.Header()
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		h.Del("Accept-Ranges")
		weaken(h)
		gz, ok := w.pool.Get().(*gzip.Writer)
		if !ok {
			gz = gzip.NewWriter(nil)
		}
		gz.Reset(countingWriter{w})
		w.gz = gz
	}
	w.ResponseWriter.WriteHeader(w.status)
}

// countingWriter writes through to the client and counts bytes.
type countingWriter struct{ w *compressor }

func (c countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.ResponseWriter.Write(p)
	c.w.sent += int64(n)
	return n, err
}

// Write accepts the next bytes of the body.
func (w *compressor) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !w.checked {
		w.Header().Set("Content-Type", http.DetectContentType(p)) // as net/http does
		w.check()
	}
	if !w.decided {
		if len(w.buffered)+len(p) < minCompressed {
			w.buffered = append(w.buffered, p...)
			return len(p), nil
		}
		w.decide(true)
		if err := w.release(); err != nil {
			return 0, err
		}
	}
	return w.write(p)
}

// release writes the buffered bytes.
func (w *compressor) release() error {
	buffered := w.buffered
	w.buffered = nil
	if len(buffered) == 0 {
		return nil
	}
	_, err := w.write(buffered)
	return err
}

func (w *compressor) write(p []byte) (int, error) {
	if w.gz != nil {
		return w.gz.Write(p)
	}
	return countingWriter{w}.Write(p)
}

// FlushError sends the bytes so far. http.ResponseController calls it.
func (w *compressor) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !w.decided {
		w.decide(w.checked)
		if err := w.release(); err != nil {
			return err
		}
	}
	if w.gz != nil {
		if err := w.gz.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (w *compressor) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// finish sends the rest of the response. Errors are ignored, because they mean that the client is
// gone.
func (w *compressor) finish() {
	if w.status != 0 && !w.decided {
		w.decide(false)
		_ = w.release()
	}
	if w.gz != nil {
		_ = w.gz.Close()
		w.gz.Reset(nil)
		w.pool.Put(w.gz)
		w.gz = nil
	}
}
