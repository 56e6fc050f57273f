package transfer_test

import "strings"

// sound is a small file that nothing is wrong with.
const sound = `{
 "subscribers": [
  {"id": 7, "email": "a@example.org", "phone": "+234 1", "is_verified": true, "is_active": true, "notify_announcements": true,
   "notify_events": true, "notify_prayer_changes": true, "token": "306cc298-4f1b-553e-a783-92b1ea6d9955", "subscribed_at": "2026-02-28T06:30:00.001111Z", "last_notified": null},
  {"id": 8, "email": "b@example.org", "is_verified": true, "is_active": true, "notify_announcements": true,
   "notify_events": true, "notify_prayer_changes": true, "token": "c5d7c167-b37d-5c73-a95d-329e457d2699", "subscribed_at": "2026-02-28T06:30:00Z", "last_notified": null}],
 "announcements": [
  {"id": 2, "title": "T", "slug": "a-02", "content": "C", "category": "general", "is_pinned": false, "publish_at": "2026-03-01T07:30:00Z", "publish_at_rel_us": 0,
   "expire_at": null, "is_active": true, "send_email": false}],
 "event_categories": [

  {"id": 3, "name": "Lecture", "slug": "lecture", "description": ""}],
 "events": [
  {"id": 4, "title": "E", "slug": "e-04", "description": "D",
   "is_featured": false, "is_active": true, "send_email": false, "location": "Hall", "category_id": 3,
   "start_datetime": "2026-03-02T09:30:00Z", "end_datetime": "2026-03-02T11:30:00Z"}],

 "patrons": [
  {"id": 5, "name": "P", "designation": "D", "bio": "B", "email": "", "hierarchy_order": -2, "is_active": true, "receive_notifications": true}],
 "prayer_schedules": [
  {"id": 6, "date": "2026-03-01", "fajr_adhan": "05:23:00", "fajr_iqama": "05:42:00", "dhuhr_adhan": "12:47:00", "dhuhr_iqama": "13:02:00",
   "asr_adhan": "16:07:00", "asr_iqama": "16:22:00", "maghrib_adhan": "18:43:00", "maghrib_iqama": "18:48:00", "isha_adhan": "19:54:00", "isha_iqama": "20:12:00",
   "is_active": true, "send_email": false}]
}`

const textForm = "; it has to be a text in double quotes"
const instantForm = `; it has to be a time with its zone like "2026-03-01T07:30:00Z" or ` +
	`"2026-03-01T08:30:00.000123+01:00"`
const idForm = "; it has to be a whole number from 1 to 9007199254740991"

