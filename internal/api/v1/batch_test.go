package v1_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

const batchPath = "/api/v1/subscribers/batch"

// verdicts returns a line for each row of a batch's answer.
func verdicts(rows []map[string]any) (lines []string) {
	for _, row := range rows {
		line := fmt.Sprint(row["row"], " ", row["email"], " ", row["id"], " ", row["outcome"])
		if row["outcome"] == "invalid" {
			line += fmt.Sprint(" ", row["code"])
			for _, issue := range row["errors"].([]any) {
				line += fmt.Sprint(" ", issue.(map[string]any)["pointer"])
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestBatch_readsNoHugeRow(t *testing.T) {
	s := newSite(t)
	huge := `{"email":"huge@example.org",` + agreed + `,"phone":"` + strings.Repeat("1", 64<<10) + `"}`
	blank := `{"email":"blank@example.org"` + strings.Repeat(" ", 64<<10) + `}`
	body := `[` + huge + `,` + blank + `,{"email":"new@example.org",` + agreed + `}]`
	want := []string{"1 <nil> <nil> invalid invalid ", "2 <nil> <nil> invalid invalid ", "3 new@example.org 1 created"}
	got := s.call(t, http.MethodPost, batchPath, body).want(http.StatusOK).list()
	if diff := cmp.Diff(want, verdicts(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBatch_givesAVerdictARow(t *testing.T) {
	s := newSite(t)
	s.add(t, "old@example.org")
	body := `[{"email":"old@example.org","phone":"1"}, {"email":"new@example.org",` + agreed + `},
		{"email":"NEW@example.org"}, {"email":"asks@example.org"}, {"mail":"x@example.org"}, {"email":7}, 5, null,
		{"email":"nobody"}, {"email":"c@example.org","consent":"confirmed"}, {"email":"old2@example.org","id":1}]`
	want := []string{"1 old@example.org 1 updated", "2 new@example.org 2 created",
		"3 NEW@example.org <nil> invalid invalid /email",
		"4 asks@example.org <nil> invalid consent /email", "5 <nil> <nil> invalid invalid /mail",
		"6 <nil> <nil> invalid invalid /email", "7 <nil> <nil> invalid invalid ", "8 <nil> <nil> invalid invalid ",
		"9 nobody <nil> invalid invalid /email",
		"10 c@example.org <nil> invalid invalid /consent_at /consent_source",
		"11 old2@example.org <nil> invalid invalid /id"}
	dry := s.call(t, http.MethodPost, batchPath+"?dry_run=1", body).want(http.StatusOK)
	if got := verdicts(dry.list()); got[1] != "2 new@example.org <nil> created" || got[0] != want[0] {
		t.Errorf("dry run: %q", got)
	}
	atomic := s.call(t, http.MethodPost, batchPath+"?atomic=1", body).want(http.StatusUnprocessableEntity)
	var problem struct{ Rows []map[string]any }
	if err := json.Unmarshal(atomic.body, &problem); err != nil || len(problem.Rows) != 11 ||
		verdicts(problem.Rows)[1] != "2 new@example.org <nil> created" {
		t.Errorf("atomic: %v, %q", err, verdicts(problem.Rows))
	}
	if list, err := s.db.SubscriberIDs(t.Context(), namets.SubscriberFilter{}, 9); len(list) != 1 || err != nil {
		t.Errorf("stored by dry_run and atomic: %v, %v", list, err)
	}
	got := verdicts(s.call(t, http.MethodPost, batchPath, body).want(http.StatusOK).list())
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = verdicts(s.call(t, http.MethodPost, batchPath+"?mode=create", `[{"email":"old@example.org"}]`).list())
	if got[0] != "1 old@example.org <nil> invalid conflict /email" {
		t.Errorf("mode=create: %q", got)
	}
	got = verdicts(s.call(t, http.MethodPost, batchPath+"?mode=update", `[{"email":"z@example.org"}]`).list())
	if got[0] != "1 z@example.org <nil> invalid not_found " {
		t.Errorf("mode=update: %q", got)
	}
	got = verdicts(s.call(t, http.MethodPost, batchPath+"?atomic=1", `[{"email":"old@example.org","phone":"2"}]`).
		want(http.StatusOK).list())
	if got[0] != "1 old@example.org 1 updated" {
		t.Errorf("atomic without invalid rows: %q", got)
	}
}

func TestBatch_takesCSV(t *testing.T) {
	s := newSite(t)
	csv := func(query, body string) *response {
		return s.call(t, http.MethodPost, batchPath+query, body, "Content-Type", "text/csv; charset=utf-8")
	}
	table := "email;notify_events;consent;consent_at;consent_source\r\n\r\n" +
		"a@example.org;no;confirmed;2026-03-01;desk\r\nb@example.org;\"no\"x;;;\r\nc@example.org;maybe;;;\r\n" +
		"d@example.org;;confirmed;2026-03-01;desk\r\n"
	want := []string{"3 a@example.org 1 created", "4 <nil> <nil> invalid invalid ",
		"5 c@example.org <nil> invalid invalid /notify_events", "6 d@example.org 2 created"}
	if diff := cmp.Diff(want, verdicts(csv("", table).want(http.StatusOK).list())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	csv("", "email,mobile\n").wantProblem(http.StatusUnprocessableEntity, "invalid", "")
	csv("", "\xff\xfee\x00").wantProblem(http.StatusUnprocessableEntity, "invalid", "")
	csv("", "").wantProblem(http.StatusUnprocessableEntity, "invalid", "")
	csv("", "email\n"+strings.Repeat("x\n", 10_001)).wantProblem(http.StatusRequestEntityTooLarge, "too_large")
}

func TestBatch_refusesTheWhole(t *testing.T) {
	s := newSite(t)
	post := func(body string, headers ...string) *response {
		return s.call(t, http.MethodPost, batchPath, body, headers...)
	}
	post(`[{"email":"a@example.org"`).wantProblem(http.StatusBadRequest, "malformed")
	post(`[{"email":"a@example.org","email":"b@example.org"}]`).
		wantProblem(http.StatusBadRequest, "malformed", "/0/email")
	post(`{}}`).wantProblem(http.StatusBadRequest, "malformed")
	for _, body := range []string{`{}`, `null`, `"a@example.org"`} {
		p := post(body).wantProblem(http.StatusUnprocessableEntity, "invalid", "")
		if got := p.Errors[0].Detail; got != "must be a list of subscribers" {
			t.Errorf("%s: %q", body, got)
		}
	}
	post(`[]`, "Content-Type", "application/xml").wantProblem(http.StatusUnsupportedMediaType, "media_type")
	post("["+strings.Repeat("{},", 10_000)+"{}]").wantProblem(http.StatusRequestEntityTooLarge, "too_large")
	post("["+strings.Repeat(" ", 8<<20)+"]").wantProblem(http.StatusRequestEntityTooLarge, "too_large")
	s.call(t, http.MethodPost, batchPath+"?mode=all&dry_run=yes", `[]`).
		wantProblem(http.StatusUnprocessableEntity, "invalid", "mode", "dry_run")
	if got := string(post(`[]`).want(http.StatusOK).body); got != "[]" {
		t.Errorf("no rows: %s", got)
	}
}

// BenchmarkBatch upserts 5,000 subscribers, half of them new, with their audit rows and webhooks.
func BenchmarkBatch(b *testing.B) {
	post := func(s *site, rows []string) {
		r := httptest.NewRequest(http.MethodPost, batchPath, strings.NewReader("["+strings.Join(rows, ",")+"]"))
		r.Header.Set("X-N8N-Token", goodToken)
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "invalid") {
			b.Fatalf("%d %.300s", w.Code, w.Body)
		}
	}
	rows := make([]string, 5000)
	fill := func(phone int) {
		for i := range rows {
			rows[i] = fmt.Sprintf(`{"email":"p%d@example.org","phone":"+%d %d",%s}`, i, phone, i, agreed)
		}
	}
	for b.Loop() {
		b.StopTimer()
		s := newSite(b)
		fill(234)
		post(s, rows[:2500])
		fill(235)
		b.StartTimer()
		post(s, rows)
	}
}
