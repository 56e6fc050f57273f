package cli

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/datadir"
)

// copiesOf returns all whole copies of the database that lie in the data directory, the newest
// first: the backups, and what restores have put aside.
func copiesOf(keeper *backup.Keeper) ([]backup.File, error) {
	files, err := keeper.List()
	if err != nil {
		return nil, err
	}
	replaced, err := keeper.Replaced()
	files = append(files, replaced...)
	slices.SortStableFunc(files, func(a, b backup.File) int { return b.Made.Compare(a.Made) })
	return files, err
}

// kindText is what people call a kind of backups.
func kindText(k backup.Kind) string {
	switch k {
	case backup.Daily:
		return "daily"
	case backup.ByHand:
		return "by hand"
	case backup.BeforeMigration:
		return "before an upgrade"
	case backup.BeforeRestore:
		return "before a restore"
	case backup.Replaced:
		return "replaced by a restore"
	}
	return "other"
}

// listBackups prints the backups and the replaced databases, the newest first, and the size of all
// of them.
func listBackups(w io.Writer, cfg *config.Config, dir datadir.Dir) error {
	files, err := copiesOf(quietKeeper(cfg, dir))
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
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t\n", localTime(f.Made, cfg.Zone), kindText(f.Kind), f.Size, f.Path)
		size += f.Size
	}
	fmt.Fprintf(t, "\tin all\t%d\t\t\n", size)
	return t.Flush()
}