// badRows are mistakes in sound: what is there, what is put in its place, with a § where the
// complaint has to point to, and the complaint.
var badRows = []struct {
	name, from, to, want string
}{
	{"boolean as number", `"is_verified": true`, `"is_verified": §1`,
		`subscribers row 1 (id 7), is_verified: is a number; it has to be true or false`},
	{"boolean as text", `"is_pinned": false`, `"is_pinned": §"false"`,
		`announcements row 1 (id 2), is_pinned: is a text; it has to be true or false`},
	{"text as number", `"title": "T"`, `"title": §12`,
		`announcements row 1 (id 2), title: is a number` + textForm},
	{"null text", `"content": "C"`, `"content": §null`,
		`announcements row 1 (id 2), content: is null` + textForm},
	{"empty slug", `"slug": "a-02"`, `"slug": §""`,
		`announcements row 1 (id 2), slug: is empty; it has to be a text in double quotes that is not empty`},
	{"text as list", `"bio": "B"`, `"bio": §["B", {"x": [1]}]`,
		`patrons row 1 (id 5), bio: is a list` + textForm},
	{"text as object", `"bio": "B"`, `"bio": §{"B": 1}`,
		`patrons row 1 (id 5), bio: is an object` + textForm},
	{"missing key", `{"id": 4, "title": "E",`, `§{"id": 4,`,
		`events row 1 (id 4), title: is missing` + textForm},
	{"id that leaves no room for another row", `"id": 5, `, `"id": §9223372036854775807, `,
		`patrons row 1, id: is 9223372036854775807` + idForm},
	{"id that JavaScript does not hold", `"id": 5, `, `"id": §9007199254740992, `,
		`patrons row 1, id: is 9007199254740992` + idForm},
	{"missing id", `{"id": 5, `, `§{`, `patrons row 1, id: is missing` + idForm},
	{"unknown key", `"bio": "B"`, `"bio": "B", §"biography": 1`,
		`patrons row 1 (id 5), biography: is not a key of such a row, and would be lost; take it out or ` +
			`correct its spelling`},
	{"key of another letter case", `"bio": "B"`, `"bio": "B", §"Name": "P"`,
		`patrons row 1 (id 5), Name: is not a key of such a row, and would be lost; take it out or ` +
			`correct its spelling`},
	{"address as unknown key", `"bio": "B"`, `"bio": "B", §"a@example.org": 1`,
		`patrons row 1 (id 5), (a key): is not a key of such a row, and would be lost; take it out or ` +
			`correct its spelling`},
	{"duplicate key", `"bio": "B"`, `"bio": "B", §"bio": "C"`,
		`patrons row 1 (id 5), bio: is twice in this row, first at line 19, column 46; write it once`},
	{"duplicate key by escape", `"bio": "B"`, `"bio": "B", §"\u0062io": "C"`,
		`patrons row 1 (id 5), bio: is twice in this row, first at line 19, column 46; write it once`},
	{"id zero", `"id": 5`, `"id": §0`, `patrons row 1, id: is 0` + idForm},
	{"id negative", `"id": 5`, `"id": §-3`, `patrons row 1, id: is -3` + idForm},
	{"id beyond int64", `"id": 5`, `"id": §9223372036854775808`, `patrons row 1, id: is beyond 64 bits` + idForm},
	{"id with fraction", `"id": 5`, `"id": §5.0`, `patrons row 1, id: is not a whole number` + idForm},
	{"id with exponent", `"id": 5`, `"id": §5e0`, `patrons row 1, id: is not a whole number` + idForm},
	{"id as text", `"id": 5`, `"id": §"5"`, `patrons row 1, id: is a text` + idForm},
	{"number as text", `"hierarchy_order": -2`, `"hierarchy_order": §"1"`,
		`patrons row 1 (id 5), hierarchy_order: is a text; it has to be a whole number`},
	{"unknown category", `"general"`, `§"bazaar"`,
		`announcements row 1 (id 2), category: is no category; it has to be one of "general", "ramadan", ` +
			`"taaleem", "sale"`},
	{"category of another letter case", `"general"`, `§"General"`,
		`announcements row 1 (id 2), category: is no category; it has to be one of "general", "ramadan", ` +
			`"taaleem", "sale"`},
	{"time without zone", `"2026-03-01T07:30:00Z"`, `§"2026-03-01T07:30:00"`,
		`announcements row 1 (id 2), publish_at: is not a time` + instantForm},
	{"date as time", `"2026-03-01T07:30:00Z"`, `§"2026-03-01"`,
		`announcements row 1 (id 2), publish_at: is not a time` + instantForm},
	{"time with a comma", `"2026-03-01T07:30:00Z"`, `§"2026-03-01T07:30:00,5Z"`,
		`announcements row 1 (id 2), publish_at: is not a time` + instantForm},
	{"one-digit hour", `"2026-03-01T07:30:00Z"`, `§"2026-03-01T7:30:00Z"`,
		`announcements row 1 (id 2), publish_at: is not a time` + instantForm},
	{"second 60", `"2026-03-01T07:30:00Z"`, `§"2026-03-01T07:30:60Z"`,
		`announcements row 1 (id 2), publish_at: is not a time` + instantForm},
	{"zone of 24 hours", `"2026-03-01T07:30:00Z"`, `§"2026-03-01T07:30:00+24:00"`,
		`announcements row 1 (id 2), publish_at: is not a time` + instantForm},
	{"seconds since 1970", `"2026-03-01T07:30:00Z"`, `§1772350200`,
		`announcements row 1 (id 2), publish_at: is a number` + instantForm},
	{"30 February", `"2026-03-01T07:30:00Z"`, `§"2026-02-30T07:30:00Z"`,
		`announcements row 1 (id 2), publish_at: is a day that the calendar does not have` + instantForm},
	{"nanoseconds", `"2026-03-01T07:30:00Z"`, `§"2026-03-01T07:30:00.1234567Z"`,
		`announcements row 1 (id 2), publish_at: is more precise than a microsecond; leave at most six digits after ` +
			`the point` + instantForm},
	{"year 0 in UTC", `"2026-03-01T07:30:00Z"`, `§"0001-01-01T00:30:00+01:00"`,
		`announcements row 1 (id 2), publish_at: lies outside the years 1 to 9999 (UTC)` + instantForm},
	{"year 10000 in UTC", `"2026-03-01T07:30:00Z"`, `§"9999-12-31T23:30:00-01:00"`,
		`announcements row 1 (id 2), publish_at: lies outside the years 1 to 9999 (UTC)` + instantForm},
	{"null time", `"2026-03-01T07:30:00Z"`, `§null`,
		`announcements row 1 (id 2), publish_at: is null` + instantForm},
	{"optional time", `"expire_at": null`, `"expire_at": §""`,
		`announcements row 1 (id 2), expire_at: is not a time` +
			strings.Replace(instantForm, "to be", "to be null or", 1)},
	{"bad key", `"expire_at": null`, `"expire_at": null, "key": §"a@example.org"`,
		`announcements row 1 (id 2), key: is no key; it has to be null, or 1 to 128 of the characters A-Z a-z 0-9 ` +
			`. _ ~ : - in double quotes`},
	{"bad date", `"date": "2026-03-01"`, `"date": §"2026-02-29"`,
		`prayer_schedules row 1 (id 6), date: is not a date of the form YYYY-MM-DD; it has to be a date ` +
			`like "2026-03-01"`},
	{"bad time of day", `"05:23:00"`, `§"24:00:00"`,
		`prayer_schedules row 1 (id 6), fajr_adhan: is not a time of the form HH:MM or HH:MM:SS; it has to be a time ` +
			`of day like "05:23:00"`},
	{"bad token", `"306cc298-4f1b-553e-a783-92b1ea6d9955"`, `§"306cc298"`,
		`subscribers row 1 (id 7), token: is not a UUID of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx; it has to ` +
			`be a UUID: hexadecimal digits in groups of 8-4-4-4-12`},
	{"empty address", `"a@example.org"`, `§""`,
		`subscribers row 1 (id 7), email: is empty; it has to be an e-mail address in double quotes`},
	{"no address", `"a@example.org"`, `§"a.example.org"`,
		`subscribers row 1 (id 7), email: is not an e-mail address; it has to be an e-mail address in double quotes`},
	{"address with a line break", `"a@example.org"`, `§"a\r\nBcc: b@example.org"`,
		`subscribers row 1 (id 7), email: is not an e-mail address; it has to be an e-mail address in double quotes`},
	{"patron's null address", `"email": ""`, `"email": §null`,
		`patrons row 1 (id 5), email: is null; it has to be an e-mail address in double quotes, or "" for none`},
	{"phone as number", `"+234 1"`, `§234`,
		`subscribers row 1 (id 7), phone: is a number; it has to be a text in double quotes, or absent`},
	{"reference as text", `"category_id": 3`, `"category_id": §"3"`,
		`events row 1 (id 4), category_id: is a text; it has to be null or a whole number from 1 to 9007199254740991`},
	{"NUL", `"title": "T"`, `"title": §"T\u0000"`,
		`announcements row 1 (id 2), title: holds a NUL character (U+0000), which cannot be stored; take it out` +
			textForm},
	{"lone first surrogate", `"title": "T"`, `"title": §"\ud83d!"`,
		`announcements row 1 (id 2), title: holds half of a surrogate pair (\ud800 to \udfff); write the whole ` +
			`character` + textForm},
	{"lone second surrogate", `"title": "T"`, `"title": §"\ude4f"`,
		`announcements row 1 (id 2), title: holds half of a surrogate pair (\ud800 to \udfff); write the whole ` +
			`character` + textForm},
	{"two first surrogates", `"title": "T"`, `"title": §"\ud83d\ud83d"`,
		`announcements row 1 (id 2), title: holds half of a surrogate pair (\ud800 to \udfff); write the whole ` +
			`character` + textForm},
	{"invalid UTF-8", `"title": "T"`, "\"title\": §\"T\xff\"",
		`announcements row 1 (id 2), title: holds bytes that are not UTF-8; save the file as UTF-8` + textForm},
	{"surrogate in UTF-8", `"title": "T"`, "\"title\": §\"\xed\xa0\x80\"",
		`announcements row 1 (id 2), title: holds bytes that are not UTF-8; save the file as UTF-8` + textForm},
	{"columns count characters", `"title": "T"`, `"title": "日本🌙é", §"x": 1`,
		`announcements row 1 (id 2), x: is not a key of such a row, and would be lost; take it out or ` +
			`correct its spelling`},
	{"columns after a surrogate pair", `"title": "T"`, `"title": "\ud83d\ude4f", §"x": 1`,
		`announcements row 1 (id 2), x: is not a key of such a row, and would be lost; take it out or ` +
			`correct its spelling`},
	{"same id", `"id": 8`, `"id": §7`,
		`subscribers row 2 (id 7), id: is the same as in row 1, line 3, column 10; each may occur once only`},
	{"same address but for case", `"b@example.org"`, `§"A@Example.ORG"`,
		`subscribers row 2 (id 8), email: is the same (letter case does not count, nor whether a domain is in ` +
			`Unicode or in Punycode) as in row 1, line 3, column 22; each may occur once only`},
	{"same token but for case", `"c5d7c167-b37d-5c73-a95d-329e457d2699"`, `§"306CC298-4F1B-553E-A783-92B1EA6D9955"`,
		`subscribers row 2 (id 8), token: is the same as in row 1, line 4, column 67; each may occur once only`},
	{"row is null", `"patrons": [`, `"patrons": [§null,`,
		`patrons row 1: is null; it has to be an object`},
	{"unknown list", `"patrons": [`, `§"sponsors": [], "patrons": [`,
		`sponsors: is not a key of this format; take it out or correct its spelling`},
}
