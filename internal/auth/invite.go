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

// CreateFirstOwner makes the first owner with the password. Errors: Invalid with Field password;
// Conflict when there is a user already.
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

// OfferSetUp returns the secret of a link that makes the first owner, for an hour, in the place of
// the link before. Errors: Conflict when there is a user already.
func (a *Accounts) OfferSetUp(ctx context.Context) (secret string, err error) {
	secret, hash := newLink()
	return secret, a.store.OfferSetUp(ctx, hash, a.now().Add(SetUpLife))
}

// Invite stores a new user and returns the secret of the link by which the user chooses a
// password. Errors: Invalid and Conflict with Field name.
func (a *Accounts) Invite(ctx context.Context, by namets.Actor, name string,
	role namets.Role) (secret string, err error) {
	if err := namets.CheckUserName(name); err != nil {
		return "", err
	}
	secret, hash := newLink()
	_, err = a.store.InviteUser(ctx, by, name, role, hash, a.now().Add(InviteLife))
	return secret, err
}

// Reset takes the user's password away, signs the user out everywhere, and returns the secret of a
// link by which the user chooses another one within life. Errors: NotFound.
func (a *Accounts) Reset(ctx context.Context, by namets.Actor, userID int64,
	life time.Duration) (secret string, err error) {
	secret, hash := newLink()
	return secret, a.store.ResetPassword(ctx, by, userID, hash, a.now().Add(life))
}

// ResetOnce is [Accounts.Reset] for the user whom the wish names, for as long as [SetUpLife], and
// does nothing when the same wish came before: then secret is empty. A wish is a name, whatever
// its letter case, and after a colon, which no name holds, any text that makes it another one:
// "admin", then "admin:2". Errors: NotFound, once.
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

// LinkOwner returns who may choose a password by the link with the secret. Errors: NotFound, also
// when it has expired.
func (a *Accounts) LinkOwner(ctx context.Context, secret string) (name string, err error) {
	user, err := a.store.PasswordLink(ctx, sha256.Sum256([]byte(secret)))
	if err == nil && user.ID == 0 {
		return FirstOwner, nil
	}
	return user.Name, err
}

// FollowLink uses the link up: its owner has the password from now on and is signed in. Errors:
// those of [Accounts.LinkOwner]; Invalid with Field password; Conflict when there is a first owner
// already; [WaitError]; [ErrBusy].
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

// deadLink counts a link that is of no use as a wrong password of nobody, and returns missing, or
// a [WaitError].
func (a *Accounts) deadLink(c echo.Context, missing error) error {
	kind := namets.LinkRefused
	if wait := a.gate.enter(asker{address: c.RealIP()}); wait > 0 {
		kind, missing = namets.SignInThrottled, &WaitError{wait}
	}
	a.refusals.count(kind, namets.User{}, c.RealIP(), "")
	return missing
}

// newLink returns the secret of a new link and what is stored of it.
func newLink() (secret string, hash [32]byte) {
	secret = rand.Text()
	return secret, sha256.Sum256([]byte(secret))
}
