package namets

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// isoDuration has one group for each unit: weeks, or days, hours, minutes and seconds.
var isoDuration = regexp.MustCompile(
	`^P(?:(\d{1,9})W|(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?)$`)

// longestDuration is far above every duration that a setting takes, and far below an overflow.
const longestDuration = 100 * 365 * 24 * time.Hour

// ErrDuration is the error of [ParseDuration], in words that follow the name of a field.
var ErrDuration = errors.New("must be an ISO 8601 duration of weeks, days, hours, minutes or seconds, " +
	"such as PT30M or P1D")

// ParseDuration reads an ISO 8601 duration of weeks, or of days, hours, minutes and seconds, in
// whole numbers: PT30M, P1DT12H. A day has 24 hours. Months and years have no fixed length and are
// refused. The only error is [ErrDuration].
func ParseDuration(text string) (time.Duration, error) {
	groups := isoDuration.FindStringSubmatch(text)
	if groups == nil || text == "P" || strings.HasSuffix(text, "T") {
		return 0, ErrDuration
	}
	units := [...]time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second}
	var sum time.Duration
	for i, unit := range units {
		n, _ := strconv.ParseInt("0"+groups[i+1], 10, 64) // at most ten digits
		if n > int64(longestDuration/unit) {
			return 0, ErrDuration
		}
		sum += time.Duration(n) * unit
	}
	if sum > longestDuration {
		return 0, ErrDuration
	}
	return sum, nil
}

// FormatDuration returns d, which is not negative, in the form of [ParseDuration], in hours,
// minutes and seconds: PT24H. Fractions of a second are dropped.
func FormatDuration(d time.Duration) string {
	s := int64(d / time.Second)
	var b strings.Builder
	b.WriteString("PT")
	for _, part := range [...]struct {
		n    int64
		unit byte
	}{{s / 3600, 'H'}, {s / 60 % 60, 'M'}, {s % 60, 'S'}} {
		if part.n > 0 {
			b.WriteString(strconv.FormatInt(part.n, 10))
			b.WriteByte(part.unit)
		}
	}
	if b.Len() == len("PT") {
		b.WriteString("0S")
	}
	return b.String()
}
