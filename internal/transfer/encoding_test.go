package transfer_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"namets/internal/transfer"
)

// TestTables_inEveryEncoding reads one table in every form in which spreadsheets write it, as the
// committee's and as a program's.
func TestTables_inEveryEncoding(t *testing.T) {
	rows := func(comma string) string {
		return strings.ReplaceAll("email;phone\r\na@example.org;\"1;é\"\r\nnobody;2\r\nb@example.org;3", ";", comma)
	}
	utf16le, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(rows(","))
	if err != nil {
		t.Fatal(err)
	}
	utf16be, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String("sep=;\r\n" + rows(";"))
	if err != nil {
		t.Fatal(err)
	}
	windows, err := charmap.Windows1252.NewEncoder().String(rows(";"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, text, comma, encoding string
		line                        int // of the row of nobody
	}{
		{"UTF-8", rows(","), ",", "", 3}, {"with a byte order mark", "\ufeff" + rows(";"), ";", "", 3},
		{"a line sep=", "sep=;\r\n" + rows(";"), ";", "", 4},
		{"both", "\ufeffSEP=|\n" + rows("|"), "|", "", 4}, {"quoted", "\"sep=;\"\r\n" + rows(";"), ";", "", 4},
		{"UTF-16, little-endian", utf16le, ",", "UTF-16", 3}, {"UTF-16, big-endian", utf16be, ";", "UTF-16", 4},
		{"Windows-1252", windows, ";", "Windows-1252", 3},
	} {
		for who, open := range map[string]func(io.ReadSeeker) (*transfer.SubscriberTable, error){
			"committee": transfer.OpenSubscribersCSV, "program": transfer.OpenProgramCSV} {
			table, err := open(bytes.NewReader([]byte(tt.text)))
			if err != nil {
				t.Errorf("%s, %s: %v", tt.name, who, err)
				continue
			}
			var got []string
			for {
				row, err := table.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("%s, %s: %v", tt.name, who, err)
				}
				if row.Bad != nil {
					got = append(got, fmt.Sprint("bad ", row.Bad.Line))
					continue
				}
				got = append(got, *row.Patch.Email+" "+*row.Patch.Phone)
			}
			want := fmt.Sprintf("a@example.org 1%sé, bad %d, b@example.org 3", tt.comma, tt.line)
			if text := strings.Join(got, ", "); text != want || table.Encoding != tt.encoding {
				t.Errorf("%s, %s: %s in %q, want %s", tt.name, who, text, table.Encoding, want)
			}
		}
	}
}

// TestProgramTable_goesOnAfterABrokenRow checks that a broken row in another encoding spoils no
// other.
func TestProgramTable_goesOnAfterABrokenRow(t *testing.T) {
	text := "sep=;\nemail;phone\nx@example.org;caf\xe9\"\nb@example.org;\xe9\n"
	table, err := transfer.OpenProgramCSV(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	first, err := table.Next()
	if err != nil || first.Bad == nil || first.Bad.Line != 3 {
		t.Errorf("%+v, %v", first, err)
	}
	second, err := table.Next()
	if err != nil || second.Bad != nil || *second.Patch.Phone != "é" || second.Line != 4 {
		t.Errorf("%+v, %v", second, err)
	}
}
