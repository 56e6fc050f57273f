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

// Known are tokens that are or were in force: fingerprint → digest, which is zero for one that is
// refused by now.
type Known map[string]secret.Digest

// Has reports whether value is among them. Of one that is refused by now there is only the
// fingerprint to go by.
func (k Known) Has(value secret.Value) bool {
	if value.IsZero() {
		return false
	}
	digest, ok := k[value.Fingerprint()]
	return ok && (digest.IsZero() || digest == secret.DigestOf(value.Reveal()))
}
