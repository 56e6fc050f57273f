package admin_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"namets/internal/namets"
	"namets/web/admin"
	"namets/web/webtest"
)

// upload sends a file to the import of subscribers.
func (w *world) upload(data []byte, fields ...string) *httptest.ResponseRecorder {
	w.Helper()
	return w.uploadTo("/admin/subscribers/import", data, fields...)
}

// uploadTo sends a file to the path.
func (w *world) uploadTo(path string, data []byte, fields ...string) *httptest.ResponseRecorder {
	w.Helper()
	return w.uploadAs(namets.Editor, path, data, fields...)
}

// uploadAs sends a file to the path with the browser of the role.
func (w *world) uploadAs(role namets.Role, path string, data []byte, fields ...string) *httptest.ResponseRecorder {
	w.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		w.must(form.WriteField(fields[i], fields[i+1]))
	}
	part, err := form.CreateFormFile("file", "table.csv")
	w.must(err)
	_, err = part.Write(data)
	w.must(err)
	w.must(form.Close())
	return w.send(role, http.MethodPost, path, form.FormDataContentType(), &body)
}

// addresses returns the stored addresses.
func (w *world) addresses() (list []string) {
	w.Helper()
	w.must(w.db.EachSubscriber(w.Context(), namets.SubscriberFilter{}, func(s *namets.Subscriber) error {
		list = append(list, s.Email)
		return nil
	}))
	return list
}

func TestImport_showsVerdictsFirstAndImportsTheTableOnce(t *testing.T) {
	w := newWorld(t)
	w.enrol(2)
	gone, _, err := w.db.Subscriber(w.Context(), 2)
	w.must(err)
	w.must(w.db.Unsubscribe(w.Context(), namets.Actor{Kind: namets.Visitor}, gone.Token))
	before := w.kinds()
	doc := w.page(w.upload([]byte(
		"email,phone,<b>\nnew@example.org,1,\nPERSON1@example.org,,\nperson2@example.org,,\n<script>@example.org,,\n")),
		http.StatusOK)
	text := doc.One("dl").Text()
	for _, want := range []string{"1with mistakes", "1to be added", "1already stored", "1unsubscribed"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	if got := len(doc.All("tbody tr")); got != 4 || !doc.Has(".notice.warn") {
		t.Errorf("got %d verdicts", got)
	}
	if got := w.addresses(); len(got) != 1 {
		t.Errorf("the check stored %v", got)
	}
	carried := doc.One("textarea[name=table]")
	for range 2 {
		w.follow(namets.Editor, w.post(namets.Editor, "/admin/subscribers/import", "step", "import",
			"table", raw(carried)), "/admin/subscribers")
	}
	if got := strings.Join(w.addresses(), " "); got != "person1@example.org new@example.org" {
		t.Errorf("stored %s", got)
	}
	if after := w.kinds(); len(after) != len(before) ||
		after[namets.SubscriberJoined] != before[namets.SubscriberJoined] {
		t.Errorf("the import sent webhooks: %v, %v", before, after)
	}
	if text := w.page(w.get(namets.Editor, "/admin/activity"),
		http.StatusOK).One("main").Text(); !strings.Contains(text, "Imported 1 subscriber") {
		t.Errorf("the activity lacks the number of rows: %s", text)
	}
}

// raw restores the line breaks of the test's tables, which Text replaces by blanks.
func raw(n webtest.Node) string { return strings.ReplaceAll(n.Text(), " ", "\n") }

func TestImport_rejectsFilesThatAreNoTables(t *testing.T) {
	w := newWorld(t)
	for name, data := range map[string][]byte{
		"empty": nil, "no head": []byte("a@example.org"), "UTF-16": []byte("\xff\xfee\x00"),
		"an odd byte": []byte("email,phone\né@example.org,1\na@example.org,\xe9"),
	} {
		doc := w.page(w.upload(data, "step", "import"), http.StatusUnprocessableEntity)
		if !doc.Has("#e-file") {
			t.Errorf("%s: no error at the file", name)
		}
	}
	w.page(w.post(namets.Editor, "/admin/subscribers/import", "step", "import"), http.StatusUnprocessableEntity)
	if got := w.addresses(); len(got) != 0 {
		t.Errorf("stored %v", got)
	}
}

func TestImport_saysInWhichEncodingItReadsAFile(t *testing.T) {
	w := newWorld(t)
	text := w.page(w.upload([]byte("sep=;\r\nemail;phone\r\na@example.org;\xe9\r\n")), http.StatusOK).One("main").Text()
	if !strings.Contains(text, "The file is read as Windows-1252.") {
		t.Errorf("%s", text)
	}
	text = w.page(w.upload([]byte("email\na@example.org\n")), http.StatusOK).One("main").Text()
	if strings.Contains(text, "The file is read as") {
		t.Errorf("of UTF-8 too: %s", text)
	}
}

func TestImport_acceptsTenMegabytesAndRejectsMoreThanTheLimit(t *testing.T) {
	w := newWorld(t)
	line := []byte("nobody," + strings.Repeat("x", 93) + "\n")
	big := append([]byte("email,phone\n"), bytes.Repeat(line, 10<<20/len(line))...)
	doc := w.page(w.upload(big), http.StatusOK)
	if len(doc.All("tbody tr")) != 100 || doc.Has("textarea") {
		t.Error("the page of a large table is large")
	}
	if rec := w.upload(bytes.Repeat(line, 33<<20/len(line))); rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got status %d for 33 MB", rec.Code)
	}
}

