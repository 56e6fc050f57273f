package prayer

import "math"

// Minutes are whole minutes for each time of a day. They may be negative.
type Minutes struct {
	Fajr, Sunrise, Dhuhr, Asr, Maghrib, Isha int
}

// Method is what an authority or a committee says about the sun at fajr and at isha.
type Method struct {
	Name  string // as settings and the command line write it
	Title string // as people call it

	Fajr        float64 // how far the sun is below the horizon at fajr, degrees
	Isha        float64 // the same for isha, degrees; unused if IshaMinutes is not 0
	IshaMinutes int     // isha is so many minutes after sunset
	Maghrib     float64 // the same for maghrib, degrees; 0: maghrib is at sunset

	Minutes  Minutes // added to what the sun says
	RoundsUp bool    // to the next whole minute; otherwise to the nearest one
	Seasonal bool    // fajr and isha follow the seasonal function of the Moonsighting Committee
}

// Custom is the name of the method whose angles are a community's own.
const Custom = "custom"

// Methods returns every method but [Custom].
//
// The angles are those that the authorities publish, as collected by the PrayTimes manual
// (praytimes.org/docs/calculation) and the parameters of the adhan library (batoulapps/adhan-js,
// METHODS.md). What has another source says so.
func Methods() []Method {
	return []Method{
		{Name: "mwl", Title: "Muslim World League", Fajr: 18, Isha: 17, Minutes: Minutes{Dhuhr: 1}},
		{Name: "egypt", Title: "Egyptian General Authority of Survey", Fajr: 19.5, Isha: 17.5,
			Minutes: Minutes{Dhuhr: 1}},
		{Name: "karachi", Title: "University of Islamic Sciences, Karachi", Fajr: 18, Isha: 18,
			Minutes: Minutes{Dhuhr: 1}},
		{Name: "umm-al-qura", Title: "Umm al-Qura University, Makkah", Fajr: 18.5, IshaMinutes: 90},
		{Name: "dubai", Title: "Dubai", Fajr: 18.2, Isha: 18.2,
			Minutes: Minutes{Sunrise: -3, Dhuhr: 3, Asr: 3, Maghrib: 3}},
		// moonsighting.com/how-we.html: 5 minutes after noon, 3 after sunset, the seasons
		{Name: "moonsighting", Title: "Moonsighting Committee Worldwide", Fajr: 18, Isha: 18, Seasonal: true,
			Minutes: Minutes{Dhuhr: 5, Maghrib: 3}},
		{Name: "isna", Title: "Islamic Society of North America", Fajr: 15, Isha: 15, Minutes: Minutes{Dhuhr: 1}},
		{Name: "kuwait", Title: "Kuwait", Fajr: 18, Isha: 17.5},
		{Name: "qatar", Title: "Qatar", Fajr: 18, IshaMinutes: 90},
		{Name: "singapore", Title: "Majlis Ugama Islam Singapura", Fajr: 20, Isha: 18, RoundsUp: true,
			Minutes: Minutes{Dhuhr: 1}},
		{Name: "tehran", Title: "Institute of Geophysics, University of Tehran", Fajr: 17.7, Isha: 14, Maghrib: 4.5},
		// the safety margins (temkin) of the Turkish Presidency of Religious Affairs
		{Name: "diyanet", Title: "Diyanet, Turkey", Fajr: 18, Isha: 17,
			Minutes: Minutes{Sunrise: -7, Dhuhr: 5, Asr: 4, Maghrib: 7}},
		// 18° for fajr since December 2019, by the decision of the Malaysian muzakarah
		{Name: "jakim", Title: "JAKIM, Malaysia", Fajr: 18, Isha: 18},
		// with the ihtiyat of the Indonesian ministry: two minutes to the safe side
		{Name: "kemenag", Title: "Kemenag, Indonesia", Fajr: 20, Isha: 18,
			Minutes: Minutes{Fajr: 2, Sunrise: -2, Dhuhr: 2, Asr: 2, Maghrib: 2, Isha: 2}},
		{Name: "uoif", Title: "Musulmans de France (UOIF)", Fajr: 12, Isha: 12},
	}
}

// MethodNamed returns the method with the name. It does not know [Custom].
func MethodNamed(name string) (Method, bool) {
	for _, m := range Methods() {
		if m.Name == name {
			return m, true
		}
	}
	return Method{}, false
}

// HighLatitude says what holds when the sun does not go far enough down, and is never later than
// its share of the night before sunrise, or after sunset.
type HighLatitude string

// The rules for high latitudes.
const (
	MiddleOfNight  HighLatitude = "middle"  // half of the night
	SeventhOfNight HighLatitude = "seventh" // a seventh of the night
	AngleOfNight   HighLatitude = "angle"   // a sixtieth of the night for each degree of the angle
)

// HighLatitudes returns the rules, the default first.
func HighLatitudes() []HighLatitude {
	return []HighLatitude{MiddleOfNight, SeventhOfNight, AngleOfNight}
}

// share returns the part of the night that the rule allows for an angle.
func (r HighLatitude) share(angle float64) float64 {
	switch r {
	case SeventhOfNight:
		return 1.0 / 7
	case AngleOfNight:
		return angle / 60
	default:
		return 0.5
	}
}

// seasonal returns the seconds between fajr and sunrise, and between sunset and isha, that the
// Moonsighting Committee gives for a latitude below 55° (moonsighting.com/isha_fajr.html, with the
// general twilight for isha): from one value at the winter solstice to others 91, 137 and 183 days
// later and back, in straight lines. Each value is 75 minutes and a part that grows with the
// latitude.
func seasonal(latitude float64, d Date) (morning, evening float64) {
	at := func(values [4]float64) float64 {
		days := [...]float64{0, 91, 137, 183, 229, 275, 366}
		order := [...]int{0, 1, 2, 3, 2, 1, 0}
		since := float64(sinceSolstice(latitude, d))
		i := 0
		for i < 5 && since >= days[i+1] {
			i++
		}
		from, to := values[order[i]], values[order[i+1]]
		value := func(v float64) float64 { return 75 + v/55*math.Abs(latitude) }
		return math.Round(60 * (value(from) + (value(to)-value(from))*(since-days[i])/(days[i+1]-days[i])))
	}
	return at([4]float64{28.65, 19.44, 32.74, 48.1}), at([4]float64{25.6, 2.05, -9.21, 6.14})
}

// sinceSolstice returns the days since the winter solstice of the latitude's half of the earth.
func sinceSolstice(latitude float64, d Date) int {
	year := Date{d.Year + 1, 1, 1}.days() - Date{d.Year, 1, 1}.days()
	n := d.days() - Date{d.Year, 1, 1}.days() + 1
	if latitude >= 0 {
		n += 10
	} else {
		n += 365 - 172
	}
	return n % year
}
