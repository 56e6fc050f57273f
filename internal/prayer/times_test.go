package prayer_test

import (
	"math"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"namets/internal/prayer"
)

func named(t testing.TB, name string) prayer.Method {
	t.Helper()
	m, ok := prayer.MethodNamed(name)
	if !ok {
		t.Fatalf("no method %s", name)
	}
	return m
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestDay_isTheCivilDateOfThePlace has places on both sides of the date line, of the equator and of
// a change of the clock.
func TestDay_isTheCivilDateOfThePlace(t *testing.T) {
	for _, c := range []struct {
		place prayer.Place
		zone  string
	}{
		{prayer.Place{Latitude: 6.5244, Longitude: 3.3792}, "Africa/Lagos"},
		{prayer.Place{Latitude: -18.1248, Longitude: 178.4501}, "Pacific/Fiji"},
		{prayer.Place{Latitude: -36.8485, Longitude: 174.7633}, "Pacific/Auckland"},
		{prayer.Place{Latitude: -13.8333, Longitude: -171.7667}, "Pacific/Apia"},      // 13 hours ahead of UTC
		{prayer.Place{Latitude: 1.87, Longitude: -157.43}, "Pacific/Kiritimati"},      // 14 hours ahead
		{prayer.Place{Latitude: -14.2781, Longitude: -170.7025}, "Pacific/Pago_Pago"}, // 11 hours behind
		{prayer.Place{Latitude: 40.7128, Longitude: -74.006}, "America/New_York"},
		{prayer.Place{Latitude: 39.47, Longitude: 75.99}, "Asia/Shanghai"}, // Kashgar: noon is after 15:00
		{prayer.Place{Latitude: 51.5074, Longitude: -0.1278}, "Europe/London"},
	} {
		z := zone(t, c.zone)
		s := prayer.Settings{Place: c.place, Method: named(t, "mwl"), Asr: 1}
		for n := range 730 {
			d := prayer.Date{Year: 2026, Month: 1, Day: 1}.AddDays(n)
			times := s.Day(d, z)
			for i, at := range times.All() {
				if i == 5 && at.In(z).Hour() < 12 {
					continue // isha after midnight
				}
				y, m, day := at.In(z).Date()
				if (prayer.Date{Year: y, Month: m, Day: day}) != d {
					t.Fatalf("%s: %s of %v is %v", c.zone, prayer.Names()[i], d, at.In(z))
				}
			}
			if c.zone == "Pacific/Apia" || c.zone == "Pacific/Kiritimati" {
				continue
			}
			if utc := s.Day(d, time.UTC); utc != times {
				t.Fatalf("%s on %v: %v, in UTC %v", c.zone, d, times, utc)
			}
		}
	}
}

func TestDay_followsTheOrderOfTheDay(t *testing.T) {
	for _, method := range prayer.Methods() {
		for latitude := -60.0; latitude <= 60; latitude += 7.5 {
			s := prayer.Settings{Place: prayer.Place{Latitude: latitude}, Method: method, Asr: 2}
			for n := 0; n < 366; n += 5 {
				times := s.Day(prayer.Date{Year: 2028, Month: 1, Day: 1}.AddDays(n), time.UTC)
				for i, at := range times.All() {
					if at.IsZero() || i > 0 && at.Before(times.All()[i-1]) {
						t.Fatalf("%s at %g°, day %d: %+v", method.Name, latitude, n, times)
					}
				}
			}
		}
	}
}

// TestDay_saysWhyATimeIsMissing takes Tromsø and a village next to the pole.
func TestDay_saysWhyATimeIsMissing(t *testing.T) {
	for _, c := range []struct {
		latitude float64
		month    time.Month
		want     prayer.Missing
		has      string // the first letters of the times that the day has
	}{
		{69.65, time.June, prayer.NoSunset, "da"},
		{69.65, time.December, prayer.NoSunrise, "fdi"},
		{69.65, time.March, "", "fsdami"},
		{78.92, time.June, prayer.NoSunset, "da"},
		{89.9, time.December, prayer.NoSunrise, "d"},
		{-78, time.December, prayer.NoSunset, "da"},
		{90, time.June, prayer.NoSunset, "d"}, // the shadow has one length all day
	} {
		s := prayer.Settings{Place: prayer.Place{Latitude: c.latitude, Longitude: 18.96}, Asr: 1,
			Method: named(t, "mwl")}
		got := s.Day(prayer.Date{Year: 2026, Month: c.month, Day: 21}, time.UTC)
		has := ""
		for i, at := range got.All() {
			if !at.IsZero() {
				has += prayer.Names()[i][:1]
			}
		}
		if got.Missing != c.want || has != c.has {
			t.Errorf("%g° in %s: %q, has %s; want %q, %s", c.latitude, c.month, got.Missing, has, c.want, c.has)
		}
	}
}

func TestDay_appliesTheRulesForHighLatitudes(t *testing.T) {
	d := prayer.Date{Year: 2026, Month: 6, Day: 21}
	s := prayer.Settings{Place: prayer.Place{Latitude: 55.95, Longitude: -3.19}, Method: named(t, "isna"), Asr: 1}
	s.Method.Minutes = prayer.Minutes{}
	yesterday, today, tomorrow := s.Exact(d.AddDays(-1)), s.Exact(d), s.Exact(d.AddDays(1))
	before, after := today[1]-yesterday[4], tomorrow[1]-today[4]
	for rule, share := range map[prayer.HighLatitude]float64{"": 0.5, prayer.MiddleOfNight: 0.5,
		prayer.SeventhOfNight: 1.0 / 7, prayer.AngleOfNight: 15.0 / 60} {
		s.HighLatitude = rule
		e := s.Exact(d)
		if off := math.Abs(e[0] - (e[1] - share*before)); off > 1 {
			t.Errorf("%s: fajr is %v s off", rule, off)
		}
		if off := math.Abs(e[5] - (e[4] + share*after)); off > 1 {
			t.Errorf("%s: isha is %v s off", rule, off)
		}
	}
}

func TestDay_addsWhatACommunityDecides(t *testing.T) {
	d := prayer.Date{Year: 2026, Month: 3, Day: 3} // 14 Ramadan 1447
	s := prayer.Settings{Place: prayer.Place{Latitude: 9.0765, Longitude: 7.3986}, Asr: 1,
		Method: named(t, "umm-al-qura")}
	plain := s.Day(d, time.UTC)
	s.Minutes = prayer.Minutes{Fajr: 2, Sunrise: -3, Dhuhr: 4, Asr: 5, Maghrib: 6, Isha: -7}
	shifted := s.Day(d, time.UTC)
	for i, want := range []int{2, -3, 4, 5, 6, -7} {
		if got := shifted.All()[i].Sub(plain.All()[i]); got != time.Duration(want)*time.Minute {
			t.Errorf("%s moves by %v, want %d minutes", prayer.Names()[i], got, want)
		}
	}
	s.Minutes = prayer.Minutes{}
	if got := plain.Isha.Sub(plain.Maghrib); got != 90*time.Minute {
		t.Errorf("isha is %v after sunset", got)
	}
	s.RamadanIsha = true
	if got := s.Day(d, time.UTC); got.Isha.Sub(got.Maghrib) != 2*time.Hour {
		t.Errorf("isha of Ramadan is %v after sunset", got.Isha.Sub(got.Maghrib))
	}
	if got := s.Day(d.AddDays(60), time.UTC); got.Isha.Sub(got.Maghrib) != 90*time.Minute {
		t.Errorf("isha after Ramadan is %v after sunset", got.Isha.Sub(got.Maghrib))
	}
	s.Place.Elevation = 900 // a dip of 1.04°
	high := s.Day(d, time.UTC)
	if early, late := plain.Sunrise.Sub(high.Sunrise), high.Maghrib.Sub(plain.Maghrib); early < 3*time.Minute ||
		early > 6*time.Minute || late < 3*time.Minute || late > 6*time.Minute || high.Dhuhr != plain.Dhuhr {
		t.Errorf("sunrise is %v earlier and sunset %v later at 900 m", early, late)
	}
}

func TestValidate_namesWhatIsWrong(t *testing.T) {
	good := prayer.Settings{Place: prayer.Place{Latitude: 9, Longitude: 7}, Method: named(t, "egypt"), Asr: 1}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, m := range prayer.Methods() {
		s := good
		s.Method = m
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
	for want, change := range map[string]func(*prayer.Settings){
		"latitude":       func(s *prayer.Settings) { s.Place.Latitude = 91 },
		"longitude":      func(s *prayer.Settings) { s.Place.Longitude = math.NaN() },
		"elevation":      func(s *prayer.Settings) { s.Place.Elevation = -1 },
		"fajr":           func(s *prayer.Settings) { s.Method.Fajr = 0 },
		"angle of isha":  func(s *prayer.Settings) { s.Method.Isha = 31 },
		"180 minutes":    func(s *prayer.Settings) { s.Method.IshaMinutes = 181 },
		"maghrib":        func(s *prayer.Settings) { s.Method.Maghrib = -1 },
		"shadow":         func(s *prayer.Settings) { s.Asr = 3 },
		"high latitudes": func(s *prayer.Settings) { s.HighLatitude = "half" },
	} {
		s := good
		change(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want one about %s", err, want)
		}
	}
}

// BenchmarkYear has a bound of 5 ms for 365 days.
func BenchmarkYear(b *testing.B) {
	s := prayer.Settings{Place: prayer.Place{Latitude: 6.5244, Longitude: 3.3792}, Method: named(b, "mwl"), Asr: 1}
	for b.Loop() {
		for n := range 365 {
			s.Day(prayer.Date{Year: 2027, Month: 1, Day: 1}.AddDays(n), time.UTC)
		}
	}
}
