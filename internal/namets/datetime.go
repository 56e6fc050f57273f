package namets

import "time"

// AppendDateTime appends t in the given zone, in the form that the API and the webhooks use
// (section 4): a fraction only when the microseconds are not zero, and then six digits.
func AppendDateTime(b []byte, t time.Time, zone *time.Location) []byte {
	t = t.In(zone)
	layout := "2006-01-02T15:04:05"
	if t.Nanosecond()/1000 != 0 {
		layout = "2006-01-02T15:04:05.000000"
	}
	b = t.AppendFormat(b, layout)
	if _, offset := t.Zone(); offset%60 != 0 { // local mean time, before zones were agreed on
		return t.AppendFormat(b, "Z07:00:00")
	}
	return t.AppendFormat(b, "Z07:00")
}

// FormatDateTime returns what [AppendDateTime] appends.
func FormatDateTime(t time.Time, zone *time.Location) string {
	return string(AppendDateTime(nil, t, zone))
}
