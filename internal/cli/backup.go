package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"namets/internal/app"
	"namets/internal/config"
)

func backupCommand() command {
	return command{"backup", "[FILE|--list]", "copy the database while it is in use, or list the copies", makeBackup}
}

func makeBackup(ctx context.Context, in *invocation, args []string) (err error) {
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
	if *list {
		return listBackups(in.stdout, cfg)
	}
	var path string
	if len(operands) == 1 {
		path, err = operands[0], app.CopyDatabase(ctx, cfg, operands[0])
	} else {
		path, err = app.BackUp(ctx, cfg)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(in.stdout, path)
	return err
}

// listBackups prints the backups and the replaced databases, newest first, and their total size.
func listBackups(w io.Writer, cfg *config.Config) error {
	files, err := app.Copies(cfg)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		_, err := fmt.Fprintln(w, "There are none.")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "MADE\tKIND\tBYTES\tFILE\t")
	var size int64
	for _, f := range files {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t\n", app.LocalTime(f.Made, cfg.Zone), f.Kind.Text(), f.Size, f.Path)
		size += f.Size
	}
	fmt.Fprintf(t, "\tin all\t%d\t\t\n", size)
	return t.Flush()
}
