package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"namets/internal/namets"

	"github.com/labstack/echo/v4"
)

// FirstOwner is the name of the user that the first sign-in is for.
const FirstOwner = "admin"

// How long a link lets its holder choose a password.
const (
	SetUpLife  = time.Hour      // the first owner's, and one made at the command line
	InviteLife = 24 * time.Hour // one that an owner makes for somebody else
)

// How many attempts at a password have no delay, and for how many keys that is counted.
const (
	freeAttempts        = 5
	freeAttemptsAddress = 20 // from one address for all names together
	throttledKeys       = 4096
)

// ErrWrongPassword says that there is no such user or that the password is another.
var ErrWrongPassword = errors.New("wrong name or password")

// WaitError says that too many attempts have failed.
type WaitError struct{ For time.Duration }

func (e *WaitError) Error() string { return fmt.Sprintf("too many failed attempts: wait %v", e.For) }

// accountStore keeps users and their passwords; package sqlite says which errors its methods have.
type accountStore interface {
	UserByName(ctx context.Context, name string) (namets.User, error)
	User(ctx context.Context, id int64) (namets.User, error)
	PasswordHash(ctx context.Context, userID int64) (string, error)
	SetPassword(ctx context.Context, by namets.Actor, userID int64, hash string) error
	CreateFirstOwner(ctx context.Context, by namets.Actor, name, hash string) error
	OfferSetUp(ctx context.Context, linkHash [32]byte, expires time.Time) error
	InviteUser(ctx context.Context, by namets.Actor, name string, role namets.Role, linkHash [32]byte, expires time.Time) (int64, error)
	ResetPassword(ctx context.Context, by namets.Actor, userID int64, linkHash [32]byte, expires time.Time) error
	ResetPasswordOnce(ctx context.Context, by namets.Actor, digest [32]byte, name string, linkHash [32]byte,
		expires time.Time) (user namets.User, first bool, err error)
	PasswordLink(ctx context.Context, linkHash [32]byte) (namets.User, error)
	UsePasswordLink(ctx context.Context, address string, linkHash [32]byte, firstOwner, passwordHash string) (int64, error)
	BrowserMark(ctx context.Context, userID int64) (string, error)
	KnownBrowser(ctx context.Context, userID int64, mark string) (bool, error)
}

// Accounts lets users of the admin in, and gives them passwords. Passwords are stored as argon2id hashes. Whoever fails
// again and again from one address waits longer and longer; a browser in which the user has signed in before counts by
// itself, so that nobody can lock the user out of it. Safe for concurrent use.
type Accounts struct {
	store     accountStore
	sessions  *Sessions
	now       func() time.Time
	passwords *passwords
	attempts  *Throttle // by address and name, or by browser
	addresses *Throttle
}

// NewAccounts returns the accounts in store, which open sessions.
func NewAccounts(store accountStore, sessions *Sessions, now func() time.Time) *Accounts {
	return &Accounts{
		store: store, sessions: sessions, now: now, passwords: newPasswords(),
		attempts:  NewThrottle(freeAttempts, throttledKeys, now),
		addresses: NewThrottle(freeAttemptsAddress, throttledKeys, now),
	}
}

// SignIn begins a session for whoever knows the user's name and password. It takes about a twentieth of a second. Errors:
// [ErrWrongPassword], [WaitError], [ErrBusy].
func (a *Accounts) SignIn(c echo.Context, name, password string) (namets.User, error) {
	ctx := c.Request().Context()
	user, err := a.store.UserByName(ctx, name)
	if err != nil && namets.CodeOf(err) != namets.NotFound {
		return namets.User{}, err
	}
	known, counters, err := a.counters(c, user, name)
	if err != nil {
		return namets.User{}, err
	}
	for _, counter := range counters {
		if wait := counter.Attempt(counter.key); wait > 0 {
			return namets.User{}, &WaitError{wait}
		}
	}
	if err := a.check(ctx, user.ID, password, !known); err != nil {
		return namets.User{}, err
	}
	for _, counter := range counters {
		counter.Succeeded(counter.key)
	}
	return user, a.begin(c, user)
}

// counter is a place where attempts count.
type counter struct {
	*Throttle
	key string
}

// counters returns where an attempt counts, and whether it comes from a browser in which the user has signed in.
func (a *Accounts) counters(c echo.Context, user namets.User, name string) (known bool, list []counter, err error) {
	if cookie, err := c.Cookie(a.sessions.markName()); err == nil && user.ID != 0 {
		known, err := a.store.KnownBrowser(c.Request().Context(), user.ID, cookie.Value)
		if err != nil || known {
			return known, []counter{{a.attempts, "browser\x00" + cookie.Value}}, err
		}
	}
	address := ClientKey(c.RealIP())
	return false, []counter{{a.addresses, address}, {a.attempts, "address\x00" + address + "\x00" + strings.ToLower(name)}}, nil
}

// check returns nil when the password is that of the user, who may be nobody.
func (a *Accounts) check(ctx context.Context, userID int64, password string, stranger bool) error {
	hash := ""
	if userID != 0 {
		var err error
		if hash, err = a.store.PasswordHash(ctx, userID); err != nil && namets.CodeOf(err) != namets.NotFound {
			return err
		}
	}
	right, err := a.passwords.matches(ctx, password, hash, stranger)
	if err == nil && !right {
		err = ErrWrongPassword
	}
	return err
}

// begin signs the user in, and marks the browser.
func (a *Accounts) begin(c echo.Context, user namets.User) error {
	mark, err := a.store.BrowserMark(c.Request().Context(), user.ID)
	if err != nil {
		return err
	}
	if err := a.sessions.Begin(c, user); err != nil {
		return err
	}
	a.sessions.mark(c, mark)
	return nil
}

// ChangePassword gives the signed-in user another password, ends all sessions of the user and begins a new one here.
// Errors: [ErrWrongPassword] when current is not the password; [WaitError]; Invalid with Field password.
func (a *Accounts) ChangePassword(c echo.Context, user namets.User, current, fresh string) error {
	if err := CheckNewPassword(fresh, user.Name); err != nil {
		return err
	}
	ctx, key := c.Request().Context(), fmt.Sprint("user\x00", user.ID)
	if wait := a.attempts.Attempt(key); wait > 0 {
		return &WaitError{wait}
	}
	if err := a.check(ctx, user.ID, current, false); err != nil {
		return err
	}
	a.attempts.Succeeded(key)
	hash, err := a.passwords.hash(ctx, fresh)
	if err != nil {
		return err
	}
	by := namets.Actor{Kind: namets.SignedIn, Name: user.Name, Address: c.RealIP()}
	if err := a.store.SetPassword(ctx, by, user.ID, hash); err != nil {
		return err
	}
	return a.begin(c, user)
}
