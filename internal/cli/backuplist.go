package cli

import (
	"fmt"
	"io"
	"text/tabwriter"

	"namets/internal/config"
	"namets/internal/datadir"
)

// listBackups prints the backups and the replaced databases, the newest first, and the size of all
// of them.
func listBackups(w io.Writer, cfg *config.Config, dir datadir.Dir) error {
	files, err := quietKeeper(cfg, dir).Copies()
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
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t\n", localTime(f.Made, cfg.Zone), f.Kind.Text(), f.Size, f.Path)
		size += f.Size
	}
	fmt.Fprintf(t, "\tin all\t%d\t\t\n", size)
	return t.Flush()
}
