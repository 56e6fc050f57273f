package v1

import (
	"time"

	"namets/internal/namets"
)

// SubscriberBody is the body of a write. An absent member keeps its value; for a new subscriber it
// takes the default.
type SubscriberBody struct {
	Keyed
	Email               *string          `json:"email,omitempty" minLength:"1" maxLength:"1024" doc:"The address; for a new subscriber it must be here or in the path" example:"amina@example.org"`
	Phone               Nullable[string] `json:"phone,omitzero" maxLength:"200" doc:"The phone number. Default: null, none"`
	IsVerified          *bool            `json:"is_verified,omitempty" default:"false" doc:"The address was confirmed by its owner"`
	IsActive            *bool            `json:"is_active,omitempty" default:"true" doc:"The subscriber gets e-mails. Nobody becomes active again by an upsert: PATCH does that, with a consent that is later than the last change of the row"`
	NotifyAnnouncements *bool            `json:"notify_announcements,omitempty" default:"true" doc:"Wants announcements"`
	NotifyEvents        *bool            `json:"notify_events,omitempty" default:"true" doc:"Wants events"`
	NotifyPrayerChanges *bool            `json:"notify_prayer_changes,omitempty" default:"true" doc:"Wants changes of prayer times"`
	Consent             *string          `json:"consent,omitempty" enum:"confirmed" doc:"confirmed: the person has agreed to the e-mails, as consent_at and consent_source say; without it a new address is asked"`
	ConsentAt           *string          `json:"consent_at,omitempty" format:"date-time" doc:"When the person has agreed"`
	ConsentSource       *string          `json:"consent_source,omitempty" minLength:"1" maxLength:"200" doc:"Where and how the person has agreed" example:"paper form, March 2026"`
}

// sentSubscriber is a body with what it asks for.
type sentSubscriber struct {
	SubscriberBody
	readOnly map[string]any
	row      namets.SubscriberRow
	edited   edited // with the problems of the body itself
}

// readSubscriber reads the body of a request. Its errors are those of readRow.
func (a *API) readSubscriber(r *Request) (*sentSubscriber, error) {
	b, readOnly, err := readRow[SubscriberBody](r, &a.subscriberBody)
	if err != nil {
		return nil, err
	}
	return newSentSubscriber(b, readOnly), nil
}

func newSentSubscriber(b *SubscriberBody, readOnly map[string]any) *sentSubscriber {
	s := &sentSubscriber{SubscriberBody: *b, readOnly: readOnly}
	s.row.Patch = namets.SubscriberPatch{Email: b.Email, IsVerified: b.IsVerified, IsActive: b.IsActive,
		Announcements: b.NotifyAnnouncements, Events: b.NotifyEvents, PrayerChanges: b.NotifyPrayerChanges,
		Key: b.Key.Pointer()}
	if b.Phone.Set {
		s.row.Patch.Phone = &b.Phone.Value // empty for null
	}
	claim := namets.ConsentFields{Word: b.Consent, Source: b.ConsentSource}
	if b.ConsentAt != nil {
		claim.At = new(time.Time)
		s.edited.setTime("consent_at", claim.At, b.ConsentAt)
	}
	consent, wrong := claim.Consent()
	if s.edited.problems = append(s.edited.problems, wrong...); len(s.edited.problems) == 0 {
		s.row.Consent = consent
	}
	return s
}

// check returns all that is wrong with the body for the stored subscriber, nil for a new one.
func (s *sentSubscriber) check(a *API, stored *namets.Subscriber, revision int64) error {
	e, now := s.edited, namets.NewSubscriber("")
	if stored != nil {
		now = *stored
		if err := e.show(a.form().AppendSubscriber(nil, stored, revision, true)); err != nil {
			return err
		}
	}
	e.keepReadOnly(s.readOnly, setByNamets)
	s.Keyed.apply(&e, &now.Meta)
	s.row.Patch.Apply(&now)
	broken := []error{now.ValidateChange(stored)}
	if s.row.Consent != nil {
		broken = append(broken, s.row.Consent.Validate(a.now()))
	}
	return e.result(broken...)
}

// alone returns all that is wrong with the body as a row of a batch, which is not compared with
// what is stored.
func (s *sentSubscriber) alone() error {
	e := s.edited
	e.keepReadOnly(s.readOnly, "is read-only: leave it out of a batch")
	if s.Email == nil {
		e.blame("email", "is missing")
	}
	if s.Key.Set && !s.Key.Null {
		s.Keyed.apply(&e, new(namets.Meta))
	}
	if len(e.problems) == 0 {
		return nil // the store knows which rules apply
	}
	now := namets.NewSubscriber("")
	s.row.Patch.Apply(&now)
	return e.result(now.Validate())
}
