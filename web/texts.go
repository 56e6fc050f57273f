package web

import "time"

// Texts is everything that the shared and the public pages say, in one language. To add a language,
// write another function like [English]; the compiler and a test ensure that nothing is missing.
// Templates access it as .T.
type Texts struct {
	// Lang is the BCP 47 tag of the language, Dir its direction: ltr or rtl.
	Lang, Dir string
	// Date formats a day in full, in t's own location.
	Date func(t time.Time) string
	// ShortDate formats a day of the coming weeks.
	ShortDate func(t time.Time) string
	// DateTime formats a day and a time of day.
	DateTime func(t time.Time) string
	// Span formats from when to when something takes place. It omits an end before the start.
	Span func(start, end time.Time) string

	Layout        LayoutTexts
	Nav           NavTexts
	Home          HomeTexts
	Announcements AnnouncementTexts
	Events        EventTexts
	Prayers       PrayerTexts
	Pager         PagerTexts
	Wishes        WishTexts
	Subscribe     SubscribeTexts
	Confirm       ConfirmTexts
	Preferences   PreferenceTexts
	Leave         LeaveTexts
	Results       ResultTexts
	Errors        ErrorTexts
}

// LayoutTexts are on every page.
type LayoutTexts struct {
	SkipToContent string
	Navigation    string // names the main navigation to those who cannot see it
	Authors       string // the link to what workflow authors need
	Documentation string // the link to the documentation
}

// ErrorTexts are on the error page.
type ErrorTexts struct {
	ByStatus map[int]ErrorText // HTTP status → its text
	Theirs   ErrorText         // any other status below 500
	Ours     ErrorText         // any other status from 500 on
	Home     string            // the link to the home page
	Request  string            // is before the request's id
}

// ErrorText says what happened and what to do about it.
type ErrorText struct {
	Title, What, Do string
}
