// Package rotation replaces the API token. It writes a new token to where the token is stored,
// brings it into force, refuses the previous one on request, puts the new one into n8n, and
// verifies that namets accepts it. The command and the admin page both use [Rotate] and word its
// result.
package rotation

import (
	"context"
	"errors"
	"time"

	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/token"
)

// Outcome is the last completed step of a rotation.
type Outcome int

const (
	// NotWritten means that nothing was changed; the error says why.
	NotWritten Outcome = iota
	// Uncertain means that the write got no clear response, and that the new token is not in force.
	// It may be later. It is safe to rotate again.
	Uncertain
	// Written means that the token is written but not in force. The error says why; it wraps
	// [ErrNotInForce] if the serving namets was signalled and has not accepted the token in time.
	Written
	// Unserved means that the token is written and no namets serves here: it is in force from the
	// next start on.
	Unserved
	// Unreachable means that the token is written and the serving namets cannot be signalled: it
	// accepts the token by itself at its next reload.
	Unreachable
	// InForce means that the serving namets accepts the token. Without Options.N8N this is the last
	// outcome.
	InForce
	// NotPushed means that n8n does not have the token. The error says why.
	NotPushed
	// Pushed means that n8n has the token, but that it is not verified that namets accepts it. The
	// error says why; it is nil if that could not be tried.
	Pushed
	// Verified means that n8n has the token, and that a call with it was allowed.
	Verified
)

var (
	// ErrNotInForce means that the serving namets has not accepted the token in time. Result.Status
	// is its last known status.
	ErrNotInForce = errors.New("the new token is not in force")
	// ErrUnreachable is returned by [Serving] if the namets cannot be signalled.
	ErrUnreachable = errors.New("the serving namets cannot be signalled")
	// ErrUntried is returned by a receiver if there is no namets that could accept the token.
	ErrUntried = errors.New("nobody serves who could accept the token")
	// ErrStillAccepted means that the previous token is still accepted although it should be
	// refused.
	ErrStillAccepted = errors.New("the token before is still accepted")
)

// history is the database of the namets whose token is rotated.
type history interface {
	// RevokeBefore records that the token before the one with the fingerprint is refused at once.
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
	// By is who asked for the new token, and Reason how: "by hand in the admin". The audit stores
	// both.
	By     namets.Actor
	Reason string
	// Source is the name of the token's source.
	Source string
	// Rotator writes the token, within 20 seconds.
	Rotator token.Rotator
	// History stores the audit row, and that the previous token is refused.
	History history
	// Serving finds the serving namets; nil means none. It is called after the write.
	Serving func(context.Context) (Serving, error)

	// Previous is the fingerprint of the previous token, for the audit; empty if unknown.
	Previous string
	// Now refuses the previous token at once and ignores the overlap.
	Now bool
	// N8N gets the token; nil leaves n8n unchanged.
	N8N receiver
	// Wait is the time for the token to be in force. Default: [DefaultWait].
	Wait time.Duration
	// Reached is called at each completed step, in the goroutine of [Rotate]. The first call is
	// with Written, so that the token is not lost if a later step fails. Optional.
	Reached func(Result)
}

// Result is the result of a rotation.
type Result struct {
	Outcome Outcome
	// Token is the new token. It is zero unless it is written.
	Token   secret.Value
	Written token.Rotation
	// Status is the last known status of the serving namets; zero if unknown.
	Status token.Status
	// Obstacle says why the serving namets was not signalled; nil unless the outcome was
	// Unreachable.
	Obstacle error
	// Took is the time from the write until the token was in force.
	Took time.Duration
	// Unrevoked says why the previous token is not refused at once, and Unrecorded why the audit
	// does not show who created the new one. Neither stops a rotation.
	Unrevoked, Unrecorded error
}

const (
	writeTimeout  = 20 * time.Second // of the new token
	recordTimeout = 10 * time.Second // of the audit row
)

// Rotate creates a new token and completes as many steps as it can. The error belongs to the
// outcome. Once the token is written, the end of ctx cancels the remaining steps, but not the audit
// row.
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

// write writes the new token to where the token is stored. If the response is unclear, the token
// counts as written if it is in force.
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

// bringIntoForce makes the serving namets, if there is one, accept the token.
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
	case errors.Is(err, ErrUnreachable):
		r.Obstacle = err
		r.reach(Unreachable)
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

// record writes the audit row, after everything that n8n waits for.
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
