package prayer

import (
	"cmp"
	"errors"
	"math"
	"time"
)

// Settings are what a community decides about its prayer times. The zero value of HighLatitude is
// [MiddleOfNight].
type Settings struct {
	Place        Place
	Method       Method
	Asr          int // the shadow of asr: 1 (Shafi'i, Maliki, Hanbali) or 2 (Hanafi) times the object
	HighLatitude HighLatitude
	Minutes      Minutes // on top of the method's own

	// RamadanIsha makes a method with IshaMinutes wait 30 minutes longer in Ramadan, as Umm
	// al-Qura does.
	RamadanIsha bool
	Calendar    Calendar // which days are Ramadan
}

// Validate returns an error that says what is wrong with s first.
func (s *Settings) Validate() error {
	if err := s.Place.Validate(); err != nil {
		return err
	}
	angle := func(degrees float64) bool { return degrees >= 0 && degrees <= 30 }
	m := &s.Method
	switch {
	case !angle(m.Fajr) || m.Fajr == 0:
		return errors.New("the angle of fajr must be above 0 and at most 30 degrees")
	case m.IshaMinutes < 0 || m.IshaMinutes > 180:
		return errors.New("isha must be at most 180 minutes after sunset")
	case m.IshaMinutes == 0 && (!angle(m.Isha) || m.Isha == 0):
		return errors.New("the angle of isha must be above 0 and at most 30 degrees")
	case !angle(m.Maghrib):
		return errors.New("the angle of maghrib must be at most 30 degrees")
	case s.Asr != 1 && s.Asr != 2:
		return errors.New("the shadow of asr must be 1 or 2")
	}
	for _, r := range HighLatitudes() {
		if cmp.Or(s.HighLatitude, MiddleOfNight) == r {
			return nil
		}
	}
	return errors.New("the rule for high latitudes must be middle, seventh or angle")
}

// Times are the times of one day, in UTC and whole minutes. Isha may be after midnight. A time that
// does not exist is the zero time, and Missing says why.
type Times struct {
	Fajr, Sunrise, Dhuhr, Asr, Maghrib, Isha time.Time
	Missing                                  Missing
}

// All returns the times in the order of the day.
func (t *Times) All() [6]time.Time {
	return [6]time.Time{t.Fajr, t.Sunrise, t.Dhuhr, t.Asr, t.Maghrib, t.Isha}
}

// Names returns the names of [Times.All].
func Names() [6]string { return [6]string{"fajr", "sunrise", "dhuhr", "asr", "maghrib", "isha"} }

// Missing is why a day does not have all times.
type Missing string

// The reasons, as people are told.
const (
	NoSunset  Missing = "no sunset"  // the sun does not set
	NoSunrise Missing = "no sunrise" // the sun does not rise
)

// Day returns the times of the civil date d at the place. zone, the place's own, matters only
// where the civil date is not that of the longitude; otherwise any zone gives the same times.
// s must be valid.
func (s *Settings) Day(d Date, zone *time.Location) Times {
	e := s.exact(d, zone)
	t := Times{Missing: e.missing}
	m, own := &s.Method.Minutes, &s.Minutes
	for _, v := range []struct {
		to      *time.Time
		at      instant
		minutes int
	}{
		{&t.Fajr, e.fajr, m.Fajr + own.Fajr},
		{&t.Sunrise, e.sunrise, m.Sunrise + own.Sunrise},
		{&t.Dhuhr, e.dhuhr, m.Dhuhr + own.Dhuhr},
		{&t.Asr, e.asr, m.Asr + own.Asr},
		{&t.Maghrib, e.maghrib, m.Maghrib + own.Maghrib},
		{&t.Isha, e.isha, m.Isha + own.Isha},
	} {
		*v.to = s.Method.rounded(v.at, v.minutes)
	}
	return t
}

// rounded returns a moment and some minutes as a whole minute, and none for none.
func (m *Method) rounded(at instant, minutes int) time.Time {
	if at == none {
		return time.Time{}
	}
	whole := math.Floor(float64(at)/60 + 0.5)
	if m.RoundsUp {
		whole = math.Ceil(float64(at) / 60)
	}
	return time.Unix((int64(whole)+int64(minutes))*60, 0).UTC()
}

// none is a moment that does not exist.
var none = instant(math.Inf(1))

// moments are the times of a day as the sun gives them, to the second and without any minutes.
type moments struct {
	fajr, sunrise, dhuhr, asr, maghrib, isha instant
	missing                                  Missing
}
