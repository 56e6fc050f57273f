package v1

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"namets/internal/namets"
)

// subscriberStore writes subscribers. *store.DB documents the methods.
type subscriberStore interface {
	WriteSubscriber(ctx context.Context, by namets.Actor, w namets.SubscriberWrite) (namets.RowResult,
		namets.Subscriber, int64, error)
	ChangeSubscriber(context.Context, namets.SubscriberChange) (namets.Changed[namets.Subscriber], error)
	RemoveSubscriber(ctx context.Context, r namets.Removal, quiet bool) (namets.Changed[namets.Subscriber], error)
	RecordBounce(ctx context.Context, by namets.Actor, id int64, b namets.Bounce, quiet bool) (namets.BounceResult,
		error)
}

// WrittenSubscriber is the answer to a write: the row and what has become of it. Only id, email and
// outcome are there if nobody is stored.
type WrittenSubscriber struct {
	ID                  *int64     `json:"id" nullable:"true" doc:"The id of the row; null if nobody is stored"`
	Email               string     `json:"email,omitempty" doc:"The address"`
	Outcome             string     `json:"outcome" enum:"created,updated,unchanged,inactive,asked,suppressed,deleted,counted,ended" doc:"What has become of it. inactive: is stored as inactive and stays so, the rest is taken. asked: gets an e-mail and has to confirm. suppressed: has left after the consent, or gets no e-mail for good. deleted: of a deletion. counted, ended: of a bounce"`
	Key                 *string    `json:"key,omitempty" nullable:"true" doc:"As in a row"`
	Revision            int64      `json:"revision,omitempty" doc:"As in a row"`
	CreatedAt           *time.Time `json:"created_at,omitempty" doc:"As in a row"`
	UpdatedAt           *time.Time `json:"updated_at,omitempty" doc:"As in a row"`
	Phone               *string    `json:"phone,omitempty" nullable:"true" doc:"As in a row"`
	IsVerified          *bool      `json:"is_verified,omitempty" doc:"As in a row"`
	IsActive            *bool      `json:"is_active,omitempty" doc:"As in a row"`
	NotifyAnnouncements *bool      `json:"notify_announcements,omitempty" doc:"As in a row"`
	NotifyEvents        *bool      `json:"notify_events,omitempty" doc:"As in a row"`
	NotifyPrayerChanges *bool      `json:"notify_prayer_changes,omitempty" doc:"As in a row"`
	SubscribedAt        *time.Time `json:"subscribed_at,omitempty" doc:"As in a row"`
	LastNotified        *time.Time `json:"last_notified,omitempty" nullable:"true" doc:"As in a row"`
}

// RemovedSubscriber describes the answer to a deletion: a subscriber as it was, which allows for a
// Receipt too, or Absent.
type RemovedSubscriber struct{}

// Schema describes the answer.
func (RemovedSubscriber) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[WrittenSubscriber](), true, ""), r.Schema(reflect.TypeFor[Absent](), true, ""),
	}}
}

// The parameters of the writes of subscribers.
type (
	putSubscriber struct {
		Email string `path:"email" maxLength:"1024" doc:"The address, in any spelling of the same mailbox" example:"amina@example.org"`
		Matching
		Notifying
	}
	bounceSubscriber struct {
		ByID
		Notifying
	}
)

// BounceBody is an e-mail that came back.
type BounceBody struct {
	Kind   string `json:"kind" enum:"hard,soft,complaint" doc:"hard: refused for good; soft: refused this time; complaint: reported as spam" example:"hard"`
	Detail string `json:"detail,omitempty" maxLength:"1000" doc:"What the mail server said" example:"550 5.1.1 no such user"`
}

