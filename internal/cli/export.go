package cli

import (
	"bufio"
	"context"

	"namets/internal/config"
	"namets/internal/store/sqlite"
	"namets/internal/transfer"
)

func exportCommand() command {
	return command{"export", "", "write all rows in the format that import reads", export}
}

func export(ctx context.Context, in *invocation, args []string) error {
	flags := in.flags("export",
		`It writes all rows to standard output, in the format that "namets import" reads. They hold the
subscribers' personal links: keep the file to yourself. It may run while namets serves.`)
	if _, err := parse(flags, args, 0); err != nil {
		return err
	}
	return readDatabase(ctx, in, func(_ *config.Config, db *sqlite.DB) error {
		data, err := db.Export(ctx)
		if err != nil {
			return err
		}
		out := bufio.NewWriter(in.stdout)
		if err := transfer.Export(out, data); err != nil {
			return err
		}
		return out.Flush()
	})
}
