package storetest

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/store"
)

// Outbox is a database with a clock that the test controls.
type Outbox struct {
	*store.DB
	T *testing.T
	// At is the time of the clock.
	At time.Time
	// Folder is the folder in which an engine stores the database.
	Folder string

	engine Engine
	pool   *sql.DB // see SQL
}

// NewOutbox returns the database of one test, not yet opened.
func NewOutbox(t *testing.T, e Engine) *Outbox {
	t.Helper()
	return &Outbox{T: t, At: Now(), Folder: t.TempDir(), engine: e}
}

// Open opens the database, for the first time or as after a restart.
func (o *Outbox) Open() {
	o.T.Helper()
	o.DB = o.engine.Open(o.T, o.Folder, func() time.Time { return o.At }, time.FixedZone("", 3600))
}

// SQL returns a connection pool, for statements without a method in the store.
func (o *Outbox) SQL() *sql.DB {
	o.T.Helper()
	if o.pool == nil {
		o.pool = o.engine.SQL(o.T, o.Folder)
	}
	return o.pool
}

// Step advances the clock.
func (o *Outbox) Step(d time.Duration) { o.At = o.At.Add(d) }

// Must ends the test if err is not nil.
func (o *Outbox) Must(err error) {
	o.T.Helper()
	if err != nil {
		o.T.Fatal(err)
	}
}

// AddSubscriber stores an active subscriber who receives every kind, and delivers the notifications
// of that.
func (o *Outbox) AddSubscriber(email string) int64 {
	o.T.Helper()
	id, err := o.CreateSubscriber(o.T.Context(), By(), namets.Subscriber{Email: email, IsActive: true,
		Notify: namets.Preferences{Announcements: true, Events: true, PrayerChanges: true}})
	o.Must(err)
	o.Deliver()
	return id
}

// AddAnnouncement stores an announcement and returns the stored one.
func (o *Outbox) AddAnnouncement(a namets.Announcement) namets.Announcement {
	o.T.Helper()
	if a.Category == "" {
		a.Category = namets.General
	}
	if a.Title == "" {
		a.Title = "T"
	}
	id, err := o.CreateAnnouncement(o.T.Context(), By(), a)
	o.Must(err)
	a, _, err = o.Announcement(o.T.Context(), id)
	o.Must(err)
	return a
}

// Save stores a changed announcement.
func (o *Outbox) Save(a namets.Announcement) {
	o.T.Helper()
	o.Must(o.UpdateAnnouncement(o.T.Context(), By(), 0, a))
}

// Claim queues and claims what is due, as the worker does before it sends.
func (o *Outbox) Claim() []namets.Claim {
	o.T.Helper()
	for more := true; more; {
		var err error
		more, err = o.QueueDue(o.T.Context())
		o.Must(err)
	}
	claims, err := o.ClaimDeliveries(o.T.Context(), 1000, time.Minute)
	o.Must(err)
	return claims
}

// Deliver delivers everything that is due, and returns the bodies; a skipped delivery becomes
// "skip: " and the reason.
func (o *Outbox) Deliver() (bodies []string) {
	o.T.Helper()
	for claims := o.Claim(); len(claims) > 0; claims = o.Claim() {
		var outcomes []namets.Outcome
		for _, c := range claims {
			if c.Skip != "" {
				bodies = append(bodies, "skip: "+c.Skip)
				outcomes = append(outcomes, namets.Outcome{ID: c.ID, State: namets.Skipped, Reason: c.Skip,
					Withdrawn: c.Withdrawn})
				continue
			}
			bodies = append(bodies, string(c.Body))
			outcomes = append(outcomes, namets.Outcome{ID: c.ID, State: namets.Delivered, Recipients: c.Recipients,
				Attempt: &namets.Attempt{At: o.At, Duration: time.Millisecond, Status: 200, Answer: "ok"}})
		}
		o.Must(o.RecordOutcomes(o.T.Context(), outcomes))
	}
	return bodies
}

// Fail records a failed attempt, with the next attempt after wait.
func (o *Outbox) Fail(c namets.Claim, wait time.Duration) {
	o.T.Helper()
	o.Must(o.RecordOutcomes(o.T.Context(), []namets.Outcome{{ID: c.ID, State: namets.Pending, Next: o.At.Add(wait),
		Recipients: c.Recipients, Attempt: &namets.Attempt{At: o.At, Status: 500, Error: "answered 500"}}}))
}

// Kinds delivers everything that is due and returns the kinds.
func (o *Outbox) Kinds() (kinds []string) {
	o.T.Helper()
	for _, b := range o.Deliver() {
		kind := b
		if rest, ok := strings.CutPrefix(b, `{"event":"`); ok {
			kind, _, _ = strings.Cut(rest, `"`)
		}
		kinds = append(kinds, kind)
	}
	return kinds
}

// WantKinds delivers everything that is due and compares the kinds.
func (o *Outbox) WantKinds(when string, want ...string) {
	o.T.Helper()
	if diff := cmp.Diff(want, o.Kinds()); diff != "" {
		o.T.Errorf("%s (-want +got):\n%s", when, diff)
	}
}
