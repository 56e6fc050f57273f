package cli

import (
	"context"
	"fmt"

	"namets/internal/app"
)

func demoCommand() command {
	return command{"demo", "", "try it out: sample data in a temporary directory, on this machine only", demo}
}

func demo(ctx context.Context, in *invocation, args []string) error {
	flags := in.flags("demo",
		`It serves sample data on 127.0.0.1 with a random token, at PORT or a free port. Ctrl-C ends it
and removes everything. Of the environment it also takes SITE_NAME, TIME_ZONE, LOG_LEVEL,
LOG_FORMAT, and N8N_WEBHOOK_URL and WEBHOOK_SECRET (or WEBHOOK_SECRET_FILE), so that webhooks
can be tried.`)
	if _, err := parse(flags, args, 0); err != nil {
		return err
	}
	return app.ServeDemo(ctx, in.getenv, in.stderr, isTerminal(in.stderr), func(d app.Demo) {
		fmt.Fprintf(in.stdout, `%s is up at %s with sample data. Ctrl-C ends it and removes everything.

Sign in to the admin at %[2]s/admin/ with the name admin and the password %[4]s

Try the API:
  curl -H 'X-N8N-Token: %[3]s' %[2]s/api/subscribers/
  curl -H 'X-N8N-Token: %[3]s' %[2]s/api/announcements/new/
  curl -H 'X-N8N-Token: %[3]s' %[2]s/api/prayer/today/
`, d.SiteName, d.URL, d.Token.Reveal(), d.Password)
	})
}
