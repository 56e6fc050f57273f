package prayer

import "math"

const daySeconds = 86400

// instant is a moment in seconds from 1970-01-01 00:00 UTC.
type instant float64

// degrees is an angle.
type degrees float64

func (d degrees) sin() float64 { return math.Sin(float64(d) * math.Pi / 180) }
func (d degrees) tan() float64 { return math.Tan(float64(d) * math.Pi / 180) }

func (d degrees) sincos() (sine, cosine float64) { return math.Sincos(float64(d) * math.Pi / 180) }

func arcsin(x float64) degrees     { return degrees(math.Asin(x) * 180 / math.Pi) }
func arccos(x float64) degrees     { return degrees(math.Acos(x) * 180 / math.Pi) }
func arctan2(y, x float64) degrees { return degrees(math.Atan2(y, x) * 180 / math.Pi) }

// sun is where the sun is at a moment.
type sun struct {
	sine, cosine float64 // of the declination
	equation     degrees // of time
}

// sunAt returns where the sun is: Meeus, Astronomical Algorithms, 2nd edition, chapter 25 (low
// accuracy, 0.01°) and formula 28.1. The difference between dynamical and universal time, about a
// minute, is left out: it moves the sun by less than 0.001°.
func sunAt(t instant) sun {
	c := (float64(t)/daySeconds - 10957.5) / 36525 // Julian centuries from 2000-01-01 12:00
	mean := degrees(280.46646 + c*(36000.76983+c*0.0003032))
	s, k := degrees(357.52911 + c*(35999.05029-c*0.0001537)).sincos() // of the anomaly
	centre := degrees((1.914602-c*(0.004817+c*0.000014))*s +
		(0.019993-c*0.000101)*2*s*k + 0.000289*s*(3-4*s*s))
	sinNode, cosNode := degrees(125.04 - 1934.136*c).sincos()
	nutation := degrees(-0.00478 * sinNode)
	sinLongitude, cosLongitude := (mean + centre - 0.00569 + nutation).sincos()
	sinObliquity, cosObliquity := degrees(23.4392911 - 0.0130042*c + 0.00256*cosNode).sincos()
	ascension := arctan2(cosObliquity*sinLongitude, cosLongitude)
	equation := mean - 0.0057183 - ascension + nutation*degrees(cosObliquity)
	sine := sinObliquity * sinLongitude
	return sun{sine, math.Sqrt(1 - sine*sine), degrees(math.Remainder(float64(equation), 360))}
}

// noon returns when the sun passes the meridian, near the moment guess.
func (p Place) noon(guess instant) instant {
	mean := guess
	for range 3 {
		guess = mean - instant(float64(sunAt(guess).equation)*daySeconds/360)
	}
	return guess
}

// crossing is why the sun does not cross an altitude on a day.
type crossing int

const (
	crosses crossing = iota
	stays            // it stays above
	misses           // it stays below
)

// cross returns when the sun crosses an altitude before the noon (side -1) or after it (side 1).
// mean is the place's mean noon. altitude is a function of the sun, because the altitude of asr
// depends on its declination. The sun is that of the moment itself.
//
// When the sun does not cross the altitude, the moment is the lowest or highest point next to it.
func (p Place) cross(mean instant, side float64, altitude func(sun) degrees) (instant, crossing) {
	sine, cosine := degrees(p.Latitude).sincos()
	t, how := mean+instant(side*daySeconds/4), crosses
	for range 10 {
		s := sunAt(t)
		x := (altitude(s).sin() - sine*s.sine) / (cosine * s.cosine)
		how = crosses
		switch {
		case x < -1:
			how, x = stays, -1
		case x > 1:
			how, x = misses, 1
		}
		next := mean + instant((side*float64(arccos(x))-float64(s.equation))*daySeconds/360)
		moved := math.Abs(float64(next - t))
		t = next
		if moved < 1 { // the next step would be a hundred times smaller
			break
		}
	}
	return t, how
}

// horizon returns the altitude of the sun's centre when its upper edge is at the horizon, with
// refraction (34′) and radius (16′): Meeus, chapter 15. A place above its horizon sees the sun
// longer, by the dip of 2.08′ times the root of the elevation in metres.
func (p Place) horizon(sun) degrees {
	return degrees(-0.8333 - 0.0347*math.Sqrt(max(0, p.Elevation)))
}

// fixed is an altitude that does not depend on the sun.
func fixed(altitude degrees) func(sun) degrees {
	return func(sun) degrees { return altitude }
}

// shadow is the altitude at which a shadow has the length of factor times the object and of the
// shadow at noon together.
func (p Place) shadow(factor int) func(sun) degrees {
	return func(s sun) degrees {
		noon := degrees(math.Abs(p.Latitude - float64(arcsin(s.sine)))) // from the zenith
		if noon >= 90 {
			return 90 // the sun does not rise: no shadow
		}
		return arctan2(1, float64(factor)+noon.tan())
	}
}
