package token_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/internal/e2e/harness"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/token"
)

func TestServe_keepsAnOverlapAndTheProofOfUseAcrossRestarts(t *testing.T) {
	next := token.Generate().Reveal()
	env := harness.NewEnvironment(t, "TOKEN_OVERLAP", "10m")
	for _, run := range []struct {
		secret, overlap string
		want            map[string]int // token → status
	}{
		{harness.APIToken, "10m", map[string]int{harness.APIToken: 200, next: 403}},
		{next, "10m", map[string]int{harness.APIToken: 200, next: 200}},
		{next, "10m", map[string]int{harness.APIToken: 200, next: 200}},
		{next, "0s", map[string]int{harness.APIToken: 403, next: 200}},
	} {
		env["N8N_API_TOKEN"], env["TOKEN_OVERLAP"] = run.secret, run.overlap
		s := harness.StartServe(t, env)
		for secret, want := range run.want {
			if got := s.StatusWith(t, secret); got != want {
				t.Errorf("with %s in force and overlap %s, a request with %s got status %d, want %d", run.secret,
					run.overlap, secret, got, want)
			}
		}
		if _, err := s.End(t); err != nil {
			t.Fatal(err)
		}
	}
	status, err := sqlite.ReadTokenStatus(t.Context(), filepath.Join(env["DATA_DIR"], "namets.db"))
	if err != nil {
		t.Fatal(err)
	}
	type use struct {
		Role        token.Role
		Fingerprint string
		Requests    int64
		Address     string
		HasDigest   bool
	}
	var got []use
	for _, g := range status.Generations {
		got = append(got, use{g.Role, g.Fingerprint, g.Requests, g.LastAddress, !g.Digest.IsZero()})
	}
	want := []use{
		{token.Current, secret.New(next).Fingerprint(), 3, "127.0.0.1", true},
		{token.Retired, secret.New(harness.APIToken).Fingerprint(), 3, "127.0.0.1", false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("use (-want +got):\n%s", diff)
	}
	changes := sqlitetest.TokenActions(t, env["DATA_DIR"])
	if want := []string{"loaded", "rotated", "overlap_ended"}; !slices.Equal(changes, want) {
		t.Errorf("audit rows %v, want %v", changes, want)
	}
}
