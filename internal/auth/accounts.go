package auth

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

// FirstOwner is the name of the user that the first sign-in creates.
const FirstOwner = "admin"

// The lifetimes of links to choose a password.
const (
	SetUpLife  = time.Hour      // the first owner's, and one made at the command line
	InviteLife = 24 * time.Hour // one that an owner makes for somebody else
)

// ErrWrongPassword means that the user does not exist or that the password is wrong.
var ErrWrongPassword = errors.New("wrong name or password")

// WaitError means that too many attempts have failed.
type WaitError struct{ For time.Duration }

// Error implements error.
func (e *WaitError) Error() string { return fmt.Sprintf("too many failed attempts: wait %v", e.For) }

// accountStore stores users and their passwords. The store documents the errors of its methods.
type accountStore interface {
	UserByName(ctx context.Context, name string) (namets.User, error)
	User(ctx context.Context, id int64) (namets.User, error)
	PasswordHash(ctx context.Context, userID int64) (string, error)
	SetPassword(ctx context.Context, by namets.Actor, userID int64, hash string) error
	CreateFirstOwner(ctx context.Context, by namets.Actor, name, hash string) error
	OfferSetUp(ctx context.Context, linkHash [32]byte, expires time.Time) error
	InviteUser(ctx context.Context, by namets.Actor, name string, role namets.Role, linkHash [32]byte,
		expires time.Time) (int64, error)
	ResetPassword(ctx context.Context, by namets.Actor, userID int64, linkHash [32]byte, expires time.Time) error
	ResetPasswordOnce(ctx context.Context, by namets.Actor, digest [32]byte, name string, linkHash [32]byte,
		expires time.Time) (user namets.User, first bool, err error)
	PasswordLink(ctx context.Context, linkHash [32]byte) (namets.User, error)
	UsePasswordLink(ctx context.Context, address string, linkHash [32]byte, firstOwner,
		passwordHash string) (int64, error)
	BrowserCookie(ctx context.Context, userID int64) (string, error)
	KnownBrowser(ctx context.Context, userID int64, browserID string) (bool, error)
	refusalStore
}

// Accounts signs users in to the admin and sets their passwords. Passwords are stored as argon2id
// hashes. Wrong passwords are limited by name, address and network, and in total. A browser in
// which the user has signed in before is counted separately, so that nobody can lock the user out
// of it. Refusals are counted, logged and written to the audit. Safe for concurrent use.
type Accounts struct {
	store     accountStore
	sessions  *Sessions
	now       func() time.Time
	passwords *passwords
	gate      *gate
	refusals  *refusals
	signedIn  atomic.Int64
}

// NewAccounts returns the accounts in store, whose passwords cost so much to hash. Signing in
// begins one of the sessions. A hash of another cost than this is refused.
func NewAccounts(store accountStore, sessions *Sessions, cost HashCost, now func() time.Time) *Accounts {
	return &Accounts{
		store: store, sessions: sessions, now: now, passwords: newPasswords(cost), gate: newGate(now),
		refusals: newRefusals(store, now),
	}
}

// SignIn begins a session if name and password are right. It takes about 50 ms. Errors:
// [ErrWrongPassword], [WaitError], [ErrBusy].
func (a *Accounts) SignIn(c echo.Context, name, password string) (namets.User, error) {
	user, err := a.store.UserByName(c.Request().Context(), name)
	if err != nil && namets.CodeOf(err) != namets.NotFound {
		return namets.User{}, err
	}
	who, err := a.asker(c, user, name)
	if err == nil {
		err = a.verify(c, who, user, password)
	}
	if err != nil {
		a.recordFailure(c, namets.SignInFailed, user, err)
		return namets.User{}, err
	}
	a.signedIn.Add(1)
	return user, a.begin(c, user)
}

// Confirm checks the password of a signed-in user who is asked for it again. Attempts of others do
// not count. Errors: those of [Accounts.SignIn].
func (a *Accounts) Confirm(c echo.Context, user namets.User, password string) error {
	who := asker{own: fmt.Sprint("user\x00", user.ID)}
	if hash, ok := a.sessions.given(c); ok { // who has stolen a session cannot lock the user out of another one
		who.own = "session\x00" + string(hash[:])
	}
	err := a.verify(c, who, user, password)
	if err != nil {
		a.recordFailure(c, namets.PasswordRefused, user, err)
	}
	return err
}

// asker returns how an attempt is counted. It takes the same time whether or not the user exists.
func (a *Accounts) asker(c echo.Context, user namets.User, name string) (asker, error) {
	who := asker{name: name, address: c.RealIP()}
	browserID := ""
	if cookie, err := c.Cookie(a.sessions.browserCookieName()); err == nil {
		browserID = cookie.Value
	}
	if browserID == "" {
		return who, nil
	}
	known, err := a.store.KnownBrowser(c.Request().Context(), user.ID, browserID)
	if known {
		who.own = "browser\x00" + browserID
	}
	return who, err
}

// verify returns nil if the password is the user's. A user of nil never matches. It is the only
// function that compares passwords. Errors: [ErrWrongPassword], [WaitError], [ErrBusy].
func (a *Accounts) verify(c echo.Context, who asker, user namets.User, password string) error {
	if wait := a.gate.enter(who); wait > 0 {
		return &WaitError{wait}
	}
	ctx := c.Request().Context()
	right, err := a.passwords.matches(ctx, password, who.stranger(), func() (string, error) {
		hash, err := a.store.PasswordHash(ctx, user.ID)
		if namets.CodeOf(err) == namets.NotFound {
			return "", nil
		}
		return hash, err
	})
	if err != nil { // it was not looked at
		a.gate.leave(who)
		return err
	}
	if !right {
		return ErrWrongPassword
	}
	a.gate.right(who)
	return nil
}

// begin signs the user in and makes the browser known.
func (a *Accounts) begin(c echo.Context, user namets.User) error {
	browserID, err := a.store.BrowserCookie(c.Request().Context(), user.ID)
	if err != nil {
		return err
	}
	if err := a.sessions.Begin(c, user); err != nil {
		return err
	}
	a.sessions.setBrowserCookie(c, browserID)
	return nil
}

// ChangePassword sets a new password for the signed-in user, ends all sessions of the user and
// begins a new one here. Errors: those of [Accounts.Confirm] for current; Invalid with Field
// password.
func (a *Accounts) ChangePassword(c echo.Context, user namets.User, current, next string) error {
	if err := CheckNewPassword(next, user.Name); err != nil {
		return err
	}
	if err := a.Confirm(c, user, current); err != nil {
		return err
	}
	ctx := c.Request().Context()
	hash, err := a.passwords.hash(ctx, next)
	if err != nil {
		return err
	}
	by := namets.Actor{Kind: namets.SignedIn, Name: user.Name, Address: c.RealIP()}
	if err := a.store.SetPassword(ctx, by, user.ID, hash); err != nil {
		return err
	}
	return a.begin(c, user)
}
