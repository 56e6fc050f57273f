package prayer

import "fmt"

// Month is a month of the Islamic calendar.
type Month struct {
	Year, Month int // from 1
}

// ramadan is the number of the month of fasting.
const ramadan = 9

// Name returns the name of the month in English.
func (m Month) Name() string {
	return [...]string{"Muharram", "Safar", "Rabi al-Awwal", "Rabi al-Thani", "Jumada al-Ula", "Jumada al-Akhirah",
		"Rajab", "Shaban", "Ramadan", "Shawwal", "Dhu al-Qadah", "Dhu al-Hijjah"}[m.Month-1]
}

// Hijri is a day of the Islamic calendar. It begins at the sunset before the civil date that it is
// given for.
type Hijri struct {
	Month
	Day int // from 1
}

// String returns the form YYYY-MM-DD.
func (h Hijri) String() string { return fmt.Sprintf("%04d-%02d-%02d", h.Year, h.Month.Month, h.Day) }

// Calendar is the Umm al-Qura calendar with the months that a community begins on another day,
// because the moon was seen there, or was not.
type Calendar struct {
	// Shifts says by how many days a month begins later than in Umm al-Qura, from -2 to 2. The
	// month before it becomes longer or shorter.
	Shifts map[Month]int
}

// Date returns the day of the Islamic calendar for d. Umm al-Qura is known from 1300 to 1600 AH:
// from the end of 1882 to 2174.
func (c Calendar) Date(d Date) (Hijri, bool) {
	n := d.days() - firstDay
	i := monthOf(n)
	if i < 0 || i >= months {
		return Hijri{}, false
	}
	switch {
	case n < c.start(i) && i > 0:
		i--
	case i+1 < months && n >= c.start(i+1):
		i++
	}
	return Hijri{month(i), n - c.start(i) + 1}, true
}

// start is the start of the month with the index i, shifted.
func (c Calendar) start(i int) int { return start(i) + c.Shifts[month(i)] }

// Start returns the first civil date of m, if it is known.
func (c Calendar) Start(m Month) (Date, bool) {
	i := (m.Year-firstYear)*12 + m.Month - 1
	if m.Month < 1 || m.Month > 12 || i < 0 || i >= months {
		return Date{}, false
	}
	return Date{1970, 1, 1}.AddDays(firstDay + c.start(i)), true
}

// isRamadan reports whether d is in the month of fasting.
func (c Calendar) isRamadan(d Date) bool {
	h, ok := c.Date(d)
	return ok && h.Month.Month == ramadan
}
