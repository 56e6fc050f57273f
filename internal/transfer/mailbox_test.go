package transfer_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/internal/transfer"
)

// decodeFile reads one of the files that people really have.
func decodeFile(t *testing.T, name string) *transfer.Table {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	table, err := transfer.DecodeSubscribersCSV(data)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestSubscribersCSV_takesDomainsAsTheyAreTyped(t *testing.T) {
	table := decodeFile(t, "10-idn.csv")
	var taken []string
	for _, row := range table.Rows {
		taken = append(taken, *row.Patch.Email)
	}
	want := []string{"id1@bücher.example", "id2@xn--bcher-kva.example", "id3@例え.jp", "ID5@EXAMPLE.ORG",
		"id8+tag@example.org"}
	if diff := cmp.Diff(want, taken); diff != "" {
		t.Errorf("taken (-want +got):\n%s\nthe others: %+v", diff, table.Bad)
	}
}

func TestSubscribersCSV_hasAMailboxOnce(t *testing.T) {
	for name, text := range map[string]string{
		"another spelling of the domain": "email\nx@bücher.example\nx@xn--bcher-kva.example\nX@BÜCHER.example\n",
	} {
		table, err := transfer.DecodeSubscribersCSV([]byte(text))
		if err != nil || len(table.Rows) != 1 || len(table.Bad) != 2 ||
			table.Bad[1].Message != "has the address that is in line 2 already" {
			t.Errorf("%s: %+v, %v", name, table, err)
		}
	}
	if table := decodeFile(t, "13-dup-case.csv"); len(table.Rows) != 1 || len(table.Bad) != 2 ||
		*table.Rows[0].Patch.Email != "Dup@example.org" {
		t.Errorf("another case: %+v", table)
	}
}

func TestDecode_takesTwoSpellingsOfAMailboxForAConflict(t *testing.T) {
	file, err := os.Open("testdata/51-idn-dump.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, err = transfer.Decode(file)
	bad, ok := errors.AsType[*transfer.Complaints](err)
	if !ok || len(bad.List) != 1 || bad.List[0].ID != 703 || bad.List[0].Field != "email" ||
		!strings.Contains(bad.Error(), "as in row 1,") {
		t.Errorf("%v", err)
	}
}
