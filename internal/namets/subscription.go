package namets

import "time"

// ConfirmationLifetime is how long the link of a [SubscriberConfirmation] works.
const ConfirmationLifetime = 7 * 24 * time.Hour

// SubscriptionRequest is what somebody typed into the form for subscribing. The person who typed
// it need not own the address.
type SubscriptionRequest struct {
	// Email is in the form in which forms store addresses.
	Email   string
	Notify  Preferences
	Consent Consent
	// DoubleOptIn keeps everything as it is until the address has confirmed the request.
	DoubleOptIn bool
}

// Consent says what was behind a click that subscribes.
type Consent struct {
	// From is the client's network address. Only a keyed hash of it is stored.
	From string
	// Text is the version of the text that was next to the button.
	Text string
}

// Confirmation is a [SubscriptionRequest] that the address was asked to confirm.
type Confirmation struct {
	// Email and Notify are empty once the request was confirmed.
	Email  string
	Notify Preferences
	// Used says that the request was confirmed. That happens once.
	Used bool
}

// ConfirmationStats says whether confirming works.
type ConfirmationStats struct {
	// Waiting counts the requests whose link works and was not used.
	Waiting int
	// Ever says that somebody has once confirmed one.
	Ever bool
}

// The paths of the pages that are reached by a personal link. What makes the link personal
// follows, and then a slash.
const (
	ConfirmPath     = "/communications/subscribe/confirm/"
	PreferencesPath = "/communications/preferences/"
	UnsubscribePath = "/communications/unsubscribe/"
)

// Links makes personal links: it is the public address of the site, without a slash at its end.
type Links string

// Confirm returns the link with which an address confirms that it wants to be subscribed; secret
// is unguessable.
func (l Links) Confirm(secret string) string { return string(l) + ConfirmPath + secret + "/" }

// NeverPath is what follows a link to confirm for asking never to be written to again.
const NeverPath = "never/"

// Preferences returns the link with which a subscriber chooses what to hear of.
func (l Links) Preferences(token UUID) string {
	return string(l) + PreferencesPath + token.String() + "/"
}

// Unsubscribe returns the link with which a subscriber leaves (RFC 8058).
func (l Links) Unsubscribe(token UUID) string {
	return string(l) + UnsubscribePath + token.String() + "/"
}
