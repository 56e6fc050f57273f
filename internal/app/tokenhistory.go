package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"namets/internal/datadir"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

// tokenHistory keeps the token's generations in the database, where the commands find them, and
// its changes in the audit.
type tokenHistory struct {
	db  *sqlite.DB
	log *slog.Logger

	mu      sync.Mutex
	missing []token.Change // in the audit, for want of a database that somebody else does not hold; the oldest first
}

// maxMissing is far above how often a token changes while the database cannot be written.
const maxMissing = 100

// Load implements token.History.
func (l *tokenHistory) Load(ctx context.Context) ([]token.SavedGeneration, error) {
	history, err := l.db.TokenHistory(ctx)
	if err != nil {
		return nil, err
	}
	var saved []token.SavedGeneration
	for _, g := range history.Generations {
		saved = append(saved, savedGeneration(g))
	}
	return saved, nil
}

// Save implements token.History. It also writes the changes that are missing in the audit.
func (l *tokenHistory) Save(ctx context.Context, status token.Status, saved []token.SavedGeneration) error {
	status.Generations = nil // they have rows of their own
	text, err := json.Marshal(status)
	if err != nil {
		return err
	}
	history := namets.TokenHistory{Status: text}
	for _, r := range saved {
		g := namets.TokenGeneration{
			Role: string(r.Role), Fingerprint: r.Fingerprint, Version: r.Version, Since: r.Since,
			AcceptedUntil: r.AcceptedUntil,
			Requests:      r.Requests, LastUsed: r.LastUsed, LastAddress: r.LastAddress, LastUserAgent: r.LastUserAgent,
			RefusedSince: r.RefusedSince,
		}
		if !r.Digest.IsZero() {
			g.Digest = r.Digest[:]
		}
		history.Generations = append(history.Generations, g)
	}
	if err := l.db.SaveTokenHistory(ctx, history); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.auditLocked(ctx)
}

// recordChange writes a change into the audit. It waits for the database, at most 5 s; afterwards
// the change comes with the next save.
func (l *tokenHistory) recordChange(c token.Change) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.missing = append(l.missing, c); len(l.missing) > maxMissing {
		l.missing = l.missing[1:]
	}
	if err := l.auditLocked(ctx); err != nil {
		l.log.Error("the token's change is missing in the audit until the database can be written",
			"change", string(c.Kind), "fingerprint", c.Fingerprint, "error", err)
	}
}

// auditLocked writes the changes that are missing in the audit.
func (l *tokenHistory) auditLocked(ctx context.Context) error {
	for len(l.missing) > 0 {
		c := l.missing[0]
		err := l.db.RecordTokenChange(ctx, namets.Actor{Kind: namets.System}, namets.TokenChange{
			Kind: string(c.Kind), Source: c.Source, Version: c.Version, Fingerprint: c.Fingerprint,
			Previous:      c.Previous,
			AcceptedUntil: c.AcceptedUntil, Reason: c.Reason,
		})
		if err != nil {
			return err
		}
		l.missing = l.missing[1:]
	}
	return nil
}

// savedGeneration converts a row of the token history.
func savedGeneration(g namets.TokenGeneration) token.SavedGeneration {
	r := token.SavedGeneration{Generation: generation(g)}
	copy(r.Digest[:], g.Digest)
	return r
}

// generation is a row of the history as status shows it.
func generation(g namets.TokenGeneration) token.Generation {
	return token.Generation{
		Role: token.Role(g.Role), Fingerprint: g.Fingerprint, Version: g.Version, Since: g.Since,
		AcceptedUntil: g.AcceptedUntil,
		Requests:      g.Requests, LastUsed: g.LastUsed, LastAddress: g.LastAddress, LastUserAgent: g.LastUserAgent,
		RefusedSince: g.RefusedSince,
	}
}

// ReadTokenStatus returns what the process that serves the directory, or did, has saved of the
// token last, and when. It changes nothing. Where none has ever served, saved is zero.
func ReadTokenStatus(ctx context.Context, dir datadir.Dir) (status token.Status, saved time.Time, err error) {
	history, err := sqlite.ReadTokenHistory(ctx, dir.Database())
	if err != nil || history.Saved.IsZero() {
		return token.Status{}, time.Time{}, err
	}
	status, err = historyStatus(history)
	return status, history.Saved, err
}

// historyStatus returns the status that the serving process saved last.
func historyStatus(history namets.TokenHistory) (token.Status, error) {
	var status token.Status
	if err := json.Unmarshal(history.Status, &status); err != nil {
		return token.Status{}, fmt.Errorf("read the token's status: %w", err)
	}
	for _, g := range history.Generations {
		status.Generations = append(status.Generations, generation(g))
	}
	return status, nil
}
