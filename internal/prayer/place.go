package prayer

import (
	"fmt"
	"math"
	"time"
)

// Place is where prayer times are for. Latitude and longitude are degrees, north and east positive.
// Elevation is metres above the horizon that is seen from it, 0 on a plain: it makes sunrise
// earlier and sunset later.
type Place struct {
	Latitude, Longitude, Elevation float64
}

// Validate returns an error that names the first value that no place on earth has.
func (p Place) Validate() error {
	for _, v := range []struct {
		name        string
		value       float64
		least, most float64
		unit        string
	}{
		{"latitude", p.Latitude, -90, 90, "degrees"},
		{"longitude", p.Longitude, -180, 180, "degrees"},
		{"elevation", p.Elevation, 0, 9000, "metres"},
	} {
		if math.IsNaN(v.value) || v.value < v.least || v.value > v.most {
			return fmt.Errorf("%s must be between %g and %g %s", v.name, v.least, v.most, v.unit)
		}
	}
	return nil
}

// meanNoon returns the noon of mean solar time at p on the civil date d in zone.
//
// The longitude alone says which noon that is, but for places whose civil date is not that of their
// longitude: Apia lies at 172° west and has the date of the east. zone says so when its offset is
// that of the place, give or take four hours and a day. Any other zone leaves the date to the
// longitude.
func (p Place) meanNoon(d Date, zone *time.Location) instant {
	local := p.Longitude / 15 // hours ahead of UTC
	noon := instant(float64(d.days()*daySeconds) + (12-local)*3600)
	_, seconds := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, zone).Zone()
	ahead := float64(seconds)/3600 - local
	if whole := math.Round(ahead / 24); math.Abs(ahead-24*whole) <= 4 {
		noon -= instant(whole * daySeconds)
	}
	return noon
}
