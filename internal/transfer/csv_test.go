package transfer_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"namets/internal/namets"
	"namets/internal/transfer"
)

func table(t interface{ Fatal(...any) }, list []namets.Subscriber) []byte {
	var b bytes.Buffer
	err := transfer.EncodeSubscribersCSV(&b, func(yield func(*namets.Subscriber) error) error {
		for i := range list {
			if err := yield(&list[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSubscribersCSV_comesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []namets.Subscriber
		for i := range rapid.IntRange(1, 8).Draw(t, "n") {
			s := namets.Subscriber{
				Email: rapid.StringMatching(`[=+'%|a-z-][a-z+=-]{0,6}`).Draw(t, "local") + fmt.Sprint(i) +
					"@example.org",
				Phone:      rapid.StringMatching(`([=+'@%|-]{0,3}[0-9",;=+' ]{0,8}[0-9'])?`).Draw(t, "phone"),
				IsVerified: rapid.Bool().Draw(t, "v"), IsActive: rapid.Bool().Draw(t, "a"),
				Notify: namets.Preferences{Announcements: rapid.Bool().Draw(t, "n"),
					Events: rapid.Bool().Draw(t, "e"), PrayerChanges: rapid.Bool().Draw(t, "p")},
				SubscribedAt: time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "at")).UTC(),
			}
			if rapid.Bool().Draw(t, "notified") {
				at := s.SubscribedAt.Add(time.Hour)
				s.LastNotified = &at
			}
			s.Phone = strings.TrimSpace(s.Phone)
			list = append(list, s)
		}
		data := table(t, list)
		records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range cells(records) {
			if cell != "" && strings.ContainsRune("=+-@\t\r|%", rune(cell[0])) {
				t.Fatalf("the cell %q is a formula", cell)
			}
		}
		read, err := transfer.DecodeSubscribersCSV(data)
		if err != nil || len(read.Bad) > 0 || len(read.Ignored) > 0 {
			t.Fatalf("%v, %+v\n%s", err, read, data)
		}
		var back []namets.Subscriber
		for _, row := range read.Rows {
			s := namets.Subscriber{SubscribedAt: *row.SubscribedAt, LastNotified: row.LastNotified}
			row.Patch.Apply(&s)
			back = append(back, s)
		}
		if diff := cmp.Diff(list, back); diff != "" {
			t.Fatalf("-want +got:\n%s\n%s", diff, data)
		}
	})
}

func cells(records [][]string) (list []string) {
	for _, r := range records {
		list = append(list, r...)
	}
	return list
}

func TestDecodeSubscribersCSV_takesWhatSpreadsheetsWrite(t *testing.T) {
	for name, text := range map[string]string{
		"commas":             "email,phone,active\na@example.org,1,TRUE\nb@example.org,,no\n",
		"semicolons":         "E-Mail;Phone;Is Active\r\na@example.org;1;1\r\nb@example.org;;0\r\n",
		"byte order mark":    "\ufeffemail,phone,active\na@example.org,1,yes\nb@example.org,,false",
		"order, and quotes":  "\"active\",phone,\"email\"\nx,\"1\",\" a@example.org \"\nf,\"\",b@example.org",
		"short rows, blanks": "email,active,phone\n\na@example.org,true,1\n\nb@example.org,false\n",
	} {
		got, err := transfer.DecodeSubscribersCSV([]byte(text))
		if err != nil || len(got.Bad) > 0 || len(got.Rows) != 2 {
			t.Errorf("%s: %v, %+v", name, err, got)
			continue
		}
		a, b := got.Rows[0].Patch, got.Rows[1].Patch
		if *a.Email != "a@example.org" || *a.Phone != "1" || !*a.IsActive || b.Phone != nil || *b.IsActive ||
			a.Events != nil {
			t.Errorf("%s: %+v", name, got.Rows)
		}
	}
}

func TestDecodeSubscribersCSV_namesEachBadRow(t *testing.T) {
	got, err := transfer.DecodeSubscribersCSV([]byte("email,verified,colour,subscribed_at\n" +
		"a@example.org,true,red,2026-03-01\n,true,,\nno " +
		"address,,,\nb@example.org,maybe,,\nA@EXAMPLE.ORG,,,\nc@example.org,,,yesterday\nd@example.org,,,,5\n" +
		"\"e\n@example.org\",,,\n<script>@example.org,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []transfer.BadRow{
		{3, "email must not be empty", ""},
		{4, "email is not an address of the form name@example.org", "no address"},
		{5, "is_verified must be true or false", "b@example.org"},
		{6, "has the address that is in line 2 already", "A@EXAMPLE.ORG"},
		{7, "subscribed_at must be a time such as 2026-03-01T14:05:00Z", "c@example.org"},
		{8, "has more cells than there are columns", "d@example.org"},
		{9, "email must consist of plain letters, digits and signs, without blanks", "e\n@example.org"},
		{11, "email has a part before the @ that no mail server takes", "<script>@example.org"},
	}
	if diff := cmp.Diff(want, got.Bad); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(got.Rows) != 1 || got.Lines[0] != 2 || len(got.Ignored) != 1 || got.Ignored[0] != "colour" {
		t.Errorf("%+v", got)
	}
}

func TestDecodeSubscribersCSV_refusesFilesThatAreNoTable(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "is empty"}, {"blank", "\n\n", "is empty"}, {"no head", "a@example.org\n", "“email”"},
		{"UTF-16 that breaks off", "\xff\xfee\x00m", "looks like UTF-16"},
		{"UTF-16 with half a character", "\xff\xfee\x00\n\x00\x00\xd8a\x00", "line 2"},
		{"not of Windows-1252", "email,phone\na@example.org,caf\xe9\x81", "something in line 2 that Windows-1252"},
		{"UTF-8 with an odd byte", "email,phone\né@example.org,1\na@example.org,caf\xe9", "line 3"},
		{"NUL", "email\n\x00", "UTF-8"},
		{"spreadsheet", "PK\x03\x04", "spreadsheet"}, {"quote", "email\n\"a@example.org\n", "breaks off"},
		{"twice", "email,E-Mail\n", "twice"},
		{"too long", "email\n" + strings.Repeat("x\n", transfer.MaxTable+1), "more than"},
	} {
		_, err := transfer.DecodeSubscribersCSV([]byte(test.text))
		if e, ok := errors.AsType[*namets.Error](err); !ok || e.Field != "file" ||
			!strings.Contains(e.Message, test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

func FuzzDecodeSubscribersCSV(f *testing.F) {
	f.Add([]byte("email,phone\na@example.org,'+1\n"))
	f.Add([]byte("\ufeffemail;active\n\"a\"\"b\";x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := transfer.DecodeSubscribersCSV(data)
		if err == nil && len(got.Rows) != len(got.Lines) {
			t.Error("a row without a line")
		}
	})
}
