package cli

import (
	"context"
	"fmt"

	"namets/internal/app"
)

func versionCommand() command { return command{"version", "", "print the version", version} }

func version(_ context.Context, in *invocation, args []string) error {
	if _, err := parse(in.flags("version", "It prints the version of this binary and of Go."), args, 0); err != nil {
		return err
	}
	v, goVersion := app.Version()
	_, err := fmt.Fprintf(in.stdout, "namets %s (%s)\n", v, goVersion)
	return err
}
