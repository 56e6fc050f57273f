package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

// lagos begins a command line that is complete.
func lagos(more ...string) []string {
	return append([]string{"prayer", "--latitude", "6.5244", "--longitude", "3.3792", "--method", "mwl",
		"--from", "2027-01-01"}, more...)
}

func TestPrayer_prints(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want string // a line of the output
	}{
		{"UTC is the default", lagos("--days", "1"), "2027-01-01,04:43,05:57,11:51,15:12,17:43,18:53"},
		{"a zone", lagos("--days", "1", "--time-zone", "Africa/Lagos"),
			"2027-01-01,05:43,06:57,12:51,16:12,18:43,19:53"},
		{"asr of the Hanafi", lagos("--days", "1", "--asr", "2"), "2027-01-01,04:43,05:57,11:51,16:04,17:43,18:53"},
		{"the last of 365 days", lagos(), "2027-12-31,04:42,05:57,11:50,15:11,17:42,18:52"},
		{"no sunset", []string{"prayer", "--latitude", "69.65", "--longitude", "18.96", "--method", "mwl", "--from",
			"2027-06-21", "--days", "1"}, "2027-06-21,no sunset,no sunset,10:47,15:58,no sunset,no sunset"},
		{"own angles", []string{"prayer", "--latitude", "6.5244", "--longitude", "3.3792", "--method", "custom",
			"--fajr-angle", "18", "--isha-minutes", "70", "--from", "2027-01-01", "--days", "1"},
			"2027-01-01,04:43,05:57,11:50,15:12,17:43,18:53"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := call(t, nil, c.args...)
			if code != 0 || stderr != "" || !strings.HasPrefix(stdout, "date,fajr,sunrise,dhuhr,asr,maghrib,isha\n") ||
				!strings.Contains(stdout, "\n"+c.want+"\n") {
				t.Errorf("code %d, %s\n%s", code, stderr, stdout)
			}
		})
	}
}

func TestPrayer_printsJSON(t *testing.T) {
	code, stdout, _ := call(t, nil, lagos("--days", "3", "--format", "json")...)
	var rows []map[string]string
	if err := json.Unmarshal([]byte(stdout), &rows); err != nil || code != 0 || len(rows) != 3 ||
		rows[0]["date"] != "2027-01-01" || rows[0]["maghrib"] != "17:43" {
		t.Errorf("code %d, %v: %s", code, err, stdout)
	}
}

func TestPrayer_listsTheMethods(t *testing.T) {
	code, stdout, _ := call(t, nil, "prayer", "--list-methods")
	for _, name := range strings.Fields("mwl egypt karachi umm-al-qura dubai moonsighting isna kuwait qatar " +
		"singapore tehran diyanet jakim kemenag uoif custom") {
		if code != 0 || !strings.Contains(stdout, "\n"+name+" ") {
			t.Errorf("code %d, no %s:\n%s", code, name, stdout)
		}
	}
}

func TestPrayer_saysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"prayer"}, "--latitude is missing"},
		{[]string{"prayer", "--latitude", "6", "--longitude", "3"}, "--method is missing"},
		{[]string{"prayer", "--latitude", "x"}, "latitude"},
		{lagos("--latitude", "NaN"), "latitude must be between -90 and 90 degrees"},
		{lagos("--longitude", "181"), "longitude must be"},
		{lagos("--elevation", "-3"), "elevation must be"},
		{lagos("--method", "makkah"), "--method must be one of mwl, "},
		{lagos("--method", "custom"), "needs --fajr-angle"},
		{lagos("--method", "custom", "--fajr-angle", "40", "--isha-angle", "18"), "angle of fajr"},
		{lagos("--method", "custom", "--fajr-angle", "18", "--isha-minutes", "0"), "above 0"},
		{lagos("--fajr-angle", "18"), "belong to the method custom"},
		{lagos("--asr", "3"), "must be 1 or 2"},
		{lagos("--from", "2027-02-30"), "--from must be a date"},
		{lagos("--from", "1066-10-14"), "1900 to 2199"},
		{lagos("--days", "0"), "--days must be"},
		{lagos("--time-zone", "Lagos"), "--time-zone must be"},
		{lagos("--time-zone", "Local"), "--time-zone must be"},
		{lagos("--format", "xml"), "--format must be"},
		{lagos("--high-latitude", "half"), "middle, seventh or angle"},
		{lagos("--high-latitude", ""), "middle, seventh or angle"},
		{lagos("more"), "usage"},
	} {
		code, stdout, stderr := call(t, nil, c.args...)
		if code != 2 || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: code %d, %q, %s; want %q", c.args, code, stdout, stderr, c.want)
		}
	}
}
