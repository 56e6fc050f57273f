package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

// oddSubscribers are rows that only an import of another site's data can store: forms reject most
// of them.
func oddSubscribers() (list []namets.Subscriber) {
	for i, s := range []namets.Subscriber{
		{Email: `"odd one"@example.org`, Phone: strings.Repeat("1", 300)},
		{Email: "nobody@localhost", Phone: "  "},
		{Email: "Amina Bello@Example.ORG", Phone: "0803\r\n0804"},
		{Email: " twice@example.org", Phone: " 0805\t"},
		{Email: "twice@example.org", Phone: "'=1+1"},
		{Email: "\u00a0=1+1@ex ample\u3000", Phone: "a\rb"},
		{Email: strings.Repeat("long", 100) + "@example.org"},
		{Email: "'@ｅxample..org", Phone: "\x01"},
		{Email: "x@bücher.example"},
		{Email: "quiet@@example.org"},
	} {
		s.ID, s.Token = int64(i+1), namets.NewUUID()
		s.SubscribedAt = time.Date(1+i*1000, 1, 1, 0, 0, 0, i*1000, time.UTC)
		s.IsActive, s.IsVerified = i != 9, i%2 == 0
		list = append(list, s)
	}
	return list
}

// stored imports rows of another site.
func (w *world) stored(data *namets.Dataset) {
	w.Helper()
	_, err := w.db.Import(w.Context(), theService, data, namets.ImportOptions{})
	w.must(err)
}

func TestImport_acceptsTheExportOfRowsThatFormsReject(t *testing.T) {
	w := newWorld(t)
	w.stored(&namets.Dataset{Subscribers: oddSubscribers()})
	table := w.get(namets.Editor, "/admin/subscribers/export").Body.Bytes()
	doc := w.page(w.upload(table), http.StatusOK)
	if text := doc.One("main").Text(); !strings.Contains(text, "nothing to import") ||
		!strings.Contains(text, "10already stored like this") {
		t.Errorf("before the import: %s", text)
	}
	lines := w.upload(table, "step", "verdicts").Body.String()
	if got := strings.Count(lines, ",unchanged\r\n"); got != 10 {
		t.Errorf("%d are unchanged:\n%s", got, lines)
	}
	doc = w.follow(namets.Editor, w.upload(table, "step", "import"), "/admin/subscribers")
	if text := doc.One("main").Text(); !strings.Contains(text, "0 added, 0 changed, 0 with mistakes") {
		t.Errorf("after the import: %s", text)
	}
	if got := w.get(namets.Editor, "/admin/subscribers/export").Body.String(); got != string(table) {
		t.Errorf("got\n%s\nwant\n%s", got, table)
	}
	other := newWorld(t)
	doc = other.page(other.upload(table), http.StatusOK)
	if text := doc.One("dl").Text(); !strings.HasPrefix(text, "8with mistakes") ||
		!strings.Contains(text, "2to be added") {
		t.Errorf("in an empty database: %s", text)
	}
}

