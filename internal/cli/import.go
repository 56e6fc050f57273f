package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/store/sqlite"
	"namets/internal/transfer"
)

func importCommand() command {
	return command{"import", "FILE", "read a namets file or the output of the Django site's manage.py dumpdata",
		importFile}
}

func importFile(ctx context.Context, in *invocation, args []string) error {
	flags := in.flags("import [--replace] [--announce-future] [--ignore-suppressed] FILE",
		`It reads FILE, the output of "namets export" or of the Django site's "manage.py dumpdata", and
stores its rows with their ids, all of them or none. Rows that are stored already stay as they
are, and people who have left stay away. It may run while namets serves.`)
	replace := flags.Bool("replace", false, "overwrite stored rows that have the same id and another content")
	announce := flags.Bool("announce-future", false, "send webhooks for announcements and events with send_email "+
		"that lie in the future and were never announced, at their time")
	ignore := flags.Bool("ignore-suppressed", false, "bring back people who have unsubscribed here")
	operands, err := parse(flags, args, 1)
	if err != nil {
		return err
	}
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	file, err := os.Open(operands[0])
	if err != nil {
		return err
	}
	defer file.Close()
	dir, err := app.OpenData(cfg)
	if err != nil {
		return err
	}
	options := transfer.Options{Replace: *replace, AnnounceFuture: *announce, IgnoreSuppressed: *ignore,
		Now: time.Now()}
	var summary transfer.Summary
	err = app.UseDatabase(ctx, cfg, dir, func(db *sqlite.DB) error {
		summary, err = transfer.Import(ctx, db, in.by, bufio.NewReader(file), options)
		return err
	})
	if err != nil {
		return fmt.Errorf("import %s: nothing was changed: %w", operands[0], err)
	}
	return printSummary(in.stdout, summary, options, cfg.DoubleOptIn)
}

// printSummary prints the result of an import, one line per kind.
func printSummary(w io.Writer, s transfer.Summary, o transfer.Options, doubleOptIn bool) error {
	var b strings.Builder
	for _, k := range s.Kinds {
		fmt.Fprintf(&b, "%-17s %6d added %6d unchanged %6d replaced\n", k.Kind, k.Added, k.Unchanged, k.Replaced)
	}
	for _, m := range s.Foreign {
		fmt.Fprintf(&b, "%s: %d left out, this service does not keep them\n", m.Model, m.Count)
	}
	fmt.Fprintf(&b, "in the future with send_email: %d announcements, %d events; ", s.FutureAnnouncements,
		s.FutureEvents)
	if o.AnnounceFuture {
		fmt.Fprintf(&b, "newly queued: %d, announcements for their time, events for as soon as namets serves\n",
			s.Queued)
	} else {
		b.WriteString("an import announces nothing, unless you add --announce-future\n")
	}
	if s.Suppressed > 0 && o.IgnoreSuppressed {
		fmt.Fprintf(&b, "subscribers who had unsubscribed here: %d, brought back\n", s.Suppressed)
	} else if s.Suppressed > 0 {
		fmt.Fprintf(&b, "subscribers who have unsubscribed here: %d, left out; --ignore-suppressed brings them back\n",
			s.Suppressed)
	}
	if doubleOptIn {
		fmt.Fprintf(&b, "subscribing: %s\n", app.WhatConfirmingNeeds)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
