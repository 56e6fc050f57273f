package namets

// SubscriberPatch changes a [Subscriber]: nil fields stay as they are.
type SubscriberPatch struct {
	Email         *string
	Phone         *string
	IsVerified    *bool
	IsActive      *bool
	Announcements *bool
	Events        *bool
	PrayerChanges *bool
}

// Apply changes s.
func (p SubscriberPatch) Apply(s *Subscriber) {
	set(&s.Email, p.Email)
	set(&s.Phone, p.Phone)
	set(&s.IsVerified, p.IsVerified)
	set(&s.IsActive, p.IsActive)
	set(&s.Notify.Announcements, p.Announcements)
	set(&s.Notify.Events, p.Events)
	set(&s.Notify.PrayerChanges, p.PrayerChanges)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
