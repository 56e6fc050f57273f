package cli

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"

	"namets/internal/config"
)

func TestRun_listsTheCommands(t *testing.T) {
	for _, word := range []string{"help", "--help", "-h"} {
		code, stdout, stderr := call(t, nil, word)
		if code != 0 || stderr != "" {
			t.Errorf("%s: code %d, stderr %q", word, code, stderr)
		}
		for _, c := range commands() {
			if !strings.Contains(stdout, "\n  "+strings.TrimSpace(c.name+" "+c.args)+"\n        "+c.summary+"\n") {
				t.Errorf("%s does not tell about %s:\n%s", word, c.name, stdout)
			}
		}
	}
}

func TestRun_helpsWithEachCommand(t *testing.T) {
	for _, c := range commands() {
		code, stdout, stderr := call(t, nil, c.name, "--help")
		if code != 0 || !strings.HasPrefix(stdout, "Usage: namets "+c.name) || stderr != "" {
			t.Errorf("namets %s --help: code %d, stdout %q, stderr %q", c.name, code, stdout, stderr)
		}
	}
}

func TestRun_callsMistakesUsage(t *testing.T) {
	for _, args := range [][]string{
		{"frobnicate"}, {"--verbose"}, {"serve", "now"}, {"serve", "--port", "80"}, {"demo", "x"}, {"import"},
		{"import", "a", "b"},
		{"import", "--replace"}, {"export", "file"}, {"token"}, {"token", "steal"}, {"version", "2"},
	} {
		code, _, stderr := call(t, map[string]string{"DATA_DIR": t.TempDir()}, args...)
		if code != 2 || !strings.HasPrefix(stderr, "namets: ") {
			t.Errorf("namets %v: code %d, stderr %q", args, code, stderr)
		}
	}
}

func TestReport_tellsUsageFromFailure(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want int
	}{
		{"nothing", nil, 0},
		{"help", fmt.Errorf("wrapped: %w", flag.ErrHelp), 0},
		{"usage", fmt.Errorf("wrapped: %w", usagef("no")), 2},
		{"configuration", fmt.Errorf("wrapped: %w", config.Complaints{"PORT: no"}), 2},
		{"any other", errors.New("disk on fire"), 1},
	} {
		var stderr strings.Builder
		if got := Report(tt.err, &stderr); got != tt.want {
			t.Errorf("%s: code %d, want %d", tt.name, got, tt.want)
		}
		if said := stderr.String() != ""; said != (tt.want != 0) {
			t.Errorf("%s: stderr %q", tt.name, stderr.String())
		}
	}
}

// call runs a command that ends by itself, and returns its exit code and what it printed.
func call(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, talk strings.Builder
	err := Run(t.Context(), args, func(name string) string { return env[name] }, &out, &talk)
	code = Report(err, &talk)
	return code, out.String(), talk.String()
}
