package app

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// Demo describes how to access a namets with sample data.
type Demo struct {
	SiteName, URL string
	Token         secret.Value
	Password      string // of the admin's user "admin"
}

// ServeDemo serves sample data from a temporary directory on this machine until ctx ends or a
// signal ends the process, and removes the directory. It calls up once the service responds.
func ServeDemo(ctx context.Context, getenv func(string) string, log io.Writer, terminal bool,
	up func(Demo)) (err error) {
	// Until everything is removed, no signal ends the process at once, including that of a closed
	// terminal.
	ctx, release := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer release()
	dir, err := os.MkdirTemp("", "namets-demo-")
	if err != nil {
		return fmt.Errorf("make a directory for the demo: %w: set TMPDIR to one that can be written", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	apiToken := token.Generate()
	password := token.Generate().Reveal()[:20]
	cfg, err := config.Load(demoEnvironment(getenv, dir, apiToken, password),
		config.Options{Token: true, Terminal: terminal})
	if err != nil {
		return err
	}
	if err := fillDemo(ctx, cfg); err != nil {
		return unlessStopped(ctx, err)
	}
	c := Config{Settings: cfg, Getenv: getenv, Log: log, Listening: func(url string) {
		up(Demo{SiteName: cfg.SiteName, URL: url, Token: apiToken, Password: password})
	}}
	err = Serve(ctx, c)
	c.Listening = nil
	for errors.Is(err, ErrRestart) {
		err = Serve(ctx, c)
	}
	return err
}

// demoEnvironment is the environment of a demo: from the real one only the settings for its
// appearance and the webhook URL.
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
	dir, err := OpenData(cfg)
	if err != nil {
		return err
	}
	return UseDatabase(ctx, cfg, dir, func(db *sqlite.DB) error {
		by := namets.Actor{Kind: namets.Command, Name: "demo"}
		_, err := db.Import(ctx, by, SampleData(time.Now().In(cfg.Zone)), namets.ImportOptions{})
		return err
	})
}
