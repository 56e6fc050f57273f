package namets

// PrayerSchedule contains the prayer times of one date in the site's zone.
type PrayerSchedule struct {
	ID   int64
	Date Date // unique
	PrayerTimes
	IsActive  bool
	SendEmail bool
	Meta
}

// NewPrayerSchedule returns the schedule of a day with the values of an empty form, without times.
func NewPrayerSchedule(day Date) PrayerSchedule { return PrayerSchedule{Date: day, IsActive: true} }

// PrayerTimes are the times of a day's five prayers: the call (adhan) and the start of the prayer
// (iqama).
type PrayerTimes struct {
	FajrAdhan, FajrIqama       TimeOfDay
	DhuhrAdhan, DhuhrIqama     TimeOfDay
	AsrAdhan, AsrIqama         TimeOfDay
	MaghribAdhan, MaghribIqama TimeOfDay
	IshaAdhan, IshaIqama       TimeOfDay
}

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

// Validate returns [Problems] if a form must not store s: no iqama is before its adhan, and the
// prayers follow each other through the day. The iqama of Isha may be after midnight.
func (s *PrayerSchedule) Validate() error { return s.ValidateChange(nil) }

// ValidateChange is [PrayerSchedule.Validate] for a change of the stored row was: a time is checked
// if it or the one before it changes.
func (s *PrayerSchedule) ValidateChange(was *PrayerSchedule) error {
	return problems(prayerRules(), was, s)
}

// prayerRules are: no iqama is before its adhan, and the prayers follow each other through the day.
// The iqama of Isha may be after midnight.
func prayerRules() []rule[PrayerSchedule] {
	rules := []rule[PrayerSchedule]{{"date", func(s *PrayerSchedule) any { return s.Date },
		func(s *PrayerSchedule) string {
			if s.Date == (Date{}) {
				return "must be a date"
			}
			return ""
		}}, authorKey(func(s *PrayerSchedule) string { return s.Key })}
	for i, prayer := range new(PrayerSchedule).Prayers() {
		before := func(s *PrayerSchedule) Prayer {
			if i == 0 {
				return Prayer{Adhan: -1, Iqama: -1}
			}
			return s.Prayers()[i-1]
		}
		rules = append(rules, rule[PrayerSchedule]{prayer.Name + "_adhan", func(s *PrayerSchedule) any {
			return [2]any{before(s), s.Prayers()[i].Adhan}
		}, func(s *PrayerSchedule) string { return adhanProblem(before(s), s.Prayers()[i]) }},
			rule[PrayerSchedule]{prayer.Name + "_iqama", func(s *PrayerSchedule) any { return s.Prayers()[i] },
				func(s *PrayerSchedule) string { return iqamaProblem(s.Prayers()[i]) }})
	}
	return rules
}

// adhanProblem says what is wrong with the adhan of p, which has to follow the previous prayer.
func adhanProblem(before, p Prayer) string {
	switch {
	case !p.Adhan.Valid():
		return "must be a time of the form HH:MM"
	case p.Adhan <= before.Adhan:
		return "must come after the prayer before it"
	case before.Iqama.Valid() && p.Adhan < before.Iqama:
		return "must not come before the iqama of the prayer before it"
	}
	return ""
}

// iqamaProblem says what is wrong with the iqama of p.
func iqamaProblem(p Prayer) string {
	switch {
	case !p.Iqama.Valid():
		return "must be a time of the form HH:MM"
	case p.Iqama < p.Adhan && p.Name != "isha":
		return "must not come before the call to prayer"
	}
	return ""
}
