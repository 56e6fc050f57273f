package namets

import "namets/internal/prayer"

// Hijri returns the day of the Islamic calendar for d, in the form of Umm al-Qura, which is
// calculated: where a community sights the moon, its day may differ by one. It is known for the
// years 1883 to 2173.
func (d Date) Hijri() (prayer.Hijri, bool) { return prayer.Calendar{}.Date(prayer.Date(d)) }
