package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store"
)

// watched is a database whose heartbeats are recorded every minute, as serve does. The consumer "c"
// belongs to the token, the hooks to it and to the shared one.
type watched struct {
	*Outbox
	token       int64
	own, shared namets.Hook
}

func (su suite) watched(t *testing.T) *watched {
	o := su.outbox(t)
	w := &watched{Outbox: o, token: o.addToken("n8n", 1, nil)}
	spec := namets.HookSpec{URL: "https://n8n.example/x", Events: []namets.EventType{namets.TypeN8NSilent}}
	spec.Fill()
	var err error
	w.own, _, err = o.PutHook(t.Context(), By(), w.token, "own", spec)
	o.Must(err)
	w.shared, _, err = o.PutHook(t.Context(), By(), 0, "shared", spec)
	o.Must(err)
	_, _, err = o.PutConsumer(t.Context(), By(), w.token, "c", namets.ConsumerSpec{
		Topics: []namets.Topic{namets.TopicPatrons}, Start: namets.StartNow, Lease: time.Minute, Before: time.Hour})
	o.Must(err)
	o.Must(o.RecordHeartbeats(t.Context(), false))
	return w
}

// ask lets the consumer ask for changes.
func (w *watched) ask() {
	w.T.Helper()
	_, err := w.NextChanges(w.T.Context(), w.token, "c", 1, anyTopic)
	w.Must(err)
}

// read lets something read a path.
func (w *watched) read() { w.SawPath("/api/subscribers/") }

// minutes lets n minutes pass; each begins with the acts.
func (w *watched) minutes(n int, acts ...func()) {
	w.T.Helper()
	for range n {
		for _, act := range acts {
			act()
		}
		w.Step(store.HeartbeatInterval)
		w.Must(w.RecordHeartbeats(w.T.Context(), false))
	}
}

// wantAlerts checks which alerts the hook gets now; each is a part of one.
func (w *watched) wantAlerts(when string, h namets.Hook, parts ...string) {
	w.T.Helper()
	claims := w.hookClaims(h.ID)
	if len(claims) != len(parts) {
		w.T.Errorf("%s: %d alerts, want %d", when, len(claims), len(parts))
	}
	for i, c := range claims {
		if row := string(c.Content.Row(nil)); i < len(parts) && !strings.Contains(row, parts[i]) {
			w.T.Errorf("%s: %s, want %s in it", when, row, parts[i])
		}
		w.answer(c, 200)
	}
}

// late returns who is late.
func (w *watched) late() (who []string) {
	w.T.Helper()
	list, err := w.Pollers(w.T.Context())
	w.Must(err)
	for _, p := range list {
		if p.Late {
			who = append(who, p.Consumer+p.Path)
		}
		if p.Path == "" && p.TokenID != w.token {
			w.T.Errorf("the consumer of the token %d: %+v", w.token, p)
		}
	}
	return who
}

// wantLate checks who is late; names are separated by blanks.
func (w *watched) wantLate(when, want string) {
	w.T.Helper()
	if got := strings.Join(w.late(), " "); got != want {
		w.T.Errorf("%s: late are %q, want %q", when, got, want)
	}
	list, err := w.Consumers(w.T.Context())
	w.Must(err)
	if len(list) == 1 && list[0].Late != strings.Contains(" "+want, " c") {
		w.T.Errorf("%s: %+v", when, list)
	}
}

func (su suite) TestHeartbeats_alertOncePerSilence(t *testing.T) {
	w := su.watched(t)
	w.minutes(5, w.ask)
	w.minutes(20)
	w.wantLate("after four intervals", "")
	w.minutes(6, w.ask)
	list, err := w.ConsumersOf(t.Context(), w.token)
	if w.Must(err); len(list) != 1 || list[0].Usual != time.Minute || list[0].Late {
		t.Fatalf("after six intervals: %+v", list)
	}
	w.minutes(2)
	w.wantLate("for three minutes", "")
	w.minutes(1)
	w.wantLate("for four minutes", "c")
	w.minutes(20)
	w.wantAlerts("a silence", w.shared, `"about":"c","message":"The consumer c is late: it usually asks every minute`)
	w.wantAlerts("a silence of its own token", w.own)
	w.ask()
	w.wantLate("it asks again", "")
	w.minutes(1)
	w.wantLate("it asked again", "")
	w.minutes(4)
	w.wantLate("it is silent again", "c")
	w.wantAlerts("another silence", w.shared, `"about":"c"`)
}

