package cli

import (
	"context"
	"fmt"

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
		"token, and put it into n8n", func(ctx context.Context, in *invocation, args []string) error {
		return in.verbs(ctx, "token", tokenCommands(), args)
	}}
}

func tokenGenerate(_ context.Context, in *invocation, args []string) error {
	fs := in.flags("token generate", "It prints a new random API token of 256 bits as 64 hexadecimal digits.")
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(in.stdout, token.Generate().Reveal())
	return err
}
