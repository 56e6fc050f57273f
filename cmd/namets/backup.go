package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/sqlite"
)

func backupCommand(ctx context.Context, in *invocation, args []string) (err error) {
	flags := in.flags("backup [FILE|--list]", `It copies the database to FILE, which must not exist, or to a new file in DATA_DIR/backups, checks the copy and prints
its path. It may run beside a serving namets.`)
	list := flags.Bool("list", false, "print the backups and the databases that restores have replaced, and make none")
	operands, err := parseRange(flags, args, 0, 1)
	if err != nil {
		return err
	}
	if *list && len(operands) > 0 {
		return usagef("--list makes no backup: leave out %s", operands[0])
	}
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	dir, err := openExistingData(cfg)
	if err != nil {
		return err
	}
	if *list {
		return listBackups(in.stdout, cfg, dir)
	}
	write := func(path string) error { return sqlite.Copy(ctx, dir.Database(), path) }
	var path string
	if len(operands) == 1 {
		path, err = operands[0], write(operands[0])
	} else {
		keeper := quietKeeper(cfg, dir)
		keeper.Keep = max(keeper.Keep, 1) // asked for by hand, it is made whatever BACKUP_KEEP says
		path, err = keeper.Save(string(backup.ByHand), write)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(in.stdout, path)
	return err
}

func restore(ctx context.Context, in *invocation, args []string) (err error) {
	flags := in.flags("restore FILE", `It checks FILE, a backup, and puts it in the place of the database. The replaced database is kept beside it.
It refuses while a namets serves the directory.`)
	operands, err := parseRange(flags, args, 1, 1)
	if err != nil {
		return err
	}
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	dir, err := openData(cfg)
	if err != nil {
		return err
	}
	lock, err := dir.Lock(time.Now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	kept, err := backup.Restore(operands[0], dir.Database(), time.Now(), func(from, to string) error {
		return sqlite.Copy(ctx, from, to)
	})
	if errors.Is(err, sqlite.ErrDamaged) {
		return fmt.Errorf("restore: %s is damaged or no database: nothing was changed; give another one, such as those in %s", operands[0], dir.Backups())
	}
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if kept == "" {
		_, err = fmt.Fprintf(in.stdout, "restored %s\n", operands[0])
	} else {
		_, err = fmt.Fprintf(in.stdout, "restored %s; the replaced database is %s\n", operands[0], kept)
	}
	return err
}
