package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

// CreateFirstOwner creates the first owner with the password. Errors: Invalid with Field password;
// Conflict if a user exists.
func (a *Accounts) CreateFirstOwner(ctx context.Context, by namets.Actor, password string) error {
	if err := CheckNewPassword(password, FirstOwner); err != nil {
		return err
	}
	hash, err := a.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.store.CreateFirstOwner(ctx, by, FirstOwner, hash)
}

// OfferSetUp returns the secret of a link that creates the first owner. It is valid for an hour and
// replaces the previous link. Errors: Conflict if a user exists.
func (a *Accounts) OfferSetUp(ctx context.Context) (secret string, err error) {
	secret, hash := newLink()
	return secret, a.store.OfferSetUp(ctx, hash, a.now().Add(SetUpLife))
}

// Invite stores a new user and returns the secret of the link to choose a password. Errors: Invalid
// and Conflict with Field name.
func (a *Accounts) Invite(ctx context.Context, by namets.Actor, name string,
	role namets.Role) (secret string, err error) {
	if err := namets.CheckUserName(name); err != nil {
		return "", err
	}
	secret, hash := newLink()
	_, err = a.store.InviteUser(ctx, by, name, role, hash, a.now().Add(InviteLife))
	return secret, err
}

// Reset removes the user's password, ends all sessions of the user, and returns the secret of a
// link to choose another password within life. Errors: NotFound.
func (a *Accounts) Reset(ctx context.Context, by namets.Actor, userID int64,
	life time.Duration) (secret string, err error) {
	secret, hash := newLink()
	return secret, a.store.ResetPassword(ctx, by, userID, hash, a.now().Add(life))
}

// ResetOnce calls [Accounts.Reset] for the user named in wish, with a life of [SetUpLife]. If the
// same wish was already carried out, it does nothing and secret is empty. A wish is a user name, in
// any letter case, optionally with a colon and any text that makes it different: "admin", then
// "admin:2". Errors: NotFound, once.
func (a *Accounts) ResetOnce(ctx context.Context, by namets.Actor,
	wish string) (user namets.User, secret string, err error) {
	name, _, _ := strings.Cut(wish, ":")
	secret, hash := newLink()
	digest := sha256.Sum256([]byte(wish))
	user, first, err := a.store.ResetPasswordOnce(ctx, by, digest, strings.TrimSpace(name), hash,
		a.now().Add(SetUpLife))
	if err != nil || !first {
		secret = ""
	}
	return user, secret, err
}

// LinkOwner returns who may choose a password with the link. Errors: NotFound, also if the link has
// expired.
func (a *Accounts) LinkOwner(ctx context.Context, secret string) (name string, err error) {
	user, err := a.store.PasswordLink(ctx, sha256.Sum256([]byte(secret)))
	if err == nil && user.ID == 0 {
		return FirstOwner, nil
	}
	return user.Name, err
}

// FollowLink uses up the link, sets the password of its owner and signs the owner in. Errors: those
// of [Accounts.LinkOwner]; Invalid with Field password; Conflict if a first owner exists;
// [WaitError]; [ErrBusy].
func (a *Accounts) FollowLink(c echo.Context, secret, password string) error {
	ctx := c.Request().Context()
	name, err := a.LinkOwner(ctx, secret) // before anything is hashed for a stranger
	if namets.CodeOf(err) == namets.NotFound {
		return a.deadLink(c, err)
	}
	if err != nil {
		return err
	}
	if err := CheckNewPassword(password, name); err != nil {
		return err
	}
	who := asker{own: "link\x00" + secret}
	if wait := a.gate.enter(who); wait > 0 {
		return &WaitError{wait}
	}
	hash, err := a.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	a.gate.right(who)
	id, err := a.store.UsePasswordLink(ctx, c.RealIP(), sha256.Sum256([]byte(secret)), FirstOwner, hash)
	if err != nil {
		return err
	}
	user, err := a.store.User(ctx, id)
	if err != nil {
		return err
	}
	return a.begin(c, user)
}

// deadLink counts an invalid link as a wrong password of nobody. It returns missing, or a
// [WaitError].
func (a *Accounts) deadLink(c echo.Context, missing error) error {
	kind := namets.LinkRefused
	if wait := a.gate.enter(asker{address: c.RealIP()}); wait > 0 {
		kind, missing = namets.SignInThrottled, &WaitError{wait}
	}
	a.refusals.count(kind, namets.User{}, c.RealIP(), "")
	return missing
}

// newLink returns the secret of a new link and the hash to store.
func newLink() (secret string, hash [32]byte) {
	secret = rand.Text()
	return secret, sha256.Sum256([]byte(secret))
}
