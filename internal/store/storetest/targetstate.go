package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

func (su suite) TestQueueHookPing_goesToTheHook(t *testing.T) {
	o := su.outbox(t)
	h := o.putHook("k", nil)
	id, err := o.QueueHookPing(t.Context(), By(), h.ID)
	o.Must(err)
	d, _, err := o.Delivery(t.Context(), id)
	o.Must(err)
	if d.Hook != h.ID || d.Kind != namets.Ping || d.State != namets.Pending {
		t.Errorf("queued %+v", d)
	}
	_, err = o.QueueHookPing(t.Context(), By(), h.ID+1)
	wantOnlyCode(t, err, namets.NotFound)
	o.Must(o.PauseHook(t.Context(), By(), h.ID, "it answered 410 Gone"))
	_, err = o.QueueHookPing(t.Context(), By(), h.ID)
	wantOnlyCode(t, err, namets.Conflict)
}

func (su suite) TestTargetStates_countEachTarget(t *testing.T) {
	o := su.outbox(t)
	states := func() map[int64]namets.TargetState {
		t.Helper()
		got, err := o.TargetStates(t.Context())
		o.Must(err)
		return got
	}
	if got := states(); len(got) != 0 {
		t.Errorf("without deliveries: %+v", got)
	}
	h := o.putHook("k", nil)
	began := o.At
	var ids []int64
	for range 3 {
		id, err := o.QueuePing(t.Context(), By())
		o.Must(err)
		ids = append(ids, id)
		o.Step(time.Minute)
	}
	for _, id := range ids[1:] { // to the hook
		_, err := o.SQL().ExecContext(t.Context(), "update deliveries set hook_id = $1 where id = $2", h.ID, id)
		o.Must(err)
		_, err = o.SQL().ExecContext(t.Context(), `update delivery_counts set n = n - 1 where hook_id = 0`)
		o.Must(err)
		_, err = o.SQL().ExecContext(t.Context(), `insert into delivery_counts (state, failing, hook_id, n)
			values ('pending', $2, $1, 1)
			on conflict (state, failing, hook_id) do update set n = delivery_counts.n + 1`,
			h.ID, false)
		o.Must(err)
	}
	want := map[int64]namets.TargetState{
		0:    {Pending: 1, OldestPending: began},
		h.ID: {Hook: h.ID, Pending: 2, OldestPending: began.Add(time.Minute)},
	}
	if diff := cmp.Diff(want, states()); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
	failed := &namets.Attempt{At: o.At, Status: 500, Error: "answered 500"}
	for _, id := range ids[:2] {
		o.Must(o.RecordOutcomes(t.Context(), []namets.Outcome{{ID: id, State: namets.Pending, Next: o.At.Add(time.Hour),
			Attempt: failed}}))
	}
	want[0] = namets.TargetState{Pending: 1, Waiting: 1, OldestPending: began, LastAttempt: failed}
	want[h.ID] = namets.TargetState{Hook: h.ID, Pending: 2, Waiting: 1, OldestPending: began.Add(time.Minute),
		LastAttempt: failed}
	if diff := cmp.Diff(want, states()); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
	o.Must(o.RecordOutcomes(t.Context(), []namets.Outcome{{ID: ids[0], State: namets.Dead, Attempt: failed}}))
	want[0] = namets.TargetState{Dead: 1, LastAttempt: failed}
	if diff := cmp.Diff(want, states()); diff != "" {
		t.Errorf("dead (-want +got):\n%s", diff)
	}
}
