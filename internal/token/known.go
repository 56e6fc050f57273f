package token

import "namets/internal/secret"

// knows reports whether the token is or was in force, here or in an earlier run.
func (s *Source) knows(value secret.Value) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accepted.Load()
	if s.health.restored != nil {
		a = s.health.restored
	}
	known := Known{}
	for _, r := range s.generationsLocked(a) {
		known[r.Fingerprint] = r.Digest
	}
	return known.Has(value)
}

// Known contains tokens that are or were in force: fingerprint → digest, which is zero for a token
// that is refused now.
type Known map[string]secret.Digest

// Has reports whether value is among them. A token that is refused now is only recognized by its
// fingerprint.
func (k Known) Has(value secret.Value) bool {
	if value.IsZero() {
		return false
	}
	digest, ok := k[value.Fingerprint()]
	return ok && (digest.IsZero() || digest == secret.DigestOf(value.Reveal()))
}
