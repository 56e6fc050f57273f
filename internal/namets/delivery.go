package namets

import (
	"crypto/rand"
	"time"
)

// NewWebhookID returns a new header webhook-id.
func NewWebhookID() string { return "msg_" + rand.Text() }

// Delivery is a webhook to n8n and its state.
type Delivery struct {
	ID int64
	// WebhookID is the header webhook-id, the same for every attempt.
	WebhookID string
	Kind      NotificationKind
	// Entity and EntityID identify the row that it is about; "" and 0 for none. The row may no
	// longer exist.
	Entity   Kind
	EntityID int64
	// Subject is the current title of the announcement or event, or the day of the schedule, or the
	// subject of a message while its body is kept. It is empty for other rows, and if the row no
	// longer exists.
	Subject string
	// Batch is nil for a delivery that was queued alone.
	Batch *DeliveryBatch
	State DeliveryState
	// Recipients is the number of addresses in the body when it was last sent, or when it was
	// queued.
	Recipients int
	Attempts   int
	CreatedAt  time.Time
	// NextAttempt is nil unless the delivery is pending, and while an earlier delivery about the
	// same row is pending.
	NextAttempt *time.Time
	// InFlight means that an attempt is in progress.
	InFlight   bool
	FinishedAt *time.Time // nil while pending or held
	// LastStatus is the HTTP status of the last attempt, 0 if there was no response.
	LastStatus int
	// LastError says in plain words why the last attempt failed, or why the delivery was skipped.
	// It contains no e-mail address and no part of the URL except its host.
	LastError string
	// ResendOf is the delivery whose body this one repeats under a new webhook-id; 0 for none.
	ResendOf int64
	// Hook is the target; 0 is the one that the configuration names.
	Hook int64
	// Group is the first delivery of the notification; 0 if it has no other. Several deliveries of
	// one notification go to different targets, or contain different recipients.
	Group int64
	// Part counts from 1 to Parts, the number of deliveries with which this target gets the
	// notification.
	Part, Parts int
	// AcceptedAt is when the target last accepted it and did not yet report on every recipient; nil
	// if it never has. Offers is how often it has done so.
	AcceptedAt *time.Time
	Offers     int
}

// DeliveryState is the state of a [Delivery].
type DeliveryState string

// The states of a [Delivery].
const (
	Pending DeliveryState = "pending" // waits for its next attempt
	// Was queued before a restore, and it is unknown whether it was sent: a person decides
	Held      DeliveryState = "held"
	Delivered DeliveryState = "delivered" // n8n has answered 2xx; what its workflow does then is not known
	Dead      DeliveryState = "dead"      // all attempts failed; a person may set it back
	Skipped   DeliveryState = "skipped"   // its time was over, or nobody was left to receive it
)

// DeliveryStates returns all states of a [Delivery].
func DeliveryStates() []DeliveryState {
	return []DeliveryState{Pending, Held, Delivered, Dead, Skipped}
}

// Attempt is one POST of a [Delivery].
type Attempt struct {
	At       time.Time
	Duration time.Duration
	Status   int    // HTTP status, 0 when there was no answer
	Error    string // in plain words; empty when it was delivered
	Answer   string // the beginning of the answer's body, at most 2 KiB
}

// DeliveryFilter selects deliveries. Zero fields select all.
type DeliveryFilter struct {
	State    DeliveryState
	Kind     NotificationKind
	Entity   Kind // with EntityID
	EntityID int64
	Since    time.Time // created then or later
	Before   int64     // an id: only older ones, for the next page
	Batch    int64     // the id of a [DeliveryBatch]
	Hook     int64     // a target, unless 0
	Limit    int       // at most this many, 0: 50
}

// DeliveryBatch is the set of deliveries queued by one action, such as a change of many
// subscribers.
type DeliveryBatch struct {
	ID int64 // of its first delivery
	// Count is the number of deliveries, and States their number per state. Both are empty if not
	// requested.
	Count  int
	States map[DeliveryState]int
	// First and Last are the range of days that it is about; empty if it is not about days.
	First, Last string
}

// DeliveryStats counts deliveries.
type DeliveryStats struct {
	Pending int
	// Waiting counts those of Pending that have failed at least once.
	Waiting int
	// Held counts those that wait for a person's decision after a restore.
	Held int
	Dead int
	// Unreported counts those of Dead that their target accepted without reporting on every
	// recipient.
	Unreported int
	// OldestPending is when the oldest pending delivery was queued; zero if none is pending.
	OldestPending time.Time
	// LastDelivered is when n8n last accepted a delivery; zero if it never has.
	LastDelivered time.Time
}

