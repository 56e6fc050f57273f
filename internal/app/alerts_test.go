package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/token"
)

// alerted is a database with a hook that wants one type.
type alerted struct {
	*testing.T
	db   *sqlite.DB
	hook int64
}

func newAlerted(t *testing.T, wanted namets.EventType) alerted {
	t.Helper()
	db := sqlitetest.Open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "namets.db")})
	h, _, err := db.PutHook(t.Context(), namets.Actor{Kind: namets.System}, 0, "alerts",
		namets.HookSpec{URL: "https://n8n.example/x", Events: []namets.EventType{wanted}, Ack: namets.AckStatus})
	if err != nil {
		t.Fatal(err)
	}
	return alerted{t, db, h.ID}
}

// want checks what the hook gets now, in the order of queueing; each is a part of a row. The hook
// accepts it.
func (a alerted) want(when string, parts ...string) {
	a.Helper()
	claims, _, err := a.db.RecordAndClaim(a.Context(), nil, []namets.ClaimLimits{{Hook: a.hook, Urgent: 9, Rest: 9}},
		time.Minute)
	if err != nil {
		a.Fatal(err)
	}
	if len(claims) != len(parts) {
		a.Fatalf("%s: %d webhooks, want %d", when, len(claims), len(parts))
	}
	for i, c := range claims {
		row := c.Content.Row(nil)
		if !bytes.Contains(row, []byte(parts[i])) || bytes.Contains(row, []byte("192.0.2.")) {
			a.Errorf("%s: %s", when, row)
		}
		err := a.db.RecordOutcomes(a.Context(), []namets.Outcome{{ID: c.ID, State: namets.Delivered}})
		if err != nil {
			a.Fatal(err)
		}
	}
}

func TestBackupFailure_isToldToHooks(t *testing.T) {
	hooks := newAlerted(t, namets.TypeBackupFailed)
	app := &App{db: hooks.db, log: slog.New(slog.DiscardHandler)}
	app.alertOfBackup(t.Context())
	hooks.want("after a failure", "The daily backup failed.")
}

func TestSecurityWatch_tellsHooksOncePerStart(t *testing.T) {
	hooks := newAlerted(t, namets.TypeSecurityAlert)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	old := token.Generation{Role: token.Retired, RefusedSince: 3, LastAddress: "192.0.2.7"}
	guessing, broken := false, false
	w := &securityWatch{now: func() time.Time { return now },
		token: func() token.Status {
			return token.Status{Generations: []token.Generation{{Role: token.Current, Requests: 8}, old}}
		},
		guessing: func(context.Context) (bool, error) { return guessing, nil },
		queue: func(ctx context.Context, alert namets.Notification) error {
			if broken {
				return errors.New("the disk is full")
			}
			return hooks.db.QueueAlert(ctx, alert)
		},
	}
	check := func() {
		t.Helper()
		now = now.Add(securityInterval)
		if err := w.check(t.Context()); (err != nil) != broken {
			t.Fatal(err)
		}
	}
	check()
	check()
	hooks.want("what a start finds")

	const ofToken, ofSignIn = `"about":"api-token"`, `"about":"sign-in"`
	old.RefusedSince, broken = 4, true
	check()
	broken = false
	check()
	hooks.want("a replaced token was sent, and the first alert could not be queued", ofToken)
	for range 5 {
		old.RefusedSince++
		check()
	}
	hooks.want("it is sent again and again")
	now = now.Add(oldTokenOver)
	check()
	old.RefusedSince++
	check()
	hooks.want("it is sent again after an hour without", ofToken)

	for _, guessing = range []bool{true, true, false, true} {
		check()
	}
	hooks.want("two attacks", ofSignIn, ofSignIn)
}
