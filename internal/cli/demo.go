package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"namets/internal/config"
	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

// demo serves sample data out of a temporary directory until ctx ends, and removes the directory.
func demo(ctx context.Context, in *invocation, args []string) (err error) {
	flags := in.flags("demo",
		`It serves sample data on 127.0.0.1 with a random token, at PORT or a free port. Ctrl-C ends it
and removes everything. Of the environment it also takes SITE_NAME, TIME_ZONE, LOG_LEVEL,
LOG_FORMAT, and N8N_WEBHOOK_URL and WEBHOOK_SECRET (or WEBHOOK_SECRET_FILE), so that webhooks
can be tried.`)
	if _, err := parse(flags, args, 0); err != nil {
		return err
	}
	// Until nothing is left, no signal ends the process at once, also not the one that a closed
	// terminal sends.
	ctx, release := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer release()
	dir, err := os.MkdirTemp("", "namets-demo-")
	if err != nil {
		return fmt.Errorf("make a directory for the demo: %w: set TMPDIR to one that can be written", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	apiToken := token.Generate()
	password := token.Generate().Reveal()[:20]
	cfg, err := config.Load(demoEnvironment(in.getenv, dir, apiToken, password),
		config.Options{Token: true, Terminal: isTerminal(in.stderr)})
	if err != nil {
		return err
	}
	if err := fillDemo(ctx, cfg); err != nil {
		return unlessStopped(ctx, err)
	}
	err = serveConfig(ctx, cfg, in, func(url string) {
		fmt.Fprintf(in.stdout, `%s is up at %s with sample data. Ctrl-C ends it and removes everything.

Sign in to the admin at %[2]s/admin/ with the name admin and the password %[4]s

Try the API:
  curl -H 'X-N8N-Token: %[3]s' %[2]s/api/subscribers/
  curl -H 'X-N8N-Token: %[3]s' %[2]s/api/announcements/new/
  curl -H 'X-N8N-Token: %[3]s' %[2]s/api/prayer/today/
`, cfg.SiteName, url, apiToken.Reveal(), password)
	})
	for errors.Is(err, errRestart) {
		err = serveConfig(ctx, cfg, in, nil)
	}
	return err
}

// demoEnvironment is the environment of a demo: of the real one only what changes its looks, and
// where webhooks go.
func demoEnvironment(
	getenv func(string) string, dir string, apiToken secret.Value, password string,
) func(string) string {
	return func(name string) string {
		switch name {
		case "DATA_DIR":
			return dir
		case "HOST":
			return "127.0.0.1"
		case "N8N_API_TOKEN":
			return apiToken.Reveal()
		case "ADMIN_PASSWORD":
			return password
		case "PORT":
			if port := getenv("PORT"); port != "" {
				return port
			}
			return "0"
		case "BACKUP_KEEP":
			return "0"
		case "SITE_NAME", "TIME_ZONE", "LOG_LEVEL", "LOG_FORMAT",
			"N8N_WEBHOOK_URL", "WEBHOOK_SECRET", "WEBHOOK_SECRET_FILE":
			return getenv(name)
		}
		return ""
	}
}

// fillDemo stores the sample data in the demo's own directory.
func fillDemo(ctx context.Context, cfg *config.Config) error {
	dir, err := openData(cfg)
	if err != nil {
		return err
	}
	return useDatabase(ctx, cfg, dir, func(db *sqlite.DB) error {
		by := namets.Actor{Kind: namets.Command, Name: "demo"}
		_, err := db.Import(ctx, by, sampleData(time.Now().In(cfg.Zone)), namets.ImportOptions{})
		return err
	})
}
