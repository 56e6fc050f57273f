package transfer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"namets/internal/transfer"
)

func TestDecode_namesPositionRowFieldAndRemedy(t *testing.T) {
	for _, tt := range badRows {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(sound, tt.from) {
				t.Fatalf("%s is not in the file", tt.from)
			}
			marked := strings.Replace(sound, tt.from, tt.to, 1)
			f, err := transfer.Decode(strings.NewReader(strings.Replace(marked, "§", "", 1)))
			wantLines(t, err, positionOf(t, marked)+": "+tt.want)
			if f == nil {
				t.Error("the sound rows are missing")
			}
		})
	}
}

// positionOf returns the place of the § in text.
func positionOf(t *testing.T, text string) string {
	t.Helper()
	before, _, ok := strings.Cut(text, "§")
	if !ok {
		t.Fatal("the text has no mark")
	}
	line := before[strings.LastIndex(before, "\n")+1:]
	return fmt.Sprintf("line %d, column %d", 1+strings.Count(before, "\n"), 1+utf8.RuneCountInString(line))
}

func TestDecode_tellsAllProblemsInOneGo(t *testing.T) {
	text := sound
	for _, cut := range [][2]string{
		{`"is_verified": true`, `"is_verified": "yes"`},
		{`"slug": "e-04"`, `"slug": null`},
		{`"bio": "B"`, `"boi": "B"`},
		{`"date": "2026-03-01"`, `"date": "1 March"`},
	} {
		text = strings.Replace(text, cut[0], cut[1], 1)
	}
	f, err := transfer.Decode(strings.NewReader(text + "\n]"))
	wantLines(t, err,
		`line 3, column 73: subscribers row 1 (id 7), is_verified: is a text; it has to be true or false`,
		`line 14, column 35: events row 1 (id 4), slug: is null`+textForm+" that is not empty",
		`line 19, column 3: patrons row 1 (id 5), bio: is missing`+textForm,
		`line 19, column 46: patrons row 1 (id 5), boi: is not a key of such a row, and would be lost; take it out `+
			`or correct its spelling`,
		`line 21, column 21: prayer_schedules row 1 (id 6), date: is not a date of the form YYYY-MM-DD; it has to be `+
			`a date like "2026-03-01"`,
		`line 25, column 1: there is more after the end of the JSON value, beginning with ']'; take it out`,
	)
	if len(f.Data.Subscribers) != 1 || len(f.Data.Events) != 0 || len(f.Data.Announcements) != 1 {
		t.Errorf("sound rows: %+v", f.Data)
	}
}

func TestDecode_stopsListingAtAThousandComplaints(t *testing.T) {
	rows := strings.Repeat(`{}, `, 400) + `{}`
	_, err := transfer.Decode(strings.NewReader(`{"event_categories": [` + rows + `]}`))
	bad, ok := errors.AsType[*transfer.Complaints](err)
	if !ok || len(bad.List) != 1000 || bad.More != 401*4+5-1000 {
		t.Fatalf("error is %v", err)
	}
	if want := fmt.Sprintf("\nand %d more", bad.More); !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error does not end with %q", want)
	}
}