// addSubscriberWrites registers the operations that write single subscribers.
func (a *API) addSubscriberWrites() {
	scopes := namets.Scopes{namets.ScopePeopleWrite}
	const tag = "Subscribers"
	const consent = "A new address needs consent confirmed with consent_at and consent_source; else it gets an " +
		"e-mail with a link and has to confirm (outcome asked), within 200 a day of all programs " +
		"together. Who has left is suppressed unless the consent is newer. A complaint, a hard bounce " +
		"and Never write to this address again hold against every consent; an owner lifts them in the " +
		"admin."
	done := one[WrittenSubscriber](http.StatusOK, "What is stored now")
	done.headers = []string{"ETag"}
	created := one[WrittenSubscriber](http.StatusCreated, "The new subscriber")
	created.headers = []string{"ETag"}
	a.subscriberBody = bodyOf[Subscriber, SubscriberBody](a)
	body := &a.subscriberBody
	register(a, operation{id: "putSubscriber", method: http.MethodPut, path: "/subscribers/by-email/{email}", tag: tag,
		scopes: scopes, shows: namets.ScopePeopleRead, summary: "Add or change a subscriber by the address",
		text: consent, replies: []reply{done, created}, example: consentExample},
		describeBody(bodyTypes(http.MethodPut), body.schema), a.putSubscriber)
	register(a, operation{id: "createSubscriber", method: http.MethodPost, path: "/subscribers", tag: tag,
		scopes: scopes, shows: namets.ScopePeopleRead, summary: "Add a subscriber", text: consent,
		replies: []reply{created.with(http.StatusCreated, "Idempotent-Replayed"),
			done.with(http.StatusOK, "Idempotent-Replayed")},
		example: `{"email": "amina@example.org", ` + consentExample[1:]},
		describeBody(bodyTypes(http.MethodPost), body.requiring([]string{"email"})), a.createSubscriber)
	register(a, operation{id: "changeSubscriber", method: http.MethodPatch, path: "/subscribers/{id}", tag: tag,
		scopes: scopes, shows: namets.ScopePeopleRead, summary: "Change a subscriber",
		text: "A merge patch. Another address needs a consent, and so does is_active true for somebody inactive: " +
			"one that is later than the last change of the row, else it is a 409 with the code suppressed.",
		replies: []reply{done}, example: `{"notify_events": false}`},
		describeBody(bodyTypes(http.MethodPatch), body.schema), a.changeSubscriber)
	act(a, operation{id: "deleteSubscriber", method: http.MethodDelete, path: "/subscribers/{id}", tag: tag,
		scopes: scopes, shows: namets.ScopePeopleRead, summary: "Delete a subscriber",
		text:    "As in the admin. The address may be added again: who has left does so by the link in an e-mail.",
		replies: []reply{one[RemovedSubscriber](http.StatusOK, "The row as it was")}}, a.deleteSubscriber)
	write(a, operation{id: "recordBounce", method: http.MethodPost, path: "/subscribers/{id}/bounces", tag: tag,
		scopes: scopes, shows: namets.ScopePeopleRead, summary: "Report that an e-mail came back",
		text: "A hard bounce or a complaint ends mailing to the address: the subscriber becomes inactive. Soft ones " +
			"count, and five in a row end it. The row begins again when a report names an e-mail to the address as " +
			"sent, when the person confirms a subscription, and when the address changes.",
		replies: []reply{done}}, a.recordBounce)
}

// consentExample is a body with a consent.
const consentExample = `{"notify_events": true, "consent": "confirmed", "consent_at": "2026-03-01T14:05:00+01:00", ` +
	`"consent_source": "paper form"}`

func (a *API) putSubscriber(ctx context.Context, r *Request, p *putSubscriber) (*answer, error) {
	if err := namets.CheckEmail(p.Email); err != nil {
		return nil, invalid(atParameter("email", "is no e-mail address"))
	}
	sent, err := a.readSubscriber(r)
	if err != nil {
		return nil, err
	}
	if sent.Email == nil {
		sent.Email, sent.row.Patch.Email = &p.Email, &p.Email
	} else if namets.EmailKey(*sent.Email) != namets.EmailKey(p.Email) {
		sent.edited.blame("email", "is another address than that of the path: PATCH changes an address")
	}
	return a.writeSubscriber(ctx, r, sent, namets.SubscriberWrite{Accepts: p.IfMatch.Accept,
		ProgramImport: namets.ProgramImport{Ask: 1, Quiet: p.Quiet()}})
}

func (a *API) createSubscriber(ctx context.Context, r *Request, p *addParameters) (*answer, error) {
	sent, err := a.readSubscriber(r)
	if err != nil {
		return nil, err
	}
	if sent.Email == nil {
		sent.edited.blame("email", "is missing")
		return nil, sent.check(a, nil, 0)
	}
	return r.once(ctx, p.IdempotencyKey, func(ctx context.Context) (*answer, error) {
		return a.writeSubscriber(ctx, r, sent, namets.SubscriberWrite{
			ProgramImport: namets.ProgramImport{Mode: namets.CreateOnly, Ask: 1, Quiet: p.Quiet()}})
	})
}

