package people

import (
	"context"
	"errors"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// mailStore reads what is known of e-mails to people. *store.DB documents the methods.
type mailStore interface {
	MailsTo(ctx context.Context, email string, limit int) ([]namets.MailRecord, error)
	LastMails(ctx context.Context, emails []string) (map[string]time.Time, error)
	Bounces(ctx context.Context, id int64) ([]namets.Bounce, error)
	Consent(ctx context.Context, id int64) (*namets.RecordedConsent, error)
	Suppression(ctx context.Context, email string) (*namets.Suppression, error)
	LiftSuppression(ctx context.Context, by namets.Actor, id, revision int64) error
}

// consentFact is what the page says of a consent.
type consentFact struct {
	When page.When
	How  string
}

// bounceRow is an e-mail that came back.
type bounceRow struct {
	When   page.When
	What   string
	Detail string
}

// mailRow is an e-mail to a subscriber, as n8n has reported it.
type mailRow struct {
	When    page.When
	What    string
	Path    string // of the delivery
	Refused bool
	Reason  string
}

// addMails fills in what the subscriber was sent and what came of it.
func (a *Admin) addMails(v *page.Visit, p *subscriberPage, s namets.Subscriber) error {
	ctx := v.Request().Context()
	mails, mailErr := a.store.MailsTo(ctx, s.Email, historyLength)
	last, lastErr := a.store.LastMails(ctx, []string{s.Email})
	bounces, bounceErr := a.store.Bounces(ctx, s.ID)
	consent, consentErr := a.store.Consent(ctx, s.ID)
	suppressed, err := a.store.Suppression(ctx, s.Email)
	if err := errors.Join(mailErr, lastErr, bounceErr, consentErr, err); err != nil {
		return err
	}
	if at, ok := last[s.Email]; ok && (s.LastNotified == nil || at.After(*s.LastNotified)) {
		p.LastNotified = v.WhenIf(&at)
	}
	for _, m := range mails {
		row := mailRow{When: v.When(m.At), What: m.Kind.Info().Name,
			Path: page.RowPath(namets.KindDeliveries, m.Delivery), Refused: m.Outcome == namets.MailRefused}
		if m.Subject != "" && m.Entity != namets.KindSubscribers {
			row.What += ": " + m.Subject
		}
		if v.May(namets.Editor) { // it may contain the address
			row.Reason = m.Reason
		}
		p.Mails = append(p.Mails, row)
	}
	for _, b := range bounces {
		row := bounceRow{When: v.When(b.At), What: bounceText(b.Kind)}
		if v.May(namets.Editor) {
			row.Detail = b.Detail
		}
		p.Bounces = append(p.Bounces, row)
	}
	if consent != nil {
		p.Consent = &consentFact{v.When(consent.At), consentText(v, consent)}
	}
	if suppressed != nil && suppressed.Reason.Final() {
		p.Suppressed = suppressedText(suppressed.Reason) + " (" + v.When(suppressed.Since).Text + ")"
		p.Lift = v.May(namets.Owner)
	}
	return nil
}

// bounceText says what came back.
func bounceText(kind namets.BounceKind) string {
	switch kind {
	case namets.HardBounce:
		return "Refused for good: the address does not exist"
	case namets.Complaint:
		return "Reported as spam by the person"
	}
	return "Refused this time"
}

// consentText says how somebody has agreed. The source may name the person, so viewers do not see
// it.
func consentText(v *page.Visit, c *namets.RecordedConsent) string {
	switch {
	case c.Source != "" && v.May(namets.Editor):
		return "elsewhere: " + c.Source
	case c.Source != "":
		return "elsewhere"
	case c.Confirmed:
		return "on the public page, confirmed by e-mail"
	}
	return "on the public page"
}

// suppressedText says why an address gets no e-mail.
func suppressedText(reason namets.SuppressionReason) string {
	switch reason {
	case namets.SuppressedComplaint:
		return "This person reported an e-mail as spam"
	case namets.SuppressedBounced:
		return "E-mails to this address came back"
	}
	return "This person asked for no more e-mails"
}

// confirmLift asks an owner before an address gets e-mails again.
func (a *Admin) confirmLift(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	s, revision, err := a.store.Subscriber(v.Request().Context(), id)
	if err != nil {
		return err
	}
	return v.Confirm("Send e-mails to "+s.Email+" again", page.Confirmation{
		Lead: "Do this only if you know that the address works and that the person wants e-mails.",
		Facts: []string{"The person becomes active and receives what they are subscribed to.",
			"If e-mails come back or are reported as spam again, they stop again."},
		Action: subscriberPath(id) + "/lift", Hidden: page.Seen(revision), Button: "Send e-mails again",
		Back: subscriberPath(id),
	})
}

// lift lets an address get e-mails again.
func (a *Admin) lift(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	err = a.store.LiftSuppression(v.Request().Context(), v.Actor(), id, v.Revision())
	if page.Stale(err) {
		return v.ChangedMeanwhile(subscriberPath(id), "changed")
	}
	if err != nil {
		return err
	}
	return v.Done(subscriberPath(id), "This address gets e-mails again.")
}
