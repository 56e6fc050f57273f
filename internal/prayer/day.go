package prayer

import "time"

// night is the dark around one day.
type night struct {
	before, after float64 // seconds between sunset and sunrise
}

// exact returns the moments of the civil date d.
func (s *Settings) exact(d Date, zone *time.Location) moments {
	p := s.Place
	mean := p.meanNoon(d, zone)
	m := moments{fajr: none, sunrise: none, asr: none, maghrib: none, isha: none, dhuhr: p.noon(mean)}
	if t, how := p.cross(mean, 1, p.shadow(s.Asr)); how == crosses {
		m.asr = t
	}
	sunrise, how := p.cross(mean, -1, p.horizon)
	sunset, evening := p.cross(mean, 1, p.horizon)
	if how != crosses || evening != crosses {
		s.withoutSunset(&m, mean, how == stays || evening == stays)
		return m
	}
	m.sunrise, m.maghrib = sunrise, sunset
	dark := s.night(mean, sunrise, sunset)
	m.fajr = s.fajr(d, mean, sunrise, dark)
	m.isha = s.isha(d, mean, sunset, dark)
	if a := s.Method.Maghrib; a != 0 {
		if t, how := p.cross(mean, 1, fixed(degrees(-a))); how == crosses && t < m.isha {
			m.maghrib = t
		}
	}
	return m
}

// withoutSunset fills in what a day without sunrise or sunset has. In the polar night there is
// still a twilight.
func (s *Settings) withoutSunset(m *moments, mean instant, light bool) {
	if light {
		m.missing = NoSunset
		return
	}
	m.missing = NoSunrise
	if t, how := s.Place.cross(mean, -1, fixed(degrees(-s.Method.Fajr))); how == crosses {
		m.fajr = t
	}
	if t, how := s.Place.cross(mean, 1, fixed(degrees(-s.Method.Isha))); how == crosses && s.Method.IshaMinutes == 0 {
		m.isha = t
	}
}

// night measures the nights before and after a day. Where the day before has no sunset, or the
// next one no sunrise, the night counts as long as the rest of the day.
func (s *Settings) night(mean, sunrise, sunset instant) night {
	rest := daySeconds - float64(sunset-sunrise)
	n := night{rest, rest}
	if t, how := s.Place.cross(mean-daySeconds, 1, s.Place.horizon); how == crosses {
		n.before = float64(sunrise - t)
	}
	if t, how := s.Place.cross(mean+daySeconds, -1, s.Place.horizon); how == crosses {
		n.after = float64(t - sunset)
	}
	return n
}

// fajr returns when the sun reaches the angle of fajr, or the earliest moment that the rule for
// high latitudes allows.
func (s *Settings) fajr(d Date, mean, sunrise instant, n night) instant {
	earliest := sunrise - instant(s.HighLatitude.share(s.Method.Fajr)*n.before)
	if s.Method.Seasonal {
		morning, _ := seasonal(s.Place.Latitude, d)
		earliest = sunrise - instant(s.seasonal(morning, n.before))
	}
	t, how := s.Place.cross(mean, -1, fixed(degrees(-s.Method.Fajr)))
	if how != crosses {
		return earliest
	}
	return max(t, earliest)
}

// isha is what fajr is, for the evening.
func (s *Settings) isha(d Date, mean, sunset instant, n night) instant {
	if minutes := s.Method.IshaMinutes; minutes != 0 {
		if s.RamadanIsha && s.Calendar.isRamadan(d) {
			minutes += 30
		}
		return sunset + instant(minutes*60)
	}
	latest := sunset + instant(s.HighLatitude.share(s.Method.Isha)*n.after)
	if s.Method.Seasonal {
		_, evening := seasonal(s.Place.Latitude, d)
		latest = sunset + instant(s.seasonal(evening, n.after))
	}
	t, how := s.Place.cross(mean, 1, fixed(degrees(-s.Method.Isha)))
	if how != crosses {
		return latest
	}
	return min(t, latest)
}

// seasonal limits the seasonal seconds from 55° of latitude on to a seventh of the night.
func (s *Settings) seasonal(seconds, night float64) float64 {
	if latitude := s.Place.Latitude; latitude >= 55 || latitude <= -55 {
		return min(seconds, night/7)
	}
	return seconds
}
