package transfer_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/transfer"
)

const prayerHead = "date,fajr_adhan,fajr_iqama,dhuhr_adhan,dhuhr_iqama,asr_adhan,asr_iqama," +
	"maghrib_adhan,maghrib_iqama,isha_adhan,isha_iqama\r\n"

func TestPrayersCSV_comesBackAsItWas(t *testing.T) {
	text := prayerHead + "2026-03-01,05:10,05:30:15,12:40,13:00,15:55,16:10,18:40,18:45,19:50,00:10\r\n"
	table, err := transfer.DecodePrayersCSV([]byte("\ufeff" + text))
	if err != nil || len(table.Bad) > 0 || len(table.Days) != 1 {
		t.Fatalf("%+v, %v", table, err)
	}
	var out bytes.Buffer
	if err := transfer.EncodePrayersCSV(&out, table.Days); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodePrayersCSV_givesEachRowItsVerdict(t *testing.T) {
	table, err := transfer.DecodePrayersCSV([]byte(strings.ReplaceAll(prayerHead, "_", " ") +
		"2026-03-02,5:10,5:30,12:40,13:00,15:55,16:10,18:40,18:45,19:50,20:10\n" +
		"2026-03-01,05:10,05:30,12:40,13:00,15:55,16:10,18:40,18:45,19:50,20:10\n" +
		"2026-03-02,05:10,05:30,12:40,13:00,15:55,16:10,18:40,18:45,19:50,20:10\n" +
		"01/03/2026,05:10,05:30,12:40,13:00,15:55,16:10,18:40,18:45,19:50,20:10\n" +
		"2026-03-03,05:10,05:05,12:40,13:00,15:55,16:10,18:40,18:45,19:50,20:10\n" +
		"2026-03-04,05:10,05:30,12:40,16:00,15:55,16:10,18:40,18:45,19:50,20:10\n" +
		"2026-03-05,05:10,05:30,12:40,13:00,15:55\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []transfer.BadRow{
		{Line: 4, Message: "has the day that is in line 2 already"},
		{Line: 5, Message: "date must be a day such as 2026-03-01"},
		{Line: 6, Message: "fajr_iqama must not come before the call to prayer"},
		{Line: 7, Message: "asr_adhan must not come before the iqama of the prayer before it"},
		{Line: 8, Message: "asr_iqama must be a time of the form HH:MM"},
	}
	if diff := cmp.Diff(want, table.Bad); diff != "" {
		t.Errorf("bad rows (-want +got):\n%s", diff)
	}
	if len(table.Days) != 2 || table.Days[0].Date.Day != 1 || table.Lines[table.Days[1].Date] != 2 ||
		table.Days[1].FajrAdhan.Minutes() != "05:10" {
		t.Errorf("got %+v", table)
	}
}

func TestDecodePrayersCSV_refusesWhatIsOfNoUse(t *testing.T) {
	many := prayerHead + strings.Repeat("x\n", transfer.MaxDays+1)
	for name, text := range map[string]string{
		"nothing": "", "no head": "2026-03-01,05:10\n", "a column twice": "date,date\n", "too many": many,
		"UTF-16": "\xff\xfed\x00", "an odd byte": prayerHead + "é\xe9", "an open quotation mark": prayerHead + "\"",
	} {
		if _, err := transfer.DecodePrayersCSV([]byte(text)); namets.CodeOf(err) != namets.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
