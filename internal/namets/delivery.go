package namets

import "time"

// Delivery is a webhook on its way to n8n, or at the end of it.
type Delivery struct {
	ID int64
	// WebhookID is the header webhook-id, the same at every attempt.
	WebhookID string
	Kind      NotificationKind
	// Entity and EntityID name the row that it is about; "" and 0 for none. The row may be gone.
	Entity   Kind
	EntityID int64
	// Subject is the title of the announcement or event, or the day of the schedule, as it is
	// now, or the subject of a message while its text is kept; empty for other rows, and when the
	// row is gone.
	Subject string
	// Batch is nil for a delivery that was queued alone.
	Batch *DeliveryBatch
	State DeliveryState
	// Recipients is how many addresses the body had when it was last sent, or when it was queued.
	Recipients int
	Attempts   int
	CreatedAt  time.Time
	// NextAttempt is nil unless the delivery is pending, and while an earlier one about the same
	// row is.
	NextAttempt *time.Time
	// InFlight says that an attempt is under way.
	InFlight   bool
	FinishedAt *time.Time // nil while pending or held
	// LastStatus is the HTTP status of the last attempt, 0 when there was no answer.
	LastStatus int
	// LastError says in plain words why the last attempt failed, or why the delivery was skipped.
	// It holds no address and no part of the URL but its host.
	LastError string
	// ResendOf is the delivery whose text this one repeats under a webhook-id of its own; 0 for
	// none.
	ResendOf int64
}

// DeliveryState is what became of a [Delivery].
type DeliveryState string

// The states of a [Delivery].
const (
	Pending DeliveryState = "pending" // waits for its next attempt
	// Was queued before a restore that could not tell whether it went out: a person decides
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

// DeliveryFilter chooses deliveries. Zero fields choose all.
type DeliveryFilter struct {
	State    DeliveryState
	Kind     NotificationKind
	Entity   Kind // with EntityID
	EntityID int64
	Since    time.Time // created then or later
	Before   int64     // an id: only older ones, for the next page
	Batch    int64     // the id of a [DeliveryBatch]
	Limit    int       // at most this many, 0: 50
}

// DeliveryBatch is all that one act has queued at once, such as a change of many subscribers.
type DeliveryBatch struct {
	ID int64 // of its first delivery
	// Count is how many there are, States in which state. Both are empty where nobody asked for it.
	Count  int
	States map[DeliveryState]int
	// First and Last are the days that it is about; empty when it is not about days.
	First, Last string
}

// DeliveryStats counts deliveries.
type DeliveryStats struct {
	Pending int
	// Waiting are those of Pending that have failed at least once.
	Waiting int
	// Held are those that wait for a person's decision after a restore.
	Held int
	Dead int
	// OldestPending is when the oldest pending one was queued; zero when none is pending.
	OldestPending time.Time
	// LastDelivered is when n8n last took one; zero when it never has.
	LastDelivered time.Time
}

// HeldCount says how many deliveries of a kind are held, and to how many addresses they go in all.
type HeldCount struct {
	Kind              NotificationKind
	Count, Recipients int
}

// Resend chooses whom the text of a delivery goes to once more, under a new webhook-id: n8n takes
// it for something new, and sends it also to those who already got it.
type Resend struct {
	Delivery int64
	To       []string // only these of its recipients, whatever their letter case; empty: all
}

// ResendReach says what a [Resend] does, or would do.
type ResendReach struct {
	Recipients int // addresses that get it
	Left       int // of those chosen, who have left meanwhile or do not want to hear of it any more
}

// Claim is a delivery that its holder may attempt now; nobody else gets it until its lease ends.
type Claim struct {
	ID        int64
	WebhookID string
	Kind      NotificationKind
	// Failures is how many attempts have failed since the delivery was queued or set back by hand.
	Failures   int
	Body       []byte
	Recipients int
	// Skip is not empty when the delivery is not to be sent any more, and says why in plain words.
	// There is no Body then.
	Skip string
	// Withdrawn says that Skip holds only as long as its subject stays as it is.
	Withdrawn bool
	// Expired says that Skip holds because the clock says so.
	Expired bool
	// Scheduled is not zero for an attempt before its time: then it is the time.
	Scheduled time.Time
	// Wakes is how many attempts before their time have failed.
	Wakes int
}

// ClaimLimits says how many deliveries a claim takes at most.
type ClaimLimits struct {
	// Urgent is for the kinds of [NotificationKind.Urgent], Rest for all others. Most is for both
	// together; 0: their sum.
	Urgent, Rest, Most int
	// NewestFirst takes of the urgent ones the newest first that have never failed.
	NewestFirst bool
	// WakeUrgent and WakeRest are how many of Urgent and Rest may be such as have failed and whose
	// time has not come.
	WakeUrgent, WakeRest int
	// Answered is when an attempt began that n8n has answered well: only what failed before it is
	// taken ahead of its time.
	Answered time.Time
}

// Outcome is what became of a [Claim].
type Outcome struct {
	ID         int64
	State      DeliveryState // Pending: it is tried again at Next
	Next       time.Time
	Recipients int // of the body that was sent
	// Attempt is nil when there was none, because the delivery was skipped; then Reason and
	// Withdrawn are those of the claim.
	Attempt   *Attempt
	Reason    string
	Withdrawn bool
	// Early says that a failed attempt came before its time and counts as none of those after
	// which a delivery is dead.
	Early bool
	// Wake is from when on it may be tried before Next; zero: as soon as n8n takes webhooks again.
	Wake time.Time
	// Cut says that the attempt was given up without an answer because the process stops: it
	// counts as none of those after which a delivery is dead.
	Cut bool
}

// Agenda says when the outbox next has something to do; a zero time means never.
type Agenda struct {
	Due     time.Time // an announcement or event becomes due and must be queued
	Attempt time.Time // a pending delivery may be claimed that is not urgent
	Urgent  time.Time // an urgent one may be claimed; see [NotificationKind.Urgent]
	Waiting bool      // some wait after a failure and may be tried before their time
}
