package transfer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/transfer"
)

// programRows reads a program's table and returns a line for each row.
func programRows(t *testing.T, table string) (lines []string) {
	t.Helper()
	r, err := transfer.OpenProgramCSV(strings.NewReader(table))
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return lines
		case err != nil:
			t.Fatal(err)
		case row.Bad != nil:
			lines = append(lines, fmt.Sprintf("%d bad: %s", row.Line, row.Bad.Message))
			if row.Why == nil {
				t.Errorf("line %d has no reason for programs", row.Line)
			}
		default:
			lines = append(lines, fmt.Sprint(row.Line, " ", *row.Patch.Email))
		}
	}
}

func TestOpenProgramCSV_readsOnAfterABrokenRow(t *testing.T) {
	const quote = "breaks off in line %s: a quotation mark is missing or is where none may be"
	broken := func(begins, at string) string { return begins + " bad: " + fmt.Sprintf(quote, at) }
	for name, tt := range map[string]struct {
		table string
		want  []string
	}{
		"one odd quotation mark": {"email,phone\na@example.org,1\nb@example.org,0\"2\nc@example.org,3\n",
			[]string{"2 a@example.org", broken("3", "3"), "4 c@example.org"}},
		"a quotation mark that is not closed": {
			"\ufeffemail;phone\r\na@example.org;\"1\r\n\r\nb@example.org;2\r\nc@example.org;3",
			[]string{broken("2", "5"), "4 b@example.org", "5 c@example.org"}},
		"blank lines before it": {"email\n\n\n\"a\"x\nb@example.org\n\n\"\nc@example.org",
			[]string{broken("4", "4"), "5 b@example.org", broken("7", "8"), "8 c@example.org"}},
		"a newline in a cell": {"email,phone\n\"a@example.org\",\"1\n2\"\nb@example.org,\n",
			[]string{"2 bad: phone must not contain line breaks or control characters", "4 b@example.org"}},
		"too long": {"email,phone\na@example.org,\"" + strings.Repeat("1\n", 40_000) + "\n",
			nil},
	} {
		got := programRows(t, tt.table)
		if name == "too long" {
			if len(got) < 2 || !strings.HasPrefix(got[0], "2 bad: has a row of more than 64 kB") {
				t.Errorf("%s: %.200q", name, got)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestOpenProgramCSV_wantsKnownColumns(t *testing.T) {
	for head, want := range map[string]string{
		"email,mobile":      "has a column that is not known, number 2 of the first line: the columns are email,",
		"Email":             "has a column that is not known",
		"email,email":       "has the column email twice",
		"phone":             "needs a first line",
		"a@example.org":     "has a column that is not known",
		"email,last_seen,x": "has a column that is not known",
	} {
		_, err := transfer.OpenProgramCSV(strings.NewReader(head + "\n"))
		problems, ok := errors.AsType[namets.Problems](err)
		if !ok || !strings.Contains(problems[0].Message, want) || strings.Contains(err.Error(), "example.org") {
			t.Errorf("%s: %v", head, err)
		}
	}
	if _, err := transfer.OpenProgramCSV(bytes.NewReader(nil)); namets.CodeOf(err) != namets.Invalid {
		t.Errorf("an empty table: %v", err)
	}
	all := strings.Join(transfer.ProgramColumns(), ",")
	if _, err := transfer.OpenProgramCSV(strings.NewReader(all)); err != nil {
		t.Errorf("%s: %v", all, err)
	}
}

func TestOpenProgramCSV_readsTheConsent(t *testing.T) {
	r, err := transfer.OpenProgramCSV(strings.NewReader("email,consent,consent_at,consent_source,key\n" +
		"a@example.org,confirmed,2026-03-01T10:00:00+01:00,paper,k-1\n"))
	if err != nil {
		t.Fatal(err)
	}
	row, err := r.Next()
	want := &namets.ClaimedConsent{At: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Source: "paper"}
	if err != nil || row.Consent == nil || !row.Consent.At.Equal(want.At) || row.Consent.Source != want.Source ||
		*row.Patch.Key != "k-1" {
		t.Errorf("%+v, %v", row, err)
	}
	for cells, want := range map[string]string{
		"yes,2026-03-01,paper":       "consent must be",
		",2026-03-01,paper":          "consent must be",
		"confirmed,,paper":           "consent_at is missing",
		"confirmed,2026-03-01,":      "consent_source is missing",
		"confirmed,yesterday,paper":  "consent_at must be a time",
		"confirmed,2026-03-01,paper": "",
	} {
		got := programRows(t, "email,consent,consent_at,consent_source\na@example.org,"+cells+"\n")
		if want == "" && got[0] == "2 a@example.org" {
			continue
		}
		if want == "" || !strings.Contains(got[0], want) {
			t.Errorf("%s: %q, want %q", cells, got, want)
		}
	}
}