func TestDecode_namesWhereTheJSONBreaks(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", `line 1, column 1: the file is empty`},
		{"blank", " \n ", `line 2, column 2: the file ends in the middle of its JSON value`},
		{"text", `"rows"`, `line 1, column 1: the file has to begin with { (what namets export writes) or [ (a ` +
			`Django dump), not '"'`},
		{"UTF-16", "\xff\xfe{\x00}\x00", `line 1, column 1: the file is in UTF-16; save it as UTF-8`},
		{"cut off", "{\n \"about\": \"x", `line 2, column 13: about: the file ends in the middle of its JSON value`},
		{"no colon", `{"about" "x"}`, `line 1, column 10: a colon has to follow the key, not '"'`},
		{"no comma", `{"about": "x" "now": 1}`, `line 1, column 15: a comma or '}' has to be here, not '"'`},
		{"comma at the end", `{"about": "x",}`, `line 1, column 15: a key in double quotes has to be here, not '}'`},
		{"comma at the end of a list", `{"about": [1, ]}`, `line 1, column 15: about: a JSON value has to ` +
			`be here, not ']'`},
		{"single quotes", `{'about': 1}`, `line 1, column 2: a key in double quotes has to be here, not '\''`},
		{"no value", `{"about": }`, `line 1, column 11: about: a JSON value has to be here, not '}'`},
		{"word", `{"about": nil}`, `line 1, column 11: about: a JSON value has to be here: texts in double ` +
			`quotes, or true, false, null`},
		{"leading zero", `{"about": 01}`, `line 1, column 11: about: a number has to be written like 7 or -2.5`},
		{"NaN", `{"about": NaN}`, `line 1, column 11: about: a JSON value has to be here, not 'N'`},
		{"bad escape", `{"about": "\x"}`, "line 1, column 12: about: a backslash has to be followed by " +
			"one of \" \\ / b " +
			"f n r t, or u and four hexadecimal digits"},
		{"bad hex", `{"about": "\u12g4"}`, "line 1, column 12: about: a backslash has to be followed " +
			"by one of \" \\ / " +
			"b f n r t, or u and four hexadecimal digits"},
		{"line break in a text", "{\"about\": \"x\n\"}", `line 1, column 13: about: a text may not hold a line break ` +
			`or another control character as it is; ` +
			`write it like \n or \u000b, or close the text with a double quote`},
		{"too deep", `{"about": ` + strings.Repeat("[", 200), `line 1, column 111: about: values are nested deeper ` +
			`than 100 levels`},
		{"stray byte", "{\xfe", `line 1, column 2: a key in double quotes has to be here, not the byte 0xFE`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := transfer.Decode(strings.NewReader(tt.text))
			wantLines(t, err, tt.want)
		})
	}
}