// HeldCount is the number of held deliveries of a kind, and the total number of their recipients.
type HeldCount struct {
	Kind              NotificationKind
	Count, Recipients int
}

// Resend selects the recipients of a delivery's body under a new webhook-id. n8n treats it as a new
// webhook and also sends it to people who already got it.
type Resend struct {
	Delivery int64
	To       []string // only these of its recipients, whatever their letter case; empty: all
}

// ResendReach is the effect of a [Resend].
type ResendReach struct {
	Recipients int // addresses that get it
	Left       int // of those chosen, who have left meanwhile or do not want to hear of it any more
}

// Claim is a delivery that its holder may attempt now. Nobody else gets it until its lease ends.
type Claim struct {
	ID        int64
	WebhookID string
	Kind      NotificationKind
	// Failures is the number of failed attempts since the delivery was queued or retried by hand.
	Failures int
	// Hook is the target; 0 is the one that the configuration names.
	Hook int64
	// Attempt counts the attempts of the delivery, from 1.
	Attempt int
	// Body is the body in the legacy form, Content that in the form of the open API: one of them is
	// set, unless there is no attempt.
	Body       []byte
	Content    *HookContent
	Recipients int
	// ReportWithin is how long the target may take to report on every recipient after it has
	// accepted the delivery; 0 means that no reports are expected.
	ReportWithin time.Duration
	// Settled is the state of a delivery that needs no further attempt: Delivered, because every
	// recipient was reported; Dead, because the target has accepted it too often without that. Skip
	// then says so. It is empty otherwise.
	Settled DeliveryState
	// Skip says in plain words why the delivery no longer applies; then there is no body. It is
	// empty if the delivery is to be sent.
	Skip string
	// Withdrawn means that Skip is only valid while the subject stays unchanged.
	Withdrawn bool
	// Expired means that Skip is due to the current time.
	Expired bool
	// Scheduled is the time of the next regular attempt if this one is early, else zero.
	Scheduled time.Time
	// Wakes is the number of failed early attempts.
	Wakes int
}

// ClaimLimits limits the number of deliveries in a claim.
type ClaimLimits struct {
	// Hook is the target; 0 is the one that the configuration names.
	Hook int64
	// Urgent limits the urgent kinds, Rest all others, and Most both together; 0 means their sum.
	Urgent, Rest, Most int
	// NewestFirst orders urgent deliveries that have never failed by age, newest first.
	NewestFirst bool
	// WakeUrgent and WakeRest limit how many of Urgent and Rest may be early attempts of failed
	// deliveries.
	WakeUrgent, WakeRest int
	// Answered is the start of the last attempt that n8n accepted: only deliveries that failed
	// before it are attempted early.
	Answered time.Time
}

// Outcome is the result of a [Claim].
type Outcome struct {
	ID         int64
	State      DeliveryState // Pending: it is tried again at Next
	Next       time.Time
	Recipients int // of the body that was sent
	// Accepted means that the target has accepted the delivery and must report on every recipient
	// until Next; State is Pending.
	Accepted bool
	// Attempt is nil if there was none; then Reason and Withdrawn are those of the claim.
	Attempt   *Attempt
	Reason    string
	Withdrawn bool
	// Early means that a failed attempt was early, so it does not count towards the number after
	// which a delivery is dead.
	Early bool
	// Wake is the earliest time of another early attempt before Next; zero means as soon as n8n
	// accepts webhooks again.
	Wake time.Time
	// Cut means that the attempt was cancelled because the process stops, so it does not count
	// towards the number after which a delivery is dead.
	Cut bool
}

// Agenda says when the outbox next has work; a zero time means never.
type Agenda struct {
	Due time.Time // an announcement or event becomes due and must be queued
	// Targets are those to which webhooks may be sent, that of the configuration first.
	Targets []TargetAgenda
}

// TargetAgenda says when the outbox has work for a target; a zero time means never.
type TargetAgenda struct {
	Hook    int64     // 0 is the target that the configuration names
	Changed time.Time // when the hook was last changed
	Attempt time.Time // a pending delivery may be claimed that is not urgent
	Urgent  time.Time // an urgent one may be claimed; see [NotificationInfo]
	Waiting bool      // some wait after a failure and may be tried before their time
}
