package api

import (
	"strconv"
	"time"

	"namets/internal/namets"
)

const hexDigits = "0123456789abcdef"

// appendTime appends t as a JSON string in the time zone zone (contract section 4).
func appendTime(b []byte, t time.Time, zone *time.Location) []byte {
	t = t.In(zone)
	layout := "2006-01-02T15:04:05"
	if t.Nanosecond()/1000 != 0 {
		layout = "2006-01-02T15:04:05.000000"
	}
	b = append(b, '"')
	b = t.AppendFormat(b, layout)
	if _, offset := t.Zone(); offset%60 != 0 { // local mean time, before zones were agreed on
		b = t.AppendFormat(b, "Z07:00:00")
	} else {
		b = t.AppendFormat(b, "Z07:00")
	}
	return append(b, '"')
}

// appendInt appends n in decimal.
func appendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }

// appendUUID appends the lower-case form of u, as its String method returns it.
func appendUUID(b []byte, u namets.UUID) []byte {
	for i, c := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, hexDigits[c>>4], hexDigits[c&0xf])
	}
	return b
}
