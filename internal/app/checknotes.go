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

// resetNote is the note about ADMIN_PASSWORD_RESET.
func resetNote(cfg *config.Config) string {
	if cfg.AdminPasswordReset.IsZero() {
		return ""
	}
	return "Warning: ADMIN_PASSWORD_RESET is set: the next start takes that user's password away, ends the user's " +
		"sessions and logs " +
		"a link to choose another one, unless an earlier start has obeyed the same value. Remove it once you are in.\n"
}

// checkDisk reports a full disk, which is a problem, or a nearly full one, which is a note of one
// line.
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

// diskNote is the note of checkDisk. Other checks report why the disk cannot be checked.
func diskNote(cfg *config.Config) string {
	dir, err := datadir.Planned(cfg.DataDir)
	if err != nil {
		return ""
	}
	note, _ := checkDisk(dir)
	return note
}

// checkConfirmations says in one line that people wait for an e-mail that never comes. It is empty
// if all is well or there is no database yet. Other checks report why it cannot be checked.
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

// maxNamed is the maximum number of duplicate mailboxes that check lists.
const maxNamed = 20

// checkDuplicates reports mailboxes that are stored in several spellings, which only a person can
// merge. It lists ids but no addresses, and is empty if there are none.
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

// checkHeld says how many deliveries a restore holds; empty if none.
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

// pendingNote is the note about a restore at the next start.
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
