package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

// ErrNoSession means that the request belongs to no session.
var ErrNoSession = errors.New("not signed in")

// touchEvery is how old the stored time of a session's last request may be.
const touchEvery = time.Minute

// sessionStore stores sessions. Session returns [namets.NotFound] if there is none with the hash.
type sessionStore interface {
	CreateSession(context.Context, namets.Actor, namets.Session) error
	Session(ctx context.Context, hash [32]byte) (namets.Session, namets.User, error)
	TouchSession(ctx context.Context, hash [32]byte, at time.Time) error
	DeleteSession(ctx context.Context, by namets.Actor, hash [32]byte) error
	KnowsSession(ctx context.Context, hash [32]byte) (bool, error)
}

// Sessions knows who is signed in to the admin, by a cookie. Only the hash of the cookie's value is
// stored. Safe for concurrent use.
type Sessions struct {
	store  sessionStore
	now    func() time.Time
	secure bool
}

// NewSessions returns the sessions in store. secure means that people reach the site by https.
func NewSessions(store sessionStore, secure bool, now func() time.Time) *Sessions {
	return &Sessions{store, now, secure}
}

// cookieName is __Host-namets where browsers allow it: such a cookie comes only from this host, and
// only by https.
func (s *Sessions) cookieName() string {
	if s.secure {
		return "__Host-namets"
	}
	return "namets"
}

// Begin signs the user in with a new session id, whatever cookie the request has. It ends the
// session of the request.
func (s *Sessions) Begin(c echo.Context, user namets.User) error {
	ctx := c.Request().Context()
	by := namets.Actor{Kind: namets.SignedIn, Name: user.Name, Address: c.RealIP()}
	if hash, ok := s.given(c); ok {
		if err := s.store.DeleteSession(ctx, by, hash); err != nil {
			return err
		}
	}
	id := rand.Text() + rand.Text()
	session := namets.Session{Hash: sha256.Sum256([]byte(id)), UserID: user.ID, Address: c.RealIP(),
		UserAgent: short(c.Request().UserAgent())}
	if err := s.store.CreateSession(ctx, by, session); err != nil {
		return err
	}
	c.SetCookie(s.cookie(id, int(namets.SessionLife/time.Second)))
	return nil
}

// Find returns the session of the request and its user. Errors: [ErrNoSession].
func (s *Sessions) Find(c echo.Context) (namets.Session, namets.User, error) {
	hash, ok := s.given(c)
	if !ok {
		return namets.Session{}, namets.User{}, ErrNoSession
	}
	ctx, now := c.Request().Context(), s.now()
	session, user, err := s.store.Session(ctx, hash)
	if namets.CodeOf(err) == namets.NotFound || err == nil && session.Ended(now) {
		return namets.Session{}, namets.User{}, ErrNoSession
	}
	if err == nil && now.Sub(session.SeenAt) >= touchEvery {
		// A database that cannot be written must not end a session.
		if err := s.store.TouchSession(ctx, hash, now); err != nil && namets.CodeOf(err) != namets.Unavailable {
			return session, user, err
		}
	}
	return session, user, err
}

// End signs out the session of the request.
func (s *Sessions) End(c echo.Context, by namets.Actor) error {
	if hash, ok := s.given(c); ok {
		if err := s.store.DeleteSession(c.Request().Context(), by, hash); err != nil {
			return err
		}
	}
	s.Forget(c)
	return nil
}

// Forget makes the browser drop the cookie. As long as the session is known, the browser gets
// another cookie instead, which does not sign anybody in and by which [Sessions.Known] recognizes
// the browser.
func (s *Sessions) Forget(c echo.Context) {
	if cookie, err := c.Cookie(s.cookieName()); err == nil && cookie.Value != "" && len(cookie.Value) <= maxID {
		ended := s.cookie(cookie.Value, int(namets.SessionKnown/time.Second))
		ended.Name = s.endedName()
		c.SetCookie(ended)
	}
	c.SetCookie(s.cookie("", -1))
}

// maxID is longer than any cookie value set by [Sessions.Begin].
const maxID = 100

// endedName is the name of the cookie with the id of the session that ended here.
func (s *Sessions) endedName() string { return s.cookieName() + "-ended" }

// Known reports whether the request comes from a browser with a session that is active or ended
// less than [namets.SessionKnown] ago, for whatever reason.
func (s *Sessions) Known(c echo.Context) (bool, error) {
	for _, name := range []string{s.cookieName(), s.endedName()} {
		hash, ok := hashOf(c, name)
		if !ok {
			continue
		}
		if known, err := s.store.KnowsSession(c.Request().Context(), hash); known || err != nil {
			return known, err
		}
	}
	return false, nil
}

// given returns the hash of the request's cookie.
func (s *Sessions) given(c echo.Context) (hash [32]byte, ok bool) { return hashOf(c, s.cookieName()) }

// hashOf returns the hash of the cookie with the name.
func hashOf(c echo.Context, name string) (hash [32]byte, ok bool) {
	cookie, err := c.Cookie(name)
	if err != nil || cookie.Value == "" {
		return hash, false
	}
	return sha256.Sum256([]byte(cookie.Value)), true
}

func (s *Sessions) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: value, Path: "/", MaxAge: maxAge,
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// short limits what a stranger can make the database store.
func short(userAgent string) string {
	if len(userAgent) <= 200 {
		return userAgent
	}
	return strings.ToValidUTF8(userAgent[:200], "")
}

// browserCookieName is the name of the cookie that makes a browser known.
func (s *Sessions) browserCookieName() string { return s.cookieName() + "-known" }

// setBrowserCookie makes the browser known for a year.
func (s *Sessions) setBrowserCookie(c echo.Context, value string) {
	c.SetCookie(&http.Cookie{
		Name: s.browserCookieName(), Value: value, Path: "/", MaxAge: 365 * 24 * 60 * 60,
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
