package web

import (
	"namets/internal/namets"
)

func englishHome() HomeTexts {
	return HomeTexts{
		Lead: "Announcements, events and prayer times for our community, sent to the people who asked for " +
			"them.",
		AuthorTitle: "For workflow authors",
		AuthorToken: "The API under /api/ is closed to the public. Every request carries the community’s token in " +
			"the header",
		AuthorGuide: "Read about the paths and their parameters.",
	}
}

func englishAnnouncements() AnnouncementTexts {
	return AnnouncementTexts{
		ListTexts: ListTexts{
			Title: "Announcements",
			Lead:  "News from the committee.",
			None:  "There are no announcements at the moment.",
			All:   "All announcements",
			More:  "Read more",
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
			Lead:  "What is on now and what comes next.",
			None:  "There are no upcoming events at the moment.",
			All:   "All events",
			More:  "Read more",
			Back:  "All events",
		},
		Where:     "Place:",
		Cancelled: "Cancelled",
	}
}

func englishPrayers() PrayerTexts {
	return PrayerTexts{
		Title:     "Prayer times",
		Lead:      "The call to prayer (adhan) and the start of the prayer in congregation (iqama).",
		Today:     "Today",
		Days:      "Coming days",
		Day:       "Day",
		Prayer:    "Prayer",
		Adhan:     "Adhan",
		Iqama:     "Iqama",
		Next:      "next",
		Tomorrow:  "Today’s prayers are over. Tomorrow:",
		None:      "There are no times for today yet.",
		NoneAhead: "There are no times for the coming days yet.",
		All:       "Coming days",
		Names: map[string]string{"fajr": "Fajr", "dhuhr": "Dhuhr", "asr": "Asr", "maghrib": "Maghrib",
			"isha": "Isha"},
		ColumnsHint: "In each cell, the adhan comes first and the iqama is below it.",
	}
}

func englishSubscribe() SubscribeTexts {
	return SubscribeTexts{
		Title: "Subscribe",
		Lead:  "Get an e-mail when there is something new.",
		Email: "E-mail address",
		Trap:  "Leave this field empty",
		Consent: "By subscribing you agree to get e-mails about the topics that you have selected. Every e-mail " +
			"has a link to change or end your subscription. Your address is deleted when you unsubscribe.",
		Button:   "Subscribe",
		Leave:    "Change or end a subscription",
		Wrong:    "Nothing was sent yet. Please check the form.",
		NoEmail:  "Please enter your e-mail address.",
		BadEmail: "No e-mail can be sent to this address. It should look like name@example.org.",
		Trapped: "One field has to stay empty, because it tells people from spam programs. It is empty again now; " +
			"please send the form again.",
	}
}

func englishConfirm() ConfirmTexts {
	return ConfirmTexts{
		Title:  "Confirm your subscription",
		Lead:   "E-mails will go to",
		Wishes: "about:",
		Button: "Yes, subscribe me",
		Not:    "If you did not ask for this, do nothing: without this click, you get no e-mails.",

		NeverTitle: "Does somebody else keep entering your address?",
		NeverWhat: "After you press this button, no form on this site sends anything to your address again, no " +
			"matter who enters it. If the address is subscribed, the subscription ends. Only a hash of the " +
			"address is kept. Only the people who run this site can undo this.",
		NeverButton: "Never write to this address again",
	}
}

func englishPreferences() PreferenceTexts {
	return PreferenceTexts{
		Title:    "Your subscription",
		Lead:     "This is the personal page of",
		Button:   "Save",
		Saved:    "Saved. From now on you get e-mails about the topics selected below.",
		Welcome:  "Thank you, you are subscribed. Keep the link to this page, or use the one in any of our e-mails.",
		Inactive: "This address gets no e-mails at the moment. To get them again, fill in the subscribe form.",
		Leave:    "Unsubscribe and delete my address",
	}
}

func englishLeave() LeaveTexts {
	return LeaveTexts{
		AskTitle: "Change or end a subscription",
		AskLead: "Every e-mail from us ends with your personal link. If you cannot find one, we can e-mail the " +
			"link to you.",
		AskButton: "E-mail me my link",
		Title:     "Unsubscribe?",
		Lead:      "This address will get no more e-mails, and it will be deleted:",
		Button:    "Yes, unsubscribe me",
		Stay:      "Stay subscribed, but change the topics",
	}
}

func englishResults() ResultTexts {
	return ResultTexts{
		CheckInbox: ResultText{
			Title: "Check your inbox",
			What: "We have sent an e-mail with a link to the address that you entered. Open the link to confirm " +
				"the subscription.",
			Do: "No e-mail after some minutes? Check the spam folder, and check that the address was right. The " +
				"link works for seven days.",
			Go: "Go to the home page",
		},
		Subscribed: ResultText{
			Title: "Thank you",
			What:  "The address that you entered is on the list now.",
			Do: "If it was on the list before, or had unsubscribed, we have sent it an e-mail with a link " +
				"instead. Nothing changes until the link is opened.",
			Go: "Go to the home page",
		},
		LinkSent: ResultText{
			Title: "Check your inbox",
			What:  "If the address that you entered is on our list, we have sent its personal link to it.",
			Do:    "No e-mail after some minutes? Check the spam folder, and check that the address was right.",
			Go:    "Go to the home page",
		},
		Left: ResultText{
			Title: "You have unsubscribed",
			What:  "This subscription has ended. The address was deleted and gets no more e-mails.",
			Do:    "An e-mail that was already on its way may still arrive. You are welcome back at any time.",
			Go:    "Go to the home page",
		},
		DeadLink: ResultText{
			Title: "This link does not work",
			What:  "It is more than seven days old, a newer e-mail has replaced it, or part of it is missing.",
			Do:    "Open the complete link from the e-mail again. If that does not help, fill in the form again.",
			Go:    "Go to the form",
		},
		UsedLink: ResultText{
			Title: "Already confirmed",
			What:  "The address was already confirmed with this link. There is nothing more to do.",
			Do:    "Every e-mail from us has your personal link, with which you can change or end the subscription.",
			Go:    "Go to the home page",
		},
		Never: ResultText{
			Title: "Nothing will be sent to this address again",
			What:  "No form on this site sends anything to it, no matter who enters it.",
			Do: "An e-mail that was already on its way may still arrive. If you change your mind, ask the people " +
				"who run this site.",
			Go: "Go to the home page",
		},
		NoLink: ResultText{
			Title: "This link does not work",
			What:  "It belongs to no subscription: the subscription has ended, or part of the link is missing.",
			Do:    "If you still get e-mails, open the link in the newest one, or ask for your personal link.",
			Go:    "E-mail me my link",
		},
	}
}
