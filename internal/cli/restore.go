package cli

import (
	"context"
	"errors"
	"fmt"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/datadir"
)

func restoreCommand() command {
	return command{"restore", "FILE", "put a backup in the place of the database, now or at the next start", restore}
}

func restore(ctx context.Context, in *invocation, args []string) error {
	flags := in.flags("restore FILE",
		`It checks FILE, a backup, and puts it in the place of the database, which is kept next to it. It
refuses while a namets serves the directory, unless the next start is to do it. Who has left by
themselves since, what was sent, passwords and deleted users do not come back; what else was
deleted or switched off does. Prints who is back, who is gone and which webhooks are held.`)
	var r app.Restore
	next := flags.Bool("at-next-start", false, "let the next start of serve do it, once, before it opens the "+
		"database: where the service is the machine")
	flags.BoolVar(&r.KeepDeletes, "keep-deletes", false, "also carry over what was deleted and switched after the "+
		"backup, in the admin, by commands and the API")
	operands, err := parse(flags, args, 1)
	if err != nil {
		return err
	}
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	r.File = operands[0]
	if *next {
		marker, err := r.AtNextStart(ctx, cfg)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(in.stdout, "the next start restores %s; to call it off, remove %s\n", r.File, marker)
		return err
	}
	text, err := r.Now(ctx, cfg)
	if _, serving := errors.AsType[*datadir.LockedError](err); serving {
		return fmt.Errorf("%w; or give --at-next-start, and start it again", err)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(in.stdout, text)
	return err
}
