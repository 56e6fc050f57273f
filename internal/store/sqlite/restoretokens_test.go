package sqlite_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// addToken stores an API token with the hash.
func (o *outbox) addToken(name string, hash byte) int64 {
	o.T.Helper()
	id, err := o.CreateAPIToken(o.T.Context(), by(), namets.APIToken{Name: name, Hash: [32]byte{hash},
		Scopes: namets.AllScopes()})
	o.Must(err)
	return id
}

// accepted returns the names of the tokens that work by the first byte of their hashes.
func (o *outbox) accepted() map[byte]string {
	o.T.Helper()
	access, err := o.APIAccess(o.T.Context())
	o.Must(err)
	names := map[byte]string{}
	for _, t := range access.Tokens {
		names[t.Hash[0]] = t.Name
	}
	return names
}

func TestRestore_returnsNoRevokedAPIToken(t *testing.T) {
	o := newOutbox(t)
	ctx := t.Context()
	o.addToken("kept", 1)
	revoked, replaced := o.addToken("revoked", 2), o.addToken("replaced", 3)
	spec := namets.HookSpec{URL: "https://n8n.example.org/webhook/1", Events: []namets.EventType{namets.AnyEvent}}
	spec.Fill()
	_, _, err := o.PutHook(ctx, by(), revoked, "k", spec)
	o.Must(err)
	path := o.backup()
	o.Must(o.RevokeAPIToken(ctx, by(), revoked))
	o.Must(o.ReplaceAPIToken(ctx, by(), replaced, [32]byte{4}))
	o.addToken("new", 5)
	o.Must(o.LetSharedTokenWrite(ctx, by(), false))

	report := o.restore(path, false)
	want := []string{"revoked api_tokens 2 revoked", "replaced api_tokens 3 replaced", "gone api_tokens 4 new"}
	if diff := cmp.Diff(want, lines(report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[byte]string{1: "kept", 4: "replaced"}, o.accepted()); diff != "" {
		t.Errorf("the tokens that work (-want +got):\n%s", diff)
	}
	if access, err := o.APIAccess(ctx); err != nil || access.SharedMayWrite {
		t.Errorf("the shared token may write again: %v", err)
	}
	if h, err := o.HookByKey(ctx, revoked, "k"); err != nil || h.PausedAt == nil {
		t.Errorf("the hook of the revoked token is not paused (%v)", err)
	}
	if id := o.addToken("next", 6); id != 5 {
		t.Errorf("a new token has the id %d of another one", id)
	}
}

func TestRestore_saysWhichAPITokensNobodyCanCheck(t *testing.T) {
	o := newOutbox(t)
	revoked := o.addToken("revoked", 1)
	path := o.backup()
	o.Must(o.RevokeAPIToken(t.Context(), by(), revoked))
	if report := o.restore(path, true); report.TokensAsInBackup != 1 {
		t.Errorf("the report has %d tokens as in the backup", report.TokensAsInBackup)
	}
}

func TestRestore_endsATokenOnBothBranches(t *testing.T) {
	o := newOutbox(t)
	first := o.addToken("first", 1)
	root := o.backup()
	o.Must(o.LetSharedTokenWrite(t.Context(), by(), false)) // a change that the other branch does not know
	branch := o.backup()
	o.restore(root, true)
	o.Step(time.Hour)
	o.addToken("another", 2)
	o.Must(o.RevokeAPIToken(t.Context(), by(), first))
	report := o.restore(branch, false)
	if report.Compared != namets.OtherBranch {
		t.Fatalf("the databases are compared as %q", report.Compared)
	}
	if got := o.accepted(); len(got) != 0 {
		t.Errorf("%v work", got)
	}
}
