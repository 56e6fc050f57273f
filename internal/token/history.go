package token

import (
	"context"
	"time"
)

// The timeouts of a save, and of the last one of Run: a service that was told to stop has little
// time.
const (
	saveTimeout     = 5 * time.Second
	lastSaveTimeout = time.Second
)

// A History stores the generations of the token across restarts.
//
// Save replaces everything saved before, in one transaction: the status, with the digests of its
// generations. It is called after each fetch and change, every 10 s if something has changed, and
// when Run ends. Load returns the generations of the last Save, or nothing if there was none.
// Neither is called concurrently. A save has 5 s, the last one 1 s. An error of Save is logged and
// the save is retried; it refuses no request.
type History interface {
	Load(ctx context.Context) ([]Generation, error)
	Save(ctx context.Context, status Status) error
}

// SavedStatus is the last status saved in a [History].
type SavedStatus struct {
	Status
	// Saved is when it was saved; if it never was, Saved and Status are zero.
	Saved time.Time
}

// restore loads the history. Its tokens are only accepted after the provider has responded.
func (s *Source) restore(ctx context.Context) error {
	if s.history == nil {
		return nil
	}
	saved, err := s.history.Load(ctx)
	if err != nil {
		return err
	}
	loaded := &accepted{}
	for _, r := range saved {
		g := restored(r)
		switch {
		case r.Role == Current && !r.Digest.IsZero():
			loaded.current = g
		case r.Role == Previous && !r.Digest.IsZero():
			loaded.previous, loaded.until = g, g.until.UnixNano()
		default:
			loaded.retired = append(loaded.retired, g)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.health.restored = loaded
	return nil
}

// flush saves the changes since the last save, also while the service stops.
func (s *Source) flush() { s.flushWithin(saveTimeout) }

func (s *Source) flushWithin(timeout time.Duration) {
	if s.history == nil {
		return
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	a := s.accepted.Load()
	if s.health.restored != nil {
		a = s.health.restored
	}
	status := s.statusLocked()
	moved := total(status)
	status.Generations = s.generationsLocked(a)
	due := s.dirty || moved != s.savedTotal
	s.dirty = false
	s.mu.Unlock()
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	err := s.history.Save(ctx, status)
	if err == nil {
		s.savedTotal = moved
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.dirty = true
	}
	if (err != nil) != s.saveFails {
		s.saveFails = err != nil
		s.logSave(err)
	}
}

func (s *Source) logSave(err error) {
	if err != nil {
		s.log.Error("token history cannot be saved: use and overlap would not survive a restart", "error", err.Error())
		return
	}
	s.log.Info("token history is saved again")
}

// total is a sum that changes with every request.
func total(st Status) int64 {
	sum := st.Refused.None + st.Refused.Wrong + st.Refused.Expired + st.Refused.Unavailable
	for _, g := range st.Generations {
		sum += g.Requests
	}
	return sum
}
