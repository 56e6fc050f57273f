package token

import (
	"time"

	"namets/internal/secret"
)

// State is the state of a [Source].
type State string

// The states of a [Source].
const (
	Unknown  State = "unknown"  // no token is known yet: requests are answered 503
	OK       State = "ok"       // the last fetch succeeded
	Degraded State = "degraded" // the last fetch failed; the last good token is in force
	Revoked  State = "revoked"  // the token was deleted at its source: everybody is refused
)

// Problem is the error of the last fetch, for pages and metrics.
type Problem string

// The problems of a [Source]; empty if the last fetch succeeded.
const (
	NotAnswering    Problem = "unavailable" // ErrUnavailable
	DeletedAtSource Problem = "revoked"     // ErrRevoked
	BadValue        Problem = "invalid"     // ErrInvalid
	Misconfigured   Problem = "config"      // ErrConfig

	noProblem Problem = ""
)

// Status is a snapshot of a [Source] for pages, metrics and commands. It contains no secret.
type Status struct {
	// Source is the kind of the provider.
	Source string `json:"source"`
	State  State  `json:"state"`
	// Version and Fingerprint are those of the token in force; empty while none is known.
	Version     string `json:"version,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	// Created is when the token was written at its source, if the source knows that; Since is when
	// it was put into force here.
	Created time.Time `json:"created,omitzero"`
	Since   time.Time `json:"since,omitzero"`
	// LastSuccess is the time of the provider's last response, LastAttempt of the last fetch.
	LastSuccess time.Time `json:"last_success,omitzero"`
	LastAttempt time.Time `json:"last_attempt,omitzero"`
	// Problem and LastError describe the error of the last fetch; empty if it succeeded.
	Problem   Problem `json:"problem,omitempty"`
	LastError string  `json:"last_error,omitempty"`
	// Doubt says why the token in force would be refused if it were new; empty if it would not. It
	// is a sentence that begins with "it" and does not contain the token.
	Doubt string `json:"doubt,omitempty"`
	// NextReload is the time of Run's next fetch; zero if there is none.
	NextReload time.Time `json:"next_reload,omitzero"`
	// OverlapEnd is the time until which the previous token is accepted; zero if it is not.
	OverlapEnd time.Time `json:"overlap_end,omitzero"`
	// Generations contains the current generation, then the previous one, then the retired ones,
	// newest first.
	Generations []Generation `json:"generations"`
	Refused     Refused      `json:"refused"`
	Reloads     Reloads      `json:"reloads"`
}

// Refused counts the refused requests since the start of this process.
type Refused struct {
	None        int64 `json:"none"`        // no token was sent
	Wrong       int64 `json:"wrong"`       // a token that never was, or more than one
	Expired     int64 `json:"expired"`     // a token that was in force earlier
	Unavailable int64 `json:"unavailable"` // no token was known yet
}

// Reloads counts the fetches by result, since the start of this process.
type Reloads struct {
	OK          int64 `json:"ok"`
	Unavailable int64 `json:"unavailable"`
	Revoked     int64 `json:"revoked"`
	Invalid     int64 `json:"invalid"`
	Config      int64 `json:"config"`
}

// health is the part of Status besides the generations.
type health struct {
	restored    *accepted // what the history kept, until the first answer of the provider; nil afterwards
	state       State
	problem     Problem
	lastError   string
	doubt       string // see Set.Doubt
	created     time.Time
	lastSuccess time.Time
	lastAttempt time.Time
	nextReload  time.Time
	reloads     Reloads
}

// Status returns the current state of the source. It does not wait for a fetch.
func (s *Source) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.statusLocked()
}

func (s *Source) statusLocked() Status {
	r := &s.health
	st := Status{
		Source:      s.name,
		State:       r.state,
		LastSuccess: r.lastSuccess,
		LastAttempt: r.lastAttempt,
		Problem:     r.problem,
		LastError:   r.lastError,
		Doubt:       r.doubt,
		NextReload:  r.nextReload,
		Reloads:     r.reloads,
		Refused: Refused{
			None:        s.refused.none.Load(),
			Wrong:       s.refused.wrong.Load(),
			Expired:     s.refused.expired.Load(),
			Unavailable: s.refused.unavailable.Load(),
		},
	}
	for _, g := range s.generationsLocked(s.accepted.Load()) {
		g.Digest = secret.Digest{} // only the history needs it
		st.Generations = append(st.Generations, g)
		switch g.Role {
		case Current:
			st.Version, st.Fingerprint, st.Since, st.Created = g.Version, g.Fingerprint, g.Since, r.created
		case Previous:
			st.OverlapEnd = g.AcceptedUntil
		}
	}
	return st
}

// generationsLocked returns the generations of a: the current one, the previous one, the retired
// ones.
func (s *Source) generationsLocked(a *accepted) []Generation {
	var all []Generation
	add := func(g *generation, role Role) {
		if g != nil {
			all = append(all, g.viewLocked(role))
		}
	}
	role := Current
	if a.revoked {
		role = Retired
	}
	add(a.current, role)
	role = Previous
	if a.previous != nil && !s.now().Before(a.previous.until) {
		role = Retired
	}
	add(a.previous, role)
	for _, g := range a.retired {
		add(g, Retired)
	}
	return all
}
