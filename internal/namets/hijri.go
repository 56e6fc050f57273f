package namets

import (
	"fmt"
	"time"

	"github.com/hablullah/go-hijri"
)

// HijriDate is a day of the Islamic calendar in the form of Umm al-Qura, which is calculated. Where
// a community sights the moon, its day may differ by one.
type HijriDate struct {
	Year, Month, Day int // from 1
}

// Hijri returns the day of the Islamic calendar that begins at the evening before d. It is known
// for the years 1938 to 2076.
func (d Date) Hijri() (HijriDate, bool) {
	if d.Year < 1938 || d.Year > 2076 {
		return HijriDate{}, false
	}
	h, err := hijri.CreateUmmAlQuraDate(time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC))
	return HijriDate{int(h.Year), int(h.Month), int(h.Day)}, err == nil
}

// String returns the form YYYY-MM-DD.
func (h HijriDate) String() string { return fmt.Sprintf("%04d-%02d-%02d", h.Year, h.Month, h.Day) }

// MonthName returns the name of the month in English.
func (h HijriDate) MonthName() string {
	return [...]string{"Muharram", "Safar", "Rabi al-Awwal", "Rabi al-Thani", "Jumada al-Ula", "Jumada al-Akhirah",
		"Rajab", "Shaban", "Ramadan", "Shawwal", "Dhu al-Qadah", "Dhu al-Hijjah"}[h.Month-1]
}
