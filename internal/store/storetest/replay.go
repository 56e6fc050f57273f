package storetest

import (
	"testing"
	"time"

	"namets/internal/namets"
)

// claimOf queues and claims what is due for a hook.
func (o *Outbox) claimOf(hook int64) []namets.Claim {
	o.T.Helper()
	for more := true; more; {
		var err error
		more, err = o.QueueDue(o.T.Context())
		o.Must(err)
	}
	claims, _, err := o.RecordAndClaim(o.T.Context(), nil, []namets.ClaimLimits{{Hook: hook, Rest: 1000}}, time.Minute)
	o.Must(err)
	return claims
}

func (su suite) TestReplayHook_repeatsWhatIsDone(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	leaves := o.AddSubscriber("leaves@example.org")
	h := o.putHook("k", func(s *namets.HookSpec) { s.Events = []namets.EventType{"announcement.published"} })
	finish := func(state namets.DeliveryState) {
		for _, c := range o.claimOf(h.ID) {
			o.Must(o.RecordOutcomes(t.Context(), []namets.Outcome{{ID: c.ID, State: state, Recipients: c.Recipients,
				Next: o.At.Add(time.Hour), Attempt: &namets.Attempt{At: o.At, Status: 500, Error: "answered 500"}}}))
		}
	}
	queued := map[namets.DeliveryState]namets.Announcement{}
	for _, state := range []namets.DeliveryState{namets.Delivered, namets.Dead, namets.Pending} {
		queued[state] = o.AddAnnouncement(namets.Announcement{Title: string(state), PublishAt: o.At, IsActive: true,
			SendEmail: true})
		finish(state)
	}
	withdrawn := o.AddAnnouncement(namets.Announcement{PublishAt: o.At, IsActive: true, SendEmail: true})
	finish(namets.Delivered)
	withdrawn.IsActive = false
	o.Save(withdrawn)
	o.Must(o.DeleteSubscriber(t.Context(), By(), leaves))
	replay := func(want namets.Replay) {
		t.Helper()
		got, err := o.ReplayHook(t.Context(), By(), h.ID, Now())
		o.Must(err)
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	replay(namets.Replay{Queued: 2, LeftOut: 1})
	replay(namets.Replay{LeftOut: 1})
	repeated := map[string]bool{}
	for _, c := range o.claimOf(h.ID) {
		d, _, err := o.DB.Delivery(t.Context(), c.ID)
		o.Must(err)
		if d.ResendOf != 0 {
			repeated[d.Subject] = true
			if d.Recipients != 1 || c.Recipients != 1 {
				t.Errorf("%s goes to %d people", d.Subject, c.Recipients)
			}
		}
	}
	if len(repeated) != 2 || !repeated["delivered"] || !repeated["dead"] {
		t.Errorf("repeated: %v", repeated)
	}
	o.wantAudit("replay k", "replay k", "create k")
	for _, since := range []time.Time{o.At.Add(time.Second), o.At.Add(-7*24*time.Hour - time.Second)} {
		_, err := o.ReplayHook(t.Context(), By(), h.ID, since)
		WantCode(t, "since "+since.String(), err, namets.Invalid, "since")
	}
	_, err := o.ReplayHook(t.Context(), By(), 99, o.At)
	WantCode(t, "of none", err, namets.NotFound, "")
}

func (su suite) TestReplayHook_isBounded(t *testing.T) {
	o := su.outbox(t)
	h := o.putHook("k", nil)
	_, err := o.SQL().ExecContext(t.Context(), `
		insert into deliveries (webhook_id, kind, entity, entity_id, state, recipients, created_at, finished_at,
			hook_id)
		with recursive n (i) as (select 1 union all select i + 1 from n where i < 1001)
		select 'msg_' || i, 'admin_message', '', 0, 'delivered', 0, $1, $1, $2 from n`, o.At.UnixMicro(), h.ID)
	o.Must(err)
	_, err = o.ReplayHook(t.Context(), By(), h.ID, o.At)
	WantCode(t, "1,001", err, namets.Invalid, "since")
}
