package token

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"sync/atomic"

	"namets/internal/secret"
)

// Verdict is the result of [Source.Check].
type Verdict struct {
	outcome outcome
	sample  bool
	used    *generation
}

type outcome uint8

const (
	refusedWrong outcome = iota // the zero verdict allows nothing
	refusedNone
	refusedExpired
	unavailable
	allowed
)

// Allowed reports whether the request is allowed.
func (v Verdict) Allowed() bool { return v.outcome == allowed }

// Available reports whether a token is known, or known to be deleted. Otherwise the response is 503
// instead of 403.
func (v Verdict) Available() bool { return v.outcome != unavailable }

// Reason is the result in one word for a log line or a metric: "allowed", "none" (no token was
// sent), "wrong", "expired" (an earlier token) or "unavailable".
func (v Verdict) Reason() string {
	switch v.outcome {
	case allowed:
		return "allowed"
	case refusedNone:
		return "none"
	case refusedExpired:
		return "expired"
	case unavailable:
		return "unavailable"
	}
	return "wrong"
}

// WantsSample reports whether the request's address and User-Agent should be recorded as proof of
// use: at most once a second for each generation. The caller then passes them to Sample.
func (v Verdict) WantsSample() bool { return v.sample }

// Sample is [Use.Sample] of the token. It does nothing unless WantsSample.
func (v Verdict) Sample(address, userAgent string) {
	if v.sample {
		v.used.use.Sample(address, userAgent)
	}
}

// refusedCounts counts the refused requests.
type refusedCounts struct {
	none, wrong, expired, unavailable atomic.Int64
}

// Check decides whether a request with these values of the header X-N8N-Token is allowed (contract
// section 2): exactly one value which, without blanks and tabs at both ends, is the token in force
// or, during an overlap, the previous one. It counts the request. It never blocks, takes no lock
// and allocates nothing. Tokens are compared as SHA-256 digests in constant time.
func (s *Source) Check(values []string) Verdict {
	a := s.accepted.Load()
	if a.current == nil && !a.revoked {
		s.refused.unavailable.Add(1)
		return Verdict{outcome: unavailable}
	}
	if len(values) == 0 {
		return s.refuse(refusedNone)
	}
	value := strings.Trim(values[0], " \t")
	switch {
	case len(values) > 1:
		return s.refuse(refusedWrong)
	case value == "":
		return s.refuse(refusedNone)
	case len(value) > maxLength:
		return s.refuse(refusedWrong)
	}
	var buf [maxLength]byte // on the stack: a conversion would allocate
	digest := secret.Digest(sha256.Sum256(buf[:copy(buf[:], value)]))
	now := s.now().UnixNano()
	if used := a.match(&digest, now); used != nil {
		return Verdict{outcome: allowed, used: used, sample: used.use.Add(now)}
	}
	if a.countLate(&digest) {
		return s.refuse(refusedExpired)
	}
	return s.refuse(refusedWrong)
}

// match returns the generation of digest if it is accepted at now, or nil. It always compares both.
func (a *accepted) match(digest *secret.Digest, now int64) *generation {
	if a.revoked {
		return nil
	}
	var found *generation
	if a.previous != nil && subtle.ConstantTimeCompare(digest[:], a.previous.digest[:]) == 1 && now < a.until {
		found = a.previous
	}
	if subtle.ConstantTimeCompare(digest[:], a.current.digest[:]) == 1 {
		found = a.current
	}
	return found
}

// countLate reports whether digest belongs to an earlier token, and counts the request there.
func (a *accepted) countLate(digest *secret.Digest) bool {
	for _, g := range a.retired {
		if g.digest.IsZero() && g.prefix == [4]byte(digest[:4]) ||
			subtle.ConstantTimeCompare(digest[:], g.digest[:]) == 1 {
			g.refused.Add(1)
			return true
		}
	}
	for _, g := range [2]*generation{a.previous, a.current} {
		if g != nil && subtle.ConstantTimeCompare(digest[:], g.digest[:]) == 1 {
			g.refused.Add(1)
			return true
		}
	}
	return false
}

func (s *Source) refuse(o outcome) Verdict {
	switch o {
	case refusedNone:
		s.refused.none.Add(1)
	case refusedExpired:
		s.refused.expired.Add(1)
	default:
		s.refused.wrong.Add(1)
	}
	return Verdict{outcome: o}
}
