package app

import "runtime/debug"

// Version returns the version that the Go tool has stamped into the program, or the commit for a
// build from a checkout, and the version of Go.
func Version() (version, goVersion string) {
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
