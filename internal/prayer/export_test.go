package prayer

import "time"

// Exact returns the moments of a day to the second, in the order of [Times.All] and in seconds from
// 1970; +Inf where there is none.
func (s *Settings) Exact(d Date) [6]float64 {
	e := s.exact(d, time.UTC)
	var list [6]float64
	for i, t := range []instant{e.fajr, e.sunrise, e.dhuhr, e.asr, e.maghrib, e.isha} {
		list[i] = float64(t)
	}
	return list
}
