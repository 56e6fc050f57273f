package namets

import "time"

// RowPage selects a page of rows by id for a program. Only rows of which all conditions are true
// are on it.
type RowPage struct {
	After int64 // the id of the last row of the page before; 0 for the first page
	Limit int
	// UpdatedSince selects the rows that have changed then or later; zero selects all.
	UpdatedSince time.Time
}

// EventPage selects a page of events.
type EventPage struct {
	RowPage
	// From and To bound the start, inclusively; zero ones do not.
	From, To time.Time
}

// PrayerPage selects a page of prayer schedules by date.
type PrayerPage struct {
	After Date // the date of the last row of the page before; zero for the first page
	Limit int
	// Stage selects by [PrayerSchedule.Status]; empty selects all.
	Stage        Stage
	UpdatedSince time.Time
	// From and To bound the date, inclusively; zero ones do not.
	From, To Date
}
