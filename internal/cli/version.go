package cli

import (
	"context"
	"fmt"
	"runtime/debug"
)

// version prints the version that the Go tool has stamped into the binary.
func version(_ context.Context, in *invocation, args []string) error {
	if _, err := parse(in.flags("version", "It prints the version of this binary and of Go."), args, 0); err != nil {
		return err
	}
	v, goVersion := buildVersion()
	_, err := fmt.Fprintf(in.stdout, "namets %s (%s)\n", v, goVersion)
	return err
}

// buildVersion returns the module's version, or the commit for a build out of a checkout.
func buildVersion() (version, goVersion string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown", ""
	}
	version = info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (version == "" || version == "(devel)") {
			version = s.Value[:min(12, len(s.Value))]
		}
	}
	return version, info.GoVersion
}
