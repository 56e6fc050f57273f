package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
)

// The passwords of these tests.
const (
	right = "lantern otter gravel moss"
	other = "seventeen blue bicycles"
)

// door is the accounts on a real database, with a clock that a test moves and browsers that keep
// cookies.
type door struct {
	*testing.T
	now      time.Time
	db       *sqlite.DB
	sessions *auth.Sessions
	accounts *auth.Accounts
}

func newDoor(t *testing.T, secure bool) *door {
	t.Helper()
	d := &door{T: t, now: time.Date(2026, 2, 27, 12, 0, 0, 0, time.UTC)}
	cost := auth.HashCost{Memory: 64, Passes: 1} // else each sign-in takes 50 ms
	clock := func() time.Time { return d.now }
	d.db = sqlitetest.Open(t, sqlite.Config{Now: clock})
	d.sessions = auth.NewSessions(d.db, secure, clock)
	d.accounts = auth.NewAccounts(d.db, d.sessions, cost, clock)
	return d
}

func (d *door) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// withOwner makes the first owner.
func (d *door) withOwner() *door {
	d.Helper()
	d.must(d.accounts.CreateFirstOwner(d.Context(), namets.Actor{Kind: namets.System}, right))
	return d
}

// browser is where somebody sits: an address and a jar of cookies.
type browser struct {
	*door
	address string
	cookies map[string]*http.Cookie
}

func (d *door) browser(address string) *browser {
	return &browser{d, address, map[string]*http.Cookie{}}
}