func TestDecode_namesTheRowAndTheFieldInWhichTheJSONBreaks(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"value", "{\"patrons\": [{}],\n \"events\": [{}, {\"id\": 1, \"title\": x}",
			`line 2, column 36: events row 2, title: a JSON value has to be here, not 'x'`},
		{"between two keys", `{"events": [{"id": 1 "title": ""}]}`, `line 1, column 22: events row 1: a comma or '}' ` +
			`has to be here, not '"'`},
		{"between two rows", `{"events": [{} {}]}`, `line 1, column 16: events: a comma or ']' has to ` +
			`be here, not '{'`},
		{"cut off", `{"events": [{"id": 1, "title": "x`, `line 1, column 34: events row 1, title: the file ends in ` +
			`the middle of its JSON value`},
		{"inside of a value", `{"events": [{"id": [{"x": 01}]}]}`, `line 1, column 27: events row 1, x: a number has ` +
			`to be written like 7 or -2.5`},
		{"an address as a key", `{"events": [{"a@example.org": 01}]}`, `line 1, column 31: events row 1, (a key): a ` +
			`number has to be written like 7 or -2.5`},
		{"Django", `[{"model": "auth.user"}, {"model": "events.event", "pk": 1, "fields": {"title": tru`,
			`line 1, column 84: object row 2, title: the file ends in the middle of its JSON value`},
		{"Django row", `[{"model": "auth.user"}, nix`, `line 1, column 26: object row 2: a JSON value has to be ` +
			`here: texts in double quotes, or true, false, null`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := transfer.Decode(strings.NewReader(tt.text))
			if err == nil || !strings.Contains("\n"+err.Error()+"\n", "\n"+tt.want+"\n") {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestDecode_wantsEveryListOnce(t *testing.T) {
	_, err := transfer.Decode(strings.NewReader(`{"events": [],
 "events": [], "patrons": {}, "prayer_schedules": [], "announcements": [], "event_categories": []}`))
	wantLines(t, err,
		`line 1, column 1: subscribers: is missing; it has to be a list, [] when there are no rows`,
		`line 2, column 2: events: is twice in the file, first at line 1, column 2; write it once`,
		`line 2, column 27: patrons: is an object; it has to be a list of objects`,
	)
}

func TestDecode_acceptsWhatIsOddButWellFormed(t *testing.T) {
	for _, tt := range []struct{ name, from, to string }{
		{"byte order mark", "{\n", "\ufeff{\n"},
		{"end before start", `"end_datetime": "2026-03-02T11:30:00Z"`, `"end_datetime": "2025-03-02T11:30:00Z"`},
		{"upper case", `"a@example.org"`, `"A@EXAMPLE.ORG"`},
		{"long local part", `"a@example.org"`, `"` + strings.Repeat("x", 65) + `@example.org"`},
		{"empty texts", `"title": "T"`, `"title": ""`},
		{"no phone", `"+234 1"`, `null`},
		{"helpers", "{\n", `{"about": [{"x": 1, "x": 2}], "now": null, "time_zone": "", "api_token": "s",` + "\n"},
		{"largest id", `"id": 7`, `"id": 9007199254740991`},
		{"patron with the address of a subscriber", `"email": ""`, `"email": "A@example.org"`},
		{"event with the slug of an announcement", `"e-04"`, `"a-02"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := transfer.Decode(strings.NewReader(strings.Replace(sound, tt.from, tt.to, 1)))
			if err != nil || f.Format != transfer.Native {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestDecode_keepsTextsByteForByte(t *testing.T) {
	text := strings.Replace(sound, `"title": "T"`,
		`"title": "\b\f\n\r\t\u000b\u001f\"\\\/\u007f\ud83d\ude4f\ufffd<&>\u2028"`, 1)
	f, err := transfer.Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	want := "\b\f\n\r\t\v\x1f\"\\/\x7f🙏\ufffd<&>\u2028"
	if got := f.Data.Announcements[0].Title; got != want {
		t.Errorf("title is %q, want %q", got, want)
	}
}

func TestDecode_takesTimesToTheMicrosecondInAnyZone(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"2026-03-01T07:30:00Z", "2026-03-01T07:30:00Z"},
		{"2026-03-01T08:30:00.001+01:00", "2026-03-01T07:30:00.001Z"},
		{"2026-02-28T23:59:59.999999-05:30", "2026-03-01T05:29:59.999999Z"},
		{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		{"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
	} {
		f, err := transfer.Decode(strings.NewReader(strings.Replace(sound, "2026-03-01T07:30:00Z", tt.text, 1)))
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if got := f.Data.Announcements[0].PublishAt.Format("2006-01-02T15:04:05.999999Z07:00"); got != tt.want {
			t.Errorf("%s is %s, want %s", tt.text, got, tt.want)
		}
	}
}

func TestDecode_neverPutsAnAddressOrTokenIntoAComplaint(t *testing.T) {
	const address, token = "someone.secret@example.org", "306cc298-4f1b-553e-a783-92b1ea6d9955"
	for _, tt := range badRows {
		text := strings.Replace(strings.Replace(sound, tt.from, tt.to, 1), "§", "", 1)
		for _, secret := range []string{address, token} {
			for _, location := range []string{`"T"`, `"a-02"`, `"general"`, `"2026-03-01T07:30:00Z"`, `"05:23:00"`,
				`"bio"`, `"patrons"`, `5`, `true`} {
				_, err := transfer.Decode(strings.NewReader(strings.Replace(text, location, `"`+secret+`"`, 1)))
				if err != nil && strings.Contains(err.Error(), address) {
					t.Fatalf("%s at %s: %v", tt.name, location, err)
				}
			}
		}
		_, err := transfer.Decode(strings.NewReader(text))
		if err != nil && (strings.Contains(err.Error(), "@example") || strings.Contains(err.Error(), token)) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// manyRows is a file of n subscribers, on one line.
func manyRows(n int) string {
	var b strings.Builder
	b.WriteString(`[`)
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, `{"model": "communications.subscriber", "pk": %d, "fields": {"email": `+
			`"someone.%d@example.org", "is_verified": true, `+
			`"is_active": true, "notify_announcements": true, "notify_events": true, "notify_prayer_changes": true, `+
			`"token": "00000000-0000-0000-0000-%012x", "subscribed_at": "2026-02-28T06:30:00.001Z", "last_notified": `+
			`null}}, `, i, i, i)
	}
	b.WriteString(`{"model": "auth.user", "pk": 1}]`)
	return b.String()
}

func TestDecode_readsLongFiles(t *testing.T) {
	const rows = 10_000 // 3 MB
	f, err := transfer.Decode(strings.NewReader(manyRows(rows)))
	if err != nil || len(f.Data.Subscribers) != rows {
		t.Fatalf("%d subscribers, %v", len(f.Data.Subscribers), err)
	}
}

func BenchmarkDecode(b *testing.B) {
	text := manyRows(40_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := transfer.Decode(strings.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}
