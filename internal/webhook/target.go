package webhook

import (
	"context"
	"strings"
	"time"

	"namets/internal/namets"
	"namets/internal/secret"
)

// target is one receiver of webhooks, with the attempts that are open. What happens to one target
// changes nothing for the others. Only the goroutine of [Worker.Run] accesses it.
type target struct {
	*run
	id      int64     // of the hook; 0 is the target of the configuration
	changed time.Time // when the hook was last changed, as far as client knows
	client  *Client   // nil: nothing is sent
	// The open attempts: the urgent ones, and the others, which start one after the other.
	urgent, others *lane
	line           line
	pace           pace
}

// know makes targets of the hooks in the agenda, follows their changes, and forgets hooks that are
// no longer in it once their attempts have ended. A hook that was changed or woken is approached as
// after a start.
func (r *run) know(ctx context.Context, agenda []namets.TargetAgenda) error {
	listed := map[int64]bool{}
	for _, a := range agenda {
		listed[a.Hook] = true
		t := r.targets[a.Hook]
		if a.Hook == namets.LegacyHook || t != nil && t.changed.Equal(a.Changed) {
			continue
		}
		client, err := r.storedHook(ctx, a.Hook)
		if namets.CodeOf(err) == namets.NotFound {
			continue // deleted meanwhile
		}
		if err != nil {
			return err
		}
		if t == nil {
			t = &target{run: r, id: a.Hook}
			t.urgent, t.others = newHookLanes()
			r.targets[a.Hook] = t
		}
		t.client, t.changed, t.pace = client, a.Changed, newPace(r.cfg.Now(), hookParallel)
	}
	for id, t := range r.targets {
		if !listed[id] && !t.busy() {
			delete(r.targets, id)
			r.forget(id)
		}
	}
	return nil
}

// storedHook returns the client for the hook as it is stored now.
func (r *run) storedHook(ctx context.Context, id int64) (*Client, error) {
	h, err := r.cfg.Store.Hook(ctx, id)
	if err != nil {
		return nil, err
	}
	key, err := r.cfg.Store.HookSecret(ctx, id)
	if err != nil {
		return nil, err
	}
	return r.hookClient(&h, key)
}

// hookClient returns the client for the hook, whose webhooks key signs.
func (w *Worker) hookClient(h *namets.Hook, key secret.Value) (*Client, error) {
	return NewClient(ClientConfig{URL: secret.New(h.URL), Timeout: w.cfg.HookTimeout, Now: w.cfg.Now,
		Keys: func() []secret.Value { return []secret.Value{key} }, Transport: w.cfg.HookTransport})
}

// lane returns the lane of a kind.
func (t *target) lane(kind namets.NotificationKind) *lane {
	if kind.Info().Urgent {
		return t.urgent
	}
	return t.others
}

// busy reports whether an attempt is open.
func (t *target) busy() bool { return len(t.urgent.open)+len(t.others.open) > 0 }

// begin starts the claimed attempt, or records that there is none.
func (t *target) begin(c *namets.Claim) {
	lane := t.lane(c.Kind)
	if !lane.open[c.ID].IsZero() {
		return // the machine slept, or its clock was set, and the lease ended before the attempt
	}
	if c.Skip != "" || c.Settled != "" {
		t.skip(c)
		return
	}
	alone := len(lane.open) == 0
	patience := lane.begin(c.ID, time.Now(), t.client.cfg.Timeout)
	if c.Scheduled.After(t.cfg.Now()) {
		t.pace.open[c.ID] = true
	}
	t.count(func(s *TargetStats) { s.InFlight++ })
	send := t.sender(c, patience)
	if lane == t.urgent {
		go func() { // ends with its context at the latest; stop waits for it
			t.finished <- finished{*c, send()}
		}()
		return
	}
	position := t.line.join(alone)
	go func() { // ends as the one above
		<-position.ready // it comes: those before pass when their patience ends
		hold := time.AfterFunc(position.patience, position.pass)
		result := send()
		hold.Stop()
		position.pass()
		t.finished <- finished{*c, result}
	}()
}

// sender returns the function that makes the attempt.
func (t *target) sender(c *namets.Claim, patience time.Duration) func() Result {
	client := t.client
	build := func(at time.Time) ([]byte, error) {
		if c.Content == nil {
			return c.Body, nil
		}
		return c.Content.Body(t.cfg.Site, c.WebhookID, at.In(t.cfg.Zone), c.Attempt)
	}
	return func() Result {
		result := client.SendWithin(t.attempts, patience, c.WebhookID, build)
		if c.Content != nil { // an answer may repeat what it has got, and the path holds a key
			if path := c.Content.ReportPath; path != "" {
				result.Answer = strings.ReplaceAll(result.Answer, path, "[redacted]")
			}
		}
		return result
	}
}

// skip records that the delivery needs no attempt. If only the time says so and the clock was set
// recently, the delivery waits instead until the clock can be trusted.
func (t *target) skip(c *namets.Claim) {
	switch {
	case c.Settled == namets.Delivered:
		t.outcomes = append(t.outcomes, namets.Outcome{ID: c.ID, State: namets.Delivered})
		return
	case c.Settled != "":
		t.outcomes = append(t.outcomes, namets.Outcome{ID: c.ID, State: c.Settled, Reason: c.Skip})
		t.count(func(s *TargetStats) { s.Dead, s.Unreported = s.Dead+1, s.Unreported+1 })
		t.cfg.Log.Warn("webhook given up", t.about("webhook_id", c.WebhookID, "kind", c.Kind, "error", c.Skip)...)
		return
	case c.Expired && t.clock.doubt(0):
		t.outcomes = append(t.outcomes,
			namets.Outcome{ID: c.ID, State: namets.Pending, Next: t.cfg.Now().Add(expiredAgain),
				Recipients: c.Recipients, Reason: c.Skip + ", if the clock is right, which was set lately"})
		return
	}
	t.outcomes = append(t.outcomes, namets.Outcome{ID: c.ID, State: namets.Skipped, Reason: c.Skip,
		Withdrawn: c.Withdrawn})
	t.count(func(s *TargetStats) { s.Skipped++ })
}

// count changes the target's counters.
func (t *target) count(change func(*TargetStats)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.stats[t.id]
	change(&s)
	t.stats[t.id] = s
}

// forget drops the counters of a hook.
func (w *Worker) forget(hook int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.stats, hook)
}
