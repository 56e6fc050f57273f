package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

// newClient returns a client that leaves no idle connection, and so no goroutine, behind.
func newClient() *http.Client {
	return &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true},
	}
}

// request sends body, unless it is nil, as JSON, decodes the response into answer, unless that is
// nil or the status is not a success, and returns the status.
func request(t testing.TB, client *http.Client, method, url string, header http.Header, body, answer any) int {
	t.Helper()
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	if resp.StatusCode/100 != 2 {
		t.Logf("%s %s: %s: %.500s", method, url, resp.Status, got)
		return resp.StatusCode
	}
	if answer != nil {
		if err := json.Unmarshal(got, answer); err != nil {
			t.Fatalf("%s %s: %v in %.500s", method, url, err, got)
		}
	}
	return resp.StatusCode
}

// whileUnavailable calls ask repeatedly while it returns 503, for a minute at most, and returns the
// last status: on a busy machine n8n reports for a moment that its database is not ready.
func whileUnavailable(t testing.TB, ask func() int) int {
	t.Helper()
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	deadline := time.Now().Add(time.Minute)
	for {
		status := ask()
		if status != http.StatusServiceUnavailable || time.Now().After(deadline) {
			return status
		}
		<-again.C
	}
}
