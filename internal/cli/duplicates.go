package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/store/sqlite"
)

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