// visit runs what a handler would do for one request of the browser.
func (b *browser) visit(do func(c echo.Context) error) error {
	req := httptest.NewRequest(http.MethodPost, "/", nil)
	req.RemoteAddr = b.address + ":4711"
	req.Header.Set("User-Agent", strings.Repeat("ü", 300))
	for _, c := range b.cookies {
		req.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	err := do(echo.New().NewContext(req, rec))
	for _, c := range rec.Result().Cookies() {
		b.cookies[c.Name] = c
	}
	return err
}

func (b *browser) signIn(name, password string) error {
	return b.visit(func(c echo.Context) error { _, err := b.accounts.SignIn(c, name, password); return err })
}

// who returns the name of who is signed in, or an empty one.
func (b *browser) who() string {
	b.Helper()
	var user namets.User
	err := b.visit(func(c echo.Context) (err error) { _, user, err = b.sessions.Find(c); return err })
	if err != nil && !errors.Is(err, auth.ErrNoSession) {
		b.Fatal(err)
	}
	return user.Name
}

func TestSignIn_letsInWhoKnowsThePassword(t *testing.T) {
	d := newDoor(t, false).withOwner()
	for _, attempt := range []struct{ name, password string }{
		{"admin", ""}, {"admin", other}, {"admin", right + " "}, {"nobody", right}, {"", right},
		{"admin", strings.Repeat("x", 1<<20)},
	} {
		b := d.browser("192.0.2.1")
		if err := b.signIn(attempt.name, attempt.password); !errors.Is(err, auth.ErrWrongPassword) {
			t.Errorf("%q, %.20q: got %v", attempt.name, attempt.password, err)
		}
		if len(b.cookies) > 0 {
			t.Error("it got a cookie")
		}
		d.now = d.now.Add(time.Minute)
	}
	b := d.browser("192.0.2.2")
	d.must(b.signIn("ADMIN", right))
	if got := b.who(); got != "admin" {
		t.Errorf("got %q", got)
	}
}

func TestSessions_haveTheCookieThatTheAddressOfTheSiteAllows(t *testing.T) {
	for secure, name := range map[bool]string{true: "__Host-namets", false: "namets"} {
		b := newDoor(t, secure).withOwner().browser("192.0.2.1")
		b.must(b.signIn("admin", right))
		c := b.cookies[name]
		if c == nil || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" ||
			c.Domain != "" || len(c.Value) < 26 {
			t.Errorf("secure %t: got %+v", secure, b.cookies)
		}
	}
}

func TestSessions_endWhenIdleAndAfterAWeek(t *testing.T) {
	b := newDoor(t, false).withOwner().browser("192.0.2.1")
	b.must(b.signIn("admin", right))
	for range 14 {
		b.now = b.now.Add(namets.SessionIdle - time.Minute)
		if b.who() == "" {
			break
		}
	}
	if got := b.now.Sub(time.Date(2026, 2, 27, 12, 0, 0, 0, time.UTC)); got < namets.SessionLife-namets.SessionIdle ||
		got > namets.SessionLife {
		t.Errorf("a session in use ended after %v", got)
	}
	b.must(b.signIn("admin", right))
	b.now = b.now.Add(namets.SessionIdle)
	if b.who() != "" {
		t.Error("an idle session has not ended")
	}
}

func TestSessions_haveANewIDAtEachSignIn(t *testing.T) {
	b := newDoor(t, false).withOwner().browser("192.0.2.1")
	b.must(b.signIn("admin", right))
	first := b.cookies["namets"]
	b.must(b.signIn("admin", right))
	if b.cookies["namets"].Value == first.Value {
		t.Error("the id is the same")
	}
	b.cookies["namets"] = first
	if b.who() != "" {
		t.Error("the session before is still open")
	}
	b.cookies["namets"] = &http.Cookie{Name: "namets", Value: "chosen-by-somebody-else"}
	b.must(b.signIn("admin", right))
	if b.cookies["namets"].Value == "chosen-by-somebody-else" {
		t.Error("it took over an id from outside")
	}
}

func TestSignIn_waitsLongerAfterEachFailureFromOneAddress(t *testing.T) {
	d := newDoor(t, false).withOwner()
	thief := d.browser("192.0.2.66")
	for i := 0; ; i++ {
		err := thief.signIn("admin", other)
		if wait, ok := errors.AsType[*auth.WaitError](err); ok {
			if i < 3 || wait.For > time.Second {
				t.Errorf("after %d failures it waits %v", i, wait.For)
			}
			break
		}
		if i > 20 {
			t.Fatal("it never waits")
		}
	}
	if _, ok := errors.AsType[*auth.WaitError](thief.signIn("admin", right)); !ok {
		t.Error("the right password was looked at while it should wait")
	}
	d.must(d.browser("198.51.100.7").signIn("admin", right)) // the owner somewhere else
	d.now = d.now.Add(time.Minute)
	d.must(thief.signIn("admin", right))
}

func TestSignIn_knowsTheOwnersBrowserAmongMany(t *testing.T) {
	d := newDoor(t, false).withOwner()
	owner, thief := d.browser("192.0.2.1"), d.browser("192.0.2.1") // behind one router
	d.must(owner.signIn("admin", right))
	for range 30 {
		_ = thief.signIn("admin", other)
		d.now = d.now.Add(time.Second)
	}
	delete(owner.cookies, "namets")
	d.must(owner.signIn("admin", right))
	// Its mark is of no use to anyone who does not know the password, and not after the password
	// has changed.
	thief.cookies["namets-known"] = owner.cookies["namets-known"]
	waited := false
	for range 30 {
		_, wait := errors.AsType[*auth.WaitError](thief.signIn("admin", other))
		waited = waited || wait
	}
	if !waited {
		t.Error("a known browser may try for ever")
	}
}

func TestSignIn_countsAnAddressThatTriesManyNames(t *testing.T) {
	d := newDoor(t, false).withOwner()
	thief := d.browser("2001:db8::1")
	for i := range 40 {
		thief.address = "[2001:db8::" + string("0123456789abcdef"[i%16]) + "]"
		if _, ok := errors.AsType[*auth.WaitError](thief.signIn("name"+strings.Repeat("x", i), other)); ok {
			return
		}
	}
	t.Error("it never waits")
}

func TestChangePassword_endsAllOtherSessions(t *testing.T) {
	d := newDoor(t, false).withOwner()
	here, there := d.browser("192.0.2.1"), d.browser("192.0.2.2")
	d.must(here.signIn("admin", right))
	d.must(there.signIn("admin", right))
	user, err := d.db.UserByName(t.Context(), "admin")
	d.must(err)
	change := func(current, next string) error {
		return here.visit(func(c echo.Context) error { return d.accounts.ChangePassword(c, user, current, next) })
	}
	if err := change(other, "a good new password"); !errors.Is(err, auth.ErrWrongPassword) {
		t.Errorf("with a wrong password: %v", err)
	}
	if err := change(right, "short"); namets.CodeOf(err) != namets.Invalid {
		t.Errorf("to a short one: %v", err)
	}
	d.must(change(right, other))
	if here.who() != "admin" || there.who() != "" {
		t.Errorf("here is %q, there %q", here.who(), there.who())
	}
	if err := there.signIn("admin", right); !errors.Is(err, auth.ErrWrongPassword) {
		t.Errorf("the old password: %v", err)
	}
	d.must(there.signIn("admin", other))
}

func TestFollowLink_makesTheFirstOwnerOnce(t *testing.T) {
	d := newDoor(t, false)
	earlier, err := d.accounts.OfferSetUp(t.Context())
	d.must(err)
	secret, err := d.accounts.OfferSetUp(t.Context())
	d.must(err)
	b := d.browser("192.0.2.1")
	follow := func(secret, password string) error {
		return b.visit(func(c echo.Context) error { return d.accounts.FollowLink(c, secret, password) })
	}
	if err := follow(earlier, right); namets.CodeOf(err) != namets.NotFound {
		t.Errorf("the link before: %v", err)
	}
	if err := follow(secret, "short"); namets.CodeOf(err) != namets.Invalid {
		t.Errorf("a short password: %v", err)
	}
	d.must(follow(secret, right))
	if b.who() != "admin" {
		t.Error("not signed in")
	}
	if err := follow(secret, other); namets.CodeOf(err) != namets.NotFound {
		t.Errorf("again: %v", err)
	}
	if _, err := d.accounts.OfferSetUp(t.Context()); namets.CodeOf(err) != namets.Conflict {
		t.Errorf("another set-up: %v", err)
	}
	if err := d.accounts.CreateFirstOwner(t.Context(), namets.Actor{}, right); namets.CodeOf(err) != namets.Conflict {
		t.Errorf("another first owner: %v", err)
	}
}

func TestFollowLink_isOfNoUseAfterItsTime(t *testing.T) {
	d := newDoor(t, false)
	secret, err := d.accounts.OfferSetUp(t.Context())
	d.must(err)
	d.now = d.now.Add(auth.SetUpLife)
	err = d.browser("192.0.2.1").visit(func(c echo.Context) error { return d.accounts.FollowLink(c, secret, right) })
	if namets.CodeOf(err) != namets.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestReset_takesThePasswordAwayAtOnce(t *testing.T) {
	d := newDoor(t, false).withOwner()
	b := d.browser("192.0.2.1")
	d.must(b.signIn("admin", right))
	user, err := d.db.UserByName(t.Context(), "admin")
	d.must(err)
	secret, err := d.accounts.Reset(t.Context(), namets.Actor{Kind: namets.Command}, user.ID, auth.SetUpLife)
	d.must(err)
	if b.who() != "" {
		t.Error("the session goes on")
	}
	if err := b.signIn("admin", right); !errors.Is(err, auth.ErrWrongPassword) {
		t.Errorf("the old password: %v", err)
	}
	if err := b.signIn("admin", ""); !errors.Is(err, auth.ErrWrongPassword) {
		t.Errorf("no password: %v", err)
	}
	d.must(b.visit(func(c echo.Context) error { return d.accounts.FollowLink(c, secret, other) }))
	if b.who() != "admin" {
		t.Error("not signed in")
	}
}

func TestSignIn_givesUpWhenItsClientIsGone(t *testing.T) {
	d := newDoor(t, false).withOwner()
	err := d.browser("192.0.2.1").visit(func(c echo.Context) error {
		ctx, cancel := context.WithCancel(c.Request().Context())
		cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		_, err := d.accounts.SignIn(c, "admin", right)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
