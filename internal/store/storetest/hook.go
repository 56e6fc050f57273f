package storetest

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// hookSpec is a valid choice for a hook.
func hookSpec(change func(*namets.HookSpec)) namets.HookSpec {
	s := namets.HookSpec{URL: "https://n8n.example.org/webhook/1", Events: []namets.EventType{namets.AnyEvent}}
	if change != nil {
		change(&s)
	}
	s.Fill()
	return s
}

// putHook registers a hook of the shared token and returns it.
func (o *Outbox) putHook(key string, change func(*namets.HookSpec)) namets.Hook {
	o.T.Helper()
	h, _, err := o.PutHook(o.T.Context(), By(), 0, key, hookSpec(change))
	o.Must(err)
	return h
}

// wantAudit compares the newest audit rows about hooks, newest first.
func (o *Outbox) wantAudit(want ...string) {
	o.T.Helper()
	entries, err := o.Activity(o.T.Context(), namets.AuditFilter{Entity: namets.KindHooks, Limit: len(want)})
	o.Must(err)
	var got []string
	for _, e := range entries {
		got = append(got, strings.TrimSpace(e.Action+" "+e.Subject+" "+strings.Join(e.Changed, ",")+e.Reason))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		o.T.Errorf("audit (-want +got):\n%s", diff)
	}
}

func (su suite) TestPutHook_isIdempotent(t *testing.T) {
	o := su.outbox(t)
	spec := hookSpec(nil)
	h, secret, err := o.PutHook(t.Context(), By(), 0, "k", spec)
	o.Must(err)
	if text := secret.Reveal(); !strings.HasPrefix(text, "whsec_") || len(text) != len("whsec_")+44 {
		t.Errorf("a secret of %d characters", len(text))
	}
	want := namets.Hook{ID: h.ID, Key: "k", HookSpec: spec, CreatedAt: o.At.UTC(), UpdatedAt: o.At.UTC()}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	o.Step(time.Second)
	again, shown, err := o.PutHook(t.Context(), By(), 0, "k", spec)
	o.Must(err)
	if diff := cmp.Diff(h, again); diff != "" || !shown.IsZero() {
		t.Errorf("put again (-want +got):\n%s", diff)
	}
	if kept, err := o.HookSecret(t.Context(), h.ID); err != nil || !kept.Equal(secret) {
		t.Errorf("the secret has changed: %v", err)
	}
	o.wantAudit("create k")
	changed := o.putHook("k", func(s *namets.HookSpec) {
		s.Events, s.Ack, s.Before = []namets.EventType{"event.upcoming"}, namets.AckReport, time.Hour
	})
	if changed.ID != h.ID || !changed.UpdatedAt.Equal(o.At) || !changed.CreatedAt.Equal(h.CreatedAt) {
		t.Errorf("changed: %+v", changed)
	}
	o.wantAudit("update k events,ack,before", "create k")
	if got, err := o.HookByKey(t.Context(), 0, "k"); !cmp.Equal(got, changed) || err != nil {
		t.Errorf("read: %+v, %v", got, err)
	}
}

func (su suite) TestPutHook_keysArePerToken(t *testing.T) {
	o := su.outbox(t)
	mine := o.putHook("k", nil)
	theirs, _, err := o.PutHook(t.Context(), By(), 7, "k", hookSpec(nil))
	o.Must(err)
	if mine.ID == theirs.ID {
		t.Fatal("two tokens share a hook")
	}
	of := func(token int64) (ids []int64) {
		list, err := o.HooksOf(t.Context(), token)
		o.Must(err)
		for _, h := range list {
			ids = append(ids, h.ID)
		}
		return ids
	}
	if all, err := o.Hooks(t.Context()); len(all) != 2 || err != nil || !slices.Equal(of(0), []int64{mine.ID}) ||
		!slices.Equal(of(7), []int64{theirs.ID}) || of(8) != nil {
		t.Errorf("all %v (%v), of the shared token %v, of the other %v", all, err, of(0), of(7))
	}
	_, err = o.HookByKey(t.Context(), 8, "k")
	WantCode(t, "of a third", err, namets.NotFound, "")
}

func (su suite) TestPutHook_isLimited(t *testing.T) {
	o := su.outbox(t)
	for i := range 100 {
		o.putHook("k"+strings.Repeat("x", i), nil)
	}
	_, _, err := o.PutHook(t.Context(), By(), 0, "another", hookSpec(nil))
	WantCode(t, "the 101st", err, namets.Conflict, "")
	o.putHook("k", func(s *namets.HookSpec) { s.Ack = namets.AckReport }) // a change
	h, err := o.HookByKey(t.Context(), 0, "kx")
	o.Must(err)
	o.Must(o.DeleteHook(t.Context(), By(), h.ID))
	o.putHook("another", nil)
}

