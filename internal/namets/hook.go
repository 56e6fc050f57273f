package namets

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// EventType is what a hook may ask for: the type of a webhook in the form of the open API.
type EventType string

// The types, and [AnyEvent], which selects all of them.
const (
	TypeAnnouncementPublished  EventType = "announcement.published"
	TypeEventPublished         EventType = "event.published"
	TypeEventUpdated           EventType = "event.updated"
	TypeEventCancelled         EventType = "event.cancelled"
	TypeEventUpcoming          EventType = "event.upcoming"
	TypePrayerUpdated          EventType = "prayer.updated"
	TypePrayerIqamaChanges     EventType = "prayer.iqama_changes"
	TypeSubscriberJoined       EventType = "subscriber.joined"
	TypeSubscriberUpdated      EventType = "subscriber.updated"
	TypeSubscriberLeft         EventType = "subscriber.left"
	TypeSubscriberConfirmation EventType = "subscriber.confirmation"
	TypeSubscriberLink         EventType = "subscriber.link"
	TypeMessageSent            EventType = "message.sent"
	TypeN8NSilent              EventType = "n8n.silent"
	TypeBackupFailed           EventType = "backup.failed"
	TypeSecurityAlert          EventType = "security.alert"
	TypePing                   EventType = "ping"

	AnyEvent EventType = "*"
)

// EventTypes returns all types, without [AnyEvent].
func EventTypes() []EventType {
	return []EventType{TypeAnnouncementPublished, TypeEventPublished, TypeEventUpdated, TypeEventCancelled,
		TypeEventUpcoming, TypePrayerUpdated, TypePrayerIqamaChanges, TypeSubscriberJoined, TypeSubscriberUpdated,
		TypeSubscriberLeft, TypeSubscriberConfirmation, TypeSubscriberLink, TypeMessageSent, TypeN8NSilent,
		TypeBackupFailed, TypeSecurityAlert, TypePing}
}

// HookAck says when a delivery to a hook is done.
type HookAck string

// The values of [HookAck].
const (
	AckStatus HookAck = "2xx"    // when the target answers 2xx
	AckReport HookAck = "report" // when reports have named every recipient
)

// The ranges and defaults of a hook's durations.
const (
	DefaultReportWithin = 30 * time.Minute
	MinReportWithin     = 30 * time.Second
	MaxReportWithin     = 24 * time.Hour

	DefaultBefore = 24 * time.Hour
	MinBefore     = time.Minute
	MaxBefore     = 30 * 24 * time.Hour
)

// HookHeld is how long a deleted hook and its waiting deliveries are held, so that a target that
// registers again misses nothing.
const HookHeld = 24 * time.Hour

// LegacyHook is the id, in deliveries, of the target that the configuration names. It has no row.
const LegacyHook int64 = 0

// Hook is a target of webhooks that a workflow has registered. Its secret is read separately.
type Hook struct {
	ID int64
	// TokenID is the API token that it belongs to, 0 for the shared one. Key is the caller's own
	// name for it, unique for a token.
	TokenID int64
	Key     string
	HookSpec
	CreatedAt, UpdatedAt time.Time
	// PausedAt is nil unless the hook is paused: nothing is sent, and its deliveries wait. Then
	// PausedReason says why, in plain words.
	PausedAt     *time.Time
	PausedReason string
	// FailingSince is since when the target has answered nothing but 404; nil if it has not.
	FailingSince *time.Time
}

// HookSpec is what the caller chooses of a [Hook].
type HookSpec struct {
	// URL may be as good as a password: it is shown to who owns the hook, and in no log.
	URL string
	// Events are the types that it receives, in the order of [EventTypes]; [AnyEvent] stands alone.
	Events []EventType
	Ack    HookAck
	// ReportWithin is how long a part waits for its reports until it is offered again.
	ReportWithin time.Duration
	// Before is how long before the start of an event [TypeEventUpcoming] is sent.
	Before time.Duration
}

