package rotation_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e"
	"namets/internal/namets"
	"namets/internal/rotation"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/token"
	"namets/internal/token/vault"
)

const firstToken = "the-first-token-of-the-test"

// world is a namets that reads its token from a file and keeps its history in a database.
type world struct {
	path   string
	db     *sqlite.DB
	source *token.Source
	steps  []rotation.Outcome
}

func newWorld(t *testing.T, overlap time.Duration) *world {
	t.Helper()
	w := &world{path: filepath.Join(t.TempDir(), "token"), db: sqlitetest.Open(t, sqlite.Config{})}
	if err := os.WriteFile(w.path, []byte(firstToken), 0o600); err != nil {
		t.Fatal(err)
	}
	w.serve(t, revocable{token.NewFile(w.path), w.db}, overlap)
	return w
}

func (w *world) serve(t *testing.T, provider token.Provider, overlap time.Duration) {
	t.Helper()
	w.source = token.New(token.Config{Provider: provider, Name: "file", Overlap: overlap})
	if err := w.source.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// revocable is the provider that ends the overlap when the database says so, as serve does.
type revocable struct {
	token.Provider
	db *sqlite.DB
}

func (r revocable) Fetch(ctx context.Context) (token.Set, error) {
	set, err := r.Provider.Fetch(ctx)
	if fingerprint, dbErr := r.db.RevokedBefore(ctx); dbErr == nil && fingerprint == set.Token.Fingerprint() {
		set.RevokePrevious = true
	}
	return set, err
}

// Reload and Status make the world what serves.
func (w *world) Reload(ctx context.Context) error {
	_ = w.source.Refresh(ctx)
	return nil
}

func (w *world) Status(context.Context) (token.Status, error) { return w.source.Status(), nil }

// options are those of a rotation of the file by a command.
func (w *world) options() rotation.Options {
	return rotation.Options{
		By: namets.Actor{Kind: namets.Command, Name: "amina"}, Reason: "by hand in a test", Source: "file",
		Rotator: token.NewFileRotator(w.path), History: w.db, Wait: 200 * time.Millisecond,
		Serving: func(context.Context) (rotation.Serving, error) { return w, nil },
		Reached: func(r rotation.Result) { w.steps = append(w.steps, r.Outcome) },
	}
}

// answers returns what the namets makes of a request with the token.
func (w *world) answers(value string) string { return w.source.Check([]string{value}).Reason() }

// rotator is a place that answers err; write is what it does before.
type rotator struct {
	err   error
	write func(next secret.Value) error
}

func (r rotator) Rotate(_ context.Context, next secret.Value, _ token.RotateOptions) (token.Rotation, error) {
	if r.write != nil {
		if err := r.write(next); err != nil {
			return token.Rotation{}, err
		}
	}
	return token.Rotation{}, r.err
}

// unreachable is a namets in another container.
type unreachable struct{ *world }

func (unreachable) Reload(context.Context) error {
	return fmt.Errorf("elsewhere: %w", rotation.ErrUnreachable)
}

// credential is the place in n8n. Verify asks the world, as a call of n8n does.
type credential struct {
	w                *world
	holds            string
	pushed, verified error
}

func (c *credential) Push(_ context.Context, next secret.Value) error {
	if c.pushed == nil {
		c.holds = next.Reveal()
	}
	return c.pushed
}

func (c *credential) Verify(context.Context, secret.Value) error {
	if c.verified == nil && c.w.answers(c.holds) != "allowed" {
		return errors.New("n8n is refused")
	}
	return c.verified
}

func TestRotate_endsInEachOutcome(t *testing.T) {
	unclear := fmt.Errorf("%w: write: %w", token.ErrUnavailable, token.ErrUncertain)
	broken := errors.New("broken")
	const written, inForce, pushed = rotation.Written, rotation.InForce, rotation.Pushed
	for _, tt := range []struct {
		name   string
		change func(w *world, o *rotation.Options)
		want   rotation.Outcome
		err    error
		steps  []rotation.Outcome
	}{
		{"the place refuses", func(w *world, o *rotation.Options) { o.Rotator = token.NewFileRotator(w.path + "x") },
			rotation.NotWritten, token.ErrConfig, nil},
		{"an unclear answer", func(_ *world, o *rotation.Options) { o.Rotator = rotator{err: unclear} },
			rotation.Uncertain, token.ErrUncertain, nil},
		{"an unclear answer, and nobody serves", func(_ *world, o *rotation.Options) {
			o.Rotator = rotator{err: unclear}
			o.Serving = func(context.Context) (rotation.Serving, error) { return nil, nil }
		}, rotation.Uncertain, token.ErrUncertain, nil},
		{"an unclear answer to what was written", func(w *world, o *rotation.Options) {
			write := func(next secret.Value) error { return token.RotateFile(w.path, next) }
			o.Rotator = rotator{err: unclear, write: write}
		}, inForce, nil, []rotation.Outcome{written, inForce}},
		{"another place than the namets reads", func(_ *world, o *rotation.Options) { o.Rotator = rotator{} },
			written, rotation.ErrNotInForce, []rotation.Outcome{written}},
		{"a data directory that cannot be used", func(_ *world, o *rotation.Options) {
			o.Serving = func(context.Context) (rotation.Serving, error) { return nil, broken }
		}, written, broken, []rotation.Outcome{written}},
		{"nobody serves", func(_ *world, o *rotation.Options) {
			o.Serving = func(context.Context) (rotation.Serving, error) { return nil, nil }
		}, rotation.Unserved, nil, []rotation.Outcome{written, rotation.Unserved}},
		{"another container", func(w *world, o *rotation.Options) {
			o.Serving = func(context.Context) (rotation.Serving, error) { return unreachable{w}, nil }
		}, rotation.Unreachable, nil, []rotation.Outcome{written, rotation.Unreachable}},
		{"without n8n", func(*world, *rotation.Options) {}, inForce, nil, []rotation.Outcome{written, inForce}},
		{"n8n does not take it", func(w *world, o *rotation.Options) { o.N8N = &credential{w: w, pushed: broken} },
			rotation.NotPushed, broken, []rotation.Outcome{written, inForce, rotation.NotPushed}},
		{"n8n is refused", func(w *world, o *rotation.Options) { o.N8N = &credential{w: w, verified: broken} },
			pushed, broken, []rotation.Outcome{written, inForce, pushed}},
		{"nobody to try", func(w *world, o *rotation.Options) {
			o.N8N = &credential{w: w, verified: rotation.ErrUntried}
		}, pushed, nil, []rotation.Outcome{written, inForce, pushed}},
		{"all", func(w *world, o *rotation.Options) { o.N8N = &credential{w: w} }, rotation.Verified, nil,
			[]rotation.Outcome{written, inForce, pushed, rotation.Verified}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, 0)
			o := w.options()
			tt.change(w, &o)
			result, err := rotation.Rotate(t.Context(), o)
			if result.Outcome != tt.want || !errors.Is(err, tt.err) || (tt.err == nil) != (err == nil) {
				t.Errorf("outcome %d, error %v; want %d, %v", result.Outcome, err, tt.want, tt.err)
			}
			if !slices.Equal(w.steps, tt.steps) {
				t.Errorf("steps %v, want %v", w.steps, tt.steps)
			}
			isWritten := tt.want >= rotation.Written
			if result.Token.IsZero() == isWritten {
				t.Errorf("token %s", result.Token.Fingerprint())
			}
			if rows := audit(t, w.db); isWritten != (len(rows) == 1) {
				t.Errorf("audit %q", rows)
			} else if isWritten && (!strings.Contains(rows[0], "amina") ||
				!strings.Contains(rows[0], result.Token.Fingerprint())) {
				t.Errorf("audit %q does not say who made what", rows[0])
			}
			if accepted := w.answers(result.Token.Reveal()) == "allowed"; accepted != (tt.want >= inForce) {
				t.Errorf("accepted: %v", accepted)
			}
		})
	}
}

