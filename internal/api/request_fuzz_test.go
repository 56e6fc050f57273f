package api_test

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

// FuzzRequest sends whatever net/http lets through, and wants an answer of the contract and an
// untouched database.
func FuzzRequest(f *testing.F) {
	s := newGoldenSite(f)
	for i, c := range contractCases(f) {
		if i%5 == 0 {
			f.Add(c.request())
		}
	}
	for _, path := range append(paths(), "/api/events/upcoming/?days=-1", "/api/subscribers/?links=1&prayer=%zz") {
		f.Add([]byte("HEAD " + path + " HTTP/1.1\r\nHost: x\r\nX-N8N-Token: " + goodToken + "\r\n\r\n"))
	}
	written := s.watch(f)
	f.Fuzz(func(t *testing.T, request []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		switch w.Code {
		case 200, 204, 301, 400, 403, 404, 405, 413:
		default:
			t.Fatalf("%q: status %d: %s", request, w.Code, w.Body)
		}
		if declared := w.Header().Get("Content-Length"); declared != "" && r.Method != http.MethodHead &&
			declared != strconv.Itoa(w.Body.Len()) {
			t.Fatalf("%q: Content-Length %s for %d bytes", request, declared, w.Body.Len())
		}
		if written() {
			t.Fatalf("%q: the database was written", request)
		}
		allowed := r.Header["X-N8n-Token"]
		if w.Code == 200 && (len(allowed) != 1 || !bytes.Contains([]byte(allowed[0]), []byte(goodToken))) {
			t.Fatalf("%q: answered without the token", request)
		}
	})
}
