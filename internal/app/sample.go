package app

import (
	"time"

	"namets/internal/namets"
)

// SampleData returns sample data of a students' association around now, in now's zone. All names
// and addresses are invented.
func SampleData(now time.Time) *namets.Dataset {
	lecture, social := int64(1), int64(2)
	day := func(days, hour int) time.Time {
		return namets.Micro(time.Date(now.Year(), now.Month(), now.Day()+days, hour, 0, 0, 0, now.Location()))
	}
	recently := func(hours int) time.Time {
		return namets.Micro(now.Add(-time.Duration(hours) * time.Hour).Truncate(time.Minute))
	}
	expiry := day(10, 18)
	data := &namets.Dataset{
		Subscribers: sampleSubscribers(recently(24)),
		Announcements: []namets.Announcement{
			{ID: 1, Title: "Welcome to the new session", Slug: "welcome-to-the-new-session",
				Content:  "The committee is in the union building every day after Zuhr. Come and say salaam.",
				Category: namets.General, IsPinned: true, PublishAt: recently(20), IsActive: true},
			{ID: 2, Title: "Ta’aleem starts on Saturday", Slug: "taaleem-starts-on-saturday",
				Content:  "Fiqh for beginners, two hours, tea afterwards.\nBring a notebook.",
				Category: namets.Taaleem, PublishAt: recently(3), ExpireAt: &expiry, IsActive: true},
			{ID: 3, Title: "Used textbooks for sale", Slug: "used-textbooks-for-sale",
				Content:  "Engineering mathematics & physics, half price, proceeds to the welfare fund.",
				Category: namets.Sale, PublishAt: recently(9), IsActive: true},
			{ID: 4, Title: "Ramadan timetable", Slug: "ramadan-timetable",
				Content:  "The timetable will be out soon.",
				Category: namets.Ramadan, PublishAt: day(2, 9), IsActive: true},
		},
		EventCategories: []namets.EventCategory{
			{ID: lecture, Name: "Lecture", Slug: "lecture"},
			{ID: social, Name: "Sports & Social", Slug: "sports-social", Description: "Games, hikes, dinners"},
		},
		Events: []namets.Event{
			{ID: 1, Title: "Seminar: Faith and engineering", Slug: "seminar-faith-and-engineering",
				CategoryID:  &lecture,
				Description: "An evening with Prof. A. Bello and your questions.",
				Start:       day(1, 16), End: day(1, 18), Location: "Lecture theatre B", IsFeatured: true,
				IsActive: true},
			{ID: 2, Title: "Football: freshers against finalists", Slug: "football-freshers-against-finalists",
				CategoryID:  &social,
				Description: "Boots on.", Start: day(4, 17), End: day(4, 19), Location: "Sports ground",
				IsActive: true},
			{ID: 3, Title: "Annual dinner", Slug: "annual-dinner", CategoryID: &social,
				Start: day(20, 19), End: day(20, 22), Location: "Main hall", IsActive: true},
		},
		Patrons: []namets.Patron{
			{ID: 1, Name: "Prof. A. Bello", Designation: "Grand patron", Email: "patron@example.edu",
				HierarchyOrder: 1, IsActive: true, ReceiveNotifications: true},
		},
	}
	for i := range 30 {
		date := namets.DateOf(now).AddDays(i - 3)
		data.PrayerSchedules = append(data.PrayerSchedules,
			namets.PrayerSchedule{ID: int64(i + 1), Date: date, PrayerTimes: samplePrayerTimes(i), IsActive: true})
	}
	return data
}

func sampleSubscribers(since time.Time) []namets.Subscriber {
	everything := namets.Preferences{Announcements: true, Events: true, PrayerChanges: true}
	list := []namets.Subscriber{
		{Email: "amina@example.org", Phone: "+234 800 000 0001", IsVerified: true, Notify: everything},
		{Email: "bello@example.org", IsVerified: true, Notify: namets.Preferences{Announcements: true, Events: true}},
		{Email: "chidi@example.org", IsVerified: true, Notify: namets.Preferences{Announcements: true}},
		{Email: "hauwa@example.org", IsVerified: true, Notify: namets.Preferences{PrayerChanges: true}},
		{Email: "yusuf@example.org", Notify: everything},
	}
	for i := range list {
		list[i].ID, list[i].IsActive = int64(i+1), true
		list[i].Token, list[i].SubscribedAt = namets.NewUUID(), since
	}
	return list
}

// samplePrayerTimes drifts by a minute every third day, as the sun does.
func samplePrayerTimes(day int) namets.PrayerTimes {
	at := func(hour, minute int) namets.TimeOfDay {
		return namets.TimeOfDay(time.Duration(hour*60+minute+day/3) * time.Minute / time.Microsecond)
	}
	return namets.PrayerTimes{
		FajrAdhan: at(5, 20), FajrIqama: at(5, 40), DhuhrAdhan: at(12, 45), DhuhrIqama: at(13, 15),
		AsrAdhan: at(15, 50), AsrIqama: at(16, 10), MaghribAdhan: at(18, 20), MaghribIqama: at(18, 25),
		IshaAdhan: at(19, 30), IshaIqama: at(19, 50),
	}
}
