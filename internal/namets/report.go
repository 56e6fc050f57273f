package namets

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MailOutcome is what a workflow says of one e-mail.
type MailOutcome string

// The values of [MailOutcome].
const (
	MailSent    MailOutcome = "sent"
	MailRefused MailOutcome = "refused"
)

// MailReport is what a workflow says of the e-mails of a delivery. An address in both lists counts
// as sent.
type MailReport struct {
	Sent   []string // addresses
	Failed []FailedMail
}

// FailedMail is an e-mail that was refused.
type FailedMail struct {
	Email string
	// Reason is in the words of the workflow. It may be empty, of any length, and contain an
	// address.
	Reason string
}

// maxReason is the maximum length of a stored reason, in runes.
const maxReason = 300

// ShortReason returns a reason in the form in which it is stored: one line of at most 300
// characters. A report is never refused for its words, because that would send its e-mails again.
func ShortReason(text string) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if utf8.RuneCountInString(text) > maxReason {
		text = string([]rune(text)[:maxReason-1]) + "…"
	}
	return text
}

// ReportResult is the effect of a [MailReport].
type ReportResult struct {
	Delivery int64
	// Sent and Refused count the recipients of the delivery whose e-mails were reported, by this
	// report or before. Missing counts those who are still to be reported; people who have left
	// meanwhile are not.
	Sent, Refused, Missing int
}

// MailCounts counts recipients by what workflows have reported of their e-mails. A person who was
// sent one of several e-mails counts as sent.
type MailCounts struct{ Sent, Refused int }

// MailRecord is what a workflow has reported of an e-mail to somebody.
type MailRecord struct {
	Delivery int64
	Kind     NotificationKind
	// Entity, EntityID and Subject are those of the [Delivery].
	Entity   Kind
	EntityID int64
	Subject  string
	At       time.Time // of the report
	Outcome  MailOutcome
	Reason   string // of a refusal; may be empty
}

// RefusedMail is a recipient whose e-mail was refused.
type RefusedMail struct {
	Email string
	// Subscriber or Patron is the id of the row with the address; the other is 0.
	Subscriber, Patron int64
	At                 time.Time // of the report
	Reason             string    // may be empty
}
