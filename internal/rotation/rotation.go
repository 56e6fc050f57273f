// Package rotation replaces the API token: it writes a new one to where the token is kept, brings
// it into force, refuses the one before when that is wanted, puts the new one into n8n, and shows
// that namets accepts it. The command and the admin page both do it with [Rotate], and word what
// came of it.
package rotation

import (
	"context"
	"errors"
	"time"

	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/token"
)

// Outcome is the last step that a rotation has completed.
type Outcome int

const (
	// NotWritten says that nothing was changed; the error says why.
	NotWritten Outcome = iota
	// Uncertain says that there was no clear answer to the write, and that the new token is not in
	// force. It may be later. To rotate again does no harm.
	Uncertain
	// Written says that the token is written and not in force. The error says why; it wraps
	// [ErrNotInForce] when the serving namets was told and has not taken it in time.
	Written
	// Unserved says that the token is written, and that no namets serves here: it counts from the
	// next start on.
	Unserved
	// Untold says that the token is written, and that the serving namets cannot be told: it takes
	// the token by itself at its next reload.
	Untold
	// InForce says that the serving namets accepts the token. Without Options.N8N this is the end.
	InForce
	// NotPushed says that n8n does not have the token. The error says why.
	NotPushed
	// Pushed says that n8n has the token, and that it was not shown that namets accepts it; the
	// error says why, and is nil where it could not be tried.
	Pushed
	// Verified says that n8n has the token, and a call with it was let in.
	Verified
)

var (
	// ErrNotInForce says that the serving namets has not taken the token in time. Result.Status is
	// what it last knew.
	ErrNotInForce = errors.New("the new token is not in force")
	// ErrUntold is what [Serving] returns when the namets cannot be told to read its source.
	ErrUntold = errors.New("the serving namets cannot be told to read the token again")
	// ErrUntried is what a receiver returns when nobody is there who could accept the token.
	ErrUntried = errors.New("nobody serves who could accept the token")
	// ErrStillAccepted says that the token before is accepted although it was to be refused.
	ErrStillAccepted = errors.New("the token before is still accepted")
)

// history is the database of the namets whose token it is.
type history interface {
	// RevokeBefore notes that the token before the one with the fingerprint is refused at once.
	RevokeBefore(ctx context.Context, by namets.Actor, fingerprint string) error
	RecordTokenChange(ctx context.Context, by namets.Actor, change token.Change) error
}

// receiver is the credential of n8n that gets the token.
type receiver interface {
	Push(ctx context.Context, next secret.Value) error
	// Verify makes a call with the token, as n8n does. Errors: ErrUntried.
	Verify(ctx context.Context, next secret.Value) error
}

// Options say what to rotate and for whom. The fields up to Serving are required.
type Options struct {
	// By is who asked for the new token, Reason how: "by hand in the admin". Both go into the
	// audit.
	By     namets.Actor
	Reason string
	// Source is the name of the token's source.
	Source string
	// Rotator writes the token, for 20 seconds at most.
	Rotator token.Rotator
	// History takes the audit row, and that the token before is refused.
	History history
	// Serving finds the namets that serves, nil when none does. It is asked after the write.
	Serving func(context.Context) (Serving, error)

	// Previous is the fingerprint of the token before, for the audit; empty: not known.
	Previous string
	// Now refuses the token before at once, whatever the overlap.
	Now bool
	// N8N gets the token; nil: n8n is left alone.
	N8N receiver
	// Wait is how long the token may take to be in force. Default: [DefaultWait].
	Wait time.Duration
	// Reached is called at each step that is completed, in the goroutine of [Rotate]: first with
	// Written, so that the token is not lost whatever happens next. Nil: nobody is told.
	Reached func(Result)
}