func (su suite) TestPutHook_racesCreateOne(t *testing.T) {
	o := su.outbox(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	created := 0
	for range 8 {
		wg.Go(func() {
			_, secret, err := o.PutHook(t.Context(), By(), 0, "k", hookSpec(nil))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if !secret.IsZero() {
				created++
			}
		})
	}
	wg.Wait()
	if list, err := o.Hooks(t.Context()); len(list) != 1 || err != nil || created != 1 {
		t.Errorf("%d hooks, %d times created, %v", len(list), created, err)
	}
	o.wantAudit("create k")
}

func (su suite) TestHooks_pauseAndWake(t *testing.T) {
	o := su.outbox(t)
	h := o.putHook("k", nil)
	o.Must(o.PauseHook(t.Context(), By(), h.ID, "it answered 410"))
	o.Must(o.PauseHook(t.Context(), By(), h.ID, "another reason"))
	got, err := o.Hook(t.Context(), h.ID)
	o.Must(err)
	if got.PausedAt == nil || !got.PausedAt.Equal(o.At) || got.PausedReason != "it answered 410" {
		t.Errorf("paused: %+v", got)
	}
	o.putHook("k", nil)
	if got, err := o.Hook(t.Context(), h.ID); got.PausedAt != nil || got.PausedReason != "" || err != nil {
		t.Errorf("after a PUT: %+v, %v", got, err)
	}
	o.Must(o.PauseHook(t.Context(), By(), h.ID, "by hand"))
	o.Must(o.WakeHook(t.Context(), By(), h.ID))
	o.Must(o.WakeHook(t.Context(), By(), h.ID))
	o.wantAudit("wake k", "pause k by hand", "wake k", "pause k it answered 410", "create k")
	WantCode(t, "pause none", o.PauseHook(t.Context(), By(), 99, ""), namets.NotFound, "")
	WantCode(t, "wake none", o.WakeHook(t.Context(), By(), 99), namets.NotFound, "")
}

func (su suite) TestRevokeAPIToken_pausesItsHooks(t *testing.T) {
	o := su.outbox(t)
	id, err := o.CreateAPIToken(t.Context(), By(), namets.APIToken{Name: "n", Hash: [32]byte{1},
		Scopes: namets.AllScopes()})
	o.Must(err)
	h, _, err := o.PutHook(t.Context(), By(), id, "k", hookSpec(nil))
	o.Must(err)
	shared := o.putHook("k", nil)
	o.Must(o.RevokeAPIToken(t.Context(), By(), id))
	if got, err := o.Hook(t.Context(), h.ID); err != nil || got.PausedAt == nil ||
		got.PausedReason != "its API token has ended" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := o.Hook(t.Context(), shared.ID); got.PausedAt != nil || err != nil {
		t.Errorf("that of the shared token: %+v, %v", got, err)
	}
	WantCode(t, "wake it", o.WakeHook(t.Context(), By(), h.ID), namets.Conflict, "")
}

func (su suite) TestReplaceHookSecret(t *testing.T) {
	o := su.outbox(t)
	h, first, err := o.PutHook(t.Context(), By(), 0, "k", hookSpec(nil))
	o.Must(err)
	second, err := o.ReplaceHookSecret(t.Context(), By(), h.ID)
	o.Must(err)
	if kept, err := o.HookSecret(t.Context(), h.ID); first.Equal(second) || !kept.Equal(second) || err != nil {
		t.Errorf("the secret was not replaced: %v", err)
	}
	o.wantAudit("replace_secret k", "create k")
	_, err = o.ReplaceHookSecret(t.Context(), By(), 99)
	WantCode(t, "of none", err, namets.NotFound, "")
	for _, line := range o.Audit(10) {
		if strings.Contains(line, "whsec_") || strings.Contains(line, "n8n.example") {
			t.Errorf("audit: %s", line)
		}
	}
}

func (su suite) TestDeleteHook_isHeldForADay(t *testing.T) {
	o := su.outbox(t)
	h, first, err := o.PutHook(t.Context(), By(), 0, "k", hookSpec(nil))
	o.Must(err)
	wait := func() int64 { // a delivery to the hook, as the outbox queues it
		id, err := o.QueuePing(t.Context(), By())
		o.Must(err)
		_, err = o.SQL().ExecContext(t.Context(), `update deliveries set hook_id = $1 where id = $2`, h.ID, id)
		o.Must(err)
		return id
	}
	state := func(id int64) namets.DeliveryState {
		d, _, err := o.DB.Delivery(t.Context(), id)
		o.Must(err)
		return d.State
	}
	waiting := wait()
	o.Must(o.DeleteHook(t.Context(), By(), h.ID))
	WantCode(t, "delete twice", o.DeleteHook(t.Context(), By(), h.ID), namets.NotFound, "")
	if list, err := o.Hooks(t.Context()); len(list) != 0 || err != nil {
		t.Errorf("still listed: %v, %v", list, err)
	}
	_, err = o.HookSecret(t.Context(), h.ID)
	WantCode(t, "its secret", err, namets.NotFound, "")
	o.Step(24*time.Hour - time.Second)
	if n, err := o.PruneDeliveries(t.Context(), 90*24*time.Hour); n != 0 || err != nil {
		t.Errorf("pruned %d too early, %v", n, err)
	}
	back, second, err := o.PutHook(t.Context(), By(), 0, "k", hookSpec(nil))
	o.Must(err)
	if back.ID != h.ID || second.IsZero() || second.Equal(first) || state(waiting) != namets.Pending {
		t.Errorf("put back: %+v, the delivery is %s", back, state(waiting))
	}
	o.wantAudit("create k", "delete k", "create k")

	o.Must(o.DeleteHook(t.Context(), By(), h.ID))
	o.Step(24*time.Hour + time.Second)
	if o.putHook("k", nil); state(waiting) != namets.Skipped {
		t.Errorf("put back too late: the delivery is %s", state(waiting))
	}
	waiting = wait()
	o.Must(o.DeleteHook(t.Context(), By(), h.ID))
	o.Step(24*time.Hour + time.Second)
	n, err := o.PruneDeliveries(t.Context(), 90*24*time.Hour)
	o.Must(err)
	more, err := o.PruneDeliveries(t.Context(), 90*24*time.Hour)
	if n != 2 || more != 0 || err != nil || state(waiting) != namets.Skipped {
		t.Errorf("pruned %d, then %d, %v, the delivery is %s", n, more, err, state(waiting))
	}
	o.wantAudit("prune k", "delete k")
}
