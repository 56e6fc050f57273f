package storetest

import (
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store"
)

// users is database for tests that need no other statements.
func (su suite) users(t *testing.T) *store.DB {
	t.Helper()
	db, _ := su.database(t)
	return db
}

func mustUser(t *testing.T, db *store.DB, name string, role namets.Role, hash string) int64 {
	t.Helper()
	id, err := db.CreateUser(t.Context(), namets.Actor{Kind: namets.System}, name, role, hash)
	must(t, err)
	return id
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantOnlyCode(t *testing.T, err error, code namets.Code) {
	t.Helper()
	if namets.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func (su suite) TestUsers_areUniqueWithoutRegardToLetterCase(t *testing.T) {
	db := su.users(t)
	if has, err := db.HasUsers(t.Context()); has || err != nil {
		t.Errorf("a new database has users: %v, %v", has, err)
	}
	mustUser(t, db, "Hauwa", namets.Editor, "hash")
	if has, err := db.HasUsers(t.Context()); !has || err != nil {
		t.Errorf("the database has no users: %v, %v", has, err)
	}
	_, err := db.CreateUser(t.Context(), namets.Actor{}, "HAUWA", namets.Viewer, "")
	wantOnlyCode(t, err, namets.Conflict)
	u, err := db.UserByName(t.Context(), "hauwa")
	if err != nil || u.Name != "Hauwa" || u.Role != namets.Editor || !u.HasPassword || u.LastSignIn != nil {
		t.Errorf("got %+v, %v", u, err)
	}
}

func (su suite) TestUsers_keepAnOwnerWhoCanSignIn(t *testing.T) {
	db := su.users(t)
	first := mustUser(t, db, "first", namets.Owner, "hash")
	invited := mustUser(t, db, "invited", namets.Owner, "")
	by := namets.Actor{Kind: namets.SignedIn, Name: "first"}
	wantOnlyCode(t, db.ChangeRole(t.Context(), by, first, namets.Editor), namets.Conflict)
	wantOnlyCode(t, db.DeleteUser(t.Context(), by, first), namets.Conflict)
	must(t, db.SetPassword(t.Context(), by, invited, "hash"))
	must(t, db.ChangeRole(t.Context(), by, first, namets.Editor))
	must(t, db.DeleteUser(t.Context(), by, first))
	wantOnlyCode(t, db.DeleteUser(t.Context(), by, first), namets.NotFound)
	wantOnlyCode(t, db.ChangeRole(t.Context(), by, first, namets.Owner), namets.NotFound)
}

func (su suite) TestSessions_areDeletedWithTheirUser(t *testing.T) {
	db := su.users(t)
	mustUser(t, db, "owner", namets.Owner, "hash")
	id := mustUser(t, db, "guest", namets.Viewer, "hash")
	s := namets.Session{Hash: [32]byte{1}, UserID: id, Address: "192.0.2.1"}
	must(t, db.CreateSession(t.Context(), namets.Actor{}, s))
	got, user, err := db.Session(t.Context(), s.Hash)
	if err != nil || user.ID != id || user.LastSignIn == nil || got.Address != s.Address || got.SeenAt.IsZero() {
		t.Errorf("got %+v of %+v, %v", got, user, err)
	}
	must(t, db.DeleteUser(t.Context(), namets.Actor{}, id))
	_, _, err = db.Session(t.Context(), s.Hash)
	wantOnlyCode(t, err, namets.NotFound)
}

func (su suite) TestPasswordLinks_areReplacedByANewLinkOrPassword(t *testing.T) {
	db := su.users(t)
	id := mustUser(t, db, "owner", namets.Owner, "hash")
	expires := Now().Add(time.Hour)
	must(t, db.ResetPassword(t.Context(), namets.Actor{}, id, [32]byte{1}, expires))
	must(t, db.ResetPassword(t.Context(), namets.Actor{}, id, [32]byte{2}, expires))
	_, err := db.PasswordLink(t.Context(), [32]byte{1})
	wantOnlyCode(t, err, namets.NotFound)
	must(t, db.SetPassword(t.Context(), namets.Actor{}, id, "hash"))
	_, err = db.PasswordLink(t.Context(), [32]byte{2})
	wantOnlyCode(t, err, namets.NotFound)
}

func (su suite) TestKnownBrowser_isForgottenWithThePassword(t *testing.T) {
	db := su.users(t)
	id := mustUser(t, db, "owner", namets.Owner, "hash")
	other := mustUser(t, db, "other", namets.Owner, "hash")
	if known, err := db.KnownBrowser(t.Context(), id, "anything"); known || err != nil {
		t.Errorf("before a cookie was made: %t, %v", known, err)
	}
	cookie, err := db.BrowserCookie(t.Context(), id)
	must(t, err)
	for _, test := range []struct {
		user   int64
		cookie string
		want   bool
	}{{id, cookie, true}, {other, cookie, false}, {id, "", false}, {id, cookie[1:], false}} {
		if known, err := db.KnownBrowser(t.Context(), test.user, test.cookie); known != test.want || err != nil {
			t.Errorf("%d, %q: %t, %v", test.user, test.cookie, known, err)
		}
	}
	must(t, db.SetPassword(t.Context(), namets.Actor{}, id, "another hash"))
	if known, _ := db.KnownBrowser(t.Context(), id, cookie); known {
		t.Error("the browser is known after a new password")
	}
}

func (su suite) TestKnowsSession_remembersForADay(t *testing.T) {
	for name, end := range map[string]func(db *store.DB, id int64, hash [32]byte, at *time.Time) error{
		"signed out": func(db *store.DB, _ int64, hash [32]byte, _ *time.Time) error {
			return db.DeleteSession(t.Context(), By(), hash)
		},
		"signed out everywhere": func(db *store.DB, id int64, _ [32]byte, _ *time.Time) error {
			return db.DeleteSessions(t.Context(), By(), id)
		},
		"another password": func(db *store.DB, id int64, _ [32]byte, _ *time.Time) error {
			return db.SetPassword(t.Context(), By(), id, "other")
		},
		"deleted": func(db *store.DB, id int64, _ [32]byte, _ *time.Time) error {
			return db.DeleteUser(t.Context(), By(), id)
		},
		"idle": func(_ *store.DB, _ int64, _ [32]byte, at *time.Time) error {
			*at = at.Add(namets.SessionIdle)
			return nil
		},
		"idle, and signed out elsewhere later": func(db *store.DB, id int64, _ [32]byte, at *time.Time) error {
			*at = at.Add(namets.SessionIdle + time.Minute)
			defer func() { *at = at.Add(-time.Minute) }()
			return db.DeleteSessions(t.Context(), By(), id)
		},
	} {
		t.Run(name, func(t *testing.T) {
			at := Now()
			db := su.engine.Open(t, t.TempDir(), func() time.Time { return at }, time.UTC)
			mustUser(t, db, "owner", namets.Owner, "hash")
			id := mustUser(t, db, "guest", namets.Viewer, "hash")
			knows := func(hash [32]byte) bool {
				known, err := db.KnowsSession(t.Context(), hash)
				must(t, err)
				return known
			}
			session := namets.Session{Hash: [32]byte{1}, UserID: id}
			must(t, db.CreateSession(t.Context(), By(), session))
			if !knows(session.Hash) || knows([32]byte{2}) {
				t.Error("a current session is not known, or a made-up one is")
			}
			must(t, end(db, id, session.Hash, &at))
			at = at.Add(namets.SessionKnown - time.Minute)
			if !knows(session.Hash) {
				t.Error("the session is not known within a day")
			}
			owner := namets.Session{Hash: [32]byte{3}, UserID: id - 1}
			must(t, db.CreateSession(t.Context(), By(), owner)) // deletes old sessions
			if !knows(session.Hash) {
				t.Error("another sign-in deletes the session")
			}
			at = at.Add(time.Minute)
			if knows(session.Hash) {
				t.Error("the session is known after a day")
			}
		})
	}
}
