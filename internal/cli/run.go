package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/namets"
)

// invocation is one call of the program, with what a command may use of the outside world.
type invocation struct {
	getenv func(string) string
	stdout io.Writer    // results
	stderr io.Writer    // talk
	stdin  io.Reader    // answers to questions; nil: no person is there to ask
	by     namets.Actor // who runs it, for the audit
}

// command is one verb of the command line.
type command struct {
	name    string
	args    string // after the name, for the usage line
	summary string // one line, without a full stop
	run     func(ctx context.Context, in *invocation, args []string) error
}

// commands lists the verbs in the order of the help. Each has its own file.
func commands() []command {
	return []command{
		serveCommand(), demoCommand(), checkCommand(), importCommand(), exportCommand(), prayerCommand(),
		deliveriesCommand(), n8nCommand(), backupCommand(), restoreCommand(), tokenCommand(), apitokenCommand(),
		adminCommand(), healthcheckCommand(), versionCommand(),
	}
}

// usageError is a mistake in the command line: exit code 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// isUsage reports whether the command line or the configuration is wrong.
func isUsage(err error) bool {
	if _, ok := errors.AsType[usageError](err); ok {
		return true
	}
	_, ok := errors.AsType[app.ConfigError](err)
	return ok
}

// Run runs the command that args name and returns when it has ended. Signals to the process end
// ctx. getenv is the environment. Its error may be [app.ErrRestart].
func Run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	in := &invocation{getenv: getenv, stdout: stdout, stderr: stderr}
	if isTerminal(os.Stdin) && isTerminal(stderr) {
		in.stdin = os.Stdin
	}
	if len(args) == 0 {
		return serve(ctx, in, nil)
	}
	if args[0] != "serve" { // which acts for nobody, and is in a hurry
		in.by = commandLine(getenv)
	}
	return in.run(ctx, args)
}

// run runs the command that args, which is not empty, names.
func (in *invocation) run(ctx context.Context, args []string) error {
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, in, args[1:])
		}
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		_, err := io.WriteString(in.stdout, usage())
		return err
	}
	return usagef("there is no command %q; \"namets help\" lists them", args[0])
}

// verbs runs one of the verbs of the command with the name.
func (in *invocation) verbs(ctx context.Context, name string, verbs []command, args []string) error {
	var names []string
	var text strings.Builder
	for _, c := range verbs {
		if len(args) > 0 && args[0] == c.name {
			return c.run(ctx, in, args[1:])
		}
		names = append(names, c.name)
		fmt.Fprintf(&text, "  %-10s %s\n", c.name, c.summary)
	}
	fs := in.flags(name+" "+strings.Join(names, "|"), text.String())
	switch operands, err := parseRange(fs, args, 0, 1); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil || len(operands) == 0:
		return usagef("usage: %s", fs.Name())
	default:
		return usagef("there is no command \"%s %s\"; usage: %s", name, operands[0], fs.Name())
	}
}

// Report prints err and returns the process's exit code: 0, 1 (failed) or 2 (usage or
// configuration).
func Report(err error, stderr io.Writer) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintln(stderr, "namets:", err)
	if _, ok := errors.AsType[config.Complaints](err); ok || isUsage(err) {
		return 2
	}
	return 1
}

func usage() string {
	var b strings.Builder
	b.WriteString("namets serves subscribers, announcements, events and prayer times to n8n.\n\nUsage: " +
		"namets [COMMAND]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %s\n        %s\n", strings.TrimSpace(c.name+" "+c.args), c.summary)
	}
	b.WriteString("\n\"namets COMMAND --help\" says more about a command. The configuration comes from the " +
		"environment: see web/docs/operator/configuration.md.\n")
	return b.String()
}

// flagSet is the set of flags of one command. Package flag would print the usage after a mistake
// too, on standard output, which is for results only.
type flagSet struct {
	*flag.FlagSet
	help func() // prints the usage line, the text and the flags on standard output
}

// flags returns a set whose --help prints the usage line and text.
func (in *invocation) flags(line, text string) *flagSet {
	fs := flag.NewFlagSet("namets "+line, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // parse returns what is wrong
	fs.Usage = func() {}
	return &flagSet{fs, func() {
		fmt.Fprintf(in.stdout, "Usage: namets %s\n\n%s\n", line, text)
		fs.SetOutput(in.stdout)
		fs.PrintDefaults()
	}}
}

// parse parses flags, which may be before and after the operands, and returns exactly n operands.
func parse(fs *flagSet, args []string, n int) ([]string, error) {
	return parseRange(fs, args, n, n)
}

// parseRange is parse for a number of operands between least and most.
func parseRange(fs *flagSet, args []string, least, most int) ([]string, error) {
	var operands []string
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				fs.help()
				return nil, err
			}
			return nil, usagef("%s: %w", fs.Name(), err)
		}
		if fs.NArg() == 0 {
			break
		}
		operands = append(operands, fs.Arg(0))
		args = fs.Args()[1:]
	}
	if len(operands) < least || len(operands) > most {
		return nil, usagef("usage: %s", fs.Name())
	}
	return operands, nil
}

// isTerminal reports whether a stream is connected to a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
