package namets

import "time"

// ConfirmationLifetime is the lifetime of the link in a [SubscriberConfirmation].
const ConfirmationLifetime = 7 * 24 * time.Hour

// SubscriptionRequest is the content of the subscribe form. The person who filled it in may not own
// the address.
type SubscriptionRequest struct {
	// Email is in its stored form.
	Email   string
	Notify  Preferences
	Consent Consent
	// DoubleOptIn means that nothing changes until the address has confirmed the request.
	DoubleOptIn bool
}

// Consent records a click that subscribes.
type Consent struct {
	// From is the client's network address. Only a keyed hash of it is stored.
	From string
	// Text is the version of the text next to the button.
	Text string
}

// Confirmation is a [SubscriptionRequest] that the address was asked to confirm.
type Confirmation struct {
	// Email and Notify are empty once the request is confirmed.
	Email  string
	Notify Preferences
	// Used means that the request was confirmed, which happens once.
	Used bool
}

// ConfirmationStats shows whether confirmations work.
type ConfirmationStats struct {
	// Waiting counts the requests with a valid, unused link.
	Waiting int
	// Ever means that somebody has confirmed a request before.
	Ever bool
}

// The paths of pages behind a personal link. The secret part of the link follows, and then a slash.
const (
	ConfirmPath     = "/communications/subscribe/confirm/"
	PreferencesPath = "/communications/preferences/"
	UnsubscribePath = "/communications/unsubscribe/"
)

// Links makes personal links. It is the public address of the site, without a slash at the end.
type Links string

// Confirm returns the link with which an address confirms a subscription; secret is unguessable.
func (l Links) Confirm(secret string) string { return string(l) + ConfirmPath + secret + "/" }

// NeverPath is appended to a confirmation link to ask never to be written to again.
const NeverPath = "never/"

// Preferences returns the link to a subscriber's preferences.
func (l Links) Preferences(token UUID) string {
	return string(l) + PreferencesPath + token.String() + "/"
}

// Unsubscribe returns the link to unsubscribe (RFC 8058).
func (l Links) Unsubscribe(token UUID) string {
	return string(l) + UnsubscribePath + token.String() + "/"
}
