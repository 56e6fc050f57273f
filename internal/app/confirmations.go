package app

import (
	"context"
	"log/slog"
	"time"

	"namets/internal/config"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

const (
	// confirmationsInterval is how often serve checks whether people wait in vain.
	confirmationsInterval = time.Minute
	// warnAgainAfter is the interval between two warnings about that.
	warnAgainAfter = time.Hour
)

// WhatConfirmingNeeds is what an operator has to do before anybody can subscribe.
const WhatConfirmingNeeds = "with DOUBLE_OPT_IN on, n8n has to handle the event subscriber_confirmation and e-mail " +
	"its confirm_url " +
	"(documentation: People subscribe and leave); DOUBLE_OPT_IN=false does without"

// confirmationsFail reports whether probably nobody can confirm a subscription.
func confirmationsFail(cfg *config.Config, s namets.ConfirmationStats) bool {
	return cfg.DoubleOptIn && s.Waiting > 0 && !s.Ever
}

// watchConfirmations removes expired requests, and logs a warning while people wait for an e-mail
// that never comes: within a minute, and every hour until ctx ends.
func watchConfirmations(ctx context.Context, cfg *config.Config, db *sqlite.DB, log *slog.Logger) error {
	tick := time.NewTicker(confirmationsInterval)
	defer tick.Stop()
	var warned time.Time
	for {
		if err := db.PruneConfirmations(ctx); err != nil && ctx.Err() == nil {
			log.Error("forget expired confirmations", "error", err)
		}
		if stats, err := db.ConfirmationStats(ctx); err == nil && confirmationsFail(cfg, stats) &&
			time.Since(warned) >= warnAgainAfter {
			warned = time.Now()
			log.Warn("people wait to confirm a subscription and nobody ever has", "waiting", stats.Waiting,
				"fix", WhatConfirmingNeeds)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
