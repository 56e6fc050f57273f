package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// part is something that .ci/parts brings.
type part struct {
	name     string   // as .ci/parts calls it
	variable string   // names the program
	cached   string   // the program, below the cache folder; empty: never there
	commands []string // looked for in PATH
}

// find returns the path of the part's program; it skips or fails the test when
// there is none.
func (p part) find(t testing.TB) string {
	t.Helper()
	demanded := os.Getenv("NAMETS_E2E") == "1"
	if testing.Short() && !demanded {
		t.Skipf("starts %s: left out by -short", p.name)
	}
	if path := p.path(); path != "" {
		return path
	}
	const hint = "%s is not there; to get it: eval \"$(.ci/parts %s)\""
	if demanded {
		t.Fatalf(hint, p.name, p.name)
	}
	t.Skipf(hint, p.name, p.name)
	return ""
}

// path returns the path of the part's program, or nothing.
func (p part) path() string {
	if path := os.Getenv(p.variable); path != "" {
		return path
	}
	if p.cached != "" {
		path := filepath.Join(cacheFolder(), p.cached)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	for _, command := range p.commands {
		if path, err := exec.LookPath(command); err == nil {
			return path
		}
	}
	return ""
}

// cacheFolder returns the folder that .ci/parts fills.
func cacheFolder() string {
	if folder := os.Getenv("NAMETS_CACHE"); folder != "" {
		return folder
	}
	if folder := os.Getenv("XDG_CACHE_HOME"); folder != "" {
		return filepath.Join(folder, "namets")
	}
	return filepath.Join(os.Getenv("HOME"), ".cache", "namets")
}
