package web

import (
	"net/http"
)

// English returns the texts in English.
func English() *Texts {
	return &Texts{
		Lang:      "en",
		Dir:       "ltr",
		Date:      EnglishDay,
		ShortDate: EnglishShortDay,
		DateTime:  EnglishTime,
		Span:      EnglishSpan,
		Layout: LayoutTexts{
			SkipToContent: "Skip to content",
			Navigation:    "Main",
			Authors:       "For workflow authors",
			Documentation: "Documentation",
		},
		Nav: NavTexts{Announcements: "Announcements", Events: "Events", Prayers: "Prayers",
			Subscribe: "Subscribe"},
		Home:          englishHome(),
		Announcements: englishAnnouncements(),
		Events:        englishEvents(),
		Prayers:       englishPrayers(),
		Pager:         PagerTexts{Label: "Pages", Newer: "Back", Next: "More"},
		Wishes: WishTexts{
			Legend:        "What would you like to hear about?",
			Announcements: "Announcements",
			Events:        "Events",
			PrayerChanges: "Changes of prayer times",
			Nothing:       "Nothing at the moment",
		},
		Subscribe:   englishSubscribe(),
		Confirm:     englishConfirm(),
		Preferences: englishPreferences(),
		Leave:       englishLeave(),
		Results:     englishResults(),
		Errors: ErrorTexts{
			ByStatus: englishErrors(),
			Theirs: ErrorText{
				Title: "That did not work",
				What:  "The request cannot be answered as it was sent.",
				Do:    "Go back and try again from the page before.",
			},
			Ours:    englishErrors()[http.StatusInternalServerError],
			Home:    "Go to the home page",
			Request: "Request number:",
		},
	}
}

func englishErrors() map[int]ErrorText {
	return map[int]ErrorText{
		http.StatusBadRequest: {
			Title: "That did not work",
			What:  "Something in the request is incomplete or damaged.",
			Do:    "Go back, check what you entered and send it again.",
		},
		http.StatusForbidden: {
			Title: "Not allowed",
			What:  "This request was refused, and nothing was changed.",
			Do: "If a link or a form on another site brought you here, open this site’s own page and try " +
				"again from there.",
		},
		http.StatusNotFound: {
			Title: "Page not found",
			What:  "There is nothing at this address. It may be mistyped, or the page is gone.",
			Do:    "Check the address, or start again from the home page.",
		},
		http.StatusMethodNotAllowed: {
			Title: "That cannot be done here",
			What:  "This address does not take that kind of request, and nothing was changed.",
			Do:    "Open the page again and use the buttons on it.",
		},
		http.StatusRequestEntityTooLarge: {
			Title: "That is too large",
			What:  "What you sent is larger than this site accepts, and nothing was saved.",
			Do:    "Go back, shorten the text or choose a smaller file, and send it again.",
		},
		http.StatusUnsupportedMediaType: {
			Title: "That is not a form",
			What: "This address takes the fields of a form, in the encoding in which a browser sends them, and " +
				"nothing was saved.",
			Do: "Open the page and fill in its form. A program sends application/x-www-form-urlencoded or " +
				"multipart/form-data.",
		},
		http.StatusTooManyRequests: {
			Title: "Too many requests",
			What:  "Too many requests came from your connection, so this one was not carried out.",
			Do:    "Wait a few minutes, then try again.",
		},
		http.StatusInternalServerError: {
			Title: "Something went wrong here",
			What:  "The fault is ours, not yours.",
			Do: "Try again. If it happens again, tell the people who run this site and give them " +
				"the request number.",
		},
		http.StatusServiceUnavailable: {
			Title: "Not available right now",
			What:  "The site cannot do this at the moment, and nothing was saved.",
			Do:    "Wait a minute, then try again.",
		},
	}
}