// audit returns the audit rows of rotations.
func audit(t *testing.T, db *sqlite.DB) (rows []string) {
	t.Helper()
	entries, err := db.Activity(t.Context(), namets.AuditFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if row := fmt.Sprintf("%+v", e); strings.Contains(row, "by hand in a test") {
			rows = append(rows, row)
		}
	}
	return rows
}

func TestRotate_refusesTheTokenBeforeAtOnceOrAfterTheOverlap(t *testing.T) {
	w := newWorld(t, time.Hour)
	o := w.options()
	first, err := rotation.Rotate(t.Context(), o)
	if err != nil || first.Status.OverlapEnd.IsZero() || w.answers(firstToken) != "allowed" {
		t.Errorf("%v: %s until %s", err, w.answers(firstToken), first.Status.OverlapEnd)
	}
	o.Now = true
	second, err := rotation.Rotate(t.Context(), o)
	if err != nil || second.Unrevoked != nil || !second.Status.OverlapEnd.IsZero() ||
		w.answers(first.Token.Reveal()) == "allowed" || w.answers(second.Token.Reveal()) != "allowed" {
		t.Errorf("%v, %v: the one before: %s", err, second.Unrevoked, w.answers(first.Token.Reveal()))
	}
	if rows := audit(t, w.db); len(rows) != 2 || !strings.Contains(rows[0]+rows[1], "refused at once") {
		t.Errorf("audit %q", rows)
	}
}

func TestRotate_saysThatTheTokenBeforeIsStillAccepted(t *testing.T) {
	w := newWorld(t, time.Hour)
	w.serve(t, token.NewFile(w.path), time.Hour) // nobody tells it what the database says
	o := w.options()
	o.Now = true
	result, err := rotation.Rotate(t.Context(), o)
	if err != nil || result.Outcome != rotation.InForce || !errors.Is(result.Unrevoked, rotation.ErrStillAccepted) {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestRotate_goesOnWithoutItsDatabase(t *testing.T) {
	w := newWorld(t, 0)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	o := w.options()
	o.Now = true
	result, err := rotation.Rotate(t.Context(), o)
	if err != nil || result.Outcome != rotation.InForce || result.Unrevoked == nil || result.Unrecorded == nil {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestRotate_inVault(t *testing.T) {
	server := e2e.Vault(t, e2e.VaultOptions{})
	provider, err := vault.New(vault.Config{Address: server.Addr, KVPath: "secret/namets",
		Token: secret.New(server.RootToken)})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: sqlitetest.Open(t, sqlite.Config{})}
	if _, err := provider.Rotate(t.Context(), secret.New(firstToken), token.RotateOptions{}); err != nil {
		t.Fatal(err)
	}
	w.serve(t, provider, time.Hour)
	o := w.options()
	o.Rotator, o.Now, o.N8N, o.Wait = provider, true, &credential{w: w}, 10*time.Second
	result, err := rotation.Rotate(t.Context(), o)
	if err != nil || result.Outcome != rotation.Verified || !result.Written.Alone || result.Written.Version == "" ||
		w.answers(firstToken) == "allowed" {
		t.Errorf("%+v, %v: the one before: %s", result, err, w.answers(firstToken))
	}
	server.Stop()
	if result, err := rotation.Rotate(t.Context(), o); result.Outcome != rotation.NotWritten ||
		!errors.Is(err, token.ErrUnavailable) {
		t.Errorf("without Vault: %d, %v", result.Outcome, err)
	}
}