// Result says what came of a rotation.
type Result struct {
	Outcome Outcome
	// Token is the new token. It is zero unless it is written.
	Token   secret.Value
	Written token.Rotation
	// Status is the last that is known of the serving namets; zero: nothing.
	Status token.Status
	// Obstacle says why the serving namets was not told; nil unless the outcome was Untold.
	Obstacle error
	// Took is the time from the write until the token was in force.
	Took time.Duration
	// Unrevoked says why the token before is not refused at once, Unrecorded why the audit does
	// not show who made the new one. Both do not stop a rotation.
	Unrevoked, Unrecorded error
}

const (
	writeTimeout  = 20 * time.Second // of the new token
	recordTimeout = 10 * time.Second // of the audit row
)

// Rotate makes a new token and takes it as far as it can. The error is about the outcome. Once the
// token is written, ctx ends what is left, but not the audit row.
func Rotate(ctx context.Context, o Options) (Result, error) {
	r := &run{Options: o, next: token.Generate()}
	if err := r.write(ctx); err != nil {
		return r.Result, err
	}
	r.Token = r.next
	r.reach(Written)
	err := r.spread(ctx)
	r.record(ctx)
	return r.Result, err
}

// run is one rotation.
type run struct {
	Options
	Result
	next secret.Value
}

func (r *run) reach(o Outcome) {
	r.Outcome = o
	if r.Reached != nil {
		r.Reached(r.Result)
	}
}

// write puts the new token where it is kept. Where the answer is not clear, it counts as written
// when it is in force.
func (r *run) write(ctx context.Context) error {
	writing, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	var err error
	if r.Written, err = r.Rotator.Rotate(writing, r.next, token.RotateOptions{Now: r.Now}); err == nil {
		return nil
	}
	if !errors.Is(err, token.ErrUncertain) {
		return err
	}
	r.Outcome = Uncertain
	serving, findErr := r.Serving(ctx)
	if findErr != nil || serving == nil {
		return err
	}
	if r.Status, findErr = BringIntoForce(ctx, serving, r.next.Fingerprint(), false, r.Wait); findErr != nil {
		return err
	}
	return nil
}

// spread brings the written token into force and into n8n.
func (r *run) spread(ctx context.Context) error {
	if r.Now && !r.Written.Alone {
		r.Unrevoked = r.History.RevokeBefore(ctx, r.By, r.next.Fingerprint())
	}
	if err := r.bringIntoForce(ctx); err != nil {
		return err
	}
	if r.N8N == nil {
		return nil
	}
	if err := r.N8N.Push(ctx, r.next); err != nil {
		r.reach(NotPushed)
		return err
	}
	r.reach(Pushed)
	err := r.N8N.Verify(ctx, r.next)
	if errors.Is(err, ErrUntried) {
		return nil
	}
	if err == nil {
		r.reach(Verified)
	}
	return err
}

// bringIntoForce makes the serving namets, if there is one, take the token.
func (r *run) bringIntoForce(ctx context.Context) error {
	began := time.Now()
	serving, err := r.Serving(ctx)
	if err != nil {
		return err
	}
	if serving == nil {
		r.reach(Unserved)
		return nil
	}
	alone := r.Now && r.Unrevoked == nil
	r.Status, err = BringIntoForce(ctx, serving, r.next.Fingerprint(), alone, r.Wait)
	switch {
	case errors.Is(err, ErrUntold):
		r.Obstacle = err
		r.reach(Untold)
		return nil
	case errors.Is(err, ErrStillAccepted):
		r.Unrevoked = err
	case err != nil:
		return err
	}
	r.Took = time.Since(began)
	r.reach(InForce)
	return nil
}

// record writes down who has made the new token, after everything that keeps n8n waiting.
func (r *run) record(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	change := token.Change{Kind: token.RotatedByHand, Source: r.Source, Version: r.Written.Version,
		Fingerprint: r.next.Fingerprint(), Previous: r.Previous, Reason: r.Reason}
	if r.Now {
		change.Reason += ", the token before is refused at once"
	}
	r.Unrecorded = r.History.RecordTokenChange(ctx, r.By, change)
}
