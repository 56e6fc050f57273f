package transfer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/transfer"
)

func TestDecode_readsADumpAsTheSameRows(t *testing.T) {
	want, got := decode(t, readFile(t, "fixture.json")).Data, decode(t, readFile(t, "dumpdata.json"))
	// Django writes milliseconds.
	milli := cmp.Transformer("milli", func(at time.Time) string {
		return at.Truncate(time.Millisecond).Format(time.RFC3339Nano)
	})
	if diff := cmp.Diff(want, got.Data, milli); diff != "" {
		t.Errorf("data (-fixture +dump):\n%s", diff)
	}
	if got.Format != transfer.Django {
		t.Errorf("format is %s", got.Format)
	}
	foreign := []transfer.ModelCount{
		{Model: "auth.user", Count: 1}, {Model: "communications.donationcampaign", Count: 1},
		{Model: "core.sitesettings", Count: 1},
	}
	if diff := cmp.Diff(foreign, got.Foreign); diff != "" {
		t.Errorf("foreign models (-want +got):\n%s", diff)
	}
}

// dump holds one event of a dump, and an object that this service does not keep.
const dump = `[
{"model": "sessions.session", "pk": "abc", "fields": {"x": 1, "x": "\ud800"}},
{"model": "events.event", "pk": 9, "fields": {"title": "E", "slug": "e", "description": "", "start_datetime": "2026-03-02T10:30:00.500+01:00",
 "end_datetime": "2026-03-02T11:30:00Z", "location": "", "is_featured": false, "is_active": true, "send_email": false, "category": null,
 "image": "events/x.png", "created_by": ["committee"], "created_at": "x", "updated_at": null, "email_sent": 1}}
]`

func TestDecode_readsOffsetsAndMillisecondsOfADump(t *testing.T) {
	f := decode(t, []byte(dump))
	want := []namets.Event{{
		ID: 9, Title: "E", Slug: "e", Start: time.Date(2026, 3, 2, 9, 30, 0, 500_000_000, time.UTC),
		End: time.Date(2026, 3, 2, 11, 30, 0, 0, time.UTC), IsActive: true,
	}}
	if diff := cmp.Diff(want, f.Data.Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestDecode_takesAPatronsNullAddressInADumpAsNone(t *testing.T) {
	f := decode(t, []byte(`[{"model": "community.patron", "pk": 1, "fields": {"name": "P", "designation": "", "bio": "", "email": null,
 "hierarchy_order": 0, "is_active": true, "receive_notifications": false, "photo": ""}}]`))
	if len(f.Data.Patrons) != 1 || f.Data.Patrons[0].Email != "" {
		t.Errorf("patrons are %+v", f.Data.Patrons)
	}
}

func TestDecode_namesTheObjectOfADump(t *testing.T) {
	for _, tt := range []struct{ name, from, to, want string }{
		{"unknown field", `"location": ""`, `"location": "", §"capacity": 40`,
			`events.event row 2 (id 9), capacity: is not a key of such a row, and would be lost; take it out or ` +
				`correct its spelling`},
		{"field of the other format", `"category": null`, `"category": null, §"category_id": 1`,
			`events.event row 2 (id 9), category_id: is not a key of such a row, and would be lost; take it out or ` +
				`correct its spelling`},
		{"helper of the other format", `"category": null`, `"category": null, §"start_rel_us": 1`,
			`events.event row 2 (id 9), start_rel_us: is not a key of such a row, and would be lost; take it out or ` +
				`correct its spelling`},
		{"missing field", `{"model": "events.event", "pk": 9, "fields": {"title": "E", `,
			`§{"model": "events.event", "pk": 9, "fields": {`,
			`events.event row 2 (id 9), title: is missing` + textForm},
		{"natural key", `"category": null`, `"category": §["lecture"]`,
			`events.event row 2 (id 9), category: is a natural key; dump again without --natural-foreign; it has to ` +
				`be null or a whole number from 1 to 9007199254740991`},
		{"natural primary key", `{"model": "events.event", "pk": 9, `, `§{"model": "events.event", `,
			`events.event row 2, pk: is missing; dump again without --natural-primary`},
		{"text as primary key", `"pk": 9`, `"pk": §"9"`, `events.event row 2, pk: is a text` + idForm},
		{"primary key among the fields", `"location": ""`, `"location": "", §"pk": 1`,
			`events.event row 2 (id 9), pk: is twice in this row, first at line 3, column 27; write it once`},
		{"id among the fields", `"location": ""`, `"location": "", §"id": 1`,
			`events.event row 2 (id 9), id: is not a key of such a row, and would be lost; take it out or ` +
				`correct its spelling`},
		{"unknown part", `"pk": 9`, `"pk": 9, §"using": "x"`, `events.event row 2, using: is not a key of a dump's ` +
			`object; take it out`},
		{"part twice", `"pk": 9`, `"pk": 9, §"pk": 9`, `object row 2, pk: is twice in this object, first at line ` +
			`3, column 27; write it once`},
		{"no model", `{"model": "events.event", `, `§{`, `object row 2, model: is missing or no model; it has to be ` +
			`a text like "events.event"`},
		{"address as model", `{"model": "events.event"`, `§{"model": "a@example.org"`,
			`object row 2, model: is missing or no model; it has to be a text like "events.event"`},
		{"no object", "[\n", "[§7,\n", `object row 1: is a number; it has to be an object with the keys "model", ` +
			`"pk" and "fields"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			marked := strings.Replace(dump, tt.from, tt.to, 1)
			_, err := transfer.Decode(strings.NewReader(strings.Replace(marked, "§", "", 1)))
			wantLines(t, err, positionOf(t, marked)+": "+tt.want)
		})
	}
	_, err := transfer.Decode(strings.NewReader(`[{"model": "events.event", "pk": 1, "fields": []}]`))
	wantLines(t, err, `line 1, column 2: events.event row 1, fields: is missing or no object; it has to hold the `+
		`fields of the row`)
}

func TestDecode_findsTheSameRowTwiceInADump(t *testing.T) {
	text := strings.TrimSuffix(dump, "\n]") +
		strings.TrimPrefix(dump[strings.Index(dump, "\n{\"model\": \"events"):], "")
	text = strings.Replace(text, "}}\n{", "}},\n{", 1)
	_, err := transfer.Decode(strings.NewReader(text))
	wantLines(t, err,
		`line 6, column 33: events.event row 3 (id 9), pk: is the same as in row 2, line 3, column 33; each `+
			`may occur once only`,
		`line 6, column 69: events.event row 3 (id 9), slug: is the same as in row 2, line 3, column 69; each `+
			`may occur once only`,
	)
}
