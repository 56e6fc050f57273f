package cli

import "context"

// apitokenCommands are the verbs of "namets apitoken".
func apitokenCommands() []command {
	return []command{
		{"list", "[--ended] [--json]", "list the named tokens, what they may do and who uses them", apitokenList},
		{"create", "NAME --scopes A,B", "create a token and print it, once", apitokenCreate},
		{"replace", "NAME", "give a token another value and print it, once", apitokenReplace},
		{"revoke", "NAME|--all", "end a token, or all of them", apitokenRevoke},
	}
}

func apitokenCommand() command {
	return command{"apitoken", "list|create|replace|revoke", "manage the named API tokens, with which workflows use " +
		"the API under /api/v1/", func(ctx context.Context, in *invocation, args []string) error {
		return in.verbs(ctx, "apitoken", apitokenCommands(), args)
	}}
}
