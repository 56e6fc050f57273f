package namets

// Prayer is one of a day's five prayers.
type Prayer struct {
	Name         string // fajr, dhuhr, asr, maghrib or isha
	Adhan, Iqama TimeOfDay
}

// Prayers returns the five prayers in the order of the day.
func (t PrayerTimes) Prayers() [5]Prayer {
	return [5]Prayer{
		{"fajr", t.FajrAdhan, t.FajrIqama},
		{"dhuhr", t.DhuhrAdhan, t.DhuhrIqama},
		{"asr", t.AsrAdhan, t.AsrIqama},
		{"maghrib", t.MaghribAdhan, t.MaghribIqama},
		{"isha", t.IshaAdhan, t.IshaIqama},
	}
}
