package cli

import (
	"context"
	"fmt"

	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/store/sqlite"
)

func backupCommand(ctx context.Context, in *invocation, args []string) (err error) {
	flags := in.flags("backup [FILE|--list]",
		`It copies the database to FILE, which must not exist, or to a new file in DATA_DIR/backups,
checks the copy and prints its path. It may run while namets serves.`)
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
