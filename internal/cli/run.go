package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"namets/internal/config"
	"namets/internal/namets"
)

// invocation is one call of the program: what a command may use of the world outside.
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

func commands() []command {
	return []command{
		{"serve", "", "serve the API and the pages (what namets does without a command)", serve},
		{"demo", "", "try it out: sample data in a temporary directory, on this machine only", demo},
		{"check", "", "tell everything that is wrong with the configuration and its surroundings, without serving",
			check},
		{"import", "FILE", "read a namets file or the output of the Django site's manage.py dumpdata", importFile},
		{"export", "", "write all rows in the format that import reads", export},
		{"deliveries", "[ID|retry|release|skip|test]", "list the webhooks to n8n, show one, send again, decide about " +
			"those that a restore holds, test the connection", deliveries},
		{"n8n", "workflow events", "print an n8n workflow that receives webhooks and sends the e-mails", n8nCommand},
		{"backup", "[FILE|--list]", "copy the database while it is in use, or list the copies", backupCommand},
		{"restore", "FILE", "put a backup in the place of the database, now or at the next start", restore},
		{"token", "generate|check|status|reload|rotate|push", "make, check, watch and rotate the API token, and put " +
			"it into n8n", tokenCommand},
		{"admin", "reset-password NAME", "let somebody back in who has lost the admin's password", adminCommand},
		{"healthcheck", "", "ask the namets on this machine whether it serves", healthcheck},
		{"version", "", "print the version", version},
	}
}

// usageError is a mistake of the caller: exit code 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run runs the command that args name and returns when it has ended. The process's signals end ctx.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
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
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, in, args[1:])
		}
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		_, err := io.WriteString(stdout, usage())
		return err
	}
	return usagef("there is no command %q; \"namets help\" lists them", args[0])
}

// report prints err and returns the process's exit code: 0, 1 (failed) or 2 (usage or
// configuration).
func report(err error, stderr io.Writer) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintln(stderr, "namets:", err)
	if _, ok := errors.AsType[usageError](err); ok {
		return 2
	}
	if _, ok := errors.AsType[config.Complaints](err); ok {
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

// flagSet are the flags of one command. Package flag would print the usage after a mistake too, on
// standard output, where only results belong.
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

// parse reads flags, which may be before and after the operands, and returns exactly n operands.
func parse(fs *flagSet, args []string, n int) ([]string, error) {
	return parseRange(fs, args, n, n)
}

// parseRange is parse for a number of operands from least to most.
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
