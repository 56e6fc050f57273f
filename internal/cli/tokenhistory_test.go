package cli

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

// statusWith asks for a path with a token and returns the status.
func (s *service) statusWith(t *testing.T, secret string) int {
	t.Helper()
	return s.do(t, http.MethodGet, "/api/subscribers/", "X-N8N-Token", secret).status
}

func TestServe_keepsAnOverlapAndTheProofOfUseOverRestarts(t *testing.T) {
	next := token.Generate().Reveal()
	env := testEnvironment(t, "TOKEN_OVERLAP", "10m")
	for _, run := range []struct {
		secret, overlap string
		want            map[string]int // token → status
	}{
		{testToken, "10m", map[string]int{testToken: 200, next: 403}},
		{next, "10m", map[string]int{testToken: 200, next: 200}},
		{next, "10m", map[string]int{testToken: 200, next: 200}},
		{next, "0s", map[string]int{testToken: 403, next: 200}},
	} {
		env["N8N_API_TOKEN"], env["TOKEN_OVERLAP"] = run.secret, run.overlap
		s := startServe(t, env)
		for secret, want := range run.want {
			if got := s.statusWith(t, secret); got != want {
				t.Errorf("with %s in force and overlap %s, a request with %s is answered %d, want %d", run.secret,
					run.overlap, secret, got, want)
			}
		}
		if _, err := s.end(t); err != nil {
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
		{token.Retired, secret.New(testToken).Fingerprint(), 3, "127.0.0.1", false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("use (-want +got):\n%s", diff)
	}
	changes := auditActions(t, env["DATA_DIR"])
	if want := []string{"loaded", "rotated", "overlap_ended"}; !slices.Equal(changes, want) {
		t.Errorf("audit rows %v, want %v", changes, want)
	}
}

// auditActions returns what the audit says of the token, the oldest first.
func auditActions(t *testing.T, dataDir string) []string {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dataDir, "namets.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `select action from audit where entity = 'token' order by id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var action string
		if err := rows.Scan(&action); err != nil {
			t.Fatal(err)
		}
		all = append(all, action)
	}
	return all
}