// Wants reports whether the hook receives the type. Every hook receives its own pings.
func (s *HookSpec) Wants(t EventType) bool {
	return t == TypePing || slices.Contains(s.Events, AnyEvent) || slices.Contains(s.Events, t)
}

// Names reports whether the hook asks for the type by its name.
func (s *HookSpec) Names(t EventType) bool { return slices.Contains(s.Events, t) }

// Equal reports whether both say the same.
func (s *HookSpec) Equal(o *HookSpec) bool {
	return s.URL == o.URL && slices.Equal(s.Events, o.Events) && s.Ack == o.Ack && s.ReportWithin == o.ReportWithin &&
		s.Before == o.Before
}

// Fill sets absent fields to their defaults, and brings the types into one order without
// repetitions.
func (s *HookSpec) Fill() {
	if s.Ack == "" {
		s.Ack = AckStatus
	}
	if s.ReportWithin == 0 {
		s.ReportWithin = DefaultReportWithin
	}
	if s.Before == 0 {
		s.Before = DefaultBefore
	}
	if slices.Contains(s.Events, AnyEvent) {
		s.Events = []EventType{AnyEvent}
		return
	}
	order := EventTypes()
	s.Events = slices.Clone(s.Events)
	slices.SortFunc(s.Events, func(a, b EventType) int { return slices.Index(order, a) - slices.Index(order, b) })
	s.Events = slices.Compact(s.Events)
}

// Validate returns [Problems] if s is no valid choice. Fields are named url, events, events/0, ack,
// report_within and before. It does not check where the URL leads.
func (s *HookSpec) Validate() error {
	var p Problems
	if message := hookURLProblem(s.URL); message != "" {
		p.add("url", message)
	}
	switch {
	case len(s.Events) == 0:
		p.add("events", `must name at least one type; "*" is all of them`)
	case len(s.Events) > maxHookEvents:
		p.add("events", "must name at most 50 types")
	}
	for i, t := range s.Events {
		if t != AnyEvent && !slices.Contains(EventTypes(), t) {
			p.add(fmt.Sprintf("events/%d", i), `is no type of event; the types are `+joinTypes()+`, and "*" for all`)
		}
	}
	if s.Ack != AckStatus && s.Ack != AckReport {
		p.add("ack", `must be "2xx" or "report"`)
	}
	if d := s.ReportWithin; d < MinReportWithin || d > MaxReportWithin {
		p.add("report_within", "must be a duration from PT30S to PT24H")
	}
	if d := s.Before; d < MinBefore || d > MaxBefore {
		p.add("before", "must be a duration from PT1M to P30D")
	}
	return p.err()
}

func joinTypes() string {
	var b strings.Builder
	for i, t := range EventTypes() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(t))
	}
	return b.String()
}

// maxHookEvents is how many types a hook may name; naming one twice is no error.
const maxHookEvents = 50

// maxURL is the maximum length of a hook's URL, in bytes.
const maxURL = 2000

// hookURLProblem says what is wrong with the URL of a hook.
func hookURLProblem(text string) string {
	odd := func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == '\\' }
	switch {
	case text == "":
		return "must not be empty"
	case len(text) > maxURL:
		return "must not be longer than 2000 bytes"
	case !utf8.ValidString(text) || strings.ContainsFunc(text, odd):
		return "must not contain white space, control characters or backslashes"
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return "must begin with http:// or https:// and name a host"
	case u.User != nil:
		return "must not contain a user name or password"
	case u.Fragment != "" || strings.HasSuffix(text, "#"):
		return "must not contain a fragment"
	case strings.HasSuffix(u.Host, ":") || u.Port() != "" && !isPort(u.Port()):
		return "must name a port from 1 to 65535, or none"
	}
	return ""
}

// isPort reports whether digits name a port to which a connection can be made.
func isPort(digits string) bool {
	n, err := strconv.ParseUint(digits, 10, 16)
	return err == nil && n > 0
}