func TestExport_canBeImportedWithoutLoss(t *testing.T) {
	w := newWorld(t)
	w.enrol(5)
	_, err := w.db.CreateSubscriber(w.Context(), namets.Actor{Kind: namets.System},
		namets.Subscriber{Email: "=cmd@example.org", Phone: "=1+1"})
	w.must(err)
	rec := w.get(namets.Editor, "/admin/subscribers/export")
	if !strings.HasPrefix(rec.Header().Get("Content-Disposition"), "attachment;") ||
		!strings.Contains(rec.Body.String(), "'=cmd@example.org,'=1+1,false,false") {
		t.Errorf("%v\n%s", rec.Header(), rec.Body)
	}
	other := newWorld(t)
	other.follow(namets.Editor, other.upload(rec.Body.Bytes(), "step", "import"), "/admin/subscribers")
	if got := other.get(namets.Editor, "/admin/subscribers/export").Body.String(); got != rec.Body.String() {
		t.Errorf("got\n%s\nwant\n%s", got, rec.Body)
	}
	if rec := w.get(namets.Editor, "/admin/subscribers/export?q=person3"); strings.Count(rec.Body.String(), "\n") != 2 {
		t.Errorf("the export with a filter is\n%s", rec.Body)
	}
	list, err := w.db.Activity(w.Context(), namets.AuditFilter{Actor: "editor", Entity: "subscribers", Limit: 100})
	w.must(err)
	if !slices.ContainsFunc(list, func(e namets.AuditEntry) bool { return e.Action == "download" }) {
		t.Error("the activity lacks the download of addresses")
	}
}

func TestImport_exportsAllVerdictsAsATable(t *testing.T) {
	w := newWorld(t)
	w.enrol(1)
	var table strings.Builder
	table.WriteString("email\n=1+1@example.org\nno address\n")
	for i := range 150 {
		fmt.Fprintf(&table, "person%d@example.org\n", i+1)
	}
	doc := w.page(w.upload([]byte(table.String())), http.StatusOK)
	if got := doc.One("form.cluster button").Text(); got != "All verdicts as a table" {
		t.Errorf("the button says %q", got)
	}
	rec := w.upload([]byte(table.String()), "step", "verdicts")
	if got := rec.Header().Get("Content-Length"); got != fmt.Sprint(rec.Body.Len()) {
		t.Errorf("the response of %d bytes has Content-Length %s", rec.Body.Len(), got)
	}
	lines := strings.Split(rec.Body.String(), "\r\n")
	if len(lines) != 154 || lines[1] != "2,'=1+1@example.org,added" ||
		!strings.HasPrefix(lines[2], "3,no address,email ") || lines[3] != "4,person1@example.org,unchanged" {
		t.Errorf("%d lines: %q", len(lines), lines[:4])
	}
	if got := len(w.addresses()); got != 1 {
		t.Errorf("%d are stored", got)
	}
}

func TestImport_countsChangedRows(t *testing.T) {
	w := newWorld(t)
	for _, email := range []string{"quiet@example.org", "still@example.org"} {
		s := namets.NewSubscriber(email)
		s.IsActive = false
		_, err := w.db.CreateSubscriber(t.Context(), theService, s)
		w.must(err)
	}
	const table = "email,is_active,phone\nquiet@example.org,yes,\nstill@example.org,yes,0803\n"
	doc := w.page(w.upload([]byte(table)), http.StatusOK)
	if text := doc.One("main").Text(); !strings.Contains(text, "Import it: 1 row") {
		t.Errorf("before the import: %s", text)
	}
	doc = w.follow(namets.Editor, w.upload([]byte(table), "step", "import"), "/admin/subscribers")
	if text := doc.One("main").Text(); !strings.Contains(text, "0 added, 1 changed, 0 with mistakes") {
		t.Errorf("after the import: %s", text)
	}
}

func TestImport_leavesNoFileAndProcessesOneAtATime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "uploads")
	w := newWorld(t, func(c *admin.Config) { c.Page.Uploads = dir })
	var all sync.WaitGroup
	for i := range 12 { // more than are received at the same time
		req := httptest.NewRequest(http.MethodPost, "http://namets.example/admin/subscribers/import",
			strings.NewReader(fmt.Sprintf(
				"--b\r\nContent-Disposition: form-data; name=\"step\"\r\n\r\nimport\r\n--b\r\nContent-Disposition: "+
					"form-data; name=\"file\"; filename=\"x\"\r\n\r\nemail\nperson%d@example.org\n\r\n--b--\r\n", i)))
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		for name, value := range w.cookies[namets.Editor] {
			req.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		all.Go(func() {
			rec := httptest.NewRecorder()
			if w.handler.ServeHTTP(rec, req); rec.Code != http.StatusSeeOther {
				t.Errorf("got %d\n%s", rec.Code, rec.Body)
			}
		})
	}
	all.Wait()
	if got := len(w.addresses()); got != 12 {
		t.Errorf("%d are stored", got)
	}
	w.page(w.upload([]byte("email\na@example.org"), "step", strings.Repeat("x", 100_000)), http.StatusBadRequest)
	w.page(w.upload(append([]byte("email\n\""), make([]byte, 100_000)...)), http.StatusUnprocessableEntity)
	w.upload([]byte("email\na@example.org\n"), "step", "verdicts")
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("remaining files: %v, %v", left, err)
	}
}

func TestImport_rejectsOverlongRows(t *testing.T) {
	w := newWorld(t)
	doc := w.page(w.upload([]byte("email,phone\na@example.org,1\nb@example.org,\"2\n"+strings.Repeat("x\n", 100_000)),
		"step", "import"), http.StatusUnprocessableEntity)
	if got := doc.One("#e-file").Text(); !strings.Contains(got, "more than 64 kB, which begins in line 3") {
		t.Errorf("got %q", got)
	}
	if got := w.addresses(); len(got) > 0 {
		t.Errorf("stored %v", got)
	}
}
