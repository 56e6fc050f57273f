package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"namets/internal/auth"
	"namets/internal/config"
	"namets/internal/namets"
	"namets/internal/sqlite"
	"namets/web/admin"
)

// members are the users of the admin: who they are and who of them has signed in.
type members struct {
	sessions *auth.Sessions
	accounts *auth.Accounts
}

func newMembers(cfg *config.Config, db *sqlite.DB) members {
	sessions := auth.NewSessions(db, cfg.HTTPS(), time.Now)
	return members{sessions, auth.NewAccounts(db, sessions, time.Now)}
}

// firstOwner sees to it that somebody can sign in to the admin: when there is no user, it makes the owner of the configured
// password, or logs a link that makes the owner, once.
func (m members) firstOwner(ctx context.Context, cfg *config.Config, db *sqlite.DB, log *slog.Logger) error {
	users, err := db.Users(ctx)
	if err != nil || len(users) > 0 {
		return err
	}
	if cfg.AdminPassword != "" {
		if complaint := weakPassword(cfg); complaint != "" {
			return usagef("%s", complaint)
		}
		err := m.accounts.CreateFirstOwner(ctx, namets.Actor{Kind: namets.System}, cfg.AdminPassword.Reveal())
		if err == nil {
			log.Info("the owner of the admin was made with ADMIN_PASSWORD", "name", auth.FirstOwner, "sign_in_at", cfg.PublicURL+"/admin/")
		}
		return err
	}
	secret, err := m.accounts.OfferSetUp(ctx)
	if err != nil {
		return err
	}
	log.Info("nobody can sign in to the admin yet: open this link within an hour, once, to choose the password of its owner",
		"name", auth.FirstOwner, "link", cfg.PublicURL+admin.WelcomePath+secret)
	return nil
}

// weakPassword says why no owner can be made of ADMIN_PASSWORD; it is empty when one can, or when it is not set.
func weakPassword(cfg *config.Config) string {
	if cfg.AdminPassword == "" {
		return ""
	}
	err := auth.CheckNewPassword(cfg.AdminPassword.Reveal(), auth.FirstOwner)
	if e, ok := errors.AsType[*namets.Error](err); ok {
		return "ADMIN_PASSWORD: it " + e.Message
	}
	return ""
}
