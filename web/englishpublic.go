package web

import (
	"time"

	"namets/internal/namets"
)

func englishSpan(start, end time.Time) string {
	const at = "Mon 2 January 2006, 15:04"
	from := start.Format(at)
	switch {
	case !end.After(start):
		return from
	case namets.DateOf(start) == namets.DateOf(end):
		return from + "–" + end.Format("15:04")
	}
	return from + " – " + end.Format(at)
}

func englishHome() HomeTexts {
	return HomeTexts{
		Lead:        "Announcements, events and prayer times for our community, sent to the people who asked for them.",
		AuthorTitle: "For workflow authors",
		AuthorToken: "The API under /api/ is closed to the public. Every request carries the community’s " +
			"token in the header",
		AuthorGuide: "Read which paths there are and which fields to fill in.",
	}
}

func englishAnnouncements() AnnouncementTexts {
	return AnnouncementTexts{
		ListTexts: ListTexts{
			Title: "Announcements",
			Lead:  "What the committee wants everybody to know.",
			None:  "There are no announcements at the moment.",
			All:   "All announcements",
			More:  "Read on",
			Back:  "All announcements",
		},
		Pinned: "Pinned",
		Categories: map[namets.Category]string{
			namets.General: "General", namets.Ramadan: "Ramadan", namets.Taaleem: "Ta’aleem", namets.Sale: "Sale",
		},
	}
}

func englishEvents() EventTexts {
	return EventTexts{
		ListTexts: ListTexts{
			Title: "Events",
			Lead:  "What takes place now and in the time to come.",
			None:  "There are no events planned at the moment.",
			All:   "All events",
			More:  "Read on",
			Back:  "All events",
		},
		Where: "Place:",
	}
}

func englishPrayers() PrayerTexts {
	return PrayerTexts{
		Title:     "Prayer times",
		Lead:      "The call to prayer (adhan) and the start of the prayer in congregation (iqama).",
		Today:     "Today",
		Days:      "The coming days",
		Day:       "Day",
		Prayer:    "Prayer",
		Adhan:     "Adhan",
		Iqama:     "Iqama",
		Next:      "next",
		Tomorrow:  "Today’s prayers are over. Tomorrow:",
		None:      "The times for today are not known yet.",
		NoneAhead: "The times for the coming days are not known yet.",
		All:       "The coming days",
		Names: map[string]string{"fajr": "Fajr", "dhuhr": "Dhuhr", "asr": "Asr", "maghrib": "Maghrib",
			"isha": "Isha"},
		ColumnsHint: "In each field the adhan comes first and the iqama is below it.",
	}
}

func englishSubscribe() SubscribeTexts {
	return SubscribeTexts{
		Title: "Subscribe",
		Lead:  "Get an e-mail when there is something new.",
		Email: "E-mail address",
		Trap:  "Leave this field empty",
		Consent: "With this button you agree to get e-mails about what you have ticked. Every e-mail has a " +
			"link with which " +
			"you can change your mind, and your address is deleted when you leave.",
		Button:   "Subscribe",
		Leave:    "Change or end a subscription",
		Wrong:    "Nothing was sent yet. Please check the form.",
		NoEmail:  "Please enter your e-mail address.",
		BadEmail: "No e-mail can be sent to this address. It should look like name@example.org.",
		Trapped: "One field has to stay empty, so that programs which fill in everything can be told " +
			"apart from people. " +
			"It is empty again now; please send the form once more.",
	}
}

func englishConfirm() ConfirmTexts {
	return ConfirmTexts{
		Title:  "Confirm your subscription",
		Lead:   "E-mails will go to",
		Wishes: "about:",
		Button: "Yes, subscribe me",
		Not:    "If you did not ask for this, do nothing: without this click no e-mail will come.",

		NeverTitle: "Somebody else keeps typing your address?",
		NeverWhat: "Press this button, and no form on this site sends anything to your address again, no matter who " +
			"types it. If the address is subscribed, that ends. " +
			"Only a hash of the address is kept. Only the people who run this site can undo this.",
		NeverButton: "Never write to this address again",
	}
}

func englishPreferences() PreferenceTexts {
	return PreferenceTexts{
		Title:    "Your subscription",
		Lead:     "This is the personal page of",
		Button:   "Save",
		Saved:    "Saved. From now on you get e-mails about what is ticked below.",
		Welcome:  "Thank you, you are subscribed. Keep the link to this page, or use the one in any of our e-mails.",
		Inactive: "This address gets no e-mails at the moment. Fill in the form for subscribing to get them again.",
		Leave:    "Leave and delete my address",
	}
}

func englishLeave() LeaveTexts {
	return LeaveTexts{
		AskTitle: "Change or end a subscription",
		AskLead: "Every e-mail from us has your personal link at its end. If you have none at hand, we " +
			"e-mail it to you.",
		AskButton: "E-mail me my link",
		Title:     "Leave?",
		Lead:      "No more e-mails will go to this address, and it will be deleted:",
		Button:    "Yes, unsubscribe me",
		Stay:      "Stay, but change what I hear of",
	}
}

func englishResults() ResultTexts {
	return ResultTexts{
		CheckInbox: ResultText{
			Title: "Check your inbox",
			What: "We have sent an e-mail with a link to the address that you entered. The subscription counts once " +
				"you have followed it.",
			Do: "Nothing there after some minutes? Look into the spam folder, and check that the address was " +
				"right. The link works for seven days.",
			Go: "Go to the home page",
		},
		Subscribed: ResultText{
			Title: "Thank you",
			What:  "The address that you entered is on the list now.",
			Do: "If it was there before, or had left, we have sent it an e-mail with a link instead, and nothing is " +
				"changed without it.",
			Go: "Go to the home page",
		},
		LinkSent: ResultText{
			Title: "Check your inbox",
			What:  "If the address that you entered is on our list, its personal link is on the way to it.",
			Do:    "Nothing there after some minutes? Look into the spam folder, and check that the address was right.",
			Go:    "Go to the home page",
		},
		Left: ResultText{
			Title: "You have left",
			What: "There is no subscription with this link any more. The address was deleted, and no more " +
				"e-mails will come.",
			Do: "An e-mail that was already on its way may still arrive. You are welcome back at any time.",
			Go: "Go to the home page",
		},
		DeadLink: ResultText{
			Title: "This link does not work",
			What:  "It is more than seven days old, a newer e-mail has replaced it, or a part of it is missing.",
			Do:    "Open it from the e-mail once more, all of it. If that does not help, fill in the form again.",
			Go:    "Go to the form",
		},
		UsedLink: ResultText{
			Title: "This is done already",
			What:  "The address was confirmed with this link. There is nothing more to do.",
			Do:    "Every e-mail from us has your personal link, with which you can change or end the subscription.",
			Go:    "Go to the home page",
		},
		Never: ResultText{
			Title: "Nothing will be sent to this address again",
			What:  "No form on this site sends anything to it, no matter who types it.",
			Do: "An e-mail that was already on its way may still arrive. If you change your mind, ask the people " +
				"who run this site.",
			Go: "Go to the home page",
		},
		NoLink: ResultText{
			Title: "This link does not work",
			What:  "Nobody is subscribed with it: the subscription has ended, or a part of the link is missing.",
			Do:    "If e-mails still come, open the link from the newest one, or have your personal link sent to you.",
			Go:    "E-mail me my link",
		},
	}
}
