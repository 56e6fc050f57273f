package v1

import (
	"time"

	"namets/internal/namets"
)

// ShownSubscriber are the members of a row that nobody writes. They may be sent back as they are.
type ShownSubscriber struct {
	ID             *int64              `json:"id,omitempty" doc:"Only as it is: read-only"`
	Revision       *int64              `json:"revision,omitempty" doc:"Only as it is: read-only"`
	CreatedAt      *time.Time          `json:"created_at,omitempty" doc:"Only as it is: read-only"`
	UpdatedAt      *time.Time          `json:"updated_at,omitempty" doc:"Only as it is: read-only"`
	SubscribedAt   *time.Time          `json:"subscribed_at,omitempty" doc:"Only as it is: read-only"`
	LastNotified   Nullable[time.Time] `json:"last_notified,omitzero" doc:"Only as it is: read-only"`
	ManageURL      *string             `json:"manage_url,omitempty" doc:"Only as it is: read-only"`
	UnsubscribeURL *string             `json:"unsubscribe_url,omitempty" doc:"Only as it is: read-only"`
}

// SubscriberBody is the body of a write. An absent member keeps its value; for a new subscriber it
// takes the default.
type SubscriberBody struct {
	Email               *string          `json:"email,omitempty" minLength:"1" maxLength:"1024" doc:"The address; for a new subscriber it must be here or in the path" example:"amina@example.org"`
	Key                 Nullable[string] `json:"key,omitzero" minLength:"1" maxLength:"128" pattern:"^([.]*[A-Za-z0-9_~:-][A-Za-z0-9._~:-]*|[.][.][.]+)$" doc:"The author's own key, unique among subscribers; it is not removed by null"`
	Phone               Nullable[string] `json:"phone,omitzero" maxLength:"200" doc:"The phone number; null: none"`
	IsVerified          *bool            `json:"is_verified,omitempty" doc:"The address was confirmed by its owner; new: false"`
	IsActive            *bool            `json:"is_active,omitempty" doc:"The subscriber gets e-mails; new: true. Nobody becomes active again by an upsert: PATCH does that"`
	NotifyAnnouncements *bool            `json:"notify_announcements,omitempty" doc:"Wants announcements; new: true"`
	NotifyEvents        *bool            `json:"notify_events,omitempty" doc:"Wants events; new: true"`
	NotifyPrayerChanges *bool            `json:"notify_prayer_changes,omitempty" doc:"Wants changes of prayer times; new: true"`
	Consent             *string          `json:"consent,omitempty" enum:"confirmed" doc:"confirmed: the person has agreed to the e-mails, as consent_at and consent_source say; without it a new address is asked"`
	ConsentAt           *time.Time       `json:"consent_at,omitempty" doc:"When the person has agreed"`
	ConsentSource       *string          `json:"consent_source,omitempty" minLength:"1" maxLength:"200" doc:"Where and how the person has agreed" example:"paper form, March 2026"`
	ShownSubscriber
}

// row returns the row that the body asks for. Its error is [namets.Problems].
func (b *SubscriberBody) row() (row namets.SubscriberRow, err error) {
	row.Patch = namets.SubscriberPatch{Email: b.Email, IsVerified: b.IsVerified, IsActive: b.IsActive,
		Announcements: b.NotifyAnnouncements, Events: b.NotifyEvents, PrayerChanges: b.NotifyPrayerChanges}
	if b.Phone.Set {
		row.Patch.Phone = &b.Phone.Value // empty for null
	}
	row.Patch.Key = b.Key.Pointer()
	var wrong *namets.Error
	row.Consent, wrong = namets.ConsentFields{Word: b.Consent, At: b.ConsentAt, Source: b.ConsentSource}.Consent()
	if wrong != nil {
		return row, namets.Problems{wrong}
	}
	if row.Consent != nil {
		row.Consent.At = namets.Micro(row.Consent.At)
	}
	return row, nil
}

// unlike returns a [Problem] if the body holds a read-only member that is not that of the stored
// subscriber, nil if there is none.
func (b *SubscriberBody) unlike(s *namets.Subscriber, revision int64, links namets.Links) error {
	if s == nil {
		s = &namets.Subscriber{}
	}
	var issues []Issue
	check := func(name string, same bool) {
		if !same {
			issues = append(issues, atMember(name, "is read-only: leave it out, or send it as it is"))
		}
	}
	at := func(sent *time.Time, stored time.Time) bool { return sent == nil || sent.Equal(stored) }
	check("id", b.ID == nil || *b.ID == s.ID)
	check("revision", b.Revision == nil || *b.Revision == revision)
	check("created_at", at(b.CreatedAt, s.Created))
	check("updated_at", at(b.UpdatedAt, s.Updated))
	check("subscribed_at", at(b.SubscribedAt, s.SubscribedAt))
	last := b.LastNotified
	check("last_notified", !last.Set || last.Null && s.LastNotified == nil ||
		!last.Null && s.LastNotified != nil && last.Value.Equal(*s.LastNotified))
	check("manage_url", b.ManageURL == nil || *b.ManageURL == links.Preferences(s.Token))
	check("unsubscribe_url", b.UnsubscribeURL == nil || *b.UnsubscribeURL == links.Unsubscribe(s.Token))
	if b.Key.Null && s.Key != "" {
		issues = append(issues, atMember("key", "must not be null: a key is not removed"))
	}
	if len(issues) > 0 {
		return invalid(issues...)
	}
	return nil
}
