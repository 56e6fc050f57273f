package token

import "log/slog"

// record records how a fetch ended and logs it when that differs from how the one before ended.
func (s *Source) record(set Set, err error, changes []Change) {
	if s.fetches.ctx.Err() != nil && err != nil {
		return // the service stops: that the fetch was cut off says nothing about the source
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &s.health
	before, problemBefore, errorBefore := r.state, r.problem, r.lastError
	fatal := r.lastAttempt.IsZero() && endsStart(err) // the caller of Start reports it and ends the process
	r.lastAttempt = s.now().UTC()
	r.problem, r.lastError = problemOf(err), ""
	if err != nil {
		r.lastError = printable(err.Error(), 500)
	}
	r.reloads.count(r.problem)
	a := s.accepted.Load()
	switch {
	case err == nil:
		r.state, r.created, r.lastSuccess = OK, set.Created, r.lastAttempt
		s.recordDoubtLocked(set)
	case a.revoked:
		r.state = Revoked
		if r.problem == DeletedAtSource {
			r.lastSuccess = r.lastAttempt
		}
	case a.current != nil:
		r.state = Degraded
	}
	if err == nil || r.problem == DeletedAtSource {
		s.failures.Store(0)
	} else {
		s.failures.Add(1)
	}
	s.dirty = s.dirty || !fatal // what the last run knew stays in the history when this one ends at once
	s.logChanges(changes)
	if before == Unknown && err == nil && len(changes) == 0 {
		s.log.Info("token in force as before the restart", "source", s.name, "version", set.Version,
			"fingerprint", set.Token.Fingerprint())
	}
	another := r.problem != problemBefore || r.state != before ||
		// Another mistake of the operator; why nobody answers may change with each try
		r.lastError != errorBefore && endsStart(err)
	if r.problem != noProblem && another && !fatal {
		s.logProblem(r)
	}
	if err == nil && problemBefore != noProblem && before == Degraded {
		s.log.Info("token source works again", "source", s.name, "version", set.Version)
	}
}

// recordDoubtLocked records and logs why the token in force would be refused if the history did not
// know it.
func (s *Source) recordDoubtLocked(set Set) {
	if set.Doubt != "" && set.Doubt != s.health.doubt {
		s.log.Warn("the token is in force only because it was before: a new one like it would be refused; replace it",
			"source", s.name, "fingerprint", set.Token.Fingerprint(), "reason", set.Doubt)
	}
	s.health.doubt = set.Doubt
}

func (s *Source) logChanges(changes []Change) {
	for _, c := range changes {
		attrs := []any{"change", string(c.Kind), "source", c.Source, "version", c.Version, "fingerprint", c.Fingerprint}
		if c.Previous != "" {
			attrs = append(attrs, "previous", c.Previous)
		}
		if !c.AcceptedUntil.IsZero() {
			attrs = append(attrs, "previous_accepted_until", c.AcceptedUntil)
		}
		if c.Kind != Deleted { // logProblem says it louder
			s.log.Info("token changed", attrs...)
		}
	}
}

func (s *Source) logProblem(r *health) {
	level, message := slog.LevelError, "token source fails: the last good token stays in force"
	switch {
	case r.state == Revoked:
		message = "token deleted at its source: every request is refused until it is back"
	case r.state == Unknown:
		message = "no token known yet: requests are answered 503 until the source works"
	case r.problem == NotAnswering:
		level = slog.LevelWarn
	}
	s.log.Log(s.fetches.ctx, level, message, "source", s.name, "error", r.lastError)
}

// count adds a fetch that ended with problem.
func (r *Reloads) count(problem Problem) {
	switch problem {
	case noProblem:
		r.OK++
	case DeletedAtSource:
		r.Revoked++
	case BadValue:
		r.Invalid++
	case Misconfigured:
		r.Config++
	case NotAnswering:
		r.Unavailable++
	}
}
