package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// addToken stores a token that has all scopes.
func (o *Outbox) addToken(name string, hash byte, expires *time.Time) int64 {
	o.T.Helper()
	id, err := o.CreateAPIToken(o.T.Context(), By(), namets.APIToken{Name: name, Hash: [32]byte{hash},
		Scopes: namets.AllScopes(), ExpiresAt: expires})
	o.Must(err)
	return id
}

// working returns the names of the tokens that work, separated by blanks.
func (o *Outbox) working() string {
	o.T.Helper()
	access, err := o.APIAccess(o.T.Context())
	o.Must(err)
	var names []string
	for _, t := range access.Tokens {
		names = append(names, t.Name)
	}
	return strings.Join(names, " ")
}

// actsOnTokens returns the actions on tokens in the audit, oldest first.
func (o *Outbox) actsOnTokens() (acts []string) {
	o.T.Helper()
	list, err := o.Activity(o.T.Context(), namets.AuditFilter{Entity: namets.KindAPITokens})
	o.Must(err)
	for _, e := range list {
		acts = append([]string{e.Action + " " + e.Subject}, acts...)
	}
	return acts
}

func (su suite) TestAPITokens_areStoredAndShown(t *testing.T) {
	o := su.outbox(t)
	ctx, end := t.Context(), o.At.Add(time.Hour)
	want := namets.APIToken{Name: "n8n", Hash: [32]byte{1},
		Scopes: namets.Scopes{namets.ScopeContentRead, namets.ScopeHooks}, ExpiresAt: &end}
	id, err := o.CreateAPIToken(ctx, By(), want)
	o.Must(err)
	want.ID, want.CreatedAt, want.CreatedBy = id, o.At, By().Name
	for name, find := range map[string]func() (namets.APIToken, error){
		"by id":   func() (namets.APIToken, error) { return o.APIToken(ctx, id) },
		"by name": func() (namets.APIToken, error) { return o.APITokenByName(ctx, "N8N") },
	} {
		got, err := find()
		o.Must(err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	_, err = o.APIToken(ctx, id+1)
	wantOnlyCode(t, err, namets.NotFound)
	_, err = o.CreateAPIToken(ctx, By(), namets.APIToken{Name: "N8n", Hash: [32]byte{2}, Scopes: namets.ReadScopes()})
	wantOnlyCode(t, err, namets.Conflict)
	if diff := cmp.Diff([]string{"create n8n"}, o.actsOnTokens()); diff != "" {
		t.Errorf("the audit (-want +got):\n%s", diff)
	}
}

func (su suite) TestAPITokens_changeTheirGeneration(t *testing.T) {
	o := su.outbox(t)
	ctx, generation := t.Context(), o.Generation(namets.KindAPITokens)
	last := generation()
	changed := func(after string, want bool) {
		t.Helper()
		if now := generation(); (now != last) != want {
			t.Errorf("%s: changed is %v", after, !want)
		} else {
			last = now
		}
	}
	id := o.addToken("a", 1, nil)
	changed("create", true)
	o.Must(o.ReplaceAPIToken(ctx, By(), id, [32]byte{2}))
	changed("replace", true)
	o.Must(o.AddAPITokenUses(ctx, map[int64]namets.APITokenUse{id: {Count: 1, Last: &o.At}}))
	changed("use", false)
	o.Must(o.LetSharedTokenWrite(ctx, By(), false))
	changed("the shared token's rights", true)
	o.Must(o.LetSharedTokenWrite(ctx, By(), false))
	changed("the same rights", false)
	o.Must(o.RevokeAPIToken(ctx, By(), id))
	changed("revoke", true)
	o.Must(o.RevokeAPIToken(ctx, By(), id))
	changed("revoke again", false)
}

func (su suite) TestAPITokens_end(t *testing.T) {
	o := su.outbox(t)
	ctx, end := t.Context(), o.At.Add(time.Hour)
	kept, revoked := o.addToken("kept", 1, nil), o.addToken("revoked", 2, nil)
	expired := o.addToken("expires", 3, &end)
	o.Must(o.RevokeAPIToken(ctx, By(), revoked))
	if ended, err := o.EndExpiredAPITokens(ctx); ended || err != nil {
		t.Errorf("before its end: %v, %v", ended, err)
	}
	o.Step(2 * time.Hour)
	wantOnlyCode(t, o.ReplaceAPIToken(ctx, By(), expired, [32]byte{9}), namets.Conflict)
	if ended, err := o.EndExpiredAPITokens(ctx); !ended || err != nil {
		t.Errorf("after its end: %v, %v", ended, err)
	}
	if got := o.working(); got != "kept" {
		t.Errorf("%q work", got)
	}
	list, err := o.APITokens(ctx)
	o.Must(err)
	if len(list) != 3 || list[0].ID != kept || list[1].ID != expired || list[2].ID != revoked ||
		!list[1].EndedAt.Equal(end) {
		t.Errorf("got %+v", list)
	}
	wantOnlyCode(t, o.ReplaceAPIToken(ctx, By(), revoked, [32]byte{9}), namets.Conflict)
	wantOnlyCode(t, o.RevokeAPIToken(ctx, By(), 99), namets.NotFound)
	if _, err := o.APITokenByName(ctx, "revoked"); namets.CodeOf(err) != namets.NotFound {
		t.Errorf("an ended token by name: %v", err)
	}
	want := []string{"create kept", "create revoked", "create expires", "revoke revoked", "expire expires"}
	if diff := cmp.Diff(want, o.actsOnTokens()); diff != "" {
		t.Errorf("the audit (-want +got):\n%s", diff)
	}
}

func (su suite) TestAPITokens_pauseTheirHooksAtTheEnd(t *testing.T) {
	o := su.outbox(t)
	ctx, end := t.Context(), o.At.Add(time.Hour)
	tokens := map[string]int64{"revoked": o.addToken("revoked", 1, nil), "expired": o.addToken("expired", 2, &end),
		"kept": o.addToken("kept", 3, nil), "shared": 0}
	for _, id := range tokens {
		_, _, err := o.PutHook(ctx, By(), id, "k", hookSpec(nil))
		o.Must(err)
	}
	o.Must(o.RevokeAPIToken(ctx, By(), tokens["revoked"]))
	o.Must(o.ReplaceAPIToken(ctx, By(), tokens["kept"], [32]byte{9}))
	o.Step(time.Hour)
	_, err := o.EndExpiredAPITokens(ctx)
	o.Must(err)
	for name, id := range tokens {
		h, err := o.HookByKey(ctx, id, "k")
		o.Must(err)
		if want := name == "revoked" || name == "expired"; (h.PausedAt != nil) != want {
			t.Errorf("the hook of the %s token is paused: %v (%s)", name, !want, h.PausedReason)
		}
	}
}

// A request whose token was right when it began is carried out when its body has come.
func (su suite) TestAPITokens_leaveNothingAfterTheEnd(t *testing.T) {
	o := su.outbox(t)
	ctx, end := t.Context(), o.At.Add(time.Hour)
	consumer := namets.ConsumerSpec{Start: namets.StartNow, Topics: []namets.Topic{namets.TopicAnnouncements},
		Lease: time.Minute, Before: time.Hour}
	tokens := map[string]int64{"revoked": o.addToken("revoked", 1, nil), "expired": o.addToken("expired", 2, &end)}
	for _, id := range tokens {
		_, _, err := o.PutHook(ctx, By(), id, "k", hookSpec(nil))
		o.Must(err)
	}
	o.Must(o.RevokeAPIToken(ctx, By(), tokens["revoked"]))
	o.Step(time.Hour)
	for name, id := range tokens {
		for _, key := range []string{"k", "new"} {
			_, _, err := o.PutHook(ctx, By(), id, key, hookSpec(nil))
			WantCode(t, name+": hook "+key, err, namets.Forbidden, "")
		}
		_, _, err := o.PutConsumer(ctx, By(), id, "c", consumer)
		WantCode(t, name+": consumer", err, namets.Forbidden, "")
		hooks, err := o.HooksOf(ctx, id)
		o.Must(err)
		if len(hooks) != 1 || name == "revoked" && hooks[0].PausedAt == nil {
			t.Errorf("%s: %+v", name, hooks)
		}
		if consumers, err := o.ConsumersOf(ctx, id); len(consumers) != 0 || err != nil {
			t.Errorf("%s: %+v, %v", name, consumers, err)
		}
	}
}

func (su suite) TestAPITokens_closeTheirConsumersAtTheEnd(t *testing.T) {
	o := su.outbox(t)
	ctx, end := t.Context(), o.At.Add(time.Hour)
	tokens := map[string]int64{"revoked": o.addToken("revoked", 1, nil), "expired": o.addToken("expired", 2, &end),
		"kept": o.addToken("kept", 3, nil), "shared": 0}
	leases := map[string]string{}
	o.AddAnnouncement(namets.Announcement{PublishAt: o.At.Add(-time.Hour), IsActive: true})
	for name, id := range tokens {
		_, _, err := o.PutConsumer(ctx, By(), id, "c", namets.ConsumerSpec{Start: namets.StartBeginning,
			Topics: []namets.Topic{namets.TopicAnnouncements, namets.TopicPublished}, Lease: 2 * time.Hour})
		o.Must(err)
		out, err := o.NextChanges(ctx, id, "c", 1, anyTopic)
		o.Must(err)
		leases[name] = out.Lease
	}
	o.Must(o.RevokeAPIToken(ctx, By(), tokens["revoked"]))
	o.Must(o.ReplaceAPIToken(ctx, By(), tokens["kept"], [32]byte{9}))
	o.Step(time.Hour)
	_, err := o.EndExpiredAPITokens(ctx)
	o.Must(err)
	for _, name := range []string{"kept", "shared"} { // a new value takes neither the position nor the lease
		if out, err := o.NextChanges(ctx, tokens[name], "c", 9, anyTopic); len(out.Items) != 0 || err != nil {
			t.Errorf("%s: under the lease of another run: %+v, %v", name, out, err)
		}
		remaining, err := o.AckChanges(ctx, tokens[name], "c", leases[name])
		if o.Must(err); remaining != 1 {
			t.Errorf("%s: %d items remain, want 1", name, remaining)
		}
	}
	again := o.addToken("revoked", 4, nil) // begins without what the first one had
	for name, id := range map[string]int64{"revoked": tokens["revoked"], "expired": tokens["expired"], "again": again} {
		_, err := o.NextChanges(ctx, id, "c", 1, anyTopic)
		WantCode(t, name+": next", err, namets.NotFound, "")
		_, err = o.AckChanges(ctx, id, "c", leases[name])
		WantCode(t, name+": ack", err, namets.NotFound, "")
		_, err = o.ReleaseChanges(ctx, id, "c", leases[name])
		WantCode(t, name+": release", err, namets.NotFound, "")
		_, err = o.RewindConsumer(ctx, By(), id, "c", namets.Rewinding{})
		WantCode(t, name+": rewind", err, namets.NotFound, "")
	}
	o.wantConsumers(2)
}

// wantConsumers checks that so many consumers are stored, that no position and no lease of another
// one is left, and that the activity says who ended the others.
func (o *Outbox) wantConsumers(want int) {
	o.T.Helper()
	for table, column := range map[string]string{"consumers": "id", "consumer_topics": "consumer_id",
		"consumer_notices": "consumer_id"} {
		var n int
		o.Must(o.SQL().QueryRowContext(o.T.Context(),
			"select count(distinct "+column+") from "+table).Scan(&n))
		if n > want || table != "consumer_notices" && n != want {
			o.T.Errorf("%s: rows of %d consumers, want %d", table, n, want)
		}
	}
	var ended []string
	list, err := o.Activity(o.T.Context(), namets.AuditFilter{Entity: namets.KindConsumers})
	o.Must(err)
	for _, e := range list {
		if e.Action == "delete" {
			ended = append(ended, e.Subject+" by "+string(e.By.Kind))
		}
	}
	if diff := cmp.Diff([]string{"c by system", "c by " + string(By().Kind)}, ended); diff != "" {
		o.T.Errorf("the audit (-want +got):\n%s", diff)
	}
}

func (su suite) TestAPITokens_releaseTheirNameAtTheEnd(t *testing.T) {
	o := su.outbox(t)
	end := o.At.Add(time.Hour)
	o.addToken("expires", 1, &end)
	o.Must(o.RevokeAPIToken(t.Context(), By(), o.addToken("revoked", 2, nil)))
	o.Step(time.Hour)
	o.addToken("expires", 3, nil)
	o.addToken("revoked", 4, nil)
	if ended, err := o.RevokeAPITokens(t.Context(), By()); len(ended) != 2 || err != nil || o.working() != "" {
		t.Errorf("revoked %+v, %v; %q work", ended, err, o.working())
	}
}

func (su suite) TestAPITokens_countTheirUses(t *testing.T) {
	o := su.outbox(t)
	id := o.addToken("a", 1, nil)
	for range 2 {
		o.Step(time.Minute)
		o.Must(o.AddAPITokenUses(t.Context(), map[int64]namets.APITokenUse{
			id: {Count: 3, Last: &o.At, Address: "192.0.2.1", UserAgent: "n8n"}, 99: {Count: 1, Last: &o.At}}))
	}
	got, err := o.APIToken(t.Context(), id)
	o.Must(err)
	want := namets.APITokenUse{Count: 6, Last: &o.At, Address: "192.0.2.1", UserAgent: "n8n"}
	if diff := cmp.Diff(want, got.Used); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func (su suite) TestSharedToken_mayWriteInANewDatabase(t *testing.T) {
	o := su.outbox(t)
	for _, may := range []bool{true, false, true} {
		access, err := o.APIAccess(t.Context())
		o.Must(err)
		if access.SharedMayWrite != may {
			t.Errorf("it may write is %v, want %v", access.SharedMayWrite, may)
		}
		o.Must(o.LetSharedTokenWrite(t.Context(), By(), !may))
	}
	list, err := o.Activity(t.Context(), namets.AuditFilter{Entity: namets.KindToken})
	o.Must(err)
	if len(list) != 3 || list[0].Action != "forbid_writing_with" || list[1].Action != "allow_writing_with" {
		t.Errorf("the audit: %+v", list)
	}
}
