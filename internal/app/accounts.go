package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"namets/internal/auth"
	"namets/internal/config"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/web/admin/people"
)

// accounts are the users of the admin and their sessions.
type accounts struct {
	sessions *auth.Sessions
	accounts *auth.Accounts
}

func newAccounts(cfg *config.Config, db *sqlite.DB) accounts {
	sessions := auth.NewSessions(db, cfg.HTTPS(), time.Now)
	return accounts{sessions, auth.NewAccounts(db, sessions, auth.RecommendedCost(), time.Now)}
}

// admitOwner ensures that somebody can sign in to the admin.
func (a *App) admitOwner(ctx context.Context) error {
	if err := a.accounts.resetPassword(ctx, a.cfg, a.log); err != nil {
		return err
	}
	return a.accounts.firstOwner(ctx, a.cfg, a.db, a.log)
}

// firstOwner ensures that somebody can sign in to the admin: if no user exists, it creates the
// owner with the configured password, or logs a link that creates the owner, once.
func (m accounts) firstOwner(ctx context.Context, cfg *config.Config, db *sqlite.DB, log *slog.Logger) error {
	users, err := db.Users(ctx)
	if err != nil || len(users) > 0 {
		return err
	}
	if !cfg.AdminPassword.IsZero() {
		if complaint := weakPassword(cfg); complaint != "" {
			return configErrorf("%s", complaint)
		}
		err := m.accounts.CreateFirstOwner(ctx, namets.Actor{Kind: namets.System}, cfg.AdminPassword.Reveal())
		if err == nil {
			log.Info("the owner of the admin was made with ADMIN_PASSWORD", "name", auth.FirstOwner,
				"sign_in_at", cfg.PublicURL+"/admin/")
		}
		return err
	}
	secret, err := m.accounts.OfferSetUp(ctx)
	if err != nil {
		return err
	}
	log.Info("nobody can sign in to the admin yet: open this link within an hour, once, to choose the "+
		"password of its owner",
		"name", auth.FirstOwner, "link", cfg.PublicURL+people.WelcomePath+secret)
	return nil
}

// resetPassword carries out ADMIN_PASSWORD_RESET, once per value: it logs a link for the user. An
// unknown name is only a warning, because a start must not fail for it.
func (m accounts) resetPassword(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	if cfg.AdminPasswordReset.IsZero() {
		return nil
	}
	by := namets.Actor{Kind: namets.System, Name: "ADMIN_PASSWORD_RESET"}
	user, secret, err := m.accounts.ResetOnce(ctx, by, cfg.AdminPasswordReset.Reveal())
	switch {
	case namets.CodeOf(err) == namets.NotFound: // what is there may be a password by mistake: it is not logged
		log.Warn("ADMIN_PASSWORD_RESET names no user of the admin, and nothing was done: give a name that is " +
			"listed under Users, " +
			"such as admin; what follows a colon does not belong to the name")
		return nil
	case err != nil:
		return err
	case secret == "":
		log.Warn("ADMIN_PASSWORD_RESET is still set; its value was obeyed at an earlier start and does nothing " +
			"now: remove it, " +
			"or write another text after a colon, such as admin:2, to do it again")
		return nil
	}
	log.Warn("ADMIN_PASSWORD_RESET has taken a user's password away and ended the user's sessions: open this link "+
		"within an hour, once, "+
		"to choose another one, and remove the variable", "name", user.Name, "link", cfg.PublicURL+
		people.WelcomePath+secret)
	return nil
}

// weakPassword says why ADMIN_PASSWORD cannot be used; empty if it can, or if it is not set.
func weakPassword(cfg *config.Config) string {
	if cfg.AdminPassword.IsZero() {
		return ""
	}
	password := cfg.AdminPassword.Reveal()
	if what := invisible(password); what != "" {
		return "ADMIN_PASSWORD: it holds " + what + ", which nobody sees and nobody would type when signing in: " +
			"write it again by hand, with nothing before or after it"
	}
	err := auth.CheckNewPassword(password, auth.FirstOwner)
	if e, ok := errors.AsType[*namets.Error](err); ok {
		return "ADMIN_PASSWORD: it " + e.Message
	}
	return ""
}

// OfferPassword removes the password of the user with the name, ends the user's sessions, and
// returns a link to choose another password. The link works once, until it expires.
func OfferPassword(ctx context.Context, cfg *config.Config, db *sqlite.DB, by namets.Actor,
	name string) (user namets.User, link string, expires time.Time, err error) {
	if user, err = db.UserByName(ctx, name); err != nil {
		return user, "", expires, err
	}
	secret, err := newAccounts(cfg, db).accounts.Reset(ctx, by, user.ID, auth.SetUpLife)
	return user, cfg.PublicURL + people.WelcomePath + secret, time.Now().Add(auth.SetUpLife).In(cfg.Zone), err
}
