package namets_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// recorded returns the first body of the kind that the original sent, byte for byte as this
// service writes it.
func recorded(t *testing.T, kind namets.NotificationKind) (body string, recipients []string) {
	t.Helper()
	text, err := os.ReadFile("../api/testdata/webhooks.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Bodies map[namets.NotificationKind][]json.RawMessage
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	raw := file.Bodies[kind][0]
	var parsed struct{ Data struct{ Recipients []string } }
	if err := json.Unmarshal(raw, &parsed); err != nil {
		t.Fatal(err)
	}
	return compact(t, raw), parsed.Data.Recipients
}

// compact keeps the order of keys and every character but white space between tokens.
func compact(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var b strings.Builder
	inString, escaped := false, false
	for _, r := range string(raw) {
		switch {
		case inString && escaped:
			escaped = false
		case inString && r == '\\':
			escaped = true
		case r == '"':
			inString = !inString
		case !inString && strings.ContainsRune(" \n\t", r):
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func clock(t *testing.T, s string) namets.TimeOfDay {
	t.Helper()
	v, err := namets.ParseTimeOfDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNotification_hasTheBytesThatTheOriginalSent(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	at := func(s string) namets.TimeOfDay { return clock(t, s) }
	for _, n := range []namets.Notification{
		namets.NewAnnouncementNotification(&namets.Announcement{Title: "Ta’aleem & \"tea\" 🕌",
			Content:   "Line 1\nLine <b>2</b> — é",
			PublishAt: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)}, time.FixedZone("", 0)),
		namets.NewEventNotification(&namets.Event{Title: "Seminar “A”", Description: "Desc\n<i>x</i>", Start: start,
			End: start.Add(2 * time.Hour), Location: "Hall “B”"}, time.FixedZone("", 0)),
		namets.NewPrayerNotification(&namets.PrayerSchedule{Date: namets.Date{Year: 2026, Month: 3, Day: 5},
			PrayerTimes: namets.PrayerTimes{FajrAdhan: at("05:20"), FajrIqama: at("05:40:30"), DhuhrAdhan: at("12:45"),
				DhuhrIqama: at("13:00"), AsrAdhan: at("16:00"), AsrIqama: at("16:15"), MaghribAdhan: at("18:40"),
				MaghribIqama: at("18:45"), IshaAdhan: at("19:50"), IshaIqama: at("20:05:00.000250")}}),
		namets.NewSubscriberNotification(namets.SubscriberJoined, &namets.Subscriber{Email: "new.one@example.org",
			Notify: namets.Preferences{Announcements: true, Events: true, PrayerChanges: true}}),
		namets.NewUnsubscribedNotification("daud@sub.example.com"),
		namets.NewMessageNotification("Hello “all”", "Line 1\r\nLine 2 🌙"),
	} {
		want, recipients := recorded(t, n.Kind)
		// The original wrote UTC as +00:00; section 4 says how this service writes it.
		want = strings.ReplaceAll(want, "+00:00", "Z")
		if diff := cmp.Diff(want, string(n.Body(recipients))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", n.Kind, diff)
		}
	}
}

func TestNotification_writesTheKeysOfTheNewKindsInOrder(t *testing.T) {
	p := namets.Preferences{Announcements: true, PrayerChanges: true}
	to := []string{"a@example.org"}
	updated := namets.NewSubscriberNotification(namets.SubscriberUpdated, &namets.Subscriber{Email: to[0], Notify: p})
	confirm := namets.NewConfirmationNotification(to[0], "http://x/?a=1&b=2", p)
	for want, got := range map[string][]byte{
		`{"event":"subscriber_updated","data":{"recipients":["a@example.org"],"email":"a@example.org",` +
			`"preferences":{"announcements":true,"events":false,"prayer":true}}}`: updated.Body(to),
		`{"event":"subscriber_confirmation","data":{"recipients":["a@example.org"],"email":"a@example.org",` +
			`"confirm_url":"http://x/?a=1&b=2",` +
			`"preferences":{"announcements":true,"events":false,"prayer":true}}}`: confirm.Body(to),
		`{"event":"subscriber_link","data":{"recipients":["a@example.org"],"email":"a@example.org",` +
			`"manage_url":"http://x/"}}`: namets.NewLinkNotification(to[0], "http://x/").Body(to),
		`{"event":"ping","data":{}}`: namets.NewPing().Body(nil),
	} {
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestNotification_escapesWhatSection4Says(t *testing.T) {
	got := string(namets.NewMessageNotification("<>&\u2028\u2029\x01\xff", `"\`).Body(nil))
	want := `{"event":"admin_message","data":{"recipients":[],"subject":"<>&\u2028\u2029\u0001\ufffd","body":"\"\\"}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// contractKinds returns the rows of the contract's table of kinds: kind, when, recipients, keys.
func contractKinds(t *testing.T) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile("../api/CONTRACT.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## 7. ")
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| `") && len(cells) == 4 {
			rows = append(rows, cells)
		}
	}
	return rows
}

func TestNotifications_areTheKindsOfTheContract(t *testing.T) {
	rows := contractKinds(t)
	all := slices.DeleteFunc(namets.Notifications(), func(i namets.NotificationInfo) bool { return i.HooksOnly })
	if len(rows) != len(all) {
		t.Fatalf("the contract has %d kinds, the table %d", len(rows), len(all))
	}
	for i, info := range all {
		kind, when, recipients, keys := strings.Split(rows[i][0], "`")[1], rows[i][1], rows[i][2], rows[i][3]
		if string(info.Kind) != kind {
			t.Errorf("kind %d is %s, in the contract %s", i+1, info.Kind, kind)
		}
		if info.Name == "" || info.Kind.Info().Name != info.Name {
			t.Errorf("%s: Info is %+v, want %+v", kind, info.Kind.Info(), info)
		}
		chosen := strings.HasPrefix(recipients, "those chosen") // also among the patrons
		for what, pair := range map[string][2]bool{
			"once":     {info.Once, strings.HasPrefix(when, "once per")},
			"patrons":  {info.Patrons, strings.HasSuffix(recipients, "then patrons") || chosen},
			"nobody":   {info.Audience == namets.Nobody, recipients == "none"},
			"personal": {info.Personal, strings.Contains(keys, "_url")},
			"changes":  {len(info.Changes) > 0, strings.Contains(when, "changed")},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s is %t in the table and %t in the contract", kind, what, pair[0], pair[1])
			}
		}
	}
}

func TestMail_ofAnEventLeavesOutWhatItDoesNotHave(t *testing.T) {
	start := time.Date(2026, 3, 6, 12, 30, 0, 0, time.UTC)
	for _, tt := range []struct{ description, location, want string }{
		{"For all.", "Hall", "For all.\n\nWhen: Friday, 6 March 2026, 12:30\nWhere: Hall"},
		{"For all.", "", "For all.\n\nWhen: Friday, 6 March 2026, 12:30"},
		{"", "", "When: Friday, 6 March 2026, 12:30"},
	} {
		e := namets.NewEvent(start)
		e.Title, e.Description, e.Location = "Lecture", tt.description, tt.location
		got, err := namets.NewNotificationAboutEvent(namets.EventCreated, &e, time.UTC).Mail()
		if err != nil || got.Text != tt.want || got.Subject != "Lecture" {
			t.Errorf("%+v, %v, want the text %q", got, err, tt.want)
		}
	}
}
