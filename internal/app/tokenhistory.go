package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

// tokenHistory stores the token's generations in the database, where commands find them, and its
// changes in the audit.
type tokenHistory struct {
	db  *sqlite.DB
	log *slog.Logger

	mu      sync.Mutex
	missing []token.Change // in the audit, for want of a database that somebody else does not hold; the oldest first
}

// maxMissing is far above the number of token changes while the database cannot be written.
const maxMissing = 100

// Load implements token.History.
func (l *tokenHistory) Load(ctx context.Context) ([]token.Generation, error) {
	return l.db.TokenHistory(ctx)
}

// Save implements token.History. It also writes missing changes to the audit.
func (l *tokenHistory) Save(ctx context.Context, status token.Status) error {
	if err := l.db.SaveTokenHistory(ctx, status); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.auditLocked(ctx)
}

// recordChange writes a change to the audit. It waits at most 5 s for the database; after that the
// change is written with the next save.
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

// auditLocked writes missing changes to the audit.
func (l *tokenHistory) auditLocked(ctx context.Context) error {
	for len(l.missing) > 0 {
		if err := l.db.RecordTokenChange(ctx, namets.Actor{Kind: namets.System}, l.missing[0]); err != nil {
			return err
		}
		l.missing = l.missing[1:]
	}
	return nil
}
