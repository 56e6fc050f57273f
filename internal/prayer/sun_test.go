package prayer_test

import (
	"math"
	"testing"

	"namets/internal/prayer"
)

// position returns the altitude and the declination of the sun in degrees, seen from the centre of
// the earth. It is computed from Kepler's equation and the sidereal time, not from the equations of
// the centre and of time, so that a fault in those shows.
func position(seconds, latitude, longitude float64) (altitude, declination float64) {
	const rad = math.Pi / 180
	ut := seconds/86400 - 10957.5                      // days from 2000-01-01 12:00 UTC
	days := ut + (69.2+0.5*(ut/365.25-20))/86400       // in dynamical time
	e := 0.016708634 - 0.000042037*days/36525          // eccentricity of the earth's orbit
	anomaly := (357.52911 + 0.985600281725*days) * rad // mean
	perihelion := 282.93735 + 1.71945*days/36525       // longitude of the sun at perigee
	node := (125.04452 - 1934.136261*days/36525) * rad // of the moon
	mean := (280.46646 + 0.985647366*days) * rad       // longitude of the sun
	moon := (218.3165 + 481267.8813*days/36525) * rad  // longitude of the moon
	nutation := (-17.20*math.Sin(node) - 1.32*math.Sin(2*mean) - 0.23*math.Sin(2*moon)) / 3600
	obliquity := (23.4392911 - 0.0130042*days/36525 + (9.20*math.Cos(node)+0.57*math.Cos(2*mean))/3600) * rad

	eccentric := anomaly
	for range 20 {
		eccentric = anomaly + e*math.Sin(eccentric)
	}
	truth := 2 * math.Atan2(math.Sqrt(1+e)*math.Sin(eccentric/2), math.Sqrt(1-e)*math.Cos(eccentric/2))
	moonward := 6.45 / 3600 * math.Sin(moon-mean) // the earth moves around the centre of itself and the moon
	longitudeOfSun := (truth/rad + perihelion + nutation - 20.5/3600 + moonward) * rad

	ascension := math.Atan2(math.Cos(obliquity)*math.Sin(longitudeOfSun), math.Cos(longitudeOfSun))
	delta := math.Asin(math.Sin(obliquity) * math.Sin(longitudeOfSun))
	sidereal := 280.46061837 + 360.98564736629*ut + nutation*math.Cos(obliquity)
	hour := (sidereal+longitude)*rad - ascension
	sine := math.Sin(latitude*rad)*math.Sin(delta) + math.Cos(latitude*rad)*math.Cos(delta)*math.Cos(hour)
	return math.Asin(sine) / rad, delta / rad
}

// TestExact_hasTheSunWhereTheDefinitionSays computes where the sun is at every time of 50 years, at
// latitudes up to 65°.
func TestExact_hasTheSunWhereTheDefinitionSays(t *testing.T) {
	worst, compared := 0.0, 0
	check := func(d prayer.Date, latitude float64, name string, got, want float64) {
		compared++
		off := math.Abs(got - want)
		worst = max(worst, off)
		if off > 0.02 {
			t.Errorf("%v at %g°: at %s the sun is at %.4f°, want %.4f°", d, latitude, name, got, want)
		}
	}
	for latitude := -65.0; latitude <= 65; latitude += 5 {
		s := prayer.Settings{Place: prayer.Place{Latitude: latitude, Longitude: 3*latitude - 10}, Asr: 1,
			Method: prayer.Method{Name: prayer.Custom, Fajr: 18, Isha: 17}}
		for day := 0; day < 50*365; day += 37 {
			d := prayer.Date{Year: 2005, Month: 1, Day: 1}.AddDays(day)
			var altitudes [6]float64
			var declination float64
			e := s.Exact(d)
			for i, at := range e {
				altitudes[i], declination = position(at, latitude, s.Place.Longitude)
				if i == 3 && !math.IsInf(at, 0) {
					shadow := 1 + math.Tan(math.Abs(latitude-declination)*math.Pi/180)
					check(d, latitude, "asr", altitudes[i], math.Atan2(1, shadow)*180/math.Pi)
				}
			}
			if !math.IsInf(e[1], 0) {
				check(d, latitude, "sunrise", altitudes[1], -0.8333)
				check(d, latitude, "maghrib", altitudes[4], -0.8333)
			}
			if math.Abs(latitude) < 45 {
				check(d, latitude, "fajr", altitudes[0], -18)
				check(d, latitude, "isha", altitudes[5], -17)
			} else if altitudes[0] < -18.02 || altitudes[5] < -17.02 { // in a short night its middle comes before
				t.Errorf("%v at %g°: the sun is at %.4f° at fajr, at %.4f° at isha", d, latitude,
					altitudes[0], altitudes[5])
			}
		}
	}
	if compared < 50_000 {
		t.Errorf("%d altitudes compared", compared)
	}
	t.Logf("%d altitudes, worst %.4f°", compared, worst)
}
