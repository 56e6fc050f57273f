package serve_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"namets/internal/e2e/harness"
	"namets/internal/testlong"
)

// crowdedLimit is the memory limit of namets under attack, in kilobytes.
const crowdedLimit = 200_000

// peakMemory returns the peak memory of the process since its start, in kilobytes.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Skip("there is no /proc to read the memory of a process from")
	}
	kB, err := strconv.Atoi(regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindStringSubmatch(string(status))[1])
	if err != nil {
		t.Fatal(err)
	}
	return kB
}

// hostileRequests returns the kinds of requests that use most resources of a server. session is the
// cookie of a session that has ended; unknown browsers have none, or an invented one.
func hostileRequests(session string) []string {
	const form, parts = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
	post := func(path, cookie, kind, body string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: x\r\nCookie: namets=" + cookie + "\r\nContent-Type: " + kind +
			"\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	}
	chunked := func(path, cookie, kind, body string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: x\r\nCookie: namets=" + cookie + "\r\nContent-Type: " + kind +
			"\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	}
	quotes := func(n int) string { return "content=" + strings.Repeat("%22", n/3) }
	file := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n" +
		strings.Repeat("x", 10<<20) + "\r\n--b--\r\n"
	var fields, kept strings.Builder
	for i := range 8000 {
		fmt.Fprintf(&fields, "a%d&", i)
	}
	for i := range 900 {
		fmt.Fprintf(&kept, "kept.a%d=%s&", i, strings.Repeat("%22", 15))
	}
	return []string{
		post("/admin/subscribers/import", "x", form, quotes(10<<20)),
		chunked("/admin/subscribers/import", "x", form, quotes(10<<20)),
		post("/admin/prayer-times/import", "x", parts, file),
		chunked("/admin/subscribers/import", session, parts, file),
		post("/admin/subscribers/import", session, form, quotes(60_000)),
		post("/admin/announcements", session, form, quotes(60_000)),
		post("/admin/announcements", session, form, quotes(1_000_000)),
		post("/admin/login", "x", form, fields.String()),
		post("/admin/login", "x", form, "name=a&password="+strings.Repeat("a", 60_000)),
		post("/admin/login", "x", form, "name=a&password=b&kept-path=/admin/users&"+kept.String()),
		post("/admin/login", session, form, "name=a&password=b&kept-path=/admin/users&"+kept.String()),
		chunked("/admin/login", session, form, quotes(10<<20)),
		post("/admin/welcome/x", "x", form, "password="+strings.Repeat("a", 60_000)),
		post("/communications/subscribe/", "x", parts, "--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n"+
			strings.Repeat("a", 30_000)+"\r\n--b--"),
		post("/communications/subscribe/", "x", form, strings.Repeat("a&", 15_000)),
		post("/api/subscribers/", "x", "application/json", strings.Repeat("[", 1<<20)),
		"GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nX-Fill: " + strings.Repeat("a", 15_000) + "\r\n\r\n",
		"GET /admin/subscribers/?a=" + strings.Repeat("%22", 4000) +
			" HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n",
	}
}

// attack sends n hostile requests at once and reads no response. The connections are closed when
// the test ends.
func attack(t *testing.T, s *harness.Service, n int, session string) {
	t.Helper()
	requests := hostileRequests(session)
	var sending sync.WaitGroup
	for i := range n {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		sending.Go(func() { _, _ = io.WriteString(c, requests[i%len(requests)]) }) // the server may refuse the rest
		t.Cleanup(func() { c.Close(); sending.Wait() })
	}
}

// bigTable is a table of subscribers of nearly size bytes.
func bigTable(size int) []byte {
	var table bytes.Buffer
	table.WriteString("email,phone,is_active,is_verified,subscribed_at\n")
	note := strings.Repeat("0123456789", 15)
	for i := 0; table.Len() < size-400; i++ {
		fmt.Fprintf(&table, "somebody.with.quite.a.long.name.%d@a-place-of-some-length.example.org,"+
			"%s,true,false,2026-01-01T00:00:00Z\n", i, note)
	}
	return table.Bytes()
}

// uploadTable sends a table to the import of subscribers and returns the status and the final
// address.
func uploadTable(m *harness.AdminUser, table []byte, fields ...string) (status int, end string) {
	m.T.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		_ = form.WriteField(fields[i], fields[i+1])
	}
	part, err := form.CreateFormFile("file", "table.csv")
	if err != nil {
		m.T.Error(err)
		return 0, ""
	}
	_, _ = part.Write(table)
	_ = form.Close()
	resp, err := m.Post(m.S.URL+"/admin/subscribers/import", form.FormDataContentType(), &body)
	if err != nil {
		m.T.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Request.URL.Path
}

// endedSession signs a user in and out, and returns the cookie.
func endedSession(t *testing.T, s *harness.Service) string {
	t.Helper()
	a := postForm(t, s, "/admin/login", "name=admin&password="+strings.ReplaceAll(harness.AdminPassword, " ", "+"))
	value := regexp.MustCompile(`namets=([A-Z2-7]+)`).FindStringSubmatch(strings.Join(a.Header.Values("Set-Cookie"),
		"\n"))
	if value == nil {
		t.Fatalf("%+v", a)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/admin/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", "namets="+value[1])
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return value[1]
}

func TestServe_keepsItsMemoryBoundedUnderAttack(t *testing.T) {
	if testing.Short() {
		t.Skip("it imports two large tables")
	}
	env := harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword)
	s, cmd := harness.StartBinary(t, harness.BuildBinary(t), env)
	session := endedSession(t, s)
	var editors []*harness.AdminUser
	for range 2 {
		m := harness.NewUser(t, s)
		m.Timeout = 5 * time.Minute
		m.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.AdminPassword)
		editors = append(editors, m)
	}
	before := peakMemory(t, cmd.Process.Pid)
	table := bigTable(testlong.Size(2<<20, 32<<20))
	attack(t, s, testlong.Size(60, 200), session)
	var both sync.WaitGroup
	both.Go(func() {
		if status, end := uploadTable(editors[0], table); status != http.StatusOK {
			t.Errorf("checking a table ends with %d at %s", status, end)
		}
	})
	both.Go(func() {
		if status, end := uploadTable(editors[1], table, "step", "import"); status != http.StatusOK ||
			end != "/admin/subscribers" {
			t.Errorf("an import ends with %d at %s", status, end)
		}
	})
	both.Wait()
	peak := peakMemory(t, cmd.Process.Pid)
	t.Logf("%d kB before, %d kB at most", before, peak)
	if peak > crowdedLimit {
		t.Errorf("it used %d kB, more than %d kB", peak, crowdedLimit)
	}
	if a := s.Get(t, "/healthz"); a.Status != http.StatusOK {
		t.Errorf("status %d afterwards", a.Status)
	}
	// A response is read before its request has ended
	harness.Eventually(t, 30*time.Second, "the uploads are removed", func() bool {
		left, err := os.ReadDir(env["DATA_DIR"] + "/uploads")
		return err == nil && len(left) == 0
	})
}
