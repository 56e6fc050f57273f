package namets

// Recipient is what the API answers about an active [Subscriber] (section 5, P1 and P5).
type Recipient struct {
	ID     int64
	Email  string
	Phone  string // empty: none
	Notify Preferences
	Token  UUID // the secret part of the personal link: never log it
}
