package transfer_test

import (
	"bytes"
	"strings"
	"testing"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/transfer"
)

func openDatabase(t *testing.T) *sqlite.DB {
	t.Helper()
	return sqlitetest.Open(t, sqlite.Config{})
}

func importInto(t *testing.T, db *sqlite.DB, text string, o transfer.Options) (transfer.Summary, error) {
	t.Helper()
	by := namets.Actor{Kind: namets.Command, Name: "import"}
	return transfer.Import(t.Context(), db, by, strings.NewReader(text), o)
}

func exportFrom(t *testing.T, db *sqlite.DB) []byte {
	t.Helper()
	data, err := db.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return export(t, data)
}

func TestImport_andExportOfADatabaseGiveTheSameBytesEachTime(t *testing.T) {
	db := openDatabase(t)
	fixture := string(readFile(t, "fixture.json"))
	if _, err := importInto(t, db, fixture, transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	first := exportFrom(t, db)
	s, err := importInto(t, db, fixture, transfer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range s.Kinds {
		if k.Added != 0 || k.Replaced != 0 || k.Unchanged == 0 {
			t.Errorf("importing again: %+v", k)
		}
	}
	other := openDatabase(t)
	if _, err := importInto(t, other, string(first), transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	if second := exportFrom(t, other); !bytes.Equal(first, second) {
		t.Error("the export of the export differs")
	}
}

func TestImport_tellsWhatStandsInTheWayAndWritesNothing(t *testing.T) {
	db := openDatabase(t)
	if _, err := importInto(t, db, sound, transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	before := exportFrom(t, db)
	for _, tt := range []struct{ name, from, to, where string }{
		{"id with another content", `"id": 7, "email": "a@example.org"`, `"id": §7, "email": "c@example.org"`,
			`subscribers row 1 (id 7), id: `},
		{"address of another id but for case", `"id": 7, "email": "a@example.org"`,
			`"id": 70, "email": §"A@Example.org"`, `subscribers row 1 (id 70), email: `},
		{"slug of another id", `"id": 2, "title"`, `"id": 20, "title"`, `announcements row 1 (id 20), slug: `},
		{"date of another id", `"id": 6, "date": "`, `"id": 60, "date": §"`, `prayer_schedules row 1 (id 60), date: `},
		{"category that is nowhere", `"id": 4, "title": "E", "slug": "e-04", "description": "D",
   "is_featured": false, "is_active": true, "send_email": false, "location": "Hall", "category_id": 3`,
			`"id": 40, "title": "E", "slug": "e-40", "description": "D",
   "is_featured": false, "is_active": true, "send_email": false, "location": "Hall", "category_id": §30`,
			`events row 1 (id 40), category_id: `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			marked := strings.Replace(sound, tt.from, tt.to, 1)
			if marked == sound {
				t.Fatalf("%s is not in the file", tt.from)
			}
			_, err := importInto(t, db, strings.Replace(marked, "§", "", 1), transfer.Options{})
			if err == nil || !strings.Contains(err.Error(), ": "+tt.where) {
				t.Fatalf("error is %v, want one about %s", err, tt.where)
			}
			if strings.Contains(marked, "§") && !strings.Contains(err.Error(), positionOf(t, marked)+": "+tt.where) {
				t.Errorf("error is %v, want %s", err, positionOf(t, marked))
			}
			if strings.Contains(err.Error(), "@") {
				t.Errorf("error holds an address: %v", err)
			}
			if !bytes.Equal(exportFrom(t, db), before) {
				t.Error("something was written")
			}
		})
	}
}

func TestImport_replacesRowsWhenTold(t *testing.T) {
	db := openDatabase(t)
	if _, err := importInto(t, db, sound, transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(sound, `"title": "T"`, `"title": "U"`, 1)
	s, err := importInto(t, db, changed, transfer.Options{Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	if k := s.Kinds[1]; k.Kind != namets.KindAnnouncements || k.Replaced != 1 {
		t.Errorf("counts are %+v", s.Kinds)
	}
	if want := export(t, &decode(t, []byte(changed)).Data); !bytes.Equal(exportFrom(t, db), want) {
		t.Error("the row was not replaced")
	}
}