func (su suite) TestHeartbeats_knowWhoReadsAPath(t *testing.T) {
	w := su.watched(t)
	w.minutes(6, w.ask, w.read)
	w.minutes(4, w.ask)
	w.wantLate("nobody reads it", "/api/subscribers/")
	const text = "Nothing reads /api/subscribers/ any more: it was usually read every minute"
	w.wantAlerts("of the shared token", w.shared, text)
	w.wantAlerts("of the shared token", w.own, text)
}

func (su suite) TestHeartbeats_surviveARestart(t *testing.T) {
	for _, crash := range []bool{false, true} {
		w := su.watched(t)
		w.minutes(6, w.ask)
		w.minutes(1)
		if !crash {
			w.Must(w.RecordHeartbeats(t.Context(), true))
		}
		w.Must(w.DB.Close())
		w.Step(24 * time.Hour)
		w.Open()
		w.Must(w.RecordHeartbeats(t.Context(), false))
		w.minutes(1)
		w.wantLate("namets did not run", "")
		w.minutes(2)
		w.wantLate("it is silent since the start, too", "c")
		w.wantAlerts("after a restart", w.shared, `"about":"c"`)
		w.ask()
		w.minutes(1)
		if list, err := w.Pollers(t.Context()); err != nil || list[0].Usual != time.Minute || list[0].Late {
			t.Errorf("crash %t: after the restart: %+v, %v", crash, list, err)
		}
	}
}

func (su suite) TestHeartbeats_doNotCountASuspension(t *testing.T) {
	w := su.watched(t)
	w.minutes(6, w.ask)
	w.Step(time.Hour)
	w.Must(w.RecordHeartbeats(t.Context(), false))
	w.minutes(2)
	w.wantLate("the process was suspended", "")
	w.minutes(1)
	w.wantLate("the process goes on", "c")
}

func (su suite) TestHeartbeats_noticeASilenceAfterTheClockWasSetBack(t *testing.T) {
	for _, asking := range []bool{false, true} {
		w := su.watched(t)
		w.minutes(6, w.ask)
		w.Step(-24 * time.Hour)
		if asking {
			w.minutes(6, w.ask)
		} else {
			w.Must(w.RecordHeartbeats(t.Context(), false))
		}
		w.minutes(2)
		w.wantLate("soon after the clock was set back", "")
		w.minutes(2)
		w.wantLate("three intervals later", "c")
		w.wantAlerts("a silence", w.shared, `"about":"c"`)
	}
}

func (su suite) TestHeartbeats_forgetAConsumerThatIsGone(t *testing.T) {
	w := su.watched(t)
	w.minutes(6, w.ask)
	w.ask()
	w.Must(w.DeleteConsumer(t.Context(), By(), w.token, "c"))
	w.minutes(10)
	w.wantLate("it is deleted", "")
	w.wantAlerts("it is deleted", w.shared)
	if list, err := w.Pollers(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func (su suite) TestHeartbeats_endWithTheToken(t *testing.T) {
	w := su.watched(t)
	w.minutes(6, w.ask)
	w.Must(w.RevokeAPIToken(t.Context(), By(), w.token))
	w.minutes(10)
	w.wantAlerts("the token has ended", w.shared)
}

func (su suite) TestHeartbeats_keepWhatCannotBeRecorded(t *testing.T) {
	w := su.watched(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 6 {
		w.ask()
		w.Step(time.Minute)
		if err := w.RecordHeartbeats(ended, false); err == nil {
			t.Fatal("recorded")
		}
	}
	w.ask()
	w.Must(w.RecordHeartbeats(t.Context(), false))
	if list, err := w.Pollers(t.Context()); err != nil || len(list) != 1 || list[0].Usual != time.Minute {
		t.Errorf("%+v, %v", list, err)
	}
}

func (su suite) TestHeartbeats_areWrittenOnlyIfNeeded(t *testing.T) {
	w := su.watched(t)
	until := func() (us int64) {
		w.Must(w.SQL().QueryRowContext(t.Context(), `select coalesce(max(until), 0) from heartbeat_watch`).Scan(&us))
		return us
	}
	w.minutes(20)
	if got := until(); got != 0 {
		t.Errorf("written at %d although nobody has ever asked", got)
	}
	w.minutes(1, w.ask)
	first := until()
	w.minutes(9)
	if got := until(); got != first || got == 0 {
		t.Errorf("written at %d and at %d", first, got)
	}
	w.minutes(1)
	if got := until(); got != w.At.UnixMicro() {
		t.Errorf("written at %d, not after ten minutes", got)
	}
	w.Step(time.Second)
	w.Must(w.RecordHeartbeats(t.Context(), true))
	if got := until(); got != w.At.UnixMicro() {
		t.Errorf("written at %d, not at the end", got)
	}
}
