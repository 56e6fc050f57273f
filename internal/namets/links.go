package namets

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
