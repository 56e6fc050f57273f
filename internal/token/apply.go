package token

import (
	"slices"
	"time"

	"namets/internal/secret"
)

// maxRetired is the number of retired tokens to remember.
const maxRetired = 8

// transition is a change from one accepted to the next. It is made under Source.mu.
type transition struct {
	now     time.Time
	next    accepted
	changes []Change
}

// beginLocked starts from the accepted tokens or, before the provider's first response, from the
// history.
func (s *Source) beginLocked() *transition {
	base := s.accepted.Load()
	if s.health.restored != nil {
		base = s.health.restored
	}
	t := &transition{now: s.now().UTC(), next: *base}
	t.next.retired = slices.Clone(base.retired)
	return t
}

// commitLocked puts the transition into force and returns its changes for notify.
func (s *Source) commitLocked(t *transition) []Change {
	s.health.restored = nil
	s.accepted.Store(&t.next)
	if len(t.changes) > 0 {
		s.dirty = true
	}
	for i := range t.changes {
		c := &t.changes[i]
		c.At, c.Source = t.now, s.name
		if g := t.next.current; g != nil && c.Fingerprint == "" && c.Kind != SigningChanged {
			c.Version, c.Fingerprint = g.version, g.fingerprint
		}
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return t.changes
}

// apply puts a valid set into force and returns the resulting changes.
func (s *Source) apply(set Set) []Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.beginLocked()
	t.expire(s.overlap)
	digest := secret.DigestOf(set.Token.Reveal())
	if t.next.current != nil && t.next.current.digest == digest {
		t.confirm(set)
	} else {
		t.rotate(digest, set, s.overlap)
	}
	first := s.health.lastSuccess.IsZero()
	if s.signing.Put(set.SigningSecret, set.RevokePrevious) && !first {
		t.changes = append(t.changes, Change{Kind: SigningChanged, Version: set.Version,
			Fingerprint: set.SigningSecret.Fingerprint(), Reason: "the source delivers another webhook secret"})
	}
	return s.commitLocked(t)
}

// confirm handles a set with the token that is already in force.
func (t *transition) confirm(set Set) {
	t.next.current.version, t.next.current.until = set.Version, time.Time{}
	if t.next.revoked {
		t.next.revoked = false
		t.changes = append(t.changes, Change{Kind: Restored, Reason: "the source delivers the token again"})
	}
	if g := t.next.previous; g != nil && set.RevokePrevious {
		t.retirePrevious(t.now)
		t.changes = append(t.changes, Change{Kind: PreviousRevoked, Previous: g.fingerprint,
			Reason: "the source says revoke_previous"})
	}
}

// rotate handles a set with another token.
func (t *transition) rotate(digest secret.Digest, set Set, overlap time.Duration) {
	old := t.next.current
	change := Change{Kind: Loaded, Reason: "first answer of the source"}
	g := t.takeOver(digest)
	g.since, g.until, g.version = t.now, time.Time{}, set.Version
	t.retirePrevious(t.now)
	if old != nil {
		change = Change{Kind: Rotated, Previous: old.fingerprint, Reason: "the source delivers another token"}
		old.until = t.now
		if overlap > 0 && !set.RevokePrevious && !t.next.revoked {
			old.until = t.now.Add(overlap)
			change.AcceptedUntil = old.until
			t.next.previous, t.next.until = old, old.until.UnixNano()
		} else {
			t.retire(old)
		}
	}
	t.next.current, t.next.revoked = g, false
	t.changes = append(t.changes, change)
}

// takeOver returns the generation of digest, with its earlier use if it is remembered, and removes
// it elsewhere.
func (t *transition) takeOver(digest secret.Digest) *generation {
	if g := t.next.previous; g != nil && g.digest == digest {
		t.next.previous, t.next.until = nil, 0
		return g
	}
	fingerprint := digest.Fingerprint()
	for i, g := range t.next.retired {
		if g.fingerprint == fingerprint {
			t.next.retired = slices.Delete(t.next.retired, i, i+1)
			return g.withDigest(digest)
		}
	}
	return &generation{digest: digest, fingerprint: fingerprint}
}

// expire retires the previous token when its overlap has ended, or was shortened.
func (t *transition) expire(overlap time.Duration) {
	g := t.next.previous
	if g == nil {
		return
	}
	if latest := t.now.Add(overlap); g.until.After(latest) {
		g.until, t.next.until = latest, latest.UnixNano()
	}
	if !t.now.Before(g.until) {
		t.retirePrevious(g.until)
		t.changes = append(t.changes, Change{Kind: OverlapEnded, Previous: g.fingerprint,
			Reason: "the overlap is over"})
	}
}

// revoke refuses all requests, and the previous token for good.
func (t *transition) revoke(why string) {
	if t.next.revoked {
		return
	}
	t.next.revoked = true
	if g := t.next.current; g != nil {
		g.until = t.now
	}
	t.retirePrevious(t.now)
	t.changes = append(t.changes, Change{Kind: Deleted, Reason: why})
}

func (t *transition) retirePrevious(until time.Time) {
	g := t.next.previous
	if g == nil {
		return
	}
	g.until = until
	t.next.previous, t.next.until = nil, 0
	t.retire(g)
}

// retire remembers g as the newest retired generation.
func (t *transition) retire(g *generation) {
	t.next.retired = slices.Insert(t.next.retired, 0, g)
	t.next.retired = t.next.retired[:min(len(t.next.retired), maxRetired)]
}
