package namets

import (
	"time"
	"unicode/utf8"
)

// Suppression records that an address gets no e-mail. Only a keyed hash of the address is stored.
type Suppression struct {
	Reason SuppressionReason
	// Since is when its owner has left for the last time, or when mailing to it ended.
	Since time.Time
}

// SuppressionReason says why an address gets no e-mail.
type SuppressionReason string

// The reasons of a [Suppression].
const (
	SuppressedLeft      SuppressionReason = "left"      // its owner has unsubscribed
	SuppressedNever     SuppressionReason = "never"     // its owner has asked never to be written to again
	SuppressedComplaint SuppressionReason = "complaint" // its owner has reported an e-mail as spam
	SuppressedBounced   SuppressionReason = "bounced"   // its mail server does not take e-mails to it
)

// Final reports whether no form, program or file can subscribe the address again, whatever consent
// it claims. Only an owner in the admin can, one address at a time.
func (r SuppressionReason) Final() bool { return r != SuppressedLeft }

// Lifted reports whether the consent lifts the suppression: its owner has left, and has consented
// after that.
func (s Suppression) Lifted(c *ClaimedConsent) bool {
	return !s.Reason.Final() && c != nil && c.At.After(s.Since)
}

// refusal is a clause for a form about an address with a final reason.
func (r SuppressionReason) refusal() string {
	switch r {
	case SuppressedComplaint:
		return "belongs to somebody who has reported an e-mail as spam"
	case SuppressedBounced:
		return "does not take e-mails: they came back"
	}
	return "belongs to somebody who has asked never to be written to again"
}

// Silenced returns the error for an address that gets no e-mail for a final reason: a [Conflict]
// with Field email, because of [ErrSilenced].
func (r SuppressionReason) Silenced() error {
	return &Error{Code: Conflict, Field: "email", Err: ErrSilenced,
		Message: r.refusal() + "; only a user with the role owner can add it all the same"}
}

// ClaimedConsent is a consent that a program reports: the person has agreed elsewhere.
type ClaimedConsent struct {
	// At is when the person has agreed. Source says where and how, in the words of the program.
	At     time.Time
	Source string
}

// ConsentFields are a consent as a program sends it: three fields, of which all or none are needed.
type ConsentFields struct {
	Word   *string // the field consent
	At     *time.Time
	Source *string
}

// ConfirmedConsent is the value of the field consent.
const ConfirmedConsent = "confirmed"

// Consent returns the consent, nil if there is none. wrong says what is wrong with the fields; nil
// if nothing is.
func (c ConsentFields) Consent() (consent *ClaimedConsent, wrong Problems) {
	if c == (ConsentFields{}) {
		return nil, nil
	}
	if c.Word == nil || *c.Word != ConfirmedConsent {
		wrong.add("consent", `must be "`+ConfirmedConsent+`", or absent together with consent_at and consent_source`)
	}
	if c.At == nil {
		wrong.add("consent_at", "is missing: say when the person has agreed")
	}
	if c.Source == nil {
		wrong.add("consent_source", "is missing: say where and how the person has agreed")
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return &ClaimedConsent{At: *c.At, Source: *c.Source}, nil
}

func claimRules(now time.Time) []rule[ClaimedConsent] {
	return []rule[ClaimedConsent]{
		{"consent_at", func(c *ClaimedConsent) any { return Micro(c.At) }, func(c *ClaimedConsent) string {
			switch {
			case c.At.IsZero(), !InRange(c.At):
				return "must be a date and a time"
			case c.At.After(now):
				return "is in the future"
			}
			return ""
		}},
		line("consent_source", func(c *ClaimedConsent) string { return c.Source }, required),
	}
}

// Validate returns [Problems] if c cannot be a consent that was given before now.
func (c *ClaimedConsent) Validate(now time.Time) error { return problems(claimRules(now), nil, c) }

// RecordedConsent is what is known of a subscriber's consent.
type RecordedConsent struct {
	// At is when the person has agreed: in the form, by the confirming click, or elsewhere.
	At time.Time
	// Confirmed means that the address has confirmed it by a click in an e-mail.
	Confirmed bool
	// Source is where the person has agreed according to the program that reported it; empty if the
	// person did so here.
	Source string
}

// BounceKind is the kind of a [Bounce].
type BounceKind string

// The kinds of a [Bounce].
const (
	HardBounce BounceKind = "hard"      // the mail server refuses e-mails to the address for good
	SoftBounce BounceKind = "soft"      // it has refused this one: the mailbox is full, the server is busy
	Complaint  BounceKind = "complaint" // the person has reported the e-mail as spam
)

// SoftBounceLimit is how many soft bounces in a row end mailing to an address. The row begins again
// when a workflow reports an e-mail to the address as sent, when the person confirms a
// subscription, when the address changes, and when an owner lifts the suppression.
const SoftBounceLimit = 5

// MaxBounces is the number of bounces that are kept for a subscriber.
const MaxBounces = 50

// maxBounceDetail is the longest detail of a bounce, in runes.
const maxBounceDetail = 1000

// Bounce is an e-mail to a subscriber that came back, or was reported as spam.
type Bounce struct {
	Kind BounceKind
	// Detail is what the mail server said, or empty. It may contain the address.
	Detail string
	At     time.Time
}

// BounceResult is the effect of a bounce.
type BounceResult struct {
	// Row is the subscriber with its revision. Ended means that mailing to the address has ended,
	// now or before.
	Row      Subscriber
	Revision int64
	Ended    bool
}

func bounceRules() []rule[Bounce] {
	return []rule[Bounce]{
		{"kind", func(b *Bounce) any { return b.Kind }, func(b *Bounce) string {
			switch b.Kind {
			case HardBounce, SoftBounce, Complaint:
				return ""
			}
			return "must be hard, soft or complaint"
		}},
		{"detail", func(b *Bounce) any { return b.Detail }, func(b *Bounce) string {
			if utf8.RuneCountInString(b.Detail) > maxBounceDetail {
				return "must not be longer than 1000 characters"
			}
			return textProblem(b.Detail, optional)
		}},
	}
}

// Validate returns [Problems] if b cannot be stored.
func (b *Bounce) Validate() error { return problems(bounceRules(), nil, b) }

// Reason returns the reason for which the bounce ends mailing to the address. softInARow is the
// number of soft bounces in a row, with this one. It returns false if mailing goes on.
func (b *Bounce) Reason(softInARow int) (SuppressionReason, bool) {
	switch {
	case b.Kind == Complaint:
		return SuppressedComplaint, true
	case b.Kind == HardBounce, softInARow >= SoftBounceLimit:
		return SuppressedBounced, true
	}
	return "", false
}
