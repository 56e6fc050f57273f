package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/store/sqlite"
)

// resetNote is what check says of ADMIN_PASSWORD_RESET.
func resetNote(cfg *config.Config) string {
	if cfg.AdminPasswordReset.IsZero() {
		return ""
	}
	return "Warning: ADMIN_PASSWORD_RESET is set: the next start takes that user's password away, ends the user's " +
		"sessions and logs " +
		"a link to choose another one, unless an earlier start has obeyed the same value. Remove it once you are in.\n"
}

// checkDisk says in check when the disk is full, which is a complaint, or nearly so, which is a
// note of one line.
func checkDisk(dir datadir.Dir) (note, complaint string) {
	space, err := dir.Space()
	size, sizeErr := sqlite.FileSize(dir.Database())
	if err := errors.Join(err, sizeErr); err != nil {
		return "", err.Error()
	}
	free := fmt.Sprintf("%.1f MB of %.1f MB are free", float64(space.Free)/1e6, float64(space.Total)/1e6)
	switch {
	case space.Full():
		return "", fmt.Sprintf("DATA_DIR: the disk of %s is full, %s: make room, or give the volume more space",
			dir.Path(), free)
	case space.Low(size):
		return fmt.Sprintf("Note: the disk of %s is nearly full, %s: make room, or give the volume more space\n",
			dir.Path(), free), ""
	}
	return "", ""
}

// diskNote is the note of checkDisk. What keeps it from looking is for other checks to say.
func diskNote(cfg *config.Config) string {
	dir, err := datadir.Planned(cfg.DataDir)
	if err != nil {
		return ""
	}
	note, _ := checkDisk(dir)
	return note
}

// checkConfirmations says in one line when people wait for an e-mail that never comes; it is empty
// when all is well, or when there is no database yet. What keeps it from looking is for other
// checks to say.
func checkConfirmations(ctx context.Context, cfg *config.Config) string {
	dir, err := datadir.Existing(cfg.DataDir)
	if err != nil {
		return ""
	}
	if _, err := os.Stat(dir.Database()); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	stats, err := sqlite.ReadConfirmationStats(ctx, dir.Database(), time.Now())
	if err != nil || !confirmationsFail(cfg, stats) {
		return ""
	}
	return fmt.Sprintf("Note: waiting to confirm a subscription: %d; nobody ever has: %s\n", stats.Waiting,
		WhatConfirmingNeeds)
}

// maxNamed is how many mailboxes that are stored twice check names.
const maxNamed = 20

// checkDuplicates reports mailboxes that are stored more than once in different spellings, which
// only a person can merge. It names ids and no addresses, and is empty when there are none.
func checkDuplicates(ctx context.Context, cfg *config.Config) string {
	dir, err := datadir.Existing(cfg.DataDir)
	if err != nil {
		return ""
	}
	if _, err := os.Stat(dir.Database()); err != nil {
		return "" // checkData has looked at it
	}
	groups, err := sqlite.ReadDuplicates(ctx, dir.Database())
	if err != nil {
		return fmt.Sprintf("Note: it is not known whether a mailbox is stored twice: %v\n", err)
	}
	if len(groups) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Note: mailboxes that are stored more than once, in different spellings of the domain: %d. "+
		"Open one of the subscribers in the admin to merge them:\n", len(groups))
	for _, ids := range groups[:min(len(groups), maxNamed)] {
		fmt.Fprintf(&b, "  subscribers %s\n", strings.Trim(strings.Join(strings.Fields(fmt.Sprint(ids)), ", "), "[]"))
	}
	if len(groups) > maxNamed {
		fmt.Fprintf(&b, "  and %d more\n", len(groups)-maxNamed)
	}
	return b.String()
}

// checkHeld says how many deliveries wait for a person since a restore; empty: none.
func checkHeld(ctx context.Context, cfg *config.Config) string {
	dir, err := datadir.Existing(cfg.DataDir)
	if err != nil {
		return ""
	}
	if _, err := os.Stat(dir.Database()); err != nil {
		return "" // checkData has looked at it
	}
	held, err := sqlite.ReadHeld(ctx, dir.Database())
	switch {
	case err != nil:
		return fmt.Sprintf("Note: it is not known whether a restore holds webhooks: %v\n", err)
	case held == 0:
		return ""
	}
	return fmt.Sprintf("Warning: a restore holds %s, because nobody can know whether n8n has received them: "+
		"\"namets deliveries release --before now\" sends them, \"namets deliveries skip --before now\" gives "+
		"them up\n", amount(held, "webhook", "webhooks"))
}

// pendingNote is what check says about a restore that waits for the next start.
func pendingNote(cfg *config.Config) string {
	p, there, err := backup.ReadPending(cfg.DataDir)
	if !there {
		return ""
	}
	marker := filepath.Join(cfg.DataDir, backup.PendingName)
	if err != nil {
		return fmt.Sprintf("Warning: the next start cannot carry out the restore that waits for it: %v; remove %s\n",
			err, marker)
	}
	return fmt.Sprintf("Warning: the next start restores %s, which was requested at %s; remove %s to withdraw it\n",
		p.Source, LocalTime(p.AskedAt, cfg.Zone), marker)
}
