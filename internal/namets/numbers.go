package namets

// DayNumbers counts the events of one day in the site's zone.
type DayNumbers struct {
	Day       Date
	Joined    int // subscribers who are still there and came on that day
	Left      int // subscribers who were deleted, by themselves or by hand, one at a time
	Webhooks  int // queued for n8n
	Published int // announcements whose time came and that are active
}

// Totals are the numbers on the overview.
type Totals struct {
	Subscribers   int // active ones
	Scheduled     int // active announcements whose time is still to come
	Announcements int // that are current
	Events        int // active ones that are not over
}
