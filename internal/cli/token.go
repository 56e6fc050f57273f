package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"namets/internal/token"
)

// tokenCommands are the verbs of "namets token".
func tokenCommands() []command {
	return []command{
		{"generate", "", "print a new random token; nothing else changes", tokenGenerate},
		{"check", "", "read the configured source once and tell what works and what does not", tokenCheck},
		{"status", "[--json]", "tell which token is in force, since when, and who uses it", tokenStatus},
		{"reload", "", "make the serving namets read its source now", tokenReload},
		{"rotate", "", "put a new token into its source and into force, and print it", tokenRotate},
		{"push", "", "put the token in force into the credential of n8n", tokenPush},
	}
}

func tokenCommand() command {
	return command{"token", "generate|check|status|reload|rotate|push", "make, check, watch and rotate the API " +
		"token, and put it into n8n", runToken}
}

// runToken runs the commands of "namets token".
func runToken(ctx context.Context, in *invocation, args []string) error {
	var names []string
	var text strings.Builder
	for _, c := range tokenCommands() {
		if len(args) > 0 && args[0] == c.name {
			return c.run(ctx, in, args[1:])
		}
		names = append(names, c.name)
		fmt.Fprintf(&text, "  %-10s %s\n", c.name, c.summary)
	}
	fs := in.flags("token "+strings.Join(names, "|"), text.String())
	switch operands, err := parseRange(fs, args, 0, 1); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil || len(operands) == 0:
		return usagef("usage: %s", fs.Name())
	default:
		return usagef("there is no command \"token %s\"; usage: %s", operands[0], fs.Name())
	}
}

func tokenGenerate(_ context.Context, in *invocation, args []string) error {
	fs := in.flags("token generate", "It prints a new random API token of 256 bits as 64 hexadecimal digits.")
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(in.stdout, token.Generate().Reveal())
	return err
}