// writeSubscriber stores the body, which has an address, as w says.
func (a *API) writeSubscriber(ctx context.Context, r *Request, sent *sentSubscriber,
	w namets.SubscriberWrite) (*answer, error) {
	w.SubscriberRow, w.Links = sent.row, a.site
	w.Check = func(stored *namets.Subscriber, revision int64) error {
		if stored != nil && w.Mode == namets.CreateOnly {
			return nil // it is refused anyway
		}
		return sent.check(a, stored, revision)
	}
	result, s, revision, err := a.store.WriteSubscriber(ctx, r.Actor(), w)
	if err != nil {
		return nil, err
	}
	return a.wrote(outcomeOf(result.Verdict), *sent.Email, &s, revision)
}

// wrote answers a write about the address with the outcome and with s, unless its id is 0.
func (a *API) wrote(outcome, email string, s *namets.Subscriber, revision int64) (*answer, error) {
	if s.ID == 0 {
		return object(http.StatusOK, WrittenSubscriber{Email: email, Outcome: outcome})
	}
	body := a.form().AppendSubscriber(nil, s, revision, false)
	body = append(body[:len(body)-1], `,"outcome":`+strconv.Quote(outcome)+`}`...)
	return written(body, tag(revision, ""), outcome == outcomeCreated), nil
}

// The outcomes of a write of a subscriber.
const (
	outcomeCreated    = "created"
	outcomeInactive   = "inactive"
	outcomeSuppressed = "suppressed"
	outcomeInvalid    = "invalid"
)

// outcomeOf returns the outcome of a verdict.
func outcomeOf(v namets.ImportVerdict) string {
	switch v {
	case namets.ImportAdded:
		return outcomeCreated
	case namets.ImportChanged:
		return string(namets.WasUpdated)
	case namets.ImportLeft, namets.ImportEnded:
		return outcomeSuppressed
	case namets.ImportInactive, namets.ImportStays:
		return outcomeInactive
	case namets.ImportRefused:
		return outcomeInvalid
	}
	return string(v) // unchanged, asked
}

func (a *API) changeSubscriber(ctx context.Context, r *Request, p *writeByID) (*answer, error) {
	sent, err := a.readSubscriber(r)
	if err != nil {
		return nil, err
	}
	done, err := a.store.ChangeSubscriber(ctx, namets.SubscriberChange{Consent: sent.row.Consent,
		Change: namets.Change[namets.Subscriber]{By: r.Actor(), Row: namets.RowRef{ID: p.ID},
			Accepts: p.IfMatch.Accept, Quiet: p.Quiet(), Edit: func(s *namets.Subscriber, revision int64) error {
				if err := sent.check(a, s, revision); err != nil {
					return err
				}
				sent.row.Patch.Apply(s)
				return nil
			}}})
	if err != nil {
		return nil, err
	}
	return a.wrote(string(done.Outcome), "", &done.Row, done.Revision)
}

func (a *API) deleteSubscriber(ctx context.Context, r *Request, p *writeByID) (*answer, error) {
	done, err := a.store.RemoveSubscriber(ctx, namets.Removal{By: r.Actor(), Row: namets.RowRef{ID: p.ID},
		Accepts: p.IfMatch.Accept}, p.Quiet())
	if err != nil {
		return nil, err
	}
	if done.Outcome == namets.WasAbsent {
		return object(http.StatusOK, Absent{Outcome: string(done.Outcome)})
	}
	return a.wrote(string(done.Outcome), "", &done.Row, done.Revision)
}

func (a *API) recordBounce(ctx context.Context, r *Request, p *bounceSubscriber, b *BounceBody) (*answer, error) {
	bounce := namets.Bounce{Kind: namets.BounceKind(b.Kind), Detail: b.Detail}
	if err := bounce.Validate(); err != nil {
		return nil, err
	}
	result, err := a.store.RecordBounce(ctx, r.Actor(), p.ID, bounce, p.Quiet())
	if err != nil {
		return nil, err
	}
	outcome := "counted"
	if result.Ended {
		outcome = "ended"
	}
	return a.wrote(outcome, "", &result.Row, result.Revision)
}
