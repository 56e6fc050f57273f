// Package prayer computes prayer times and Islamic dates. Its functions are pure: they read no
// clock, no file and no setting.
//
// Angles are degrees, elevations are metres, and durations between prayers are minutes. A time is
// rounded to the minute, in UTC.
package prayer

import "time"

// Date is a day of the Gregorian calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// days returns the number of days from 1970-01-01 to d.
func (d Date) days() int {
	return int(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds)
}

// AddDays returns the day n days after d.
func (d Date) AddDays(n int) Date {
	t := time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC)
	return Date{t.Year(), t.Month(), t.Day()}
}