func TestImport_validatesOnlyChanges(t *testing.T) {
	w := newWorld(t)
	w.stored(&namets.Dataset{Subscribers: oddSubscribers()})
	table := strings.Join([]string{
		"email,phone,notify_events",
		`"""ODD one""@example.org",,yes`,               // another spelling of a stored address, and a change
		`"""odd one""@example.org",,yes`,               // the same address again
		`nobody@localhost,` + strings.Repeat("2", 300), // a phone number that forms reject
		`nobody@localhost,0806,`,                       // imported, because the previous row was rejected
		`Amina Bello@example.org,,no`,
		`"""odd two""@example.org",,`,
		`twice@example.org,,yes`,
		` twice@example.org,0807,`,
		`  twice@example.org,,`, // matches neither of the two
		`x@xn--bcher-kva.example,0808,`,
		`x@bücher.example,0809,`,
	}, "\n") + "\n"
	want := []string{
		`2,"""ODD one""@example.org",changed`,
		`3,"""odd one""@example.org",has the address that is in line 2 already`,
		`4,nobody@localhost,phone must not be longer than 200 characters`,
		`5,nobody@localhost,changed`,
		`6,Amina Bello@example.org,unchanged`,
		`7,"""odd two""@example.org",` + `"email must consist of plain letters, digits and signs, without blanks"`,
		`8,twice@example.org,changed`,
		`9,twice@example.org,changed`,
		`10,twice@example.org,has the address that is in line 8 already`,
		`11,x@xn--bcher-kva.example,changed`,
		`12,x@bücher.example,has the address that is in line 11 already`,
	}
	rows := strings.Split(strings.TrimSpace(w.upload([]byte(table), "step", "verdicts").Body.String()), "\r\n")[1:]
	if got, want := strings.Join(rows, "\n"), strings.Join(want, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	doc := w.follow(namets.Editor, w.upload([]byte(table), "step", "import"), "/admin/subscribers")
	if text := doc.One("main").Text(); !strings.Contains(text, "0 added, 5 changed, 5 with mistakes") {
		t.Errorf("after the import: %s", text)
	}
	odd := oddSubscribers()
	phones := map[int64]string{1: odd[0].Phone, 2: "0806", 3: odd[2].Phone, 4: "0807", 5: odd[4].Phone, 9: "0808"}
	for id, want := range phones {
		if s, _, err := w.db.Subscriber(t.Context(), id); err != nil || s.Phone != want || s.Email != odd[id-1].Email {
			t.Errorf("%d: %+v, %v", id, s, err)
		}
	}
}

func TestPrayerTimes_importValidatesOnlyChanges(t *testing.T) {
	w := newWorld(t)
	day := func(n int) namets.PrayerSchedule { // not in the order of the prayers
		s := namets.PrayerSchedule{ID: int64(n), Date: namets.Date{Year: 2026, Month: 3, Day: n}, IsActive: true}
		minute := func(m int) namets.TimeOfDay { return namets.TimeOfDay(m * 60_000_000) }
		s.FajrAdhan, s.FajrIqama, s.DhuhrAdhan, s.DhuhrIqama = minute(600)+1, minute(590), minute(500), minute(490)
		s.AsrAdhan, s.AsrIqama, s.MaghribAdhan, s.MaghribIqama = minute(400), minute(390), minute(300), minute(290)
		s.IshaAdhan, s.IshaIqama = minute(1200), minute(1210)
		return s
	}
	w.stored(&namets.Dataset{PrayerSchedules: []namets.PrayerSchedule{day(1), day(2), day(3)}})
	table := w.get(namets.Editor, "/admin/prayer-times/export?month=2026-03").Body.String()
	const path, march = "/admin/prayer-times/import", "/admin/prayer-times?month=2026-03"
	doc := w.page(w.uploadTo(path, []byte(table)), http.StatusOK)
	if text := doc.One("main").Text(); !strings.Contains(text, "nothing to import") ||
		!strings.Contains(text, "3already stored like this") {
		t.Errorf("the export again: %s", text)
	}
	w.follow(namets.Editor, w.uploadTo(path, []byte(table), "step", "import"), "/admin/prayer-times?month=2026-03")

	moved := strings.Replace(table, "20:00,20:10", "20:00,20:15", 1)
	doc = w.page(w.uploadTo(path, []byte(moved)), http.StatusOK)
	if text := doc.One("dl").Text(); text != "1to be changed 2already stored like this" {
		t.Errorf("one iqama of an odd day is changed: %s", text)
	}
	seen := doc.One("[name=seen]").Attr("value")
	doc = w.follow(namets.Editor, w.uploadTo(path, []byte(moved), "step", "import", "seen", seen), march)
	if text := doc.One("main").Text(); !strings.Contains(text, "0 days added, 1 changed") {
		t.Errorf("after the import: %s", text)
	}
	s, _, err := w.db.PrayerSchedule(t.Context(), 1)
	if err != nil || s.IshaIqama.Minutes() != "20:15" || s.FajrAdhan != day(1).FajrAdhan {
		t.Errorf("%+v, %v", s, err)
	}

	worse := strings.Replace(table, "09:50,08:20", "09:40,08:20", 1) // on the first day
	first := strings.Split(table, "\r\n")[1]
	unstored := strings.Replace(first, "2026-03-01", "2026-03-04", 1)
	table = worse + unstored + "\r\n" + first + "\r\n" + first + "\r\n"
	doc = w.page(w.uploadTo(path, []byte(table), "step", "import"), http.StatusUnprocessableEntity)
	var faults []string
	for _, row := range doc.All("tbody tr") {
		faults = append(faults, row.Text())
	}
	text := strings.Join(faults, "\n")
	for _, want := range []string{
		"2–note fajr_iqama must not come before the call to prayer",
		"5–note fajr_iqama must not come before the call to prayer",
		"7–note has the day that is in line 6 already"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if got := doc.One("dl").Text(); !strings.HasPrefix(got, "3with mistakes") {
		t.Errorf("got %s", got)
	}
}
